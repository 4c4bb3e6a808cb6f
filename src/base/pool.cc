#include "cloche/base/pool.h"

#include <array>
#include <bit>
#include <cstdlib>
#include <new>
#include <utility>

#include "cloche/base/check.h"

namespace cloche {
namespace {

#if __has_feature(address_sanitizer)
constexpr bool kPools = false;
#else
constexpr bool kPools = true;
#endif

constexpr size_t kStep = 16;
constexpr size_t kMostSmall = 1024;
constexpr size_t kMostPooled = 16 * 1024;
constexpr size_t kSlabBytes = 64 * 1024;
constexpr size_t kSmallClasses = kMostSmall / kStep;  // 16, 32 ... 1024.
constexpr size_t kLargeClasses = 4;                   // 2, 4, 8, 16 KiB.

struct FreeBlock {
  FreeBlock* next;
};

void* Malloc(size_t size) {
  void* block = std::malloc(size);
  CLOCHE_CHECK(block != nullptr, "out of memory");
  return block;
}

size_t ClassOf(size_t size) {
  if (size <= kStep) return 0;
  if (size <= kMostSmall) return (size - 1) / kStep;
  return kSmallClasses + std::bit_width((size - 1) / kMostSmall) - 1;
}

size_t BytesOf(size_t size_class) {
  if (size_class < kSmallClasses) return (size_class + 1) * kStep;
  return kMostSmall << (size_class - kSmallClasses + 1);
}

// One thread's free blocks. It is never destroyed: what has static or
// thread-local lifetime may give blocks back at a time when it would have been.
struct Pool {
  std::array<FreeBlock*, kSmallClasses + kLargeClasses> free;
  size_t bytes_in_use;
  char* slab_at;
  char* slab_end;
};
static_assert(std::is_trivially_destructible_v<Pool>);

thread_local constinit Pool pool = {};

// What is left of the last slab is too small, and is lost.
void* CutFromSlab(size_t bytes) {
  if (static_cast<size_t>(pool.slab_end - pool.slab_at) < bytes) {
    pool.slab_at = static_cast<char*>(Malloc(kSlabBytes));
    pool.slab_end = pool.slab_at + kSlabBytes;
  }
  return std::exchange(pool.slab_at, pool.slab_at + bytes);
}

void* NewBlock(size_t size_class) {
  const size_t bytes = BytesOf(size_class);
  return size_class < kSmallClasses ? CutFromSlab(bytes) : Malloc(bytes);
}

}  // namespace

void* PoolAllocate(size_t size) {
  if (!kPools || size > kMostPooled) return Malloc(size);
  const size_t size_class = ClassOf(size);
  pool.bytes_in_use += BytesOf(size_class);
  FreeBlock* first = pool.free[size_class];
  if (first == nullptr) return NewBlock(size_class);
  pool.free[size_class] = first->next;
  return first;
}

void PoolFree(void* block, size_t size) {
  if (!kPools || size > kMostPooled) return std::free(block);
  const size_t size_class = ClassOf(size);
  pool.bytes_in_use -= BytesOf(size_class);
  FreeBlock*& first = pool.free[size_class];
  first = new (block) FreeBlock{first};
}

size_t PoolBytesInUse() { return pool.bytes_in_use; }

size_t PoolBlockSize(size_t size) {
  return !kPools || size > kMostPooled ? size : BytesOf(ClassOf(size));
}

}  // namespace cloche

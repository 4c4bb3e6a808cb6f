// PoolAllocate: memory for what comes and goes all the time: coroutine frames,
// started tasks, buffers of connections.
//
// How it works: sizes are rounded up to a class, and each class has a list of
// free blocks of which the first is taken and to which it is given back. New
// blocks of the small classes are cut from slabs of 64 KiB:
//
//   class 16:   free --> [block] --> [block] --> null
//   class 32:   free --> null         cut the next one from the slab:
//   class 48:   free --> [block]      [ used | used | used |   fresh      ]
//   ...                                                    ^ at        end ^
//
// Small is up to 1 KiB, in steps of 16 bytes; then powers of two up to 16 KiB,
// each block a malloc of its own that is kept; more than that is malloc and
// free. So a program in its steady state calls malloc for none of them.
//
// SPEED(BM_PooledBlocks): free lists of the thread's own instead of malloc and
// free. Blocks of 100, 500 and 2000 bytes take 5 to 6 ns instead of 11 to 24
// when four come and go as a stack does (ratio 2.2, 2.2, 3.8), and 6 to 8
// instead of 15 to 29 when a hundred out of a thousand do at a time (ratio 2.5,
// 4.3, 3.4). (2-core EPYC virtual machine, November 2026.) The reader pays with
// this file; and what a thread once needed is kept, even after the thread.
//
// Under AddressSanitizer it is malloc and free: a block that is used after it
// was given back must be found, not found again.
//
// Main disadvantage: what one class has too much of, another cannot have.
//
// Next: tasks/task_frame.h, whose frames live in here.

#ifndef CLOCHE_BASE_POOL_H_
#define CLOCHE_BASE_POOL_H_

#include <cstddef>
#include <memory>
#include <utility>

namespace cloche {

// A block of at least `size` bytes, aligned as malloc's. Never null: running
// out of memory ends the program. Thread safety: any thread.
void* PoolAllocate(size_t size);

// Gives back a block that PoolAllocate(size) gave, on any thread: it then
// belongs to that thread's pool.
void PoolFree(void* block, size_t size);

// How large the block for `size` bytes is: what it really costs.
size_t PoolBlockSize(size_t size);

// The bytes of all blocks that this thread took from its pool and has not given
// back: what connections and tasks really hold. Blocks of more than 16 KiB, and
// all blocks under AddressSanitizer, are not counted.
size_t PoolBytesInUse();

// Derive from it, publicly, and `new` and `delete` of the class use the pool.
class Pooled {
 public:
  static void* operator new(size_t size) { return PoolAllocate(size); }
  static void operator delete(void* block, size_t size) {
    PoolFree(block, size);
  }
};

// A standard allocator of single objects.
template <typename T>
class PoolAllocator {
 public:
  using value_type = T;

  PoolAllocator() = default;
  template <typename U>
  explicit PoolAllocator(const PoolAllocator<U>&) {}

  T* allocate(size_t count) {
    return static_cast<T*>(PoolAllocate(count * sizeof(T)));
  }
  void deallocate(T* objects, size_t count) {
    PoolFree(objects, count * sizeof(T));
  }
  friend bool operator==(PoolAllocator, PoolAllocator) { return true; }
};

// std::make_shared, with a block of the pool.
template <typename T, typename... Arguments>
std::shared_ptr<T> MakePooled(Arguments&&... arguments) {
  return std::allocate_shared<T>(PoolAllocator<T>(),
                                 std::forward<Arguments>(arguments)...);
}

}  // namespace cloche

#endif  // CLOCHE_BASE_POOL_H_

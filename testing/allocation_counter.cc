#include "cloche/testing/allocation_counter.h"

#include <atomic>
#include <cstddef>
#include <cstdint>

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CLOCHE_ALLOCATION_COUNTER_IS_OFF
#endif

namespace cloche {
namespace {

constinit std::atomic<uint64_t> allocations{0};

}  // namespace

uint64_t AllocationsSoFar() { return allocations; }

bool CountsAllocations() {
#ifdef CLOCHE_ALLOCATION_COUNTER_IS_OFF
  return false;
#else
  return true;
#endif
}

}  // namespace cloche

#ifndef CLOCHE_ALLOCATION_COUNTER_IS_OFF
// The names are glibc's (malloc(3), "Replacing malloc" of its manual).
extern "C" {
void* __libc_malloc(size_t size);                // NOLINT
void* __libc_calloc(size_t count, size_t size);  // NOLINT
void* __libc_realloc(void* block, size_t size);  // NOLINT

void* malloc(size_t size) {
  ++cloche::allocations;
  return __libc_malloc(size);
}
void* calloc(size_t count, size_t size) {
  ++cloche::allocations;
  return __libc_calloc(count, size);
}
void* realloc(void* block, size_t size) {
  ++cloche::allocations;
  return __libc_realloc(block, size);
}
}  // extern "C"
#endif

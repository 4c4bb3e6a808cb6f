// AllocationsSoFar: how often this program has asked malloc for memory.
//
//     const uint64_t before = AllocationsSoFar();
//     ... what should need no memory ...
//     EXPECT_EQ(AllocationsSoFar(), before);
//
// How it works: a program that links this has a malloc of its own, which counts
// and passes the call on to the C library's. operator new comes through there
// too, and so does base/pool.h whenever it has no free block.
//
// Main disadvantage: glibc only; and under a sanitizer, which has a malloc of
// its own as well, nothing is counted: see CountsAllocations.
//
// Next: src/serve/allocation_test.cc.

#ifndef CLOCHE_TESTING_ALLOCATION_COUNTER_H_
#define CLOCHE_TESTING_ALLOCATION_COUNTER_H_

#include <cstdint>

namespace cloche {

// Calls of malloc, calloc and realloc by all threads since the program began.
uint64_t AllocationsSoFar();

// Whether they are counted in this build.
bool CountsAllocations();

}  // namespace cloche

#endif  // CLOCHE_TESTING_ALLOCATION_COUNTER_H_

// SeedOfTest: what all chance in a test comes from, unless it says otherwise.
//
//     TestWorld world;              // 1, or what the command line says
//     TestWorld world(/*seed=*/7);  // always 7
//
// With --cloche_seed=N (testing/main.cc), or CLOCHE_SEED=N in the environment,
// every world and every sweep that names no seed of its own uses that one.
//
// Main disadvantage: like testing/effort.h, a hidden argument.
//
// Next: testing/test_world.h; docs/testing.md.

#ifndef CLOCHE_TESTING_SEED_H_
#define CLOCHE_TESTING_SEED_H_

#include <cstdint>
#include <cstdlib>

#include "absl/strings/numbers.h"
#include "cloche/base/check.h"

namespace cloche {

// CHECK: what the environment has is a number.
inline uint64_t SeedOfTest() {
  const char* const text = std::getenv("CLOCHE_SEED");
  uint64_t seed = 1;
  CLOCHE_CHECK(text == nullptr || absl::SimpleAtoi(text, &seed),
               "CLOCHE_SEED (--cloche_seed) is no number from 0 to 2^64 - 1");
  return seed;
}

}  // namespace cloche

#endif  // CLOCHE_TESTING_SEED_H_

// HowToRunAgain: the line that runs a failed test again, and nothing else; and
// for a test that crashes, which ends before it can say so, SayWhichRunBegins.
//
//     bazel test //my:test --test_filter='Echo.Answers'
//         --test_env=CLOCHE_SEED=7
//         --test_env=CLOCHE_FAULT='server: recv #5 ENOMEM once'
//
// (as one line). What fails by chance, by a fault or by an order is of use only
// to who can see it again, so every failure of the kit ends with this.
//
// How it works: GoogleTest knows which test runs, Bazel says which target that
// is (TEST_TARGET, "Test encyclopedia"), and the rest are the variables that
// testing/main.cc lists.
//
// Main disadvantage: only the variables that the kit knows are in it; what else
// a test asks its environment for is not.
//
// Next: testing/seed.h; testing/sweep_log.h and testing/explore.h, which print
// it.

#ifndef CLOCHE_TESTING_RUN_AGAIN_H_
#define CLOCHE_TESTING_RUN_AGAIN_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace cloche {

// For the test that runs now, to be pasted into a shell. `variable`, if there
// is one, has `value` besides. Without Bazel, TARGET stands for the target.
std::string HowToRunAgain(uint64_t seed, absl::string_view variable = "",
                          absl::string_view value = "");

// For who makes many runs. With CLOCHE_RUN_NAMES=1 in the environment it prints
// to standard error that a run begins, and with which value of `variable` it is
// made again: of a program that crashes the last such line says in which run.
void SayWhichRunBegins(absl::string_view variable, absl::string_view value);

}  // namespace cloche

#endif  // CLOCHE_TESTING_RUN_AGAIN_H_

// The main function of a test, with flags to run again what has failed.
//
//     my_test --gtest_filter=Account.* --cloche_schedule='1:1 4:2'
//     bazel test //my:test --test_arg=--cloche_seed=7
//
// How it works: the kit asks the environment, since a test under Bazel may have
// any main function; a flag sets what the kit asks for. So each flag also
// exists as a variable: --cloche_seed is CLOCHE_SEED.
//
// Main disadvantage: no test may have a flag of its own that another library
// parses; a flag that nobody knows ends the program.
//
// Next: testing/seed.h, testing/explore.h, testing/sweep.h.

#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/types/optional.h"
#include "cloche/testing/variables.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

using Setting = absl::optional<std::string>;

ABSL_FLAG(Setting, cloche_seed, absl::nullopt,
          "what all chance comes from, where a test names no seed");
ABSL_FLAG(
    Setting, cloche_schedule, absl::nullopt,
    "the order that Explore runs first, as a failure prints it: '3:1 17:2'");
ABSL_FLAG(Setting, cloche_fault, absl::nullopt,
          "the one run of all sweeps, by the name that a failure prints");
ABSL_FLAG(Setting, cloche_trace, absl::nullopt,
          "with --cloche_schedule: the file that its trace goes to");
ABSL_FLAG(Setting, cloche_effort, absl::nullopt,
          "how many times longer random tests look for trouble");
ABSL_FLAG(Setting, cloche_run_names, absl::nullopt,
          "1: sweeps and explorations name each run as it begins, for one that "
          "crashes");

namespace {

void HandOn(const Setting& setting, const char* variable) {
  if (setting) cloche::SetVariable(variable, setting->c_str());
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);  // Takes what is GoogleTest's.
  absl::SetProgramUsageMessage("runs its tests; --gtest_list_tests names them");
  absl::ParseCommandLine(argc, argv);
  HandOn(absl::GetFlag(FLAGS_cloche_seed), "CLOCHE_SEED");
  HandOn(absl::GetFlag(FLAGS_cloche_schedule), "CLOCHE_SCHEDULE");
  HandOn(absl::GetFlag(FLAGS_cloche_fault), "CLOCHE_FAULT");
  HandOn(absl::GetFlag(FLAGS_cloche_trace), "CLOCHE_TRACE");
  HandOn(absl::GetFlag(FLAGS_cloche_effort), "CLOCHE_EFFORT");
  HandOn(absl::GetFlag(FLAGS_cloche_run_names), "CLOCHE_RUN_NAMES");
  return RUN_ALL_TESTS();
}

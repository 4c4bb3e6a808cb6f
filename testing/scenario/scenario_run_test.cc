// A scenario that does not hold: that it fails, and says which line.

#include "cloche/testing/scenario/scenario_run.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "cloche/testing/explore.h"
#include "cloche/testing/scenario/scenario_parser.h"
#include "cloche/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest-spi.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr absl::string_view kServer =
    "host server\nhost client\n"                          // Lines 1 and 2.
    "task answer on server\n"                             // Line 3.
    "listen 7000 as door\naccept door as visitor\n"       // Lines 4 and 5.
    "said: write visitor \"bye\"\nclose visitor\n"        // Lines 6 and 7.
    "task ask on client\nconnect server 7000 as line\n";  // Lines 8 and 9.

// Everything that a run of it fails, as one text. `rest` begins with line 10.
std::string FailuresOf(absl::string_view rest) {
  const auto scenario = ParseScenario(absl::StrCat(kServer, rest, "\n"));
  EXPECT_THAT(scenario, IsOk());
  ::testing::TestPartResultArray caught;
  {
    const ::testing::ScopedFakeTestPartResultReporter reporter(
        ::testing::ScopedFakeTestPartResultReporter::
            INTERCEPT_ONLY_CURRENT_THREAD,
        &caught);
    Explore(ToSweepScenario(*scenario),
            {.most_deviations = 0, .shuffles = 0, .pct_runs = 0});
  }
  std::string text;
  for (int i = 0; i < caught.size(); ++i) {
    absl::StrAppend(&text, caught.GetTestPartResult(i).message(), "\n");
  }
  return text;
}

TEST(Scenario, HoldsIfAllComesAsItSays) {
  EXPECT_THAT(FailuresOf("heard: read line to end = \"bye\"\n"
                         "order said < heard"),
              IsEmpty());
}

TEST(Scenario, FailsIfSomethingElseIsRead) {
  EXPECT_THAT(
      FailuresOf("read line to end = \"hello\""),
      HasSubstr("line 10 of the scenario has read\n  bye\nand not\n  hello"));
}

TEST(Scenario, FailsIfAStepFails) {
  EXPECT_THAT(FailuresOf("read line to end\nconnect server 7001 as other"),
              HasSubstr("line 11 of the scenario: UNAVAILABLE"));
}

TEST(Scenario, FailsIfAStepSucceedsThatShouldNot) {
  EXPECT_THAT(FailuresOf("read line to end ! UNAVAILABLE"),
              HasSubstr("line 10 of the scenario: OK"));
}

// Of these the task "ask" is cancelled after a second; from line 10 on.
constexpr absl::string_view kStop =
    "\ntask stop on client\nsleep 1s\ncancel ask\n";

TEST(Scenario, GoesOnAfterAStepThatIsCancelledAsItMust) {
  EXPECT_THAT(FailuresOf(absl::StrCat("waited: await never ! CANCELLED\n"
                                      "closed: close line",
                                      kStop, "order waited < closed")),
              IsEmpty());
}

TEST(Scenario, FailsWithTheLineIfAStepIsCancelledThatShouldNot) {
  EXPECT_THAT(FailuresOf(absl::StrCat("await never", kStop)),
              HasSubstr("line 10 of the scenario: CANCELLED"));
}

TEST(Scenario, HoldsIfWhoMustEndCancelledIsSoInAnyStep) {
  EXPECT_THAT(
      FailuresOf(absl::StrCat("await never", kStop, "ends ask CANCELLED")),
      IsEmpty());
}

TEST(Scenario, FailsIfATaskEndsOtherwise) {
  EXPECT_THAT(FailuresOf("read line to end\nends ask CANCELLED"),
              HasSubstr("task ask of the scenario has ended with OK"));
}

TEST(Scenario, FailsIfTheOrderIsAnother) {
  EXPECT_THAT(FailuresOf("heard: read line to end\norder heard < said"),
              HasSubstr("step said was over before heard"));
}

TEST(Scenario, FailsIfTheOrderIsOneOfTwoHostsAtOneInstant) {
  EXPECT_THAT(FailuresOf("read line to end\n"
                         "task here on server\nhere: sleep 1s\n"
                         "task there on client\nthere: sleep 1s\n"
                         "order here < there"),
              HasSubstr("line 15 of the scenario: steps here and there were "
                        "over at one instant on two hosts"));
}

TEST(Scenario, FailsIfAStepOfTheOrderIsNeverOver) {
  EXPECT_THAT(FailuresOf("read line to end\nends ask OK\n"
                         "connect server 7001 as x\nlast: sleep 1s\n"
                         "order said < last"),
              HasSubstr("step last never was over"));
}

TEST(Scenario, ClosesAListenerToo) {
  EXPECT_THAT(FailuresOf("read line to end\n"
                         "listen 7001 as own\nclose own\n"
                         "connect client 7001 as other ! UNAVAILABLE"),
              IsEmpty());
}

TEST(Scenario, FailsIfAStepIsAboutNothing) {
  EXPECT_THAT(FailuresOf("read lime to end"),
              HasSubstr("no stream of this task is 'lime'"));
  EXPECT_THAT(FailuresOf("read line to end\naccept door as x"),
              HasSubstr("no listener of this task is 'door'"));
  EXPECT_THAT(FailuresOf("read line to end\ncancel nobody"),
              HasSubstr("no task"));
}

}  // namespace
}  // namespace cloche

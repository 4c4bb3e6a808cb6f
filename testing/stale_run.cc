// Tests that a run is asked of, in a process of its own: what it says at its
// end is looked at by testing/asked_run_test.cc.

#include <string>

#include "absl/status/status.h"
#include "cloche/tasks/task.h"
#include "cloche/testing/explore.h"
#include "cloche/testing/sweep.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

Task<> Nothing() { co_return absl::OkStatus(); }

void TwoTasks(SweepRun& run) {
  TestHost& host = run.AddHost("host");
  run.Main(host, Nothing);
  run.Main(host, Nothing);
}

TEST(Sweeps, AreTwo) {
  EXPECT_GT(SweepCancellation(TwoTasks).runs, 3);
  EXPECT_GT(SweepDestruction(TwoTasks).runs, 1);
}

TEST(Explorations, AreTwo) {
  EXPECT_TRUE(Explore(TwoTasks).complete);
  const SweepScenario one_task = [](SweepRun& run) {
    run.Main(run.AddHost("host"), Nothing);
  };
  EXPECT_TRUE(Explore(one_task).complete);
}

}  // namespace
}  // namespace cloche

// Each backend of this system in a loop: with a real clock and real sockets.

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/backend/backends.h"
#include "cloche/calls/system_calls.h"
#include "cloche/loop/loop.h"
#include "cloche/loop/system_environment.h"
#include "cloche/loop/system_loop_test.h"
#include "cloche/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

TEST(SystemBackends, AreAllowed) {
  const std::unique_ptr<SystemCalls> system = NewSystemCalls();
  std::string refused;
  for (const BackendRow& row : kBackends) {
    if (!CheckBackend(row.kind, system->kernel_calls()).ok()) continue;
    const absl::Status asked = ProbeBackend(row.kind, system->kernel_calls());
    if (!asked.ok()) absl::StrAppend(&refused, asked.message());
  }
  if (!refused.empty()) GTEST_SKIP() << "some are not tested: " << refused;
}

using SystemBackend = SystemLoopTest;

TEST_P(SystemBackend, RunsTheBackendOfThatName) {
  EXPECT_EQ(loop_.backend().name(), GetParam());
}

TEST_P(SystemBackend, HasARealClockAndRealSockets) {
  const absl::Time before = loop_.Now();
  EXPECT_GE(loop_.Now(), before);
  EXPECT_EQ(loop_.environment().sockets, &system_->sockets());
}

TEST_P(SystemBackend, GivesEachLoopASeedOfItsOwn) {
  EXPECT_NE(system_->MakeEnvironment().seed, system_->MakeEnvironment().seed);
}

TEST_P(SystemBackend, FiresATimerWhenItsTimeHasComeAndNotBefore) {
  TestTimer timer;
  const absl::Time deadline = loop_.Now() + absl::Microseconds(2500);
  loop_.timers().Insert(timer, deadline);
  while (!timer.fired()) {
    ASSERT_THAT(loop_.RunOnce(absl::InfiniteFuture()), IsOk());
  }
  EXPECT_GE(loop_.Now(), deadline);
}

// Each turn finds a byte, so the loop never sleeps until the timer's time.
TEST_P(SystemBackend, FiresATimerNotBeforeItsTimeWhenItIsBusy) {
  TestTimer timer;
  const absl::Time deadline = loop_.Now() + absl::Microseconds(2500);
  loop_.timers().Insert(timer, deadline);
  while (!timer.fired()) {
    TestReceive receive(pair_[0]);
    ASSERT_EQ(system_->sockets().Send(pair_[1], "x", 0), 1);
    if (!loop_.Start(receive)) RunUntilHandedBack(receive);
    EXPECT_EQ(receive.bytes(), "x");
    ASSERT_THAT(loop_.RunOnce(absl::InfinitePast()), IsOk());
  }
  EXPECT_GE(loop_.Now(), deadline);
}

TEST_P(SystemBackend, BringsBytesFromOneSocketToAnother) {
  TestReceive receive(pair_[0]);
  ASSERT_FALSE(loop_.Start(receive));
  ASSERT_EQ(system_->sockets().Send(pair_[1], "hello", 0), 5);
  RunUntilHandedBack(receive);
  EXPECT_EQ(receive.bytes(), "hello");
}

TEST_P(SystemBackend, GivesEachLoopABackendOfItsOwn) {
  Loop other(system_->MakeEnvironment());
  TestReceive ours(pair_[0]);
  TestReceive others(pair_[1]);
  ASSERT_FALSE(loop_.Start(ours));
  ASSERT_FALSE(other.Start(others));
  ASSERT_EQ(system_->sockets().Send(pair_[1], "ours", 0), 4);
  ASSERT_EQ(system_->sockets().Send(pair_[0], "the other's", 0), 11);
  RunUntilHandedBack(ours);
  EXPECT_FALSE(others.handed_back());
  while (!others.handed_back()) {
    ASSERT_THAT(other.RunOnce(absl::InfiniteFuture()), IsOk());
  }
  EXPECT_EQ(others.bytes(), "the other's");
}

// Without care, a level-triggered epoll would report it thousands of times.
TEST_P(SystemBackend, SleepsThroughAHangUpThatNobodyWaitsFor) {
  TestReceive receive(pair_[0]);
  ASSERT_FALSE(loop_.Start(receive));
  ASSERT_EQ(system_->sockets().Send(pair_[1], "x", 0), 1);
  RunUntilHandedBack(receive);
  ASSERT_EQ(system_->sockets().Shutdown(pair_[1], ShutdownHow::kBoth), 0);
  EXPECT_LE(TurnsIn(absl::Milliseconds(20)), kFewTurns);
}

INSTANTIATE_OVER_BACKENDS(SystemBackend);

}  // namespace
}  // namespace cloche

// WithCleanup: the cleanup runs, whichever way the body ended.

#include "cloche/tasks/cleanup.h"

#include <memory>
#include <stdexcept>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/base/errors.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/timeout.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/event_log.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/test_loop.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::Pointee;

constexpr absl::Duration kSecond = absl::Seconds(1);

class WithCleanupTest : public testing::Test {
 protected:
  // A cleanup that takes a second.
  auto Cleanup(absl::Status end = absl::OkStatus()) {
    return [this, end]() -> Task<> {
      const absl::Status slept = co_await Sleep(kSecond);
      log_.Add(slept.ok() ? "cleaned up" : "cleanup cut short");
      co_return slept.ok() ? end : slept;
    };
  }
  Task<std::unique_ptr<int>> Body(absl::Status end = absl::OkStatus()) {
    EventLog::Local local(log_, "body's local");
    co_await Try(Sleep(kSecond));
    if (!end.ok()) co_return end;
    co_return std::make_unique<int>(7);
  }

  EventLog log_;
  TestLoop loop_;
};

TEST_F(WithCleanupTest, RunsItAfterABodyThatSucceededAndGivesItsValue) {
  EXPECT_THAT(loop_.Run(WithCleanup(Body(), Cleanup(), 5 * kSecond)),
              IsOkAndHolds(Pointee(7)));
  EXPECT_THAT(log_.events(), ElementsAre("~body's local", "cleaned up"));
}

TEST_F(WithCleanupTest, RunsItAfterABodyThatFailedAndGivesItsError) {
  EXPECT_THAT(loop_.Run(WithCleanup(Body(absl::AbortedError("body")), Cleanup(),
                                    5 * kSecond)),
              StatusIs(absl::StatusCode::kAborted, "body"));
  EXPECT_THAT(log_.events(), ElementsAre("~body's local", "cleaned up"));
}

// Under a shield: the cancellation that it cleans up after does not stop it.
TEST_F(WithCleanupTest, RunsItAfterABodyThatWasCancelled) {
  EXPECT_THAT(loop_.Run(WithTimeout(
                  kSecond / 2, WithCleanup(Body(), Cleanup(), 5 * kSecond))),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(log_.events(), ElementsAre("~body's local", "cleaned up"));
}

TEST_F(WithCleanupTest, IsNotStoppedByACancelThatComesMeanwhile) {
  EXPECT_THAT(
      loop_.Run(WithTimeout(kSecond + kSecond / 2,
                            WithCleanup(Body(), Cleanup(), 5 * kSecond))),
      IsOkAndHolds(Pointee(7)));
  EXPECT_THAT(log_.events(), ElementsAre("~body's local", "cleaned up"));
}

TEST_F(WithCleanupTest, GivesTheErrorOfTheCleanupIfOnlyThatFailed) {
  EXPECT_THAT(loop_.Run(WithCleanup(
                  Body(), Cleanup(absl::AbortedError("cleanup")), 5 * kSecond)),
              StatusIs(absl::StatusCode::kAborted, "cleanup"));
}

TEST_F(WithCleanupTest, AttachesTheErrorOfTheCleanupToThatOfTheBody) {
  const absl::Status status =
      loop_
          .Run(WithCleanup(Body(absl::AbortedError("body")),
                           Cleanup(absl::InternalError("cleanup")),
                           5 * kSecond))
          .status();
  EXPECT_THAT(FailuresOf(status),
              ElementsAre(StatusIs(absl::StatusCode::kAborted, "body"),
                          StatusIs(absl::StatusCode::kInternal, "cleanup")));
}

TEST_F(WithCleanupTest, CutsTheCleanupShortAtItsDeadline) {
  EXPECT_THAT(loop_.Run(WithCleanup(Body(), Cleanup(), kSecond / 2)),
              StatusIs(absl::StatusCode::kDeadlineExceeded, "within 500ms"));
  EXPECT_THAT(log_.events(), ElementsAre("~body's local", "cleanup cut short"));
}

TEST_F(WithCleanupTest, GivesTheErrorOfACleanupThatThrowsBeforeItBegins) {
  const auto throws = []() -> Task<> { throw std::runtime_error("no mop"); };
  EXPECT_THAT(loop_.Run(WithCleanup(Body(), throws, kSecond)),
              StatusIs(absl::StatusCode::kInternal, "no mop"));
}

// ~Loop resumes nothing, and so runs no cleanup.
TEST_F(WithCleanupTest, IsNotRunWhenTheLoopIsDestroyed) {
  Start(loop_.loop(), [&]() -> Task<> {
    (void)co_await WithCleanup(Body(), Cleanup(), kSecond);
    co_return absl::OkStatus();
  });
  loop_.RunTurns(1);
  loop_.Destroy();
  EXPECT_THAT(log_.events(), ElementsAre("~body's local"));
}

}  // namespace
}  // namespace cloche

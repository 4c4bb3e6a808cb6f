// Try: what is destroyed when an error passes, and in which order.

#include "cloche/tasks/try.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/sync/semaphore.h"
#include "cloche/tasks/nursery.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/timeout.h"
#include "cloche/testing/event_log.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/test_loop.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::Pointee;

// How the innermost task fails.
enum class FailBy { kReturn, kTryStatus, kTryLeaf };

Task<> FailBelow(EventLog& log, int level, FailBy how) {
  EventLog::Local first(log, absl::StrCat("first of ", level));
  EventLog::Local second(log, absl::StrCat("second of ", level));
  if (level > 0) {
    co_await Try(FailBelow(log, level - 1, how));
  } else if (how == FailBy::kReturn) {
    co_return absl::AbortedError("at the bottom");
  } else if (how == FailBy::kTryStatus) {
    co_await Try(absl::AbortedError("at the bottom"));
  } else {
    co_await Try(WithTimeout(absl::Seconds(1), Sleep(absl::Hours(1))));
  }
  log.Add("never reached");
  co_return absl::OkStatus();
}

class TryFailing : public testing::TestWithParam<FailBy> {};

// As a failure passes each level, the finished child's frame is destroyed,
// innermost first, before its parent is completed.
TEST_P(TryFailing,
       DestroysEachLevelOnceInnermostFirstBeforeWhoeverAwaitsPlainly) {
  EventLog log;
  TestLoop loop;
  EXPECT_THAT(loop.Run([&]() -> Task<> {
    const absl::Status status = co_await FailBelow(log, 2, GetParam());
    log.Add(status.ok() ? "OK?" : "failed");
    co_return absl::OkStatus();
  }),
              IsOk());
  EXPECT_THAT(
      log.events(),
      ElementsAre("~second of 0", "~first of 0", "~second of 1", "~first of 1",
                  "~second of 2", "~first of 2", "failed"));
}

INSTANTIATE_TEST_SUITE_P(EachWayToFail, TryFailing,
                         testing::Values(FailBy::kReturn, FailBy::kTryStatus,
                                         FailBy::kTryLeaf));

TEST(Try, TakesTheValueOfATaskALeafAStatusOrAndAStatus) {
  TestLoop loop;
  const auto five = []() -> Task<int> { co_return 5; };
  EXPECT_THAT(loop.Run([&]() -> Task<int> {
    co_await Try(Sleep(absl::Seconds(1)));
    co_await Try(absl::OkStatus());
    const int a = co_await Try(five());
    const int b = co_await Try(absl::StatusOr<int>(2));
    co_return a + b;
  }),
              IsOkAndHolds(7));
}

TEST(Try, TakesAMoveOnlyValueOutOfAResult) {
  TestLoop loop;
  EXPECT_THAT(loop.Run([]() -> Task<std::unique_ptr<int>> {
    absl::StatusOr<std::unique_ptr<int>> result = std::make_unique<int>(7);
    co_return co_await Try(std::move(result));
  }),
              IsOkAndHolds(Pointee(7)));
}

TEST(Try, LeavesAnLvalueStatusAsItIs) {
  TestLoop loop;
  absl::Status status = absl::AbortedError("kept");
  EXPECT_THAT(loop.Run([&]() -> Task<> {
    co_await Try(status);
    co_return absl::OkStatus();
  }),
              StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kAborted, "kept"));
}

TEST(Try, MayFailInOneAwaitOfAnExpressionAfterAnotherSucceeded) {
  EventLog log;
  TestLoop loop;
  const auto give = [&](std::string name) -> Task<EventLog::Local> {
    co_return EventLog::Local(log, name);
  };
  const auto fail = []() -> Task<int> { co_return absl::AbortedError("no"); };
  const auto take = [](const EventLog::Local&, int) {
    return absl::OkStatus();
  };
  EXPECT_THAT(loop.Run([&]() -> Task<> {
    co_return take(co_await Try(give("temporary")), co_await Try(fail()));
  }),
              StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(log.events(), ElementsAre("~temporary"));
}

// Everything below a nursery's body is released before its children
// are awaited. Here the child, shielded, wants the very permit that the body
// held further down: kept until the nursery's end it would be a deadlock.
Task<> HoldAndFail(Semaphore& semaphore) {
  const Permit permit = co_await Try(semaphore.Acquire());
  co_await Try(Sleep(absl::Seconds(1)));
  co_return absl::AbortedError("below the body");
}

TEST(Try, ReleasesWhatIsHeldBelowABodyBeforeItsChildrenAreAwaited) {
  EventLog log;
  TestLoop loop;
  Semaphore semaphore(1);
  const auto shielded_child = [&]() -> Task<> {
    co_await Try(Yield());
    const absl::Status status = co_await Shield([&]() -> Task<> {
      const Permit permit = co_await Try(semaphore.Acquire());
      co_return absl::OkStatus();
    }());
    log.Add(status.ok() ? "child got the permit" : "child failed");
    co_return absl::OkStatus();
  };
  EXPECT_THAT(loop.Run([&]() -> Task<> {
    co_return co_await WithNursery([&](Nursery& nursery) -> Task<> {
      nursery.Start(shielded_child);
      co_await Try(HoldAndFail(semaphore));
      co_return absl::OkStatus();
    });
  }),
              StatusIs(absl::StatusCode::kAborted, "below the body"));
  EXPECT_THAT(log.events(), ElementsAre("child got the permit"));
}

}  // namespace
}  // namespace cloche

// Cancellation: level-triggered, by scope, with identity, and never lost.

#include "cloche/tasks/cancel_scope.h"

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/base/errors.h"
#include "cloche/tasks/nursery.h"
#include "cloche/tasks/readiness.h"
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

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr absl::StatusCode kCancelled = absl::StatusCode::kCancelled;

Task<int> SleepThenSeven(absl::Duration duration) {
  co_await Try(Sleep(duration));
  co_return 7;
}

// --- Explicit cancellation --------------------------------------------------

TEST(CancelScope, ThatIsNotCancelledChangesNothing) {
  CancelScope scope;
  TestLoop loop;
  EXPECT_THAT(loop.Run(scope.Run(SleepThenSeven(absl::Seconds(1)))),
              IsOkAndHolds(7));
}

TEST(CancelScope, CancelEndsWhatRunsInItAtOnce) {
  CancelScope scope;
  TestLoop loop;
  loop.At(absl::Seconds(1), [&] { scope.Cancel(); });
  EXPECT_THAT(loop.Run(scope.Run(SleepThenSeven(absl::Seconds(9)))),
              StatusIs(kCancelled));
  EXPECT_EQ(loop.elapsed(), absl::Seconds(1));
}

TEST(CancelScope, SaysWhereItWasMade) {
  CancelScope scope;
  TestLoop loop;
  scope.Cancel();
  EXPECT_THAT(loop.Run(scope.Run(Sleep(absl::Seconds(1)))),
              StatusIs(kCancelled,
                       "the scope made at src/tasks/"
                       "cancel_scope_test.cc:"));
}

TEST(CancelScope, CancelledBeforeItRunsStartsNothing) {
  CancelScope scope;
  TestLoop loop;
  scope.Cancel();
  EXPECT_THAT(loop.Run(scope.Run(WaitReadable(7))), StatusIs(kCancelled));
  EXPECT_THAT(loop.backend().calls(), Not(Contains(HasSubstr("start"))));
  EXPECT_EQ(loop.elapsed(), absl::ZeroDuration());
}

TEST(CancelScope, ThatWasCancelledStaysSoWhenItIsUsedAgain) {
  CancelScope scope;
  TestLoop loop;
  EXPECT_THAT(loop.Run(scope.Run(Sleep(absl::Seconds(1)))), IsOk());
  scope.Cancel();
  scope.Cancel();
  EXPECT_TRUE(scope.cancelled());
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(loop.Run(scope.Run(Sleep(absl::Seconds(1)))),
                StatusIs(kCancelled));
  }
}

TEST(CancelScope, CancelsNothingThatComesAfterIt) {
  CancelScope scope;
  TestLoop loop;
  scope.Cancel();
  EXPECT_THAT(loop.Run([&]() -> Task<int> {
    (void)co_await scope.Run(Sleep(absl::Seconds(1)));
    co_return co_await SleepThenSeven(absl::Seconds(1));
  }),
              IsOkAndHolds(7));
}

TEST(CancelScopeDeathTest, DiesWhenItRunsTwoThingsAtTheSameTime) {
  CancelScope scope;
  TestLoop loop;
  EXPECT_DEATH((void)loop.Run([&]() -> Task<> {
    co_return co_await scope.Run(scope.Run(Sleep(absl::Seconds(1))));
  }),
               "one scope runs one awaitable at a time");
}

// --- Level-triggered --------------------------------------------------------

TEST(Cancellation, IsSaidByEachCheckpointAgainAndAgain) {
  CancelScope scope;
  TestLoop loop;
  scope.Cancel();
  std::vector<absl::StatusCode> codes;
  EXPECT_THAT(loop.Run(scope.Run([&]() -> Task<> {
    codes.push_back((co_await Sleep(absl::Seconds(1))).code());
    codes.push_back((co_await Yield()).code());
    codes.push_back((co_await WaitReadable(7)).code());
    co_return absl::OkStatus();
  }())),
              IsOk());
  EXPECT_THAT(codes, ElementsAre(kCancelled, kCancelled, kCancelled));
}

TEST(Cancellation, IsNoCheckpointToAwaitATask) {
  CancelScope scope;
  TestLoop loop;
  scope.Cancel();
  const auto plain = []() -> Task<int> { co_return 7; };
  EXPECT_THAT(loop.Run(scope.Run(plain())), IsOkAndHolds(7));
}

Task<> IgnoreCancellation(int times) {
  for (int i = 0; i < times; ++i) (void)co_await Yield();
  co_return absl::OkStatus();
}

// After 1,000 cancelled checkpoints in a row it is said, once.
TEST(Cancellation, IgnoredAThousandTimesIsReportedOnce) {
  CancelScope scope;
  TestLoop loop;
  scope.Cancel();
  (void)loop.Run(scope.Run(IgnoreCancellation(999)));
  EXPECT_THAT(loop.observer().Take(), IsEmpty());
  TaskHandle<> task = Start(loop.loop(), [&]() -> Task<> {
    co_return co_await scope.Run(IgnoreCancellation(2500));
  });
  loop.RunTurns(100);
  EXPECT_TRUE(task.ended());
  EXPECT_THAT(loop.observer().Take(),
              ElementsAre(HasSubstr("ignores its cancellation")));
}

TEST(Cancellation, IgnoredStillLetsOthersRun) {
  CancelScope scope;
  TestLoop loop;
  scope.Cancel();
  bool stop = false;
  EXPECT_THAT(loop.Run([&]() -> Task<> {
    co_return co_await WithNursery([&](Nursery& nursery) -> Task<> {
      nursery.Start([&]() -> Task<> {
        while (!stop) (void)co_await scope.Run(Yield());
        co_return absl::OkStatus();
      });
      co_await Try(Yield());
      stop = true;
      co_return absl::OkStatus();
    });
  }),
              IsOk());
}

// --- A cancel that races a completion ---------------------------------------

class CancelRace : public testing::Test {
 protected:
  absl::Status RunRace(std::function<void()> at_one_second) {
    loop_.At(absl::Seconds(1), std::move(at_one_second));
    return loop_.Run(scope_.Run(WaitReadable(7)));
  }
  void Complete() {
    loop_.backend().Complete(7, OperationKind::kWaitReadable, 0);
  }

  CancelScope scope_;
  TestLoop loop_;
};

TEST_F(CancelRace, ACompletionBeforeTheCancelIsDelivered) {
  EXPECT_THAT(RunRace([&] {
                Complete();
                scope_.Cancel();
              }),
              IsOk());
}

TEST_F(CancelRace, ACancelAloneMeansThatItDidNotHappen) {
  EXPECT_THAT(RunRace([&] { scope_.Cancel(); }), StatusIs(kCancelled));
  EXPECT_THAT(loop_.backend().calls(), Contains("cancel readable 7"));
}

// The operation was handed back, but its task has not run yet.
TEST_F(CancelRace, ACancelAfterTheHandBackChangesNothing) {
  TaskHandle<> killer = Start(loop_.loop(), [&]() -> Task<> {
    co_await Try(WaitReadable(8));
    scope_.Cancel();
    co_return absl::OkStatus();
  });
  EXPECT_THAT(RunRace([&] {
                loop_.backend().Complete(8, OperationKind::kWaitReadable, 0);
                Complete();
              }),
              IsOk());
  EXPECT_TRUE(killer.ended());
}

TEST_F(CancelRace, TheNextCheckpointAfterADeliveredCompletionIsCancelled) {
  loop_.At(absl::Seconds(1), [&] {
    Complete();
    scope_.Cancel();
  });
  std::vector<absl::StatusCode> codes;
  EXPECT_THAT(loop_.Run(scope_.Run([&]() -> Task<> {
    codes.push_back((co_await WaitReadable(7)).code());
    codes.push_back((co_await WaitReadable(7)).code());
    co_return absl::OkStatus();
  }())),
              IsOk());
  EXPECT_THAT(codes, ElementsAre(absl::StatusCode::kOk, kCancelled));
}

TEST_F(CancelRace, ASleepThatWasOverBeforeTheCancelWasSlept) {
  TaskHandle<> killer = Start(loop_.loop(), [&]() -> Task<> {
    co_await Try(Sleep(absl::Seconds(1)));
    scope_.Cancel();
    co_return absl::OkStatus();
  });
  EXPECT_THAT(loop_.Run(scope_.Run(Sleep(absl::Seconds(1)))), IsOk());
  EXPECT_TRUE(killer.ended());
}

// --- The tree ---------------------------------------------------------------

TEST(Cancellation, ReachesEveryTaskBelowAndNoneBeside) {
  EventLog log;
  CancelScope scope;
  TestLoop loop;
  const auto sleeper = [&](std::string name) -> Task<> {
    const absl::Status status = co_await Sleep(absl::Seconds(5));
    log.Add(name + (status.ok() ? " slept" : " cancelled"));
    co_return status;
  };
  EXPECT_THAT(loop.Run([&]() -> Task<> {
    co_return co_await WithNursery([&](Nursery& outside) -> Task<> {
      outside.Start(sleeper, "beside");
      outside.Start([&]() -> Task<> {
        co_await Try(Sleep(absl::Seconds(1)));
        scope.Cancel();
        co_return absl::OkStatus();
      });
      const absl::Status status =
          co_await scope.Run(WithNursery([&](Nursery& inside) -> Task<> {
            inside.Start([&]() -> Task<> {
              co_return co_await WithTimeout(absl::Hours(1), sleeper("deep"));
            });
            inside.Start(sleeper, "child");
            co_return co_await sleeper("body");
          }));
      EXPECT_THAT(status, StatusIs(kCancelled));
      co_return absl::OkStatus();
    });
  }),
              IsOk());
  EXPECT_THAT(log.events(), ElementsAre("body cancelled", "deep cancelled",
                                        "child cancelled", "beside slept"));
}

// The outermost cancelled scope is named: its cancellation is not over when an
// inner scope has ended.
TEST(Cancellation, IsThatOfTheOutermostScopeIfSeveralAreCancelled) {
  CancelScope outer;
  CancelScope inner;
  TestLoop loop;
  outer.Cancel();
  inner.Cancel();
  const absl::Status by_both =
      loop.Run(outer.Run(inner.Run(Sleep(absl::Seconds(1)))));
  const absl::Status by_outer = loop.Run(outer.Run(Sleep(absl::Seconds(1))));
  EXPECT_EQ(CancelledScopeOf(by_both), CancelledScopeOf(by_outer));
}

}  // namespace
}  // namespace cloche

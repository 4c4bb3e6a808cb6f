// StartAndWait: the started-protocol (trio#1431 and trio#2895).

#include "cloche/tasks/started.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cloche/base/errors.h"
#include "cloche/sync/event.h"
#include "cloche/tasks/cleanup.h"
#include "cloche/tasks/nursery.h"
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

constexpr absl::StatusCode kAborted = absl::StatusCode::kAborted;
constexpr absl::StatusCode kLate = absl::StatusCode::kDeadlineExceeded;
constexpr absl::Duration kSecond = absl::Seconds(1);

// Starts up for a second, says 7, serves for a second, ends with `end`.
Task<> Serve(Started<int>& started, EventLog& log, absl::Status end) {
  co_await Try(Sleep(kSecond));
  started.Set(7);
  const absl::Status served = co_await Sleep(kSecond);
  log.Add(served.ok() ? "served" : "stopped");
  co_return served.ok() ? end : served;
}

// Never says that it started.
Task<> StartUpForEver(Started<int>&, EventLog& log) {
  const absl::Status status = co_await Sleep(absl::Hours(1));
  log.Add(status.ok() ? "slept" : "stopped");
  co_return status;
}

class StartAndWaitTest : public testing::Test {
 protected:
  template <typename Body>
  absl::Status RunNursery(Body body) {
    return loop_.Run(WithNursery(std::move(body)));
  }

  EventLog log_;
  TestLoop loop_;
};

TEST_F(StartAndWaitTest, GivesWhatTheChildSaysWhileTheChildRunsOn) {
  EXPECT_THAT(RunNursery([&](Nursery& nursery) -> Task<> {
                EXPECT_THAT(co_await nursery.StartAndWait<int>(
                                Serve, std::ref(log_), absl::OkStatus()),
                            IsOkAndHolds(7));
                EXPECT_EQ(loop_.elapsed(), kSecond);
                log_.Add("body goes on");
                co_return absl::OkStatus();
              }),
              IsOk());
  EXPECT_THAT(log_.events(), ElementsAre("body goes on", "served"));
}

TEST_F(StartAndWaitTest, NeedsNoValue) {
  EXPECT_THAT(
      RunNursery([](Nursery& nursery) -> Task<> {
        co_await Try(nursery.StartAndWait<>([](Started<>& started) -> Task<> {
          started.Set();
          co_return absl::OkStatus();
        }));
        co_return absl::OkStatus();
      }),
      IsOk());
}

TEST_F(StartAndWaitTest, PassesAMoveOnlyValue) {
  EXPECT_THAT(RunNursery([](Nursery& nursery) -> Task<> {
                EXPECT_THAT(
                    co_await nursery.StartAndWait<std::unique_ptr<int>>(
                        [](Started<std::unique_ptr<int>>& started) -> Task<> {
                          started.Set(std::make_unique<int>(7));
                          co_return absl::OkStatus();
                        }),
                    IsOkAndHolds(Pointee(7)));
                co_return absl::OkStatus();
              }),
              IsOk());
}

// --- Failures ---------------------------------------------------------------

TEST_F(StartAndWaitTest, TellsTheCallerAloneOfAFailureBeforeSet) {
  EXPECT_THAT(RunNursery([](Nursery& nursery) -> Task<> {
                EXPECT_THAT(co_await nursery.StartAndWait<int>(
                                [](Started<int>&) -> Task<> {
                                  co_await Try(Sleep(kSecond));
                                  co_return absl::AbortedError("port taken");
                                }),
                            StatusIs(kAborted, "port taken"));
                // The nursery has not heard of it: nothing is cancelled.
                co_return co_await Sleep(kSecond);
              }),
              IsOk());
}

TEST_F(StartAndWaitTest, TellsTheNurseryOfAFailureAfterSet) {
  EXPECT_THAT(RunNursery([&](Nursery& nursery) -> Task<> {
                co_await Try(nursery.StartAndWait<int>(
                    Serve, std::ref(log_), absl::AbortedError("crashed")));
                EXPECT_THAT(co_await Sleep(absl::Hours(1)),
                            StatusIs(absl::StatusCode::kCancelled));
                co_return absl::OkStatus();
              }),
              StatusIs(kAborted, "crashed"));
}

TEST_F(StartAndWaitTest, DeliversTheValueAlsoIfTheChildFailsInTheSameTurn) {
  EXPECT_THAT(RunNursery([](Nursery& nursery) -> Task<> {
                EXPECT_THAT(co_await nursery.StartAndWait<int>(
                                [](Started<int>& started) -> Task<> {
                                  started.Set(7);
                                  co_return absl::AbortedError("crashed");
                                }),
                            IsOkAndHolds(7));
                co_return absl::OkStatus();
              }),
              StatusIs(kAborted, "crashed"));
}

TEST_F(StartAndWaitTest, IsAnErrorIfTheChildEndsWithoutSet) {
  EXPECT_THAT(RunNursery([](Nursery& nursery) -> Task<> {
                EXPECT_THAT(co_await nursery.StartAndWait<int>(
                                [](Started<int>&) -> Task<> {
                                  co_return absl::OkStatus();
                                }),
                            StatusIs(absl::StatusCode::kFailedPrecondition,
                                     "call started.Set()"));
                co_return absl::OkStatus();
              }),
              IsOk());
}

TEST_F(StartAndWaitTest, OfAChildThatEndsWithoutSetIsNoFirstSuccess) {
  EXPECT_THAT(
      loop_.Run(WithNursery(
          [](Nursery& nursery) -> Task<> {
            (void)co_await nursery.StartAndWait<int>(
                [](Started<int>&) -> Task<> { co_return absl::OkStatus(); });
            co_return co_await Sleep(kSecond);
          },
          NurseryPolicy::kFirstSuccess)),
      StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(loop_.elapsed(), kSecond);
}

// The leaf lives to the end of the caller's full expression, and the child
// ends meanwhile.
TEST_F(StartAndWaitTest, MayBeOneOfSeveralAwaitsInAnExpression) {
  const auto identity_later = [](int value) -> Task<int> {
    co_await Try(Sleep(absl::Seconds(5)));
    co_return value;
  };
  EXPECT_THAT(
      RunNursery([&](Nursery& nursery) -> Task<> {
        EXPECT_EQ(
            co_await Try(identity_later(co_await Try(nursery.StartAndWait<int>(
                Serve, std::ref(log_), absl::OkStatus())))),
            7);
        co_return absl::OkStatus();
      }),
      IsOk());
  EXPECT_THAT(log_.events(), ElementsAre("served"));
}

TEST_F(StartAndWaitTest, StartsNothingIfTheCallerIsCancelledAlready) {
  EXPECT_THAT(RunNursery([&](Nursery& nursery) -> Task<> {
                CancelScope scope;
                scope.Cancel();
                EXPECT_THAT(co_await scope.Run(nursery.StartAndWait<int>(
                                StartUpForEver, std::ref(log_))),
                            StatusIs(absl::StatusCode::kCancelled));
                co_return absl::OkStatus();
              }),
              IsOk());
  EXPECT_THAT(log_.events(), ElementsAre());
}

using StartAndWaitDeathTest = StartAndWaitTest;

TEST_F(StartAndWaitDeathTest, DiesWhenTheChildSaysTwiceThatItStarted) {
  EXPECT_DEATH(
      (void)RunNursery([](Nursery& nursery) -> Task<> {
        co_await Try(nursery.StartAndWait<>([](Started<>& started) -> Task<> {
          started.Set();
          started.Set();
          co_return absl::OkStatus();
        }));
        co_return absl::OkStatus();
      }),
      "says once that it has started");
}

// --- Either side may cancel (trio#1431, trio#2895) --------------------------

TEST_F(StartAndWaitTest, CancelsTheChildWhenTheCallerIsCancelled) {
  EXPECT_THAT(RunNursery([&](Nursery& nursery) -> Task<> {
                EXPECT_THAT(co_await WithTimeout(
                                kSecond, nursery.StartAndWait<int>(
                                             StartUpForEver, std::ref(log_))),
                            StatusIs(kLate));
                log_.Add("caller goes on");
                co_return absl::OkStatus();
              }),
              IsOk());
  EXPECT_THAT(log_.events(), ElementsAre("stopped", "caller goes on"));
}

TEST_F(StartAndWaitTest, CancelsTheChildWhenTheNurseryIsCancelled) {
  EXPECT_THAT(RunNursery([&](Nursery& nursery) -> Task<> {
                nursery.Start([]() -> Task<> {
                  co_await Try(Sleep(kSecond));
                  co_return absl::AbortedError("sibling");
                });
                // The caller itself does not hear of it.
                EXPECT_THAT(co_await Shield(nursery.StartAndWait<int>(
                                StartUpForEver, std::ref(log_))),
                            StatusIs(absl::StatusCode::kCancelled));
                co_return absl::OkStatus();
              }),
              StatusIs(kAborted, "sibling"));
  EXPECT_THAT(log_.events(), ElementsAre("stopped"));
  EXPECT_EQ(loop_.elapsed(), kSecond);
}

TEST_F(StartAndWaitTest, EndsWhenCallerAndNurseryAreCancelledTogether) {
  EXPECT_THAT(loop_.Run(WithTimeout(
                  kSecond, WithNursery([&](Nursery& nursery) -> Task<> {
                    const absl::StatusOr<int> result =
                        co_await nursery.StartAndWait<int>(StartUpForEver,
                                                           std::ref(log_));
                    co_return result.status();
                  }))),
              StatusIs(kLate));
  EXPECT_THAT(log_.events(), ElementsAre("stopped"));
  EXPECT_EQ(loop_.elapsed(), kSecond);
}

// The caller is a child of an inner nursery, and starts in the outer one.
TEST_F(StartAndWaitTest, HearsTheCallersCancellationFromOutsideOfTheBody) {
  EXPECT_THAT(RunNursery([&](Nursery& outer) -> Task<> {
                co_return co_await WithNursery([&](Nursery& inner) -> Task<> {
                  inner.Start([&]() -> Task<> {
                    const absl::StatusOr<int> result =
                        co_await outer.StartAndWait<int>(StartUpForEver,
                                                         std::ref(log_));
                    co_return result.status();
                  });
                  co_await Try(Sleep(kSecond));
                  inner.Cancel();
                  co_return absl::OkStatus();
                });
              }),
              IsOk());
  EXPECT_THAT(log_.events(), ElementsAre("stopped"));
  EXPECT_EQ(loop_.elapsed(), kSecond);
}

// A cancelled caller waits until the child has noticed, and gets its value if
// the child did all that it was to do.
TEST_F(StartAndWaitTest, DeliversTheValueOfAChildThatSucceededLate) {
  EXPECT_THAT(RunNursery([&](Nursery& nursery) -> Task<> {
                EXPECT_THAT(
                    co_await WithTimeout(
                        kSecond, nursery.StartAndWait<int>(
                                     [](Started<int>& started) -> Task<> {
                                       (void)co_await Sleep(absl::Hours(1));
                                       started.Set(7);
                                       co_return absl::OkStatus();
                                     })),
                    IsOkAndHolds(7));
                co_return absl::OkStatus();
              }),
              IsOk());
}

// A caller that is told "started" would never hear that the child was
// cancelled.
TEST_F(StartAndWaitTest, DoesNotCallStartedWhatTheCallersCancelHasEnded) {
  Event ready;
  CancelScope scope;
  loop_.At(kSecond, [&] {
    ready.Set();
    scope.Cancel();
  });
  EXPECT_THAT(RunNursery([&](Nursery& nursery) -> Task<> {
                EXPECT_THAT(co_await scope.Run(nursery.StartAndWait<int>(
                                [&](Started<int>& started) -> Task<> {
                                  co_await Try(ready.Wait());
                                  started.Set(7);
                                  co_await Try(Shield(Sleep(kSecond)));
                                  co_return co_await Sleep(absl::Hours(1));
                                })),
                            StatusIs(absl::StatusCode::kCancelled));
                co_return absl::OkStatus();
              }),
              IsOk());
}

TEST_F(StartAndWaitTest, TellsACancelledCallerOfAFailureAfterALateSet) {
  EXPECT_THAT(RunNursery([&](Nursery& nursery) -> Task<> {
                EXPECT_THAT(
                    co_await WithTimeout(
                        kSecond, nursery.StartAndWait<int>(
                                     [](Started<int>& started) -> Task<> {
                                       (void)co_await Sleep(absl::Hours(1));
                                       started.Set(7);
                                       co_return absl::AbortedError("broken");
                                     })),
                    StatusIs(kAborted, "broken"));
                co_return absl::OkStatus();
              }),
              IsOk());
}

// A start that fails is seen to fail: the caller's own cancellation must not
// hide that.
TEST_F(StartAndWaitTest, TellsACancelledCallerOfTheChildsOwnFailure) {
  EXPECT_THAT(
      RunNursery([&](Nursery& nursery) -> Task<> {
        EXPECT_THAT(
            co_await WithTimeout(
                kSecond, nursery.StartAndWait<int>([](Started<int>&) -> Task<> {
                  (void)co_await Sleep(absl::Hours(1));
                  co_return absl::AbortedError("broken");
                })),
            StatusIs(kAborted, "broken"));
        co_return absl::OkStatus();
      }),
      IsOk());
}

// The cleanup of a child that was cancelled together with its caller. Nobody
// but the caller hears of it.
TEST_F(StartAndWaitTest, KeepsTheFailedCleanupOfAChildCancelledWithItsCaller) {
  const absl::Status status = RunNursery([&](Nursery& nursery) -> Task<> {
    nursery.Start([&nursery]() -> Task<> {
      nursery.Cancel();
      co_return absl::OkStatus();
    });
    co_return StatusOf(
        co_await nursery.StartAndWait<int>([](Started<int>&) -> Task<> {
          co_return co_await WithCleanup(
              Sleep(absl::Hours(1)),
              []() -> Task<> { co_return absl::InternalError("cleanup"); },
              kSecond);
        }));
  });
  EXPECT_THAT(FailuresOf(status),
              ElementsAre(StatusIs(absl::StatusCode::kInternal, "cleanup")));
}

TEST_F(StartAndWaitTest, ReportsAFailedCleanupOnceIfTheCallerAloneIsCancelled) {
  const absl::Status status = RunNursery([&](Nursery& nursery) -> Task<> {
    CancelScope scope;
    nursery.Start([&scope]() -> Task<> {
      scope.Cancel();
      co_return absl::OkStatus();
    });
    co_return StatusOf(co_await scope.Run(
        nursery.StartAndWait<int>([](Started<int>&) -> Task<> {
          co_return co_await WithCleanup(
              Sleep(absl::Hours(1)),
              []() -> Task<> { co_return absl::InternalError("cleanup"); },
              kSecond);
        })));
  });
  EXPECT_THAT(FailuresOf(status),
              ElementsAre(StatusIs(absl::StatusCode::kCancelled),
                          StatusIs(absl::StatusCode::kInternal, "cleanup")));
}

TEST_F(StartAndWaitTest, IsNotNeededToCallAFunctionThatSaysItStarted) {
  Started<int> started;
  EXPECT_THAT(loop_.Run(Serve(started, log_, absl::OkStatus())), IsOk());
  EXPECT_TRUE(started.is_set());
}

// A guard that says "started" at the latest when it dies.
TEST_F(StartAndWaitTest, MayBeSetByADestructorWhenTheLoopIsDestroyed) {
  struct SetsWhenItDies {
    Started<>& started;
    ~SetsWhenItDies() { started.Set(); }
  };
  Start(loop_.loop(), [] {
    return WithNursery([](Nursery& nursery) -> Task<> {
      nursery.Start([&nursery]() -> Task<> {
        co_return co_await nursery.StartAndWait(
            [](Started<>& started) -> Task<> {
              const SetsWhenItDies guard(started);
              co_return co_await Sleep(absl::Hours(1));
            });
      });
      co_return absl::OkStatus();
    });
  });
  loop_.RunTurns(3);
  loop_.Destroy();
}

}  // namespace
}  // namespace cloche

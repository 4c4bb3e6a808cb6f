// Nursery: what its policies do, and what its result is. The race,
// kFirstSuccess, has its own file: nursery_race_test.cc.

#include "cloche/tasks/nursery.h"

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/base/errors.h"
#include "cloche/tasks/cleanup.h"
#include "cloche/tasks/nursery_test.h"
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

constexpr absl::StatusCode kAborted = absl::StatusCode::kAborted;
constexpr absl::StatusCode kCancelled = absl::StatusCode::kCancelled;

// --- Every policy -----------------------------------------------------------

TEST_F(NurseryTest, WithoutChildrenEndsWithItsBody) {
  EXPECT_THAT(
      RunNursery([](Nursery&) -> Task<> { co_return absl::OkStatus(); }),
      IsOk());
}

TEST_F(NurseryTest, EndsWhenTheBodyAndEveryChildHaveEnded) {
  EXPECT_THAT(RunNursery([&](Nursery& nursery) -> Task<> {
                nursery.Start(Sleeper("three", 3));
                nursery.Start(Sleeper("two", 2));
                co_return co_await Child("body", 1);
              }),
              IsOk());
  EXPECT_THAT(log_.events(),
              ElementsAre("body slept", "two slept", "three slept"));
  EXPECT_EQ(loop_.elapsed(), absl::Seconds(3));
}

TEST_F(NurseryTest, RunsNothingOfAChildInsideStart) {
  EXPECT_THAT(RunNursery([&](Nursery& nursery) -> Task<> {
                nursery.Start([&]() -> Task<> {
                  log_.Add("child");
                  co_return absl::OkStatus();
                });
                log_.Add("body goes on");
                co_return absl::OkStatus();
              }),
              IsOk());
  EXPECT_THAT(log_.events(), ElementsAre("body goes on", "child"));
}

TEST_F(NurseryTest, DestroysTheBodysLocalsBeforeItAwaitsChildren) {
  EXPECT_THAT(RunNursery([&](Nursery& nursery) -> Task<> {
                EventLog::Local local(log_, "body's local");
                nursery.Start(Sleeper("child", 1));
                co_return absl::OkStatus();
              }),
              IsOk());
  EXPECT_THAT(log_.events(), ElementsAre("~body's local", "child slept"));
}

TEST_F(NurseryTest, DestroysWhatAChildWasGivenBeforeItReturns) {
  const auto take = [](EventLog::Local, EventLog& log) -> Task<> {
    log.Add("child");
    co_return absl::OkStatus();
  };
  EXPECT_THAT(loop_.Run([&]() -> Task<> {
    co_await Try(WithNursery([&](Nursery& nursery) -> Task<> {
      nursery.Start(take, EventLog::Local(log_, "argument"), std::ref(log_));
      co_return absl::OkStatus();
    }));
    log_.Add("nursery ended");
    co_return absl::OkStatus();
  }),
              IsOk());
  EXPECT_THAT(log_.events(),
              ElementsAre("child", "~argument", "nursery ended"));
}

TEST_F(NurseryTest, CancelEndsBodyAndChildrenAndIsNoFailure) {
  EXPECT_THAT(RunNursery([&](Nursery& nursery) -> Task<> {
                nursery.Start(Sleeper("child", 5));
                nursery.Start([&nursery]() -> Task<> {
                  co_await Try(Sleep(absl::Seconds(1)));
                  nursery.Cancel();
                  co_return absl::OkStatus();
                });
                co_return co_await Child("body", 5);
              }),
              IsOk());
  EXPECT_THAT(log_.events(), ElementsAre("body cancelled", "child cancelled"));
  EXPECT_EQ(loop_.elapsed(), absl::Seconds(1));
}

TEST_F(NurseryTest, CancelledFromOutsideSaysWhoCancelled) {
  EXPECT_THAT(
      loop_.Run(WithTimeout(absl::Seconds(1),
                            WithNursery([&](Nursery& nursery) -> Task<> {
                              nursery.Start(Sleeper("child", 5));
                              co_return absl::OkStatus();
                            }))),
      StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(log_.events(), ElementsAre("child cancelled"));
}

TEST_F(NurseryTest, WhoseChildrenAllSucceedThoughCancelledSucceeds) {
  EXPECT_THAT(
      loop_.Run(WithTimeout(absl::Seconds(1),
                            WithNursery([&](Nursery& nursery) -> Task<> {
                              nursery.Start([&]() -> Task<> {
                                (void)co_await Child("child", 5);
                                co_return absl::OkStatus();
                              });
                              co_return absl::OkStatus();
                            }))),
      IsOk());
}

TEST_F(NurseryTest, WaitsForItsChildrenAlsoWhenItIsCancelled) {
  EXPECT_THAT(
      loop_.Run(WithTimeout(absl::Seconds(1),
                            WithNursery([&](Nursery& nursery) -> Task<> {
                              nursery.Start([&]() -> Task<> {
                                co_return co_await Shield(Child("child", 5));
                              });
                              co_return absl::OkStatus();
                            }))),
      IsOk());
  EXPECT_EQ(loop_.elapsed(), absl::Seconds(5));
}

// --- kCancelSiblings --------------------------------------------------------

TEST_F(NurseryTest, CancelSiblingsCancelsAllWhenAChildFails) {
  EXPECT_THAT(RunNursery([&](Nursery& nursery) -> Task<> {
                nursery.Start(Sleeper("a", 5));
                nursery.Start(Sleeper("b", 1, absl::AbortedError("b")));
                co_return co_await Child("body", 5);
              }),
              StatusIs(kAborted, "b"));
  EXPECT_THAT(log_.events(),
              ElementsAre("b slept", "body cancelled", "a cancelled"));
  EXPECT_EQ(loop_.elapsed(), absl::Seconds(1));
}

TEST_F(NurseryTest, CancelSiblingsCancelsTheChildrenWhenTheBodyFails) {
  EXPECT_THAT(RunNursery([&](Nursery& nursery) -> Task<> {
                nursery.Start(Sleeper("a", 5));
                co_return co_await Child("body", 1, absl::AbortedError("b"));
              }),
              StatusIs(kAborted, "b"));
  EXPECT_THAT(log_.events(), ElementsAre("body slept", "a cancelled"));
}

// The first is primary, the others follow in order, and the cancellations that
// the policy caused are left out.
TEST_F(NurseryTest, AttachesFurtherFailuresInOrderWithoutItsOwnCancellations) {
  const auto fails_in_cleanup = [&](std::string name, int seconds) {
    return [this, name, seconds]() -> Task<> {
      (void)co_await Child(name, 9);
      co_await Try(Shield(Sleep(absl::Seconds(seconds))));
      co_return absl::InternalError(name);
    };
  };
  const absl::Status status = RunNursery([&](Nursery& nursery) -> Task<> {
    nursery.Start(fails_in_cleanup("third", 2));
    nursery.Start(fails_in_cleanup("second", 1));
    nursery.Start(Sleeper("first", 1, absl::AbortedError("first")));
    nursery.Start(Sleeper("well-behaved", 9));
    co_return absl::OkStatus();
  });
  EXPECT_THAT(MessagesOf(status), ElementsAre("first", "second", "third"));
}

// trio#2301: the same shape whatever the number of failures.
TEST_F(NurseryTest, GivesOneFailureInTheShapeOfSeveral) {
  const auto run_with = [&](int failures) {
    return RunNursery(
        [&](Nursery& nursery) -> Task<> {
          for (int i = 1; i <= failures; ++i) {
            nursery.Start(Sleeper("child", i, absl::AbortedError("failed")));
          }
          co_return absl::OkStatus();
        },
        NurseryPolicy::kWaitForAll);
  };
  EXPECT_EQ(FailuresOf(run_with(0)).size(), 0u);
  for (const int count : {1, 2, 3}) {
    const absl::Status status = run_with(count);
    EXPECT_THAT(status, StatusIs(kAborted, "failed"));
    EXPECT_EQ(FailuresOf(status).size(), static_cast<size_t>(count));
  }
}

TEST_F(NurseryTest, CountsACancelledThatIsNotItsOwnAsAFailure) {
  EXPECT_THAT(RunNursery([&](Nursery& nursery) -> Task<> {
                nursery.Start([]() -> Task<> {
                  co_return absl::CancelledError("by hand");
                });
                co_return absl::OkStatus();
              }),
              StatusIs(kCancelled, "by hand"));
}

// A cancellation that brings a failed cleanup along is not a plain one.
TEST_F(NurseryTest, KeepsTheFailedCleanupOfAChildThatItCancelled) {
  const absl::Status status = RunNursery([&](Nursery& nursery) -> Task<> {
    nursery.Start([&]() -> Task<> {
      co_return co_await WithCleanup(
          Child("child", 9),
          []() -> Task<> { co_return absl::InternalError("cleanup"); },
          absl::Seconds(1));
    });
    nursery.Start(Sleeper("failing", 1, absl::AbortedError("failing")));
    co_return absl::OkStatus();
  });
  EXPECT_THAT(MessagesOf(status), ElementsAre("failing", "cleanup"));
}

TEST_F(NurseryTest, KeepsTheFailedCleanupOfAChildCancelledFromOutside) {
  const absl::Status status = loop_.Run(WithTimeout(
      absl::Seconds(1), WithNursery([&](Nursery& nursery) -> Task<> {
        nursery.Start([&]() -> Task<> {
          co_return co_await WithCleanup(
              Child("child", 9),
              []() -> Task<> { co_return absl::InternalError("cleanup"); },
              absl::Seconds(1));
        });
        co_return co_await Child("body", 9);
      })));
  EXPECT_THAT(MessagesOf(status), ElementsAre("cleanup"));
}

TEST_F(NurseryTest, KeepsTheFailedCleanupOfAChildCancelledAlone) {
  const absl::Status status = RunNursery([&](Nursery& nursery) -> Task<> {
    const TaskHandle<> child = nursery.Start([&]() -> Task<> {
      co_return co_await WithCleanup(
          Child("child", 9),
          []() -> Task<> { co_return absl::InternalError("cleanup"); },
          absl::Seconds(1));
    });
    co_await Try(Yield());
    child.Cancel();
    co_return absl::OkStatus();
  });
  EXPECT_THAT(MessagesOf(status), ElementsAre("cleanup"));
}

// --- kWaitForAll ------------------------------------------------------------

TEST_F(NurseryTest, WaitForAllLetsEveryChildRunToItsEnd) {
  const absl::Status status = RunNursery(
      [&](Nursery& nursery) -> Task<> {
        nursery.Start(Sleeper("a", 3));
        nursery.Start(Sleeper("b", 2, absl::AbortedError("b")));
        co_return co_await Child("body", 1, absl::AbortedError("body"));
      },
      NurseryPolicy::kWaitForAll);
  EXPECT_THAT(MessagesOf(status), ElementsAre("body", "b"));
  EXPECT_THAT(log_.events(), ElementsAre("body slept", "b slept", "a slept"));
}

// --- Nesting ----------------------------------------------------------------

TEST_F(NurseryTest, InsideANurseryPassesItsFailureOnAndTheOuterOneCancels) {
  const absl::Status status = RunNursery([&](Nursery& outer) -> Task<> {
    outer.Start(Sleeper("aunt", 9));
    co_return co_await WithNursery([&](Nursery& inner) -> Task<> {
      inner.Start(Sleeper("child", 1, absl::AbortedError("child")));
      inner.Start(Sleeper("sibling", 9));
      co_return absl::OkStatus();
    });
  });
  EXPECT_THAT(MessagesOf(status), ElementsAre("child"));
  EXPECT_THAT(log_.events(), ElementsAre("child slept", "sibling cancelled",
                                         "aunt cancelled"));
}

TEST_F(NurseryTest, InsideANurseryMayFailAloneIfItsResultIsNotTried) {
  EXPECT_THAT(RunNursery([&](Nursery& outer) -> Task<> {
                outer.Start(Sleeper("aunt", 2));
                (void)co_await WithNursery([&](Nursery& inner) -> Task<> {
                  inner.Start(Sleeper("child", 1, absl::AbortedError("no")));
                  co_return absl::OkStatus();
                });
                co_return absl::OkStatus();
              }),
              IsOk());
  EXPECT_THAT(log_.events(), ElementsAre("child slept", "aunt slept"));
}

TEST_F(NurseryTest, MayHaveTenThousandChildren) {
  int ended = 0;
  EXPECT_THAT(RunNursery([&](Nursery& nursery) -> Task<> {
                for (int i = 0; i < 10'000; ++i) {
                  nursery.Start([&ended]() -> Task<> {
                    co_await Try(Sleep(absl::Seconds(1)));
                    ++ended;
                    co_return absl::OkStatus();
                  });
                }
                co_return absl::OkStatus();
              }),
              IsOk());
  EXPECT_EQ(ended, 10'000);
  EXPECT_EQ(loop_.elapsed(), absl::Seconds(1));
}

}  // namespace
}  // namespace cloche

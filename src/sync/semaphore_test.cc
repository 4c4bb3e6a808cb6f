// Semaphore: who gets the next permit, and that none is ever lost.

#include "cloche/sync/semaphore.h"

#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
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

Task<> HoldFor(Semaphore& semaphore, EventLog& log, std::string name,
               absl::Duration duration) {
  const Permit permit = co_await Try(semaphore.Acquire());
  log.Add(name);
  co_return co_await Sleep(duration);
}

TEST(Semaphore, LetsInAsManyAsItHasPermits) {
  EventLog log;
  Semaphore semaphore(2);
  TestLoop loop;
  EXPECT_THAT(loop.Run([&]() -> Task<> {
    co_return co_await WithNursery([&](Nursery& nursery) -> Task<> {
      for (const char* name : {"a", "b", "c"}) {
        nursery.Start(HoldFor, std::ref(semaphore), std::ref(log), name,
                      absl::Seconds(2));
      }
      co_await Try(Sleep(absl::Seconds(1)));
      log.Add("one second");
      co_return absl::OkStatus();
    });
  }),
              IsOk());
  EXPECT_THAT(log.events(), ElementsAre("a", "b", "one second", "c"));
  EXPECT_EQ(semaphore.free(), 2);
}

// A task that releases and wants again has to queue: no overtaking.
TEST(Semaphore, ServesThoseWhoWaitInTheOrderInWhichTheyCame) {
  EventLog log;
  Semaphore semaphore(1);
  TestLoop loop;
  const auto twice = [&](std::string name) -> Task<> {
    for (int i = 0; i < 2; ++i) {
      co_await Try(HoldFor(semaphore, log, name, absl::Seconds(1)));
    }
    co_return absl::OkStatus();
  };
  EXPECT_THAT(loop.Run([&]() -> Task<> {
    co_return co_await WithNursery([&](Nursery& nursery) -> Task<> {
      for (const char* name : {"a", "b", "c"}) nursery.Start(twice, name);
      co_return absl::OkStatus();
    });
  }),
              IsOk());
  EXPECT_THAT(log.events(), ElementsAre("a", "b", "c", "a", "b", "c"));
}

TEST(Semaphore, GivesNothingToAWaiterThatWasCancelled) {
  Semaphore semaphore(1);
  TestLoop loop;
  EXPECT_THAT(loop.Run([&]() -> Task<> {
    const Permit permit = co_await Try(semaphore.Acquire());
    const absl::StatusOr<Permit> second =
        co_await WithTimeout(absl::Seconds(1), semaphore.Acquire());
    co_return second.status();
  }),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(semaphore.free(), 1);
}

// Granted first, cancelled second: the permit is delivered, not lost.
TEST(Semaphore, DeliversAPermitThatWasGrantedBeforeTheCancel) {
  Semaphore semaphore(1);
  CancelScope scope;
  TestLoop loop;
  EXPECT_THAT(loop.Run([&]() -> Task<> {
    Permit permit = co_await Try(semaphore.Acquire());
    co_return co_await WithNursery([&](Nursery& nursery) -> Task<> {
      nursery.Start([&]() -> Task<> {
        co_await Try(Sleep(absl::Seconds(1)));
        permit.Release();
        scope.Cancel();
        co_return absl::OkStatus();
      });
      const absl::StatusOr<Permit> second =
          co_await scope.Run(semaphore.Acquire());
      co_return second.status();
    });
  }),
              IsOk());
  EXPECT_EQ(semaphore.free(), 1);
}

// Granted, and then the whole frame dies before it could run: the permit goes
// back as well.
TEST(Semaphore, TakesBackAPermitWhoseWaiterIsTornDownBeforeItRan) {
  Semaphore semaphore(1);
  TestLoop loop;
  Start(loop.loop(), [&]() -> Task<> {
    Permit permit = co_await Try(semaphore.Acquire());
    co_await Try(Sleep(absl::Seconds(1)));
    permit.Release();
    co_return absl::OkStatus();
  });
  Start(loop.loop(), [&]() -> Task<> {
    const Permit permit = co_await Try(semaphore.Acquire());
    co_return absl::OkStatus();
  });
  loop.RunTurns(2);
  EXPECT_EQ(semaphore.free(), 0);
  loop.Destroy();
  EXPECT_EQ(semaphore.free(), 1);
}

TEST(Permit, IsGivenBackOnceHoweverOftenItIsReleasedAndMoved) {
  Semaphore semaphore(1);
  TestLoop loop;
  EXPECT_THAT(loop.Run([&]() -> Task<> {
    Permit first = co_await Try(semaphore.Acquire());
    Permit second = std::move(first);
    second.Release();
    second.Release();
    co_return absl::OkStatus();
  }),
              IsOk());
  EXPECT_EQ(semaphore.free(), 1);
}

TEST(Permit, IsGivenBackWhenAnotherTakesItsPlace) {
  Semaphore semaphore(2);
  TestLoop loop;
  EXPECT_THAT(loop.Run([&]() -> Task<> {
    Permit first = co_await Try(semaphore.Acquire());
    Permit second = co_await Try(semaphore.Acquire());
    first = std::move(second);
    EXPECT_EQ(semaphore.free(), 1);
    co_return absl::OkStatus();
  }),
              IsOk());
  EXPECT_EQ(semaphore.free(), 2);
}

}  // namespace
}  // namespace cloche

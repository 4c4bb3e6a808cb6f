// Event: who is woken by Set, in which order, and what a cancel does to a wait.

#include "cloche/sync/event.h"

#include <functional>
#include <string>

#include "absl/status/status.h"
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

Task<> WaitAndLog(Event& event, EventLog& log, std::string name) {
  co_await Try(event.Wait());
  log.Add(name);
  co_return absl::OkStatus();
}

TEST(Event, WakesAllWhoWaitInTheOrderInWhichTheyCame) {
  EventLog log;
  Event event;
  TestLoop loop;
  loop.At(absl::Seconds(1), [&] {
    log.Add("set");
    event.Set();
  });
  EXPECT_THAT(loop.Run([&]() -> Task<> {
    co_return co_await WithNursery([&](Nursery& nursery) -> Task<> {
      nursery.Start(WaitAndLog, std::ref(event), std::ref(log), "first");
      nursery.Start(WaitAndLog, std::ref(event), std::ref(log), "second");
      co_return co_await Sleep(absl::Seconds(2));
    });
  }),
              IsOk());
  EXPECT_THAT(log.events(), ElementsAre("set", "first", "second"));
}

TEST(Event, DoesNotMakeAnybodyWaitOnceItIsSet) {
  Event event;
  TestLoop loop;
  event.Set();
  event.Set();
  EXPECT_TRUE(event.is_set());
  EXPECT_THAT(loop.Run(event.Wait()), IsOk());
}

TEST(Event, WaitEndsWhenItsScopeIsCancelledAndTheEventIsNotHurt) {
  Event event;
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithTimeout(absl::Seconds(1), event.Wait())),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  event.Set();
  EXPECT_THAT(loop.Run(event.Wait()), IsOk());
}

TEST(Event, SetBeatsACancelOfTheSameTurn) {
  Event event;
  CancelScope scope;
  TestLoop loop;
  loop.At(absl::Seconds(1), [&] {
    event.Set();
    scope.Cancel();
  });
  EXPECT_THAT(loop.Run([&]() -> Task<> {
    co_return co_await WithNursery([&](Nursery& nursery) -> Task<> {
      nursery.Start(
          []() -> Task<> { co_return co_await Sleep(absl::Seconds(1)); });
      co_return co_await scope.Run(event.Wait());
    });
  }),
              IsOk());
}

TEST(Event, ThatNobodySetsIsADeadlockAndSaysWhatIsWaitedFor) {
  Event event;
  TestLoop loop;
  EXPECT_THAT(loop.Run(event.Wait()),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       "waits for an event, until Set is called"));
  loop.Destroy();
}

}  // namespace
}  // namespace cloche

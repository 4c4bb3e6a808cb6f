// Sleep and Yield, and the budget of a task that never has to wait.

#include "cloche/tasks/sleep.h"

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/tasks/nursery.h"
#include "cloche/tasks/readiness.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/event_log.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/test_loop.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;

TEST(Sleep, TakesAsLongAsItSays) {
  TestLoop loop;
  EXPECT_THAT(loop.Run(Sleep(absl::Hours(1))), IsOk());
  EXPECT_EQ(loop.elapsed(), absl::Hours(1));
}

TEST(Sleep, UntilATimeEndsAtThatTime) {
  TestLoop loop;
  EXPECT_THAT(loop.Run(SleepUntil(FakeClock::Start() + absl::Seconds(3))),
              IsOk());
  EXPECT_EQ(loop.elapsed(), absl::Seconds(3));
}

TEST(Sleep, CountsFromTheMomentItIsAwaitedAndNotMade) {
  TestLoop loop;
  EXPECT_THAT(loop.Run([]() -> Task<> {
    Sleep later(absl::Seconds(1));
    co_await Try(Sleep(absl::Seconds(10)));
    co_return co_await std::move(later);
  }),
              IsOk());
  EXPECT_EQ(loop.elapsed(), absl::Seconds(11));
}

Task<> LogTwice(EventLog& log, std::string name, absl::Duration pause) {
  log.Add(name);
  co_await Try(Sleep(pause));
  log.Add(name);
  co_return absl::OkStatus();
}

TEST(Sleep, OfNoLengthStillLetsOthersRun) {
  EventLog log;
  TestLoop loop;
  EXPECT_THAT(loop.Run([&]() -> Task<> {
    co_return co_await WithNursery([&](Nursery& nursery) -> Task<> {
      nursery.Start(LogTwice, std::ref(log), "a", absl::ZeroDuration());
      nursery.Start(LogTwice, std::ref(log), "b", -absl::Seconds(1));
      co_return absl::OkStatus();
    });
  }),
              IsOk());
  EXPECT_THAT(log.events(), ElementsAre("a", "b", "a", "b"));
  EXPECT_EQ(loop.elapsed(), absl::ZeroDuration());
}

TEST(Sleep, WakesSleepersInTheOrderOfTheirDeadlines) {
  EventLog log;
  TestLoop loop;
  EXPECT_THAT(loop.Run([&]() -> Task<> {
    co_return co_await WithNursery([&](Nursery& nursery) -> Task<> {
      nursery.Start(LogTwice, std::ref(log), "long", absl::Seconds(2));
      nursery.Start(LogTwice, std::ref(log), "short", absl::Seconds(1));
      co_return absl::OkStatus();
    });
  }),
              IsOk());
  EXPECT_THAT(log.events(), ElementsAre("long", "short", "short", "long"));
}

Task<> YieldTwice(EventLog& log, std::string name) {
  log.Add(name);
  co_await Try(Yield());
  log.Add(name);
  co_return absl::OkStatus();
}

TEST(Yield, LetsEveryOtherReadyTaskRunFirst) {
  EventLog log;
  TestLoop loop;
  EXPECT_THAT(loop.Run([&]() -> Task<> {
    co_return co_await WithNursery([&](Nursery& nursery) -> Task<> {
      for (const char* name : {"a", "b", "c"}) {
        nursery.Start(YieldTwice, std::ref(log), name);
      }
      co_return absl::OkStatus();
    });
  }),
              IsOk());
  EXPECT_THAT(log.events(), ElementsAre("a", "b", "c", "a", "b", "c"));
}

// --- The budget -------------------------------------------------------------

// A task that keeps completing without suspending yields after kTurnBudget
// leaves, so that one busy connection cannot starve the loop.
TEST(TurnBudget, MakesATaskThatNeverWaitsLetOthersRun) {
  TestLoop loop;
  loop.backend().SetOnStart([](const Operation&) { return 0; });
  int waits = 0;
  bool stopped = false;
  const auto busy = [&]() -> Task<> {
    while (!stopped) {
      co_await Try(WaitReadable(7));
      ++waits;
    }
    co_return absl::OkStatus();
  };
  EXPECT_THAT(loop.Run([&]() -> Task<> {
    co_return co_await WithNursery([&](Nursery& nursery) -> Task<> {
      nursery.Start(busy);
      co_await Try(Yield());
      co_await Try(Yield());
      stopped = true;
      co_return absl::OkStatus();
    });
  }),
              IsOk());
  EXPECT_EQ(waits, 2 * kTurnBudget);
}

TEST(TurnBudget, DoesNotInterruptATaskThatWaitsNowAndThen) {
  TestLoop loop;
  loop.backend().SetOnStart([](const Operation&) { return 0; });
  int turns = 0;
  EXPECT_THAT(loop.Run([&]() -> Task<> {
    for (int i = 0; i < 10; ++i) {
      for (int j = 0; j < kTurnBudget - 1; ++j) {
        co_await Try(WaitReadable(7));
      }
      co_await Try(Yield());
      ++turns;
    }
    co_return absl::OkStatus();
  }),
              IsOk());
  EXPECT_EQ(turns, 10);
  EXPECT_THAT(loop.backend().calls(), testing::Contains("wait 0").Times(11));
}

}  // namespace
}  // namespace cloche

// Nursery::Start: when, by whom and with what.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/tasks/cleanup.h"
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
using ::testing::Not;

// Logs that it began, then how a second's sleep ended.
Task<> BeginAndSleep(EventLog& log) {
  log.Add("began");
  const absl::Status slept = co_await Sleep(absl::Seconds(1));
  log.Add(slept.ok() ? "slept" : "cancelled");
  co_return slept;
}

// --- Late start -------------------------------------------------------------

// cpython#94398: asyncio forbids this, because its cancellation is one-shot.
TEST(LateStart, AfterAFailureIsBornCancelledAndRunsToItsFirstCheckpoint) {
  EventLog log;
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithNursery([&](Nursery& nursery) -> Task<> {
    nursery.Start([]() -> Task<> { co_return absl::AbortedError("first"); });
    co_await Try(Shield(Sleep(absl::Seconds(1))));
    nursery.Start(BeginAndSleep, std::ref(log));
    co_return absl::OkStatus();
  })),
              StatusIs(absl::StatusCode::kAborted, "first"));
  EXPECT_THAT(log.events(), ElementsAre("began", "cancelled"));
  EXPECT_EQ(loop.elapsed(), absl::Seconds(1));
}

TEST(LateStart, AfterACancelIsBornCancelledAndRunsToItsFirstCheckpoint) {
  EventLog log;
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithNursery([&](Nursery& nursery) -> Task<> {
    nursery.Cancel();
    nursery.Start(BeginAndSleep, std::ref(log));
    co_return absl::OkStatus();
  })),
              IsOk());
  EXPECT_THAT(log.events(), ElementsAre("began", "cancelled"));
}

TEST(LateStart, StartsNoOperationBecauseItIsCancelledAlready) {
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithNursery([](Nursery& nursery) -> Task<> {
    nursery.Cancel();
    nursery.Start([]() -> Task<> { co_return co_await WaitReadable(7); });
    co_return absl::OkStatus();
  })),
              IsOk());
  EXPECT_THAT(loop.backend().calls(), Not(Contains(HasSubstr("start"))));
}

TEST(LateStart, CanStillDoItsCleanupUnderAShield) {
  EventLog log;
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithNursery([&](Nursery& nursery) -> Task<> {
    nursery.Cancel();
    nursery.Start([&]() -> Task<> {
      co_return co_await WithCleanup(
          Sleep(absl::Hours(1)),
          [&]() -> Task<> {
            co_await Try(Sleep(absl::Seconds(1)));
            log.Add("cleaned up");
            co_return absl::OkStatus();
          },
          absl::Seconds(5));
    });
    co_return absl::OkStatus();
  })),
              IsOk());
  EXPECT_THAT(log.events(), ElementsAre("cleaned up"));
  EXPECT_EQ(loop.elapsed(), absl::Seconds(1));
}

// The body has ended long ago; any child that lives holds the nursery open.
TEST(LateStart, IsPossibleAsLongAsAnyChildIsAlive) {
  EventLog log;
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithNursery([&](Nursery& nursery) -> Task<> {
    nursery.Start([&log, &nursery]() -> Task<> {
      co_await Try(Sleep(absl::Seconds(1)));
      nursery.Start(BeginAndSleep, std::ref(log));
      co_return absl::OkStatus();
    });
    co_return absl::OkStatus();
  })),
              IsOk());
  EXPECT_THAT(log.events(), ElementsAre("began", "slept"));
}

// cpython#116048: a start runs to an end or visibly fails, never neither. Here
// each of many that race the nursery's failure has begun and ended.
TEST(LateStart, IsNeverLost) {
  TestLoop loop;
  int started = 0;
  int ended = 0;
  const auto child = [&]() -> Task<> {
    (void)co_await Yield();
    ++ended;
    co_return absl::OkStatus();
  };
  EXPECT_THAT(loop.Run(WithNursery([&](Nursery& nursery) -> Task<> {
    nursery.Start([]() -> Task<> {
      co_await Try(Sleep(absl::Seconds(5)));
      co_return absl::AbortedError("in the middle");
    });
    for (int i = 0; i < 10; ++i) {
      nursery.Start(child);
      ++started;
      co_await Try(Shield(Sleep(absl::Seconds(1))));
    }
    co_return absl::OkStatus();
  })),
              StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(started, 10);
  EXPECT_EQ(ended, started);
}

TEST(TryStart, StartsAChildWhileTheNurseryIsNotCancelled) {
  EventLog log;
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithNursery([&](Nursery& nursery) -> Task<> {
    EXPECT_TRUE(nursery.TryStart(BeginAndSleep, std::ref(log)).has_value());
    co_return absl::OkStatus();
  })),
              IsOk());
  EXPECT_THAT(log.events(), ElementsAre("began", "slept"));
}

TEST(TryStart, StartsNothingOnceTheNurseryIsCancelled) {
  EventLog log;
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithNursery([&](Nursery& nursery) -> Task<> {
    nursery.Cancel();
    EXPECT_FALSE(nursery.TryStart(BeginAndSleep, std::ref(log)).has_value());
    co_return absl::OkStatus();
  })),
              IsOk());
  EXPECT_THAT(log.events(), ElementsAre());
}

TEST(TryStart, StartsNothingOnceAScopeAroundTheNurseryIsCancelled) {
  EventLog log;
  CancelScope scope;
  scope.Cancel();
  TestLoop loop;
  EXPECT_THAT(loop.Run(scope.Run(WithNursery([&](Nursery& nursery) -> Task<> {
    EXPECT_FALSE(nursery.TryStart(BeginAndSleep, std::ref(log)).has_value());
    co_return absl::OkStatus();
  }))),
              IsOk());
}

// --- Who starts -------------------------------------------------------------

TEST(Start, MayBeCalledByASibling) {
  EventLog log;
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithNursery([&](Nursery& nursery) -> Task<> {
    nursery.Start(
        [](Nursery& siblings, EventLog& events) -> Task<> {
          siblings.Start(BeginAndSleep, std::ref(events));
          co_return absl::OkStatus();
        },
        std::ref(nursery), std::ref(log));
    co_return absl::OkStatus();
  })),
              IsOk());
  EXPECT_THAT(log.events(), ElementsAre("began", "slept"));
}

// A child of a nursery that the child has opened starts in the outer one.
TEST(Start, MayBeCalledByAGrandchildAndOutlivesTheGrandchildsNursery) {
  EventLog log;
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithNursery([&](Nursery& outer) -> Task<> {
    co_await Try(WithNursery([&](Nursery& inner) -> Task<> {
      inner.Start([&]() -> Task<> {
        outer.Start(BeginAndSleep, std::ref(log));
        co_return absl::OkStatus();
      });
      co_return absl::OkStatus();
    }));
    log.Add("inner ended");
    co_return absl::OkStatus();
  })),
              IsOk());
  EXPECT_THAT(log.events(), ElementsAre("began", "inner ended", "slept"));
}

TEST(Start, InheritsCancellationFromTheNurseryAndNotFromTheCaller) {
  EventLog log;
  TestLoop loop;
  CancelScope callers_scope;
  EXPECT_THAT(loop.Run(WithNursery([&](Nursery& nursery) -> Task<> {
    (void)co_await callers_scope.Run(
        [](Nursery& outer, EventLog& events, CancelScope& own) -> Task<> {
          own.Cancel();
          outer.Start(BeginAndSleep, std::ref(events));
          co_return absl::OkStatus();
        }(nursery, log, callers_scope));
    co_return absl::OkStatus();
  })),
              IsOk());
  EXPECT_THAT(log.events(), ElementsAre("began", "slept"));
}

TEST(StartDeathTest, DiesWhenTheNurseryHasEnded) {
  TestLoop loop;
  EXPECT_DEATH((void)loop.Run([&]() -> Task<> {
    Nursery* escaped = nullptr;
    co_return co_await WithNursery([&](Nursery& outer) -> Task<> {
      const auto starts_late = [](Nursery** nursery) -> Task<> {
        co_await Try(Yield());
        (*nursery)->Start([]() -> Task<> { co_return absl::OkStatus(); });
        co_return absl::OkStatus();
      };
      outer.Start(starts_late, &escaped);
      co_return co_await WithNursery([&](Nursery& inner) -> Task<> {
        escaped = &inner;
        inner.Start([]() -> Task<> { co_return absl::OkStatus(); });
        co_return absl::OkStatus();
      });
    });
  }),
               "started in a nursery that has ended");
}

// --- What is stored ---------------------------------------------------------

Task<int> SizeOf(std::unique_ptr<std::string> text) {
  co_await Try(Yield());
  co_return static_cast<int>(text->size());
}

TEST(Start, MovesMoveOnlyArgumentsIntoTheChild) {
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithNursery([](Nursery& nursery) -> Task<> {
    TaskHandle<int> size =
        nursery.Start(SizeOf, std::make_unique<std::string>("seven"));
    EXPECT_EQ(co_await Try(size.Join()), 5);
    co_return absl::OkStatus();
  })),
              IsOk());
}

Task<int> SizeOfReferred(const std::string& text) {
  co_await Try(Yield());
  co_return static_cast<int>(text.size());
}

// A parameter by reference refers to the child's own copy.
TEST(Start, KeepsACopyOfWhatTheChildTakesByReference) {
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithNursery([](Nursery& nursery) -> Task<> {
    std::optional<TaskHandle<int>> size;
    {
      const std::string dies_early(1000, 'x');
      size = nursery.Start(SizeOfReferred, dies_early);
    }
    EXPECT_EQ(co_await Try(size->Join()), 1000);
    co_return absl::OkStatus();
  })),
              IsOk());
}

// A coroutine lambda refers to its captures: the child keeps the lambda.
TEST(Start, KeepsTheCapturesOfALambda) {
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithNursery([](Nursery& nursery) -> Task<> {
    std::optional<TaskHandle<int>> size;
    {
      std::string text(1000, 'x');
      size = nursery.Start([text = std::move(text)]() -> Task<int> {
        co_await Try(Yield());
        co_return static_cast<int>(text.size());
      });
    }
    EXPECT_EQ(co_await Try(size->Join()), 1000);
    co_return absl::OkStatus();
  })),
              IsOk());
}

struct Counter {
  Task<int> Next(int by) {
    co_await Try(Yield());
    co_return value += by;
  }
  int value = 0;
};

TEST(Start, TakesAMemberFunction) {
  Counter counter;
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithNursery([&](Nursery& nursery) -> Task<> {
    nursery.Start(&Counter::Next, &counter, 7);
    co_return absl::OkStatus();
  })),
              IsOk());
  EXPECT_EQ(counter.value, 7);
}

}  // namespace
}  // namespace cloche

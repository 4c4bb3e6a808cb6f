// TaskHandle: joining and cancelling one task.

#include "cloche/tasks/task_handle.h"

#include <functional>
#include <memory>
#include <optional>
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
using ::testing::Pointee;

constexpr absl::Duration kSecond = absl::Seconds(1);

Task<std::unique_ptr<int>> SevenAfter(absl::Duration duration) {
  co_await Try(Sleep(duration));
  co_return std::make_unique<int>(7);
}
Task<> FailAfter(absl::Duration duration) {
  co_await Try(Sleep(duration));
  co_return absl::AbortedError("failed");
}

class TaskHandleTest : public testing::Test {
 protected:
  template <typename Body>
  absl::Status RunNursery(
      Body body, NurseryPolicy policy = NurseryPolicy::kCancelSiblings) {
    return loop_.Run(WithNursery(std::move(body), policy));
  }

  EventLog log_;
  TestLoop loop_;
};

TEST_F(TaskHandleTest, JoinWaitsForTheTaskAndGivesItsValue) {
  EXPECT_THAT(RunNursery([&](Nursery& nursery) -> Task<> {
                auto seven = nursery.Start(SevenAfter, kSecond);
                EXPECT_FALSE(seven.ended());
                EXPECT_THAT(co_await seven.Join(), IsOkAndHolds(Pointee(7)));
                EXPECT_TRUE(seven.ended());
                EXPECT_EQ(loop_.elapsed(), kSecond);
                co_return absl::OkStatus();
              }),
              IsOk());
}

TEST_F(TaskHandleTest, JoinGivesTheErrorThatTheNurseryHearsOfAsWell) {
  EXPECT_THAT(RunNursery([](Nursery& nursery) -> Task<> {
                TaskHandle<> child = nursery.Start(FailAfter, kSecond);
                EXPECT_THAT(co_await child.Join(),
                            StatusIs(absl::StatusCode::kAborted, "failed"));
                co_return absl::OkStatus();
              }),
              StatusIs(absl::StatusCode::kAborted, "failed"));
}

TEST_F(TaskHandleTest, JoinOfAnEndedTaskDoesNotWait) {
  EXPECT_THAT(RunNursery([&](Nursery& nursery) -> Task<> {
                auto seven = nursery.Start(SevenAfter, kSecond);
                co_await Try(Sleep(2 * kSecond));
                EXPECT_THAT(co_await seven.Join(), IsOkAndHolds(Pointee(7)));
                EXPECT_EQ(loop_.elapsed(), 2 * kSecond);
                co_return absl::OkStatus();
              }),
              IsOk());
}

TEST_F(TaskHandleTest, JoinGivesTheResultOnce) {
  EXPECT_THAT(RunNursery([](Nursery& nursery) -> Task<> {
                auto seven = nursery.Start(SevenAfter, kSecond);
                EXPECT_THAT(co_await seven.Join(), IsOk());
                EXPECT_THAT(co_await seven.Join(),
                            StatusIs(absl::StatusCode::kFailedPrecondition,
                                     "join it once"));
                co_return absl::OkStatus();
              }),
              IsOk());
}

TEST_F(TaskHandleTest, JoinersAreServedInTheOrderInWhichTheyCame) {
  EXPECT_THAT(RunNursery([&](Nursery& nursery) -> Task<> {
                auto seven = nursery.Start(SevenAfter, kSecond);
                const auto join = [&](std::string name,
                                      decltype(seven) handle) -> Task<> {
                  const bool has_it = (co_await handle.Join()).ok();
                  log_.Add(name + (has_it ? " has it" : " is too late"));
                  co_return absl::OkStatus();
                };
                // `join` is a local of this body: both are awaited here.
                TaskHandle<> first = nursery.Start(join, "first", seven);
                TaskHandle<> second = nursery.Start(join, "second", seven);
                co_await Try(first.Join());
                co_await Try(second.Join());
                co_return absl::OkStatus();
              }),
              IsOk());
  EXPECT_THAT(log_.events(), ElementsAre("first has it", "second is too late"));
}

TEST_F(TaskHandleTest, JoinMayOutliveTheNursery) {
  EXPECT_THAT(loop_.Run([]() -> Task<int> {
    std::optional<TaskHandle<std::unique_ptr<int>>> seven;
    co_await Try(WithNursery([&](Nursery& nursery) -> Task<> {
      seven = nursery.Start(SevenAfter, kSecond);
      co_return absl::OkStatus();
    }));
    co_return *co_await Try(seven->Join());
  }),
              IsOkAndHolds(7));
}

// --- Cancelling -------------------------------------------------------------

TEST_F(TaskHandleTest, CancellingTheJoinerDoesNotCancelTheJoined) {
  EXPECT_THAT(RunNursery([&](Nursery& nursery) -> Task<> {
                auto seven = nursery.Start(SevenAfter, 2 * kSecond);
                EXPECT_THAT(co_await WithTimeout(kSecond, seven.Join()),
                            StatusIs(absl::StatusCode::kDeadlineExceeded));
                EXPECT_THAT(co_await seven.Join(), IsOkAndHolds(Pointee(7)));
                co_return absl::OkStatus();
              }),
              IsOk());
}

TEST_F(TaskHandleTest, CancelEndsThisTaskAloneAndIsNoFailure) {
  EXPECT_THAT(RunNursery([&](Nursery& nursery) -> Task<> {
                auto cancelled = nursery.Start(SevenAfter, absl::Hours(1));
                auto sibling = nursery.Start(SevenAfter, 2 * kSecond);
                co_await Try(Sleep(kSecond));
                cancelled.Cancel();
                cancelled.Cancel();
                EXPECT_THAT(co_await cancelled.Join(),
                            StatusIs(absl::StatusCode::kCancelled,
                                     "cancelled by its TaskHandle"));
                EXPECT_EQ(loop_.elapsed(), kSecond);
                EXPECT_THAT(co_await sibling.Join(), IsOk());
                co_return absl::OkStatus();
              }),
              IsOk());
}

TEST_F(TaskHandleTest, CancelBeforeTheTaskBeganLetsItRunToItsFirstCheckpoint) {
  EXPECT_THAT(RunNursery([&](Nursery& nursery) -> Task<> {
                TaskHandle<> child = nursery.Start([&]() -> Task<> {
                  log_.Add("began");
                  co_return co_await Sleep(kSecond);
                });
                child.Cancel();
                co_return absl::OkStatus();
              }),
              IsOk());
  EXPECT_THAT(log_.events(), ElementsAre("began"));
  EXPECT_EQ(loop_.elapsed(), absl::ZeroDuration());
}

TEST_F(TaskHandleTest, CancelReachesThroughTheTasksOwnNursery) {
  EXPECT_THAT(RunNursery([&](Nursery& nursery) -> Task<> {
                TaskHandle<> child = nursery.Start([]() -> Task<> {
                  co_return co_await WithNursery([](Nursery& inner) -> Task<> {
                    inner.Start(SevenAfter, absl::Hours(1));
                    co_return absl::OkStatus();
                  });
                });
                co_await Try(Sleep(kSecond));
                child.Cancel();
                EXPECT_THAT(co_await child.Join(),
                            StatusIs(absl::StatusCode::kCancelled));
                co_return absl::OkStatus();
              }),
              IsOk());
}

TEST_F(TaskHandleTest, CancelOfAnEndedTaskChangesNothing) {
  EXPECT_THAT(RunNursery([](Nursery& nursery) -> Task<> {
                auto seven = nursery.Start(SevenAfter, kSecond);
                co_await Try(Sleep(2 * kSecond));
                seven.Cancel();
                EXPECT_THAT(co_await seven.Join(), IsOkAndHolds(Pointee(7)));
                co_return absl::OkStatus();
              }),
              IsOk());
}

TEST_F(TaskHandleTest, AFailureAfterItsCancelIsAFailure) {
  EXPECT_THAT(RunNursery([](Nursery& nursery) -> Task<> {
                TaskHandle<> child = nursery.Start([]() -> Task<> {
                  (void)co_await Sleep(kSecond);
                  co_return absl::AbortedError("while stopping");
                });
                co_await Try(Yield());
                child.Cancel();
                co_return absl::OkStatus();
              }),
              StatusIs(absl::StatusCode::kAborted, "while stopping"));
}

TEST_F(TaskHandleTest, ResultThatCameTogetherWithTheCancelIsDelivered) {
  CancelScope scope;
  EXPECT_THAT(RunNursery([&](Nursery& nursery) -> Task<> {
                auto seven = nursery.Start(SevenAfter, kSecond);
                nursery.Start([&]() -> Task<> {
                  co_await Try(Sleep(kSecond));
                  scope.Cancel();
                  co_return absl::OkStatus();
                });
                EXPECT_THAT(co_await scope.Run(seven.Join()),
                            IsOkAndHolds(Pointee(7)));
                co_return absl::OkStatus();
              }),
              IsOk());
}

TEST_F(TaskHandleTest, MayOutliveTheLoop) {
  TaskHandle<> sleeper = Start(loop_.loop(), []() -> Task<> {
    co_return co_await Sleep(absl::Hours(1));
  });
  loop_.RunTurns(1);
  loop_.Destroy();
  EXPECT_FALSE(sleeper.ended());
  sleeper.Cancel();
}

// What a task was given may refer to what outlives the nursery, and that may
// die before the handle.
TEST_F(TaskHandleTest, DoesNotKeepWhatTheTaskWasGiven) {
  std::optional<TaskHandle<>> kept;
  EXPECT_THAT(RunNursery([&](Nursery& nursery) -> Task<> {
                kept = nursery.Start(
                    [captured = std::make_unique<EventLog::Local>(
                         log_, "captured")](const EventLog::Local&) -> Task<> {
                      co_return co_await Sleep(kSecond);
                    },
                    EventLog::Local(log_, "argument"));
                EXPECT_THAT(co_await kept->Join(), IsOk());
                log_.Add("joined");
                co_return absl::OkStatus();
              }),
              IsOk());
  EXPECT_THAT(log_.events(), ElementsAre("~argument", "~captured", "joined"));
}

TEST_F(TaskHandleTest, DoesNotKeepWhatATaskWasGivenThatNeverBegan) {
  const TaskHandle<> kept = Start(
      loop_.loop(),
      [](EventLog::Local) -> Task<> { co_return absl::OkStatus(); },
      EventLog::Local(log_, "argument"));
  loop_.Destroy();
  EXPECT_THAT(log_.events(), ElementsAre("~argument"));
}

using TaskHandleDeathTest = TaskHandleTest;

TEST_F(TaskHandleDeathTest, DiesWhenATaskJoinsItself) {
  EXPECT_DEATH((void)RunNursery([](Nursery& nursery) -> Task<> {
                 std::optional<TaskHandle<>> self;
                 self = nursery.Start(
                     [&self]() -> Task<> { co_return co_await self->Join(); });
                 co_return co_await Sleep(kSecond);
               }),
               "a task joins itself");
}

}  // namespace
}  // namespace cloche

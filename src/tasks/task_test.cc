// Task: what awaiting one gives, how it ends, and what it costs the stack.

#include "cloche/tasks/task.h"

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/base/errors.h"
#include "cloche/tasks/nursery.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/event_log.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/test_loop.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pointee;

Task<int> Seven() { co_return 7; }

Task<int> Fail() { co_return absl::AbortedError("no seven today"); }

Task<> FailVoid() { co_return absl::AbortedError("nothing done"); }

// --- What awaiting gives ----------------------------------------------------

TEST(Task, GivesItsValue) {
  TestLoop loop;
  EXPECT_THAT(loop.Run(Seven()), IsOkAndHolds(7));
}

TEST(Task, GivesItsError) {
  TestLoop loop;
  EXPECT_THAT(loop.Run(Fail()),
              StatusIs(absl::StatusCode::kAborted, "no seven today"));
}

TEST(Task, GivesAStatusIfThereIsNoValue) {
  TestLoop loop;
  const absl::Status status = loop.Run(FailVoid());
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kAborted));
}

TEST(Task, MayReturnAStatusOr) {
  TestLoop loop;
  EXPECT_THAT(loop.Run([]() -> Task<int> {
    absl::StatusOr<int> result = 7;
    co_return result;
  }),
              IsOkAndHolds(7));
}

TEST(Task, PassesMoveOnlyValuesThroughEveryLevel) {
  TestLoop loop;
  const auto make = []() -> Task<std::unique_ptr<int>> {
    co_return std::make_unique<int>(7);
  };
  EXPECT_THAT(loop.Run([&]() -> Task<std::unique_ptr<int>> {
    std::unique_ptr<int> value = co_await Try(make());
    ++*value;
    co_return value;
  }),
              IsOkAndHolds(Pointee(8)));
}

TEST(Task, AwaitedPlainlyLetsTheParentGoOnAfterAnError) {
  TestLoop loop;
  EXPECT_THAT(loop.Run([]() -> Task<std::string> {
    const absl::StatusOr<int> result = co_await Fail();
    co_return std::string(result.status().message());
  }),
              IsOkAndHolds("no seven today"));
}

TEST(Task, RunsNothingBeforeItIsAwaited) {
  EventLog log;
  TestLoop loop;
  const auto child = [&]() -> Task<> {
    log.Add("child");
    co_return absl::OkStatus();
  };
  EXPECT_THAT(loop.Run([&]() -> Task<> {
    Task<> task = child();
    log.Add("made");
    co_return co_await std::move(task);
  }),
              IsOk());
  EXPECT_THAT(log.events(), ElementsAre("made", "child"));
}

Task<> TakeAndLog(EventLog::Local, EventLog& log) {
  log.Add("ran");
  co_return absl::OkStatus();
}

TEST(Task, NeverAwaitedIsDestroyedWithoutRunning) {
  EventLog log;
  {
    Task<> task = TakeAndLog(EventLog::Local(log, "argument"), log);
    log.Add("made");
  }
  EXPECT_THAT(log.events(), ElementsAre("made", "~argument"));
}

TEST(Task, TakesItsParametersWithItBeforeItsParentGoesOn) {
  EventLog log;
  TestLoop loop;
  EXPECT_THAT(loop.Run([&]() -> Task<> {
    (void)co_await TakeAndLog(EventLog::Local(log, "argument"), log);
    log.Add("parent");
    co_return absl::OkStatus();
  }),
              IsOk());
  EXPECT_THAT(log.events(), ElementsAre("ran", "~argument", "parent"));
}

TEST(TaskDeathTest, DiesWhenAwaitedTwice) {
  TestLoop loop;
  EXPECT_DEATH((void)loop.Run([]() -> Task<int> {
    Task<int> task = Seven();
    (void)co_await std::move(task);
    co_return co_await std::move(task);  // NOLINT(bugprone-use-after-move)
  }),
               "awaited once only");
}

// --- Exceptions: the library throws nothing, user code may ------------------

TEST(Task, ThatThrowsEndsWithInternalAndWhatItSaid) {
  TestLoop loop;
  EXPECT_THAT(loop.Run([]() -> Task<> {
    throw std::runtime_error("out of ideas");
    co_return absl::OkStatus();
  }),
              StatusIs(absl::StatusCode::kInternal, "out of ideas"));
}

TEST(Task, ThatThrowsSomethingElseEndsWithInternalToo) {
  TestLoop loop;
  EXPECT_THAT(loop.Run([]() -> Task<> {
    throw 7;
    co_return absl::OkStatus();
  }),
              StatusIs(absl::StatusCode::kInternal, "not a std::exception"));
}

TEST(Task, ThatThrowsDestroysItsLocalsAndFailsItsParentByTry) {
  EventLog log;
  TestLoop loop;
  const auto child = [&]() -> Task<> {
    EventLog::Local local(log, "local");
    co_await Try(Sleep(absl::Seconds(1)));
    throw std::runtime_error("out of ideas");
  };
  EXPECT_THAT(loop.Run([&]() -> Task<> {
    EventLog::Local local(log, "parent's local");
    co_await Try(child());
    log.Add("not reached");
    co_return absl::OkStatus();
  }),
              StatusIs(absl::StatusCode::kInternal, "out of ideas"));
  EXPECT_THAT(log.events(), ElementsAre("~local", "~parent's local"));
}

TEST(Task, OfAPlainFunctionThatThrowsBeforeThereIsATaskFailsAsWell) {
  TestLoop loop;
  const auto plain = []() -> Task<> { throw std::runtime_error("too soon"); };
  EXPECT_THAT(loop.Run([&]() -> Task<> {
    co_return co_await WithNursery([&](Nursery& nursery) -> Task<> {
      nursery.Start(plain);
      co_return absl::OkStatus();
    });
  }),
              StatusIs(absl::StatusCode::kInternal, "too soon"));
}

// --- Tracebacks -------------------------------------------------------------

Task<> Inner() { co_return absl::AbortedError("here"); }
Task<> Middle() {
  co_await Try(Inner());
  co_return absl::OkStatus();
}
Task<> Outer() { co_return co_await Middle(); }

TEST(Task, ErrorNamesEachAwaitItCameThroughInnermostFirst) {
  TestLoop loop;
  constexpr int kLine = __LINE__ + 2;
  const absl::Status status =
      loop.Run([]() -> Task<> { co_return co_await Outer(); });
  EXPECT_THAT(
      TracebackOf(status),
      ElementsAre(EndsWith(" in cloche::Middle"), EndsWith(" in cloche::Outer"),
                  HasSubstr(absl::StrCat("task_test.cc:", kLine))));
}

TEST(Task, ErrorOfALeafNamesTheAwaitOfTheLeafFirst) {
  TestLoop loop;
  const absl::Status status = loop.Run([]() -> Task<> {
    co_await Try(absl::StatusOr<int>(absl::AbortedError("no number")));
    co_return absl::OkStatus();
  });
  EXPECT_THAT(TracebackOf(status), ElementsAre(HasSubstr("task_test.cc")));
}

TEST(Task, ThatSucceedsHasNoTraceback) {
  TestLoop loop;
  EXPECT_THAT(TracebackOf(loop.Run(Seven()).status()), IsEmpty());
}

// --- Depth and length -------------------------------------------------------

Task<> FailDeepBelow(int depth) {
  if (depth == 0) co_return absl::AbortedError("at the bottom");
  co_await Try(FailDeepBelow(depth - 1));
  co_return absl::OkStatus();
}

TEST(Task, MayFailByTryThroughTwentyThousandLevels) {
  TestLoop loop;
  EXPECT_THAT(loop.Run(FailDeepBelow(20'000)),
              StatusIs(absl::StatusCode::kAborted, "at the bottom"));
}

Task<int> CountLevels(int depth) {
  if (depth == 0) co_return 0;
  const int below = co_await Try(CountLevels(depth - 1));
  co_return below + 1;
}

TEST(Task, MayReturnThroughTwentyThousandLevels) {
  TestLoop loop;
  EXPECT_THAT(loop.Run(CountLevels(20'000)), IsOkAndHolds(20'000));
}

Task<> SleepDeepBelow(int depth, int& destroyed) {
  const auto count = [&](void*) { ++destroyed; };
  const std::unique_ptr<void, decltype(count)> local(&destroyed, count);
  if (depth == 0) co_return co_await Sleep(absl::InfiniteDuration());
  co_return co_await SleepDeepBelow(depth - 1, destroyed);
}

TEST(Task, MayBeTornDownThroughTwentyThousandLevels) {
  int destroyed = 0;
  TestLoop loop;
  Start(loop.loop(), SleepDeepBelow, 20'000, std::ref(destroyed));
  loop.RunTurns(1);
  loop.Destroy();
  EXPECT_EQ(destroyed, 20'001);
}

// Symmetric transfer: a chain of calls that never waits uses no stack. Eight
// megabytes would be gone after some ten thousand rounds.
TEST(Task, MayCompleteAMillionTimesWithoutWaitingAndUsesNoStack) {
  TestLoop loop;
  EXPECT_THAT(loop.Run([]() -> Task<int> {
    int sum = 0;
    for (int i = 0; i < 1'000'000; ++i) sum += co_await Try(Seven()) - 6;
    co_return sum;
  }),
              IsOkAndHolds(1'000'000));
}

// --- Main tasks -------------------------------------------------------------

Task<> LogThrice(EventLog& log, std::string name) {
  for (int i = 0; i < 3; ++i) {
    log.Add(name);
    co_await Try(Yield());
  }
  co_return absl::OkStatus();
}

TEST(MainTask, RunsAlongWhileAnotherIsDriven) {
  EventLog log;
  TestLoop loop;
  TaskHandle<> background =
      Start(loop.loop(), LogThrice, std::ref(log), "background");
  EXPECT_THAT(loop.Run(LogThrice(log, "main")), IsOk());
  EXPECT_TRUE(background.ended());
  EXPECT_THAT(log.events(), ElementsAre("background", "main", "background",
                                        "main", "background", "main"));
}

TEST(MainTask, StaysOnTheLoopUntilItIsDrivenAgain) {
  TestLoop loop;
  TaskHandle<> background = Start(loop.loop(), []() -> Task<> {
    co_return co_await Sleep(absl::Seconds(3));
  });
  EXPECT_THAT(loop.Run(Sleep(absl::Seconds(1))), IsOk());
  EXPECT_FALSE(background.ended());
  EXPECT_THAT(loop.Run(background.Join()), IsOk());
  EXPECT_EQ(loop.elapsed(), absl::Seconds(3));
}

TEST(MainTask, MayBeJoinedByAnother) {
  TestLoop loop;
  TaskHandle<int> other = Start(loop.loop(), Fail);
  EXPECT_THAT(loop.Run(other.Join()), StatusIs(absl::StatusCode::kAborted));
}

TEST(RunDeathTest, DiesWhenCalledFromInsideATask) {
  TestLoop loop;
  EXPECT_DEATH((void)loop.Run([&]() -> Task<int> {
    co_return cloche::Run(loop.loop(), Seven());
  }),
               "RunOnce inside RunOnce");
}

TEST(RunDeathTest, DiesWhenATaskDestroysItsOwnLoop) {
  TestLoop loop;
  EXPECT_DEATH((void)loop.Run([&]() -> Task<> {
    loop.Destroy();
    co_return absl::OkStatus();
  }),
               "destroyed by one of its own tasks");
}

}  // namespace
}  // namespace cloche

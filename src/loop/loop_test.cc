// Loop: the order of a turn, what it sleeps for, and how it ends.

#include "cloche/loop/loop.h"

#include <cerrno>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/loop/loop_test.h"
#include "cloche/testing/event_log.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/test_loop.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CallingOperation final : public Operation {
 public:
  explicit CallingOperation(
      int descriptor, std::function<void()> call = [] {})
      : call_(std::move(call)) {
    fd = descriptor;
  }
  void OnHandedBack() override { call_(); }

 private:
  std::function<void()> call_;
};

class LoopTest : public testing::Test {
 protected:
  std::function<void()> Adds(std::string event) {
    return [this, event] { log_.Add(event); };
  }

  EventLog log_;
  TestLoop test_;
  Loop& loop_ = test_.loop();
};

// --- The order of a turn ----------------------------------------------------

TEST_F(LoopTest, AsksTheBackendThenTheTimersThenRunsWhoIsReady) {
  CallingRunnable runnable(Adds("runnable"));
  CallingTimer timer(Adds("timer"));
  CallingOperation operation(7, Adds("operation"));
  loop_.Schedule(runnable);
  loop_.timers().Insert(timer, loop_.Now());
  ASSERT_FALSE(loop_.Start(operation));
  test_.backend().Complete(7, OperationKind::kReceive, 1);
  EXPECT_THAT(loop_.RunOnce(absl::InfiniteFuture()), IsOk());
  EXPECT_THAT(log_.events(), ElementsAre("operation", "timer", "runnable"));
}

TEST_F(LoopTest, RunsInTheSameTurnWhomAnOperationOrATimerMadeReady) {
  CallingRunnable by_operation(Adds("by operation"));
  CallingRunnable by_timer(Adds("by timer"));
  CallingOperation operation(7, [&] { loop_.Schedule(by_operation); });
  CallingTimer timer([&] { loop_.Schedule(by_timer); });
  loop_.timers().Insert(timer, loop_.Now());
  loop_.Start(operation);
  test_.backend().Complete(7, OperationKind::kReceive, 1);
  EXPECT_THAT(loop_.RunOnce(absl::InfiniteFuture()), IsOk());
  EXPECT_THAT(log_.events(), ElementsAre("by operation", "by timer"));
}

TEST_F(LoopTest, RunsInTheOrderOfSchedulingByDefault) {
  CallingRunnable first(Adds("first"));
  CallingRunnable second(Adds("second"));
  CallingRunnable third(Adds("third"));
  loop_.Schedule(second);
  loop_.Schedule(first);
  loop_.Schedule(third);
  EXPECT_THAT(loop_.RunOnce(absl::InfiniteFuture()), IsOk());
  EXPECT_THAT(log_.events(), ElementsAre("second", "first", "third"));
}

TEST_F(LoopTest, RunsOnceWhoWasScheduledTwice) {
  CallingRunnable runnable(Adds("run"));
  loop_.Schedule(runnable);
  loop_.Schedule(runnable);
  EXPECT_THAT(loop_.RunOnce(absl::InfiniteFuture()), IsOk());
  EXPECT_THAT(loop_.RunOnce(absl::InfinitePast()), IsOk());
  EXPECT_THAT(log_.events(), ElementsAre("run"));
}

TEST_F(LoopTest, LeavesForTheNextTurnWhoBecomesReadyMeanwhile) {
  CallingRunnable later(Adds("later"));
  CallingRunnable now([&] {
    log_.Add("now");
    loop_.Schedule(later);
  });
  loop_.Schedule(now);
  EXPECT_THAT(loop_.RunOnce(absl::InfiniteFuture()), IsOk());
  EXPECT_THAT(log_.events(), ElementsAre("now"));
  EXPECT_THAT(loop_.RunOnce(absl::InfiniteFuture()), IsOk());
  EXPECT_THAT(log_.events(), ElementsAre("now", "later"));
}

TEST_F(LoopTest, AsksTheBackendBetweenTwoTurnsOfABusyRunnable) {
  CallingOperation operation(7, Adds("operation"));
  loop_.Start(operation);
  CallingRunnable* self = nullptr;
  CallingRunnable busy([&] {
    log_.Add("turn");
    if (log_.events().size() == 2) {
      test_.backend().Complete(7, OperationKind::kReceive, 1);
    }
    loop_.Schedule(*self);
  });
  self = &busy;
  loop_.Schedule(busy);
  test_.RunTurns(3);
  EXPECT_THAT(log_.events(), ElementsAre("turn", "turn", "operation", "turn"));
}

// Each turn here takes a millisecond: the timer is late by the rest of one.
TEST_F(LoopTest, FiresATimerInTheTurnAfterItsTimeHoweverBusyItIs) {
  CallingTimer timer([&] { log_.Add(absl::FormatDuration(test_.elapsed())); });
  loop_.timers().Insert(timer, loop_.Now() + absl::Microseconds(3500));
  CallingRunnable* self = nullptr;
  CallingRunnable busy([&] {
    test_.clock().AdvanceTo(test_.clock().Now() + absl::Milliseconds(1));
    loop_.Schedule(*self);
  });
  self = &busy;
  loop_.Schedule(busy);
  test_.RunTurns(10);
  EXPECT_THAT(log_.events(), ElementsAre("4ms"));
}

TEST_F(LoopTest, DoesNotRunWhoWasDestroyedByOneThatRanBefore) {
  auto victim = std::make_unique<CallingRunnable>(Adds("victim"));
  CallingRunnable killer([&] { victim.reset(); });
  CallingRunnable survivor(Adds("survivor"));
  loop_.Schedule(killer);
  loop_.Schedule(*victim);
  loop_.Schedule(survivor);
  EXPECT_THAT(loop_.RunOnce(absl::InfiniteFuture()), IsOk());
  EXPECT_THAT(log_.events(), ElementsAre("survivor"));
}

// --- What it sleeps for -----------------------------------------------------

TEST_F(LoopTest, HasNoDeadlineWhenOnlyTheWorldCanBringNews) {
  EXPECT_EQ(loop_.NextDeadline(), absl::InfiniteFuture());
}

TEST_F(LoopTest, HasADeadlineInThePastWhileSomebodyIsReady) {
  CallingRunnable runnable([] {});
  loop_.Schedule(runnable);
  EXPECT_EQ(loop_.NextDeadline(), absl::InfinitePast());
}

TEST_F(LoopTest, NamesTheEarliestTimerAsItsNextDeadline) {
  CallingTimer late([] {});
  CallingTimer early([] {});
  const absl::Time soon = loop_.Now() + absl::Seconds(3);
  loop_.timers().Insert(late, loop_.Now() + absl::Hours(1));
  loop_.timers().Insert(early, soon);
  EXPECT_EQ(loop_.NextDeadline(), soon);
}

TEST_F(LoopTest, SleepsUntilTheNextDeadlineAndThenFiresIt) {
  CallingTimer timer(Adds("timer"));
  loop_.timers().Insert(timer, loop_.Now() + absl::Seconds(3));
  EXPECT_THAT(loop_.RunOnce(absl::InfiniteFuture()), IsOk());
  EXPECT_THAT(log_.events(), ElementsAre("timer"));
  EXPECT_EQ(test_.elapsed(), absl::Seconds(3));
}

TEST_F(LoopTest, DoesNotSleepPastTheLatestTimeItWasGiven) {
  CallingTimer timer(Adds("timer"));
  loop_.timers().Insert(timer, loop_.Now() + absl::Seconds(3));
  EXPECT_THAT(loop_.RunOnce(loop_.Now() + absl::Seconds(1)), IsOk());
  EXPECT_EQ(test_.elapsed(), absl::Seconds(1));
  EXPECT_THAT(log_.events(), IsEmpty());
  loop_.timers().Cancel(timer);
}

TEST_F(LoopTest, DoesNotSleepAtAllIfTheLatestTimeIsInThePast) {
  CallingTimer timer(Adds("timer"));
  loop_.timers().Insert(timer, loop_.Now() + absl::Seconds(3));
  EXPECT_THAT(loop_.RunOnce(absl::InfinitePast()), IsOk());
  EXPECT_EQ(test_.elapsed(), absl::ZeroDuration());
  loop_.timers().Cancel(timer);
}

TEST_F(LoopTest, DoesNotSleepWhileSomebodyIsReady) {
  CallingTimer timer([] {});
  CallingRunnable runnable(Adds("run"));
  loop_.timers().Insert(timer, loop_.Now() + absl::Seconds(3));
  loop_.Schedule(runnable);
  EXPECT_THAT(loop_.RunOnce(absl::InfiniteFuture()), IsOk());
  EXPECT_EQ(test_.elapsed(), absl::ZeroDuration());
  EXPECT_THAT(log_.events(), ElementsAre("run"));
  loop_.timers().Cancel(timer);
}

TEST_F(LoopTest, IsWokenFromItsSleepByWake) {
  CallingTimer timer([] {});
  loop_.timers().Insert(timer, loop_.Now() + absl::Hours(1));
  test_.At(absl::Seconds(2), [&] { loop_.Wake(); });
  EXPECT_THAT(loop_.RunOnce(absl::InfiniteFuture()), IsOk());
  EXPECT_EQ(test_.elapsed(), absl::Seconds(2));
  loop_.timers().Cancel(timer);
}

TEST_F(LoopTest, DoesNotForgetAWakeThatCameBeforeItSleeps) {
  loop_.Wake();
  EXPECT_THAT(loop_.RunOnce(absl::InfiniteFuture()), IsOk());
}

TEST_F(LoopTest, SaysSoWhenWaitingIsImpossibleAndCanGoOnAfterwards) {
  EXPECT_THAT(loop_.RunOnce(absl::InfiniteFuture()),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  CallingRunnable runnable(Adds("run"));
  loop_.Schedule(runnable);
  EXPECT_THAT(loop_.RunOnce(absl::InfiniteFuture()), IsOk());
  EXPECT_THAT(log_.events(), ElementsAre("run"));
}

// --- Operations -------------------------------------------------------------

TEST_F(LoopTest, DoesNotHandBackAnOperationThatFinishedAtOnce) {
  test_.backend().SetOnStart([](const Operation&) { return 5; });
  CallingOperation operation(7, Adds("handed back"));
  EXPECT_TRUE(loop_.Start(operation));
  EXPECT_EQ(operation.result, 5);
  EXPECT_THAT(loop_.RunOnce(absl::InfinitePast()), IsOk());
  EXPECT_THAT(log_.events(), IsEmpty());
}

TEST_F(LoopTest, HandsBackACancelledOperationInALaterTurnAndNotInsideCancel) {
  CallingOperation operation(7, Adds("handed back"));
  loop_.Start(operation);
  EXPECT_EQ(operation.state, OperationState::kInFlight);
  loop_.Cancel(operation);
  EXPECT_THAT(log_.events(), IsEmpty());
  EXPECT_THAT(loop_.RunOnce(absl::InfiniteFuture()), IsOk());
  EXPECT_THAT(log_.events(), ElementsAre("handed back"));
  EXPECT_EQ(operation.result, -ECANCELED);
}

TEST_F(LoopTest, CanStartAnOperationAnew) {
  CallingOperation operation(7, Adds("handed back"));
  for (int i = 0; i < 2; ++i) {
    loop_.Start(operation);
    test_.backend().Complete(7, OperationKind::kReceive, 1);
    EXPECT_THAT(loop_.RunOnce(absl::InfiniteFuture()), IsOk());
  }
  EXPECT_THAT(log_.events(), ElementsAre("handed back", "handed back"));
}

// --- The end ----------------------------------------------------------------

// The test's own backend fails it if an operation is left in flight.
TEST_F(LoopTest, DrainsEveryOperationAtItsEndAndTellsNobody) {
  CallingOperation receive(7, Adds("receive"));
  CallingOperation other(8, Adds("other"));
  CallingOperation ended(9, Adds("ended"));
  for (Operation* each : {&receive, &other, &ended}) loop_.Start(*each);
  test_.backend().Complete(9, OperationKind::kReceive, 1);
  test_.Destroy();
  EXPECT_THAT(log_.events(), IsEmpty());
  EXPECT_EQ(receive.result, -ECANCELED);
  EXPECT_EQ(ended.result, 1);
}

TEST_F(LoopTest, RunsNobodyAtItsEnd) {
  CallingRunnable runnable(Adds("runnable"));
  CallingTimer timer(Adds("timer"));
  loop_.Schedule(runnable);
  loop_.timers().Insert(timer, loop_.Now());
  test_.Destroy();
  EXPECT_THAT(log_.events(), IsEmpty());
}

class LoggingResident final : public Resident {
 public:
  LoggingResident(EventLog& log, Loop& loop, CallingOperation& operation)
      : log_(log), loop_(loop), operation_(operation) {}
  void Describe(std::string& text) const override { text += "a resident\n"; }
  void TearDown() override {
    log_.Add(operation_.result == -ECANCELED ? "after the drain"
                                             : "before the drain");
    loop_.Schedule(never_);
    log_.Add(loop_.tearing_down() ? "tearing down" : "alive");
  }

 private:
  EventLog& log_;
  Loop& loop_;
  CallingOperation& operation_;
  CallingRunnable never_{[this] { log_.Add("was resumed"); }};
};

TEST_F(LoopTest, TearsResidentsDownAfterTheDrainAndSchedulesNothingMore) {
  CallingOperation operation(7);
  loop_.Start(operation);
  LoggingResident resident(log_, loop_, operation);
  loop_.residents().PushBack(resident);
  test_.Destroy();
  EXPECT_THAT(log_.events(), ElementsAre("after the drain", "tearing down"));
}

// --- Misuse -----------------------------------------------------------------

using LoopDeathTest = LoopTest;

TEST_F(LoopDeathTest, DiesWhenATaskDrivesTheLoopThatItRunsOn) {
  CallingRunnable nester([&] { (void)loop_.RunOnce(absl::InfinitePast()); });
  loop_.Schedule(nester);
  EXPECT_DEATH((void)loop_.RunOnce(absl::InfinitePast()),
               "RunOnce inside RunOnce");
}

TEST_F(LoopDeathTest, DiesWhenDestroyedByOneOfItsOwnRunnables) {
  CallingRunnable destroyer([&] { test_.Destroy(); });
  loop_.Schedule(destroyer);
  EXPECT_DEATH((void)loop_.RunOnce(absl::InfinitePast()),
               "destroyed by one of its own tasks");
}

class StartingResident final : public Resident {
 public:
  StartingResident(Loop& loop, Operation& operation)
      : loop_(loop), operation_(operation) {}
  void Describe(std::string&) const override {}
  void TearDown() override { loop_.Start(operation_); }

 private:
  Loop& loop_;
  Operation& operation_;
};

TEST_F(LoopDeathTest, DiesWhenADestructorStartsAnOperationAtItsEnd) {
  CallingOperation operation(7);
  StartingResident resident(loop_, operation);
  loop_.residents().PushBack(resident);
  EXPECT_DEATH(test_.Destroy(), "started by a destructor");
  resident.Unlink();
}

TEST_F(LoopTest, TellsTheObserverOfAMisuse) {
  loop_.ReportMisuse("a mistake");
  EXPECT_THAT(test_.observer().Take(), ElementsAre("a mistake"));
}

TEST(Loop, PrintsAMisuseIfNobodyObserves) {
  FakeClock clock;
  Loop loop(Environment{.clock = &clock,
                        .backend = std::make_unique<ScriptedBackend>(clock)});
  testing::internal::CaptureStderr();
  loop.ReportMisuse("a mistake");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "cloche: a mistake\n");
}

TEST_F(LoopTest, GivesOutEachIdOnceAndNeverZero) {
  const uint64_t first = loop_.NextId();
  EXPECT_NE(first, 0u);
  EXPECT_NE(loop_.NextId(), first);
}

}  // namespace
}  // namespace cloche

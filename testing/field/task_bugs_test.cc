// Bugs that other projects had with nurseries, timeouts and cancellation, as
// tests of ours. Each names its origin and what would go wrong here; the whole
// list is docs/field-bugs.md.

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cloche/base/errors.h"
#include "cloche/fakes/errno_table.h"
#include "cloche/sync/event.h"
#include "cloche/tasks/cancel_scope.h"
#include "cloche/tasks/cleanup.h"
#include "cloche/tasks/nursery.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/timeout.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/event_log.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/test_loop.h"
#include "cloche/testing/test_world.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;

constexpr absl::Duration kSecond = absl::Seconds(1);
constexpr absl::Duration kForever = absl::Hours(1'000'000);
constexpr absl::StatusCode kAborted = absl::StatusCode::kAborted;
constexpr absl::StatusCode kCancelled = absl::StatusCode::kCancelled;
constexpr absl::StatusCode kLate = absl::StatusCode::kDeadlineExceeded;

Task<> FailWith(std::string text) { co_return absl::AbortedError(text); }

// Says "began" and how it ended.
Task<> SleepForever(EventLog& log) {
  log.Add("began");
  const absl::Status status = co_await Sleep(kForever);
  log.Add(status.ok() ? "slept" : "cancelled");
  co_return status;
}

// --- The started-protocol ---------------------------------------------------

// trio#1431: a task outside starts a child in a nursery, whose startup waits
// for another child there. That one fails. The nursery is cancelled and waits
// for the new child, which was not yet in its scope and waited on: deadlock.
// Here a child belongs to the nursery from its beginning.
TEST(StartedBugs, AFailureInTheNurseryReachesAChildThatIsStillStarting) {
  Event never;
  TestLoop loop;
  absl::Status started;
  const absl::Status status =
      loop.Run(WithNursery([&](Nursery& outer) -> Task<> {
        co_return co_await WithNursery([&](Nursery& inner) -> Task<> {
          inner.Start([]() -> Task<> {
            co_await Try(Sleep(kSecond));
            co_return absl::AbortedError("crashed");
          });
          outer.Start([&]() -> Task<> {
            started =
                co_await inner.StartAndWait([&never](Started<>&) -> Task<> {
                  co_return co_await never.Wait();
                });
            co_return absl::OkStatus();
          });
          co_return absl::OkStatus();
        });
      }));
  EXPECT_THAT(status, StatusIs(kAborted, "crashed"));
  EXPECT_THAT(started, StatusIs(kCancelled));
  EXPECT_EQ(loop.elapsed(), kSecond);
}

// trio#2895: the caller was cancelled before the child said "started", so that
// this was not passed on; the child then worked under a shield, until the
// caller, who never came back from the start, would tell it to end: deadlock.
// Here a cancelled caller begins no such child.
TEST(StartedBugs, ACancelledCallerDoesNotBeginAChildThatShieldsItself) {
  Event end;
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithNursery([&](Nursery& nursery) -> Task<> {
    CancelScope scope;
    scope.Cancel();
    EXPECT_THAT(co_await scope.Run(
                    nursery.StartAndWait([&end](Started<>& started) -> Task<> {
                      started.Set();
                      co_return co_await Shield(end.Wait());
                    })),
                StatusIs(kCancelled));
    end.Set();
    co_return absl::OkStatus();
  })),
              IsOk());
}

// The rest of it: one that is cancelled during the start waits for a child
// under a shield for as long as that has asked for, and no longer. (A shield
// without a limit would be trio's deadlock. It is for the program to give it
// one.)
TEST(StartedBugs, ACallerThatIsCancelledLaterWaitsAsLongAsTheShieldLasts) {
  Event never;
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithNursery([&](Nursery& nursery) -> Task<> {
    const auto child = [&never](Started<>& started) -> Task<> {
      (void)co_await Sleep(kForever);  // Its startup: cancelled.
      started.Set();
      co_return co_await Shield(never.Wait(), 5 * kSecond);
    };
    EXPECT_THAT(co_await WithTimeout(kSecond, nursery.StartAndWait(child)),
                StatusIs(kLate));
    co_return absl::OkStatus();
  })),
              IsOk());
  EXPECT_EQ(loop.elapsed(), 6 * kSecond);
}

// And what remains of it: a shield without a limit is trio's deadlock here,
// too. A test sees it at once.
TEST(StartedBugs, AShieldWithoutALimitIsADeadlockAndIsReportedAsOne) {
  Event never;
  TestLoop loop;
  EXPECT_THAT(
      loop.Run(WithTimeout(
          kSecond, WithNursery([&](Nursery& nursery) -> Task<> {
            co_return co_await nursery.StartAndWait(
                [&never](Started<>& started) -> Task<> {
                  (void)co_await Sleep(kForever);  // Its startup: cancelled.
                  started.Set();
                  co_return co_await Shield(never.Wait());
                });
          }))),
      StatusIs(absl::StatusCode::kFailedPrecondition, "deadlock"));
  loop.Destroy();
}

// --- Nurseries --------------------------------------------------------------

// cpython#94398: the group cancelled its tasks once. One of them started two
// more while it cleaned up; the first failed, and the second was never
// cancelled. Here it is born cancelled.
TEST(NurseryBugs, WhatIsStartedAfterTheFailureIsCancelledToo) {
  EventLog log;
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithNursery([&](Nursery& nursery) -> Task<> {
    nursery.Start([&]() -> Task<> {
      (void)co_await Sleep(kForever);
      nursery.Start(FailWith, "third");
      nursery.Start(SleepForever, std::ref(log));
      co_return absl::OkStatus();
    });
    nursery.Start(FailWith, "first");
    co_return absl::OkStatus();
  })),
              StatusIs(kAborted, "first"));
  EXPECT_THAT(log.events(), ElementsAre("began", "cancelled"));
  EXPECT_EQ(loop.elapsed(), absl::ZeroDuration());
}

// cpython#116048: a start while the group was shutting down, whose parent had
// been cancelled, was accepted, and the task never ran. Here it runs to its
// first checkpoint, sees that it is cancelled, and may clean up.
TEST(NurseryBugs, WhatIsStartedWhileTheParentIsCancelledRunsAndCleansUp) {
  EventLog log;
  TestLoop loop;
  const auto clean_up = [&]() -> Task<> {
    log.Add("cleans up");
    co_return co_await Sleep(kSecond);
  };
  EXPECT_THAT(loop.Run(WithTimeout(
                  kSecond, WithNursery([&](Nursery& nursery) -> Task<> {
                    const absl::Status status = co_await Sleep(kForever);
                    nursery.Start([&]() {
                      return WithCleanup(SleepForever(log), clean_up,
                                         5 * kSecond);
                    });
                    co_return status;
                  }))),
              StatusIs(kLate));
  EXPECT_THAT(log.events(), ElementsAre("began", "cancelled", "cleans up"));
  EXPECT_EQ(loop.elapsed(), 2 * kSecond);
}

// --- Timeouts and cancellation ----------------------------------------------

// Kotlin#1374: a timeout was a kind of cancellation, and a cancelled child is
// no failure; so a child whose deadline passed vanished without a word, and its
// siblings went on as if it had done its work.
TEST(TimeoutBugs, AChildThatWasLateIsAFailureOfItsNursery) {
  EventLog log;
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithNursery([&](Nursery& nursery) -> Task<> {
    nursery.Start([] { return WithTimeout(kSecond, Sleep(kForever)); });
    nursery.Start(SleepForever, std::ref(log));
    co_return absl::OkStatus();
  })),
              StatusIs(kLate));
  EXPECT_THAT(log.events(), ElementsAre("began", "cancelled"));
}

// libunifex#560: "try again if it was late" could not tell that from being
// cancelled from outside, and tried again, five times in a row, although it was
// to stop.
TEST(TimeoutBugs, WhoTriesAgainWhenItIsLateStopsWhenItIsCancelled) {
  TestLoop loop;
  int tries = 0;
  const auto try_five_times = [&]() -> Task<> {
    absl::Status status;
    while (tries < 5) {
      ++tries;
      status = co_await WithTimeout(2 * kSecond, Sleep(kForever));
      if (!absl::IsDeadlineExceeded(status)) break;
    }
    co_return status;
  };
  CancelScope scope;
  loop.At(3 * kSecond, [&] { scope.Cancel(); });
  EXPECT_THAT(loop.Run(scope.Run(try_five_times())), StatusIs(kCancelled));
  EXPECT_EQ(tries, 2);
  EXPECT_EQ(loop.elapsed(), 3 * kSecond);
}

// anyio#695: a cancelled scope told its tasks so once per turn of the loop for
// as long as any was left; a task under a shield left one core busy for the
// minute that it took. Here a cancellation is told once, and then it is a
// state.
TEST(CancellationBugs, AShieldedTaskInACancelledScopeLeavesTheLoopAtRest) {
  TestWorld world;
  TestHost& host = world.AddHost("host");
  const auto waits = [&] {
    return host.kernel().CallCount(CallKind::kEpollWait);
  };
  auto main = Start(host.loop(), [] {
    return WithNursery([](Nursery& outer) -> Task<> {
      outer.Start([] {
        return WithNursery([](Nursery& inner) -> Task<> {
          inner.Start([] { return Shield(Sleep(absl::Minutes(1))); });
          co_return absl::OkStatus();
        });
      });
      co_return absl::OkStatus();
    });
  });
  world.Pass(kSecond);
  main.Cancel();
  const uint64_t before = waits();
  EXPECT_THAT(world.Run(host, main.Join()), IsOk());
  EXPECT_EQ(world.elapsed(), absl::Minutes(1));
  EXPECT_LE(waits() - before, 10u);
}

// --- Virtual time -----------------------------------------------------------

// trio#456: a clock that jumps ahead when all tasks wait jumped while a worker
// thread was still computing, and the timeout that was to watch over the worker
// fired before it had been given any time. Here whoever works outside of the
// loops holds the clock (a stand-in: pieces of work on this very thread).
TEST(VirtualTimeBugs, TheClockDoesNotJumpWhileAWorkerIsStillBusy) {
  Event done;
  TestWorld world;
  TestHost& host = world.AddHost("host");
  int pieces_left = 3;
  world.AddOutsideWork([&] {
    if (--pieces_left == 0) done.Set();
    return pieces_left > 0;
  });
  EXPECT_THAT(world.Run(host, WithTimeout(kSecond, done.Wait())), IsOk());
  EXPECT_EQ(world.elapsed(), absl::ZeroDuration());
}

// And when the worker is done, time passes again.
TEST(VirtualTimeBugs, TheClockJumpsOnceTheWorkerIsDone) {
  TestWorld world;
  world.AddOutsideWork([] { return false; });
  EXPECT_THAT(world.Run(world.AddHost("host"), Sleep(kSecond)), IsOk());
  EXPECT_EQ(world.elapsed(), kSecond);
}

}  // namespace
}  // namespace cloche

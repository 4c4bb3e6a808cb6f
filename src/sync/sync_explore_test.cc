// Event and Semaphore in every order: nobody misses a Set, no permit is lost or
// given twice, whoever is cancelled at the same moment.

#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cloche/sync/event.h"
#include "cloche/sync/semaphore.h"
#include "cloche/tasks/nursery.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/task_handle.h"
#include "cloche/tasks/timeout.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/explore.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

constexpr ExploreOptions kThorough = {.most_deviations = 3};

Task<> LetOthersRun() { co_return co_await Sleep(absl::ZeroDuration()); }

// --- Event ------------------------------------------------------------------

struct Gate {
  Event event;
  int passed = 0;
};

Task<> Pass(Gate& gate) {
  co_await Try(gate.event.Wait());
  EXPECT_TRUE(gate.event.is_set());
  ++gate.passed;
  co_return absl::OkStatus();
}

Task<> Open(Gate& gate) {
  gate.event.Set();
  co_return absl::OkStatus();
}

TEST(EventInEveryOrder, IsMissedByNobodyWhoeverComesFirst) {
  const SweepScenario scenario = [](SweepRun& run) {
    TestHost& host = run.AddHost("host");
    Gate& gate = run.Keep<Gate>();
    run.Main(host, Pass, std::ref(gate));
    run.Main(host, Open, std::ref(gate));
    run.Main(host, Pass, std::ref(gate));
    run.Main(host, Pass, std::ref(gate));
    run.AtEnd([&gate] { EXPECT_EQ(gate.passed, 3); });
  };
  EXPECT_TRUE(Explore(scenario, kThorough).complete);
}

// --- Semaphore --------------------------------------------------------------

struct Room {
  Semaphore door{1};
  int inside = 0;
  int visits = 0;
};

Task<> Visit(Room& room) {
  const Permit permit = co_await Try(room.door.Acquire());
  EXPECT_EQ(++room.inside, 1) << "there is only one permit";
  co_await Try(LetOthersRun());
  --room.inside;
  ++room.visits;
  co_return absl::OkStatus();
}

void ExpectFree(const Room& room) {
  EXPECT_EQ(room.door.free(), 1) << "a permit was lost";
}

TEST(SemaphoreInEveryOrder, LetsOneInAtATime) {
  const SweepScenario scenario = [](SweepRun& run) {
    TestHost& host = run.AddHost("host");
    Room& room = run.Keep<Room>();
    for (int i = 0; i < 4; ++i) run.Main(host, Visit, std::ref(room));
    run.AtEnd([&room] {
      EXPECT_EQ(room.visits, 4);
      ExpectFree(room);
    });
  };
  EXPECT_TRUE(Explore(scenario, kThorough).complete);
}

// Cancels the second in the queue about when the first one leaves.
Task<> VisitAndCancelOne(Room& room) {
  co_return co_await WithNursery([&](Nursery& nursery) -> Task<> {
    nursery.Start(Visit, std::ref(room));
    TaskHandle<> second = nursery.Start([&room]() -> Task<> {
      const absl::StatusOr<Permit> permit = co_await room.door.Acquire();
      EXPECT_TRUE(permit.ok() || absl::IsCancelled(permit.status()));
      co_return absl::OkStatus();
    });
    nursery.Start(Visit, std::ref(room));
    nursery.Start([second]() mutable -> Task<> {
      co_await Try(LetOthersRun());
      second.Cancel();
      co_return absl::OkStatus();
    });
    co_return absl::OkStatus();
  });
}

TEST(SemaphoreInEveryOrder, LosesNoPermitToOneWhoIsCancelled) {
  const SweepScenario scenario = [](SweepRun& run) {
    Room& room = run.Keep<Room>();
    run.Main(run.AddHost("host"), VisitAndCancelOne, std::ref(room));
    run.AtEnd([&room] {
      EXPECT_EQ(room.visits, 2);
      ExpectFree(room);
    });
  };
  const auto report = Explore(scenario, kThorough);
  EXPECT_TRUE(report.complete);
  EXPECT_GT(report.exhaustive_runs, 50);
}

// The permit comes free at the very moment at which the wait is over.
Task<> HoldForASecond(Room& room) {
  const Permit permit = co_await Try(room.door.Acquire());
  co_return co_await Sleep(absl::Seconds(1));
}

Task<> WaitForASecond(Room& room, int& served) {
  const absl::StatusOr<Permit> permit =
      co_await WithTimeout(absl::Seconds(1), room.door.Acquire());
  EXPECT_TRUE(permit.ok() || absl::IsDeadlineExceeded(permit.status()));
  served += permit.ok() ? 1 : 0;
  co_return absl::OkStatus();
}

TEST(SemaphoreInEveryOrder, LosesNoPermitToATimeoutOfTheSameMoment) {
  const SweepScenario scenario = [](SweepRun& run) {
    TestHost& host = run.AddHost("host");
    Room& room = run.Keep<Room>();
    int& served = run.Keep<int>(0);
    run.Main(host, HoldForASecond, std::ref(room));
    run.Main(host, WaitForASecond, std::ref(room), std::ref(served));
    run.Main(host, WaitForASecond, std::ref(room), std::ref(served));
    run.AtEnd([&room] { ExpectFree(room); });
  };
  EXPECT_TRUE(Explore(scenario, kThorough).complete);
}

}  // namespace
}  // namespace cloche

// ~Loop: resumes nothing, and destroys frames leaf first, children before
// bodies, at whatever step it comes. Run under AddressSanitizer, these tests
// also show that nothing leaks and nothing is used after it died.

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/sync/event.h"
#include "cloche/sync/semaphore.h"
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

using ::testing::ElementsAre;

// --- The order --------------------------------------------------------------

Task<> SleepInLevels(EventLog& log, std::string name, int level) {
  EventLog::Local local(log, absl::StrCat(name, level));
  if (level == 0) co_return co_await Sleep(absl::Hours(1));
  co_return co_await SleepInLevels(log, name, level - 1);
}

TEST(Teardown, DestroysTheFramesOfATaskInnermostFirst) {
  EventLog log;
  TestLoop loop;
  Start(loop.loop(), SleepInLevels, std::ref(log), "level ", 2);
  loop.RunTurns(1);
  loop.Destroy();
  EXPECT_THAT(log.events(), ElementsAre("~level 0", "~level 1", "~level 2"));
}

TEST(Teardown, DestroysChildrenBeforeTheFramesThatOpenedTheirNursery) {
  EventLog log;
  TestLoop loop;
  Start(loop.loop(), [&]() -> Task<> {
    EventLog::Local outside(log, "outside");
    co_return co_await WithNursery([&](Nursery& outer) -> Task<> {
      EventLog::Local body(log, "outer body");
      outer.Start(SleepInLevels, std::ref(log), "outer child ", 0);
      co_return co_await WithNursery([&](Nursery& inner) -> Task<> {
        EventLog::Local inner_body(log, "inner body");
        inner.Start(SleepInLevels, std::ref(log), "first ", 1);
        inner.Start(SleepInLevels, std::ref(log), "second ", 0);
        co_return co_await Sleep(absl::Hours(1));
      });
    });
  });
  loop.RunTurns(2);
  loop.Destroy();
  EXPECT_THAT(log.events(),
              ElementsAre("~first 0", "~first 1", "~second 0", "~outer child 0",
                          "~inner body", "~outer body", "~outside"));
}

TEST(Teardown, DestroysATaskThatNeverBeganWithItsArguments) {
  EventLog log;
  TestLoop loop;
  Start(
      loop.loop(),
      [](EventLog::Local) -> Task<> { co_return absl::OkStatus(); },
      EventLog::Local(log, "argument"));
  loop.Destroy();
  EXPECT_THAT(log.events(), ElementsAre("~argument"));
}

// First the backend lets go of every buffer, then the frames may die.
TEST(Teardown, HandsOperationsBackBeforeItDestroysTheirFrames) {
  EventLog log;
  TestLoop loop;
  struct CountsInFlight {
    ~CountsInFlight() {
      log.Add(absl::StrCat(loop.backend().in_flight(), " in flight"));
    }
    EventLog& log;
    TestLoop& loop;
  };
  Start(loop.loop(), [&]() -> Task<> {
    const CountsInFlight local(log, loop);
    co_return co_await WaitReadable(7);
  });
  loop.RunTurns(1);
  EXPECT_EQ(loop.backend().in_flight(), 1u);
  loop.Destroy();
  EXPECT_THAT(log.events(), ElementsAre("0 in flight"));
}

// --- What destructors may do ------------------------------------------------

// Runs its function when it is destroyed.
class AtEnd {
 public:
  explicit AtEnd(std::function<void()> call) : call_(std::move(call)) {}
  AtEnd(const AtEnd&) = delete;
  AtEnd& operator=(const AtEnd&) = delete;
  ~AtEnd() { call_(); }

 private:
  std::function<void()> call_;
};

// Each of these would resume a task in a loop that lives.
TEST(Teardown, ResumesNobodyWhateverDestructorsDo) {
  EventLog log;
  Event event;
  Semaphore semaphore(0);
  CancelScope scope;
  CancelScope other_scope;
  TestLoop loop;
  const auto waits = [&](auto leaf) -> Task<> {
    (void)co_await std::move(leaf);
    log.Add("was resumed");
    co_return absl::OkStatus();
  };
  Start(loop.loop(), [&]() -> Task<> {
    const AtEnd at_end([&] {
      log.Add("destructor");
      event.Set();
      Permit(semaphore).Release();
      scope.Cancel();
      other_scope.Cancel();
    });
    co_return co_await Sleep(absl::Hours(1));
  });
  Start(loop.loop(), waits, event.Wait());
  Start(loop.loop(), waits, semaphore.Acquire());
  Start(loop.loop(), waits, scope.Run(Sleep(absl::Hours(1))));
  Start(loop.loop(), waits, other_scope.Run(WaitReadable(7)));
  loop.RunTurns(1);
  loop.Destroy();
  EXPECT_THAT(log.events(), ElementsAre("destructor"));
}

// --- At every step ----------------------------------------------------------

// Everything at once: nested nurseries, sleeps, operations, joins, shields,
// timeouts, cleanup, the started-protocol, a failure. Each frame has a Local
// with its own name; the log tells which of them died.
class Scenario {
 public:
  explicit Scenario(TestLoop& loop) : loop_(loop) {
    loop_.backend().SetOnStart(
        [this](const Operation&) { return AnswerEverySecondAtOnce(); });
    for (int second = 1; second < 10; ++second) {
      loop_.At(absl::Seconds(second) + absl::Milliseconds(500), [this] {
        if (loop_.backend().in_flight() > 0) {
          loop_.backend().Complete(7, OperationKind::kWaitReadable, 0);
        }
      });
    }
  }

  Task<> Run() {
    const Life life(*this);
    co_return co_await WithNursery([this](Nursery& nursery) -> Task<> {
      const Life body(*this);
      TaskHandle<> reader = nursery.Start(&Scenario::Read, this);
      nursery.Start(&Scenario::JoinWithTimeout, this, reader);
      co_await Try(nursery.StartAndWait<>(
          [this](Started<>& started) { return Serve(started); }));
      (void)co_await MoveOnAfter(absl::Seconds(1), Clean());
      (void)co_await WithNursery(
          [this](Nursery& inner) -> Task<> {
            const Life inner_body(*this);
            inner.Start(&Scenario::Nest, this, 3);
            inner.Start(&Scenario::Hold, this);
            inner.Start(&Scenario::Hold, this);
            co_return absl::AbortedError("inner body");
          },
          NurseryPolicy::kWaitForAll);
      co_await Try(Sleep(absl::Seconds(1)));
      event_.Set();
      co_return absl::AbortedError("the end");
    });
  }

  int alive() const { return alive_; }

 private:
  class Life {
   public:
    explicit Life(Scenario& scenario) : scenario_(scenario) {
      ++scenario_.alive_;
    }
    Life(const Life&) = delete;
    Life& operator=(const Life&) = delete;
    ~Life() { --scenario_.alive_; }

   private:
    Scenario& scenario_;
  };

  std::optional<int64_t> AnswerEverySecondAtOnce() {
    if (++operations_ % 2 == 0) return 0;
    return std::nullopt;
  }

  Task<> Read() {
    const Life life(*this);
    for (int i = 0; i < 5; ++i) co_await Try(WaitReadable(7));
    co_return absl::OkStatus();
  }
  Task<> JoinWithTimeout(TaskHandle<> reader) {
    const Life life(*this);
    (void)co_await WithTimeout(absl::Seconds(2), reader.Join());
    (void)co_await reader.Join();
    co_return co_await event_.Wait();
  }
  Task<> Serve(Started<>& started) {
    const Life life(*this);
    co_await Try(Yield());
    started.Set();
    co_return co_await WithCleanup(
        Sleep(absl::Hours(1)), [this] { return Clean(); }, absl::Seconds(1));
  }
  Task<> Clean() {
    const Life life(*this);
    co_return co_await Shield(Sleep(absl::Seconds(2)), absl::Seconds(1));
  }
  Task<> Nest(int depth) {
    const Life life(*this);
    if (depth == 0) {
      co_await Try(Sleep(absl::Seconds(1)));
      co_return absl::AbortedError("nested");
    }
    co_return co_await WithNursery([this, depth](Nursery& nursery) -> Task<> {
      const Life body(*this);
      nursery.Start(&Scenario::Nest, this, depth - 1);
      nursery.Start(&Scenario::Nest, this, depth - 1);
      co_return co_await Sleep(absl::Hours(1));
    });
  }
  Task<> Hold() {
    const Life life(*this);
    const Permit permit = co_await Try(semaphore_.Acquire());
    co_return co_await Sleep(absl::Seconds(1));
  }

  TestLoop& loop_;
  Event event_;
  Semaphore semaphore_{1};
  int operations_ = 0;
  int alive_ = 0;
};

TEST(Teardown, AtEveryStepOfAScenarioDestroysEveryFrame) {
  int steps = 0;
  int most_alive = 0;
  for (bool ended = false; !ended; ++steps) {
    ASSERT_LT(steps, 1000) << "the scenario does not end";
    std::unique_ptr<Scenario> scenario;
    TestLoop loop;
    scenario = std::make_unique<Scenario>(loop);
    TaskHandle<> main = Start(loop.loop(), &Scenario::Run, scenario.get());
    loop.RunTurns(steps);
    ended = main.ended();
    most_alive = std::max(most_alive, scenario->alive());
    loop.Destroy();
    ASSERT_EQ(scenario->alive(), 0) << "after " << steps << " steps";
  }
  EXPECT_GT(steps, 20);
  EXPECT_GT(most_alive, 10);
}

TEST(Teardown, OfAScenarioThatRanToItsEndFindsNothing) {
  TestLoop loop;
  Scenario scenario(loop);
  EXPECT_THAT(loop.Run(scenario.Run()),
              StatusIs(absl::StatusCode::kAborted, "the end"));
  EXPECT_EQ(scenario.alive(), 0);
}

}  // namespace
}  // namespace cloche

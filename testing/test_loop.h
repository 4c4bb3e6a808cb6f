// TestLoop: a loop in virtual time for one test, without a network.
//
//     TEST(Sleep, TakesAsLongAsItSays) {
//       TestLoop loop;
//       EXPECT_THAT(loop.Run(Sleep(absl::Hours(1))), IsOk());
//       EXPECT_EQ(loop.elapsed(), absl::Hours(1));
//     }
//
// It fails the test when something is left at its end (a task, a timer, an
// operation), when a task ignores its cancellation, and, with the task tree as
// the error, when every task waits and nothing can wake them, and when it goes
// round in circles while no time passes.
//
// Main disadvantage: nothing but time happens by itself; operations complete
// as the test scripts them. Programs with sockets run on testing/test_world.h.
//
// Next: testing/scripted_backend.h.

#ifndef CLOCHE_TESTING_TEST_LOOP_H_
#define CLOCHE_TESTING_TEST_LOOP_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/fakes/fake_clock.h"
#include "cloche/loop/loop.h"
#include "cloche/tasks/run.h"
#include "cloche/tasks/task.h"
#include "cloche/testing/recording_observer.h"
#include "cloche/testing/scripted_backend.h"
#include "cloche/testing/until_blocked.h"

namespace cloche {

// Thread safety: one thread. Lifetime: outlives what its tasks refer to only
// if it is declared after it; declare it last, or call Destroy.
class TestLoop {
 public:
  // `order`: who runs first among the ready; null: first come, first served.
  explicit TestLoop(TaskOrder* order = nullptr);
  TestLoop(const TestLoop&) = delete;
  TestLoop& operator=(const TestLoop&) = delete;
  // Checks that nothing is left, unless Destroy was called.
  ~TestLoop();

  Loop& loop() { return *loop_; }
  FakeClock& clock() { return clock_; }
  ScriptedBackend& backend() { return *backend_; }
  RecordingObserver& observer() { return observer_; }

  // The time since the test began.
  absl::Duration elapsed() { return clock_.Now() - FakeClock::Start(); }

  // Runs `action` at this time since the beginning.
  void At(absl::Duration since_start, std::function<void()> action);

  // Drives the loop until `awaitable` (a task or a leaf) has ended, and gives
  // its result. Ends early, with an error, on a deadlock, on a misuse, and
  // after 100,000 turns at one instant.
  template <typename Awaitable>
  auto Run(Awaitable awaitable) -> AwaitResult<Awaitable> {
    return RunFunction(
        [](Awaitable inner) -> TaskGiving<Awaitable> {
          co_return co_await std::move(inner);
        },
        std::move(awaitable));
  }

  // The same for a callable that returns a task; both are kept until it ends.
  template <typename Function>
    requires std::is_invocable_v<Function&>
  auto Run(Function function) {
    return RunFunction(std::move(function));
  }

  // For tasks: until all the others wait for what takes time, or for ever
  // (testing/until_blocked.h).
  Task<> UntilBlocked() { return blocked_.Wait(); }

  // Drives the loop this many turns, or until a deadlock.
  void RunTurns(int turns);

  // Ends the loop as a program does that just stops: whatever it holds is torn
  // down, and nothing about it is checked but that it leaves no operation.
  void Destroy() { loop_.reset(); }

 private:
  template <typename Function, typename... Arguments>
  auto RunFunction(Function function, Arguments... arguments) {
    auto task = std::make_shared<StoredTask<Function, Arguments...>>(
        *loop_, nullptr, std::move(function), std::move(arguments)...);
    using Result = decltype(task->TakeResult());
    BeginMainTask(*loop_, task);
    const absl::Status driven = Drive(*task);
    return driven.ok() ? task->TakeResult() : Result(driven);
  }
  absl::Status Drive(const RunningTask& task);
  absl::Status RunOneTurn();
  absl::Status Stuck(absl::string_view how);

  FakeClock clock_;
  RecordingObserver observer_;
  ScriptedBackend* backend_;  // The loop's.
  BlockedWaiters blocked_;
  std::optional<Loop> loop_;
};

}  // namespace cloche

#endif  // CLOCHE_TESTING_TEST_LOOP_H_

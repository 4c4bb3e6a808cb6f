// Leaf: the base of everything that is awaited without a coroutine frame of its
// own: a sleep, an operation, an event. It lives in the frame that awaits it.
//
//     class [[nodiscard]] Sleep : public Leaf<Sleep, absl::Status> {
//       bool Start(RunningTask& task);   // true: over already
//       absl::Status TakeResult();       // once it is over
//       void Cancel() override;          // end early, see Waiter
//       std::string Describe() const override;
//     };
//
// Each co_await of a leaf is a checkpoint: in a cancelled scope it is not even
// started and gives CANCELLED; and after kTurnBudget leaves that were over at
// once, the task waits for its next turn although its answer is there.
//
// Nothing happens until a leaf is awaited, so each is [[nodiscard]]: a
// forgotten co_await is a warning and not a write that never takes place.
//
// A leaf is awaited where it stands: as a temporary of the co_await expression
// it lives in the awaiting frame until that expression is over, which is after
// the wait. It may be moved until it is started, and not after.
//
// Main disadvantage: the awaiting frame is as large as its largest leaf.
//
// Next: tasks/sleep.h, the simplest leaf.

#ifndef CLOCHE_TASKS_LEAF_H_
#define CLOCHE_TASKS_LEAF_H_

#include <coroutine>
#include <utility>

#include "absl/status/status.h"
#include "cloche/base/errors.h"
#include "cloche/tasks/result.h"
#include "cloche/tasks/running_task.h"
#include "cloche/tasks/task_frame.h"
#include "cloche/tasks/waiter.h"

namespace cloche {

template <typename L>
class LeafAwaiter;

template <typename Derived, typename R>
class Leaf : public Waiter {
 public:
  using Result = R;

  // False in a leaf that must be waited for even by a cancelled task.
  static constexpr bool kIsCheckpoint = true;
  // Whether its result is CANCELLED after Cancel() although no scope of its
  // task was cancelled: what Within needs.
  static constexpr bool kCanBeCancelledAlone = false;

  LeafAwaiter<Derived> Await(TaskFrame& awaiting) && {
    return LeafAwaiter<Derived>(awaiting, static_cast<Derived&>(*this));
  }
};

template <typename L>
class LeafAwaiter {
 public:
  using Result = typename L::Result;

  LeafAwaiter(TaskFrame& awaiting, L& leaf)
      : awaiting_(awaiting), leaf_(leaf) {}
  LeafAwaiter(const LeafAwaiter&) = delete;
  LeafAwaiter& operator=(const LeafAwaiter&) = delete;

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<>) { return Begin(); }
  Result await_resume() { return TakeResult(); }

  // Starts the leaf. True if the frame is suspended now; false if it may go
  // on at once.
  bool Begin() {
    RunningTask& task = *awaiting_.task;
    if constexpr (L::kIsCheckpoint) refused_ = task.Checkpoint();
    if (refused_.ok() && !leaf_.Start(task)) {
      task.Park(awaiting_, &leaf_);
      return true;
    }
    if (task.SpendTurn()) return false;
    task.Park(awaiting_, nullptr);
    task.Wake();
    return true;
  }

  Result TakeResult() {
    Result result = refused_.ok() ? leaf_.TakeResult() : Result(refused_);
    if (result.ok()) return result;
    return WithFrame(StatusOf(result), awaiting_.location);
  }

 private:
  TaskFrame& awaiting_;
  L& leaf_;
  absl::Status refused_;  // CANCELLED, if it was so before the leaf started.
};

}  // namespace cloche

#endif  // CLOCHE_TASKS_LEAF_H_

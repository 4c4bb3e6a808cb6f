// Within: a timeout for a single operation, inside its own wait.
//
//     co_await Try(Within(absl::Seconds(30), stream.Write(answer)));
//
// WithTimeout times whatever happens in it, with a frame and a cancel scope.
// Most waits are for one operation, and most operations do not wait at all:
// then this costs nothing, not even a look at the clock. Only if the operation
// has to wait does its deadline begin, with the wait.
//
//   Start --over at once--> result
//     | waits: arm the timer
//     v
//   deadline --> cancel the operation --> handed back --> DEADLINE_EXCEEDED
//
// Main disadvantage: only for operations of the kernel and of streams, which
// say so when they were cancelled by nobody's scope.
//
// Next: tasks/timeout.h, the general case; net/readable_leaf.h, a wait with
// even more in it.

#ifndef CLOCHE_TASKS_WITHIN_H_
#define CLOCHE_TASKS_WITHIN_H_

#include <source_location>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/tasks/leaf.h"
#include "cloche/tasks/result.h"
#include "cloche/tasks/running_task.h"
#include "cloche/tasks/timeout.h"
#include "cloche/time/timer_queue.h"

namespace cloche {

template <typename L>
class [[nodiscard]] TimedLeaf final
    : public Leaf<TimedLeaf<L>, typename L::Result>,
      private Timer {
 public:
  using Result = typename L::Result;
  static_assert(L::kCanBeCancelledAlone, "use WithTimeout for this awaitable");

  TimedLeaf(absl::Duration timeout, L leaf, std::source_location where)
      : timeout_(timeout), where_(where), leaf_(std::move(leaf)) {}
  TimedLeaf(TimedLeaf&& other) noexcept
      : TimedLeaf(other.timeout_, std::move(other.leaf_), other.where_) {}

  bool Start(RunningTask& task) {
    task_ = &task;
    if (leaf_.Start(task)) return true;
    if (timeout_ == absl::InfiniteDuration()) return false;
    task.loop().timers().Insert(*this, task.loop().Now() + timeout_);
    return false;
  }

  // What the operation did in time, even if only just, stands.
  Result TakeResult() {
    task_->loop().timers().Cancel(*this);
    Result result = leaf_.TakeResult();
    const bool timed_out = late_ && absl::IsCancelled(StatusOf(result)) &&
                           task_->CancellationStatus().ok();
    if (!timed_out) return result;
    return DeadlineExceeded(timeout_, where_, StatusOf(result));
  }
  void Cancel() override { leaf_.Cancel(); }
  std::string Describe() const override { return leaf_.Describe(); }

 private:
  void OnDeadline() override {
    late_ = true;
    leaf_.Cancel();
  }

  const absl::Duration timeout_;
  const std::source_location where_;
  RunningTask* task_ = nullptr;
  bool late_ = false;
  L leaf_;
};

// Awaits `leaf`, and cancels it if it waits for longer than `timeout`: then
// gives DEADLINE_EXCEEDED, else its result. InfiniteDuration: no timeout.
template <typename L>
TimedLeaf<L> Within(
    absl::Duration timeout, L leaf,
    std::source_location where = std::source_location::current()) {
  return TimedLeaf<L>(timeout, std::move(leaf), where);
}

}  // namespace cloche

#endif  // CLOCHE_TASKS_WITHIN_H_

// Sleep, SleepUntil and Yield: to wait for time, or just for one's next turn.
//
//     co_await Try(Sleep(absl::Seconds(3)));
//
// The simplest leaves, and so the place to see how one is made: each is a
// Waiter plus whatever can wake it, here a Timer.
//
// Next: tasks/leaf.h for the rules; tasks/operation_leaf.h for waits that the
// kernel ends.

#ifndef CLOCHE_TASKS_SLEEP_H_
#define CLOCHE_TASKS_SLEEP_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/tasks/leaf.h"
#include "cloche/tasks/running_task.h"
#include "cloche/time/timer_queue.h"

namespace cloche {

// Waits for `duration` from the moment it is awaited, or a little longer, never
// shorter. OK, or CANCELLED. A duration that is not positive still yields.
class [[nodiscard]] Sleep : public Leaf<Sleep, absl::Status>, private Timer {
 public:
  explicit Sleep(absl::Duration duration) : duration_(duration) {}
  explicit Sleep(absl::Time until) : until_(until) {}
  Sleep(Sleep&& other) noexcept
      : duration_(other.duration_), until_(other.until_) {}

  bool Start(RunningTask& task) {
    task_ = &task;
    if (until_ == absl::InfiniteFuture()) {
      until_ = task.loop().Now() + duration_;
    }
    task.loop().timers().Insert(*this, until_);
    return false;
  }
  absl::Status TakeResult() {
    return cancelled_ ? task_->CancellationStatus() : absl::OkStatus();
  }
  void Cancel() override {
    cancelled_ = true;
    task_->loop().timers().Cancel(*this);
    task_->Wake();
  }
  std::string Describe() const override {
    return absl::StrCat("sleeps for another ",
                        absl::FormatDuration(until_ - task_->loop().Now()));
  }

 private:
  void OnDeadline() override { task_->Wake(); }

  absl::Duration duration_ = absl::InfiniteDuration();
  absl::Time until_ = absl::InfiniteFuture();
  RunningTask* task_ = nullptr;
  bool cancelled_ = false;
};

// Sleeps until the loop's clock says `until`.
inline Sleep SleepUntil(absl::Time until) { return Sleep(until); }

// Lets every other task that is ready run first. A checkpoint.
class [[nodiscard]] Yield : public Leaf<Yield, absl::Status> {
 public:
  bool Start(RunningTask& task) {
    task.Wake();
    return false;
  }
  absl::Status TakeResult() { return absl::OkStatus(); }
  void Cancel() override {}  // It is its turn soon in any case.
  std::string Describe() const override { return "waits for its next turn"; }
};

}  // namespace cloche

#endif  // CLOCHE_TASKS_SLEEP_H_

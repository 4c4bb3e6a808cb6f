// TaskHandle<T>: to join or cancel one started task.
//
//     TaskHandle<int> sum = nursery.Start(Sum, std::move(stream));
//     ...
//     const int total = co_await Try(sum.Join());
//
// Main disadvantage: a handle says nothing about the nursery. Joining a task
// that failed gives its error here and in the nursery's result as well.
//
// Next: tasks/nursery.h.

#ifndef CLOCHE_TASKS_TASK_HANDLE_H_
#define CLOCHE_TASKS_TASK_HANDLE_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "cloche/base/check.h"
#include "cloche/tasks/leaf.h"
#include "cloche/tasks/nursery_member.h"
#include "cloche/tasks/running_task.h"
#include "cloche/tasks/task_state.h"

namespace cloche {

// Waits until a task has ended. Cancelling the wait does not cancel the task.
template <typename T>
class [[nodiscard]] JoinLeaf : public Leaf<JoinLeaf<T>, ResultOf<T>>,
                               private Joiner {
 public:
  explicit JoinLeaf(std::shared_ptr<TaskState<T>> joined)
      : joined_(std::move(joined)) {}
  JoinLeaf(JoinLeaf&& other) noexcept : joined_(std::move(other.joined_)) {}

  bool Start(RunningTask& task) {
    CLOCHE_CHECK(joined_.get() != &task,
                 "a task joins itself, which would wait for ever");
    task_ = &task;
    if (joined_->ended()) return true;
    joined_->AddJoiner(*this);
    return false;
  }
  ResultOf<T> TakeResult() {
    if (!joined_->ended()) return task_->CancellationStatus();
    return joined_->TakeResult();
  }
  void Cancel() override {
    Joiner::Unlink();
    task_->Wake();
  }
  std::string Describe() const override { return "joins a task until it ends"; }

 private:
  void OnJoinedTaskEnded() override { task_->Wake(); }

  std::shared_ptr<TaskState<T>> joined_;
  RunningTask* task_ = nullptr;
};

// Thread safety: the loop's thread. Lifetime: may outlive task, nursery and
// loop; copies refer to the same task. It keeps the result until somebody takes
// it, so take one that refers to what the loop owns (a stream) before the loop
// is gone. A task that was torn down with its loop never counts as ended.
template <typename T = void>
class TaskHandle {
 public:
  explicit TaskHandle(std::shared_ptr<TaskState<T>> state)
      : state_(std::move(state)) {}

  // Awaits the end of the task and gives its result. The result is moved out:
  // a second Join gives FAILED_PRECONDITION. CANCELLED if the joining task was
  // cancelled first; the joined one runs on.
  JoinLeaf<T> Join() const { return JoinLeaf<T>(state_); }

  // Cancels this task and no other. That it then ends with CANCELLED is no
  // failure in the eyes of its nursery.
  void Cancel() const { state_->own_scope().Cancel(); }

  bool ended() const { return state_->ended(); }

  // The result without waiting, for code that drives the loop itself. CHECK:
  // the task has ended. Moved out, as by Join.
  ResultOf<T> TakeResult() const {
    CLOCHE_CHECK(ended(), "the task has not ended yet; co_await Join()");
    return state_->TakeResult();
  }

 private:
  std::shared_ptr<TaskState<T>> state_;
};

}  // namespace cloche

#endif  // CLOCHE_TASKS_TASK_HANDLE_H_

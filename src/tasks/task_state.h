// TaskState<T>: a started task together with what came of it.
//
// A started task is a RunningTask that keeps the function it runs and that
// function's arguments (a coroutine refers to both), and afterwards its result
// for whoever joins it. It owns itself until it has ended; handles share it.
//
//   Nursery::Start --> [StartedTask: function, arguments, frames]
//                            | ended
//                            v
//                      [TaskState: result] <--- TaskHandle
//
// Main disadvantage: the arguments live as long as the last handle, not just
// as long as the task. A moved-from argument is usually all that is left.
//
// Next: tasks/task_handle.h, tasks/nursery.h.

#ifndef CLOCHE_TASKS_TASK_STATE_H_
#define CLOCHE_TASKS_TASK_STATE_H_

#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "cloche/base/intrusive_list.h"
#include "cloche/loop/loop.h"
#include "cloche/tasks/invoke.h"
#include "cloche/tasks/nursery_member.h"
#include "cloche/tasks/result.h"
#include "cloche/tasks/running_task.h"
#include "cloche/tasks/task.h"

namespace cloche {

template <typename T>
class TaskState : public NurseryMember {
 public:
  using Value = T;
  using NurseryMember::NurseryMember;

  // The result, once; afterwards FAILED_PRECONDITION. After ended().
  ResultOf<T> TakeResult() {
    return std::exchange(
        result_, absl::FailedPreconditionError(
                     "the task's result was taken already: join it once"));
  }
  absl::Status EndStatus() const override { return StatusOf(result_); }

 private:
  void TakeResult(TaskFrame& first) override {
    result_ = std::move(static_cast<TaskPromise<T>&>(first).result);
  }
  void TakeFailure(absl::Status failure) override {
    result_ = std::move(failure);
  }

  ResultOf<T> result_;
};

// What `function(arguments...)` gives, when both are stored as copies.
template <typename Function, typename... Arguments>
using StartedTaskOf =
    std::invoke_result_t<std::decay_t<Function>&, std::decay_t<Arguments>...>;

template <typename Function, typename... Arguments>
class StartedTask final
    : public TaskState<typename StartedTaskOf<Function, Arguments...>::Value> {
 public:
  using Base = TaskState<typename StartedTaskOf<Function, Arguments...>::Value>;

  StartedTask(Loop& loop, Nursery* nursery, Function function,
              Arguments... arguments)
      : Base(loop, nursery),
        function_(std::move(function)),
        arguments_(std::move(arguments)...) {}

  // The stored function; for callables that carry something along.
  Function& function() { return function_; }

 private:
  // The arguments are passed on as rvalues, as std::thread does: a parameter
  // taken by value is moved into the coroutine's frame, one taken by reference
  // refers to the copy in here.
  TaskFrame& CreateFirstFrame() override {
    return std::apply(
               [this](Arguments&... arguments) {
                 return InvokeTask(function_, std::move(arguments)...);
               },
               arguments_)
        .Release();
  }

  Function function_;
  std::tuple<Arguments...> arguments_;
};

template <typename Function, typename... Arguments>
using StoredTask =
    StartedTask<std::decay_t<Function>, std::decay_t<Arguments>...>;

}  // namespace cloche

#endif  // CLOCHE_TASKS_TASK_STATE_H_

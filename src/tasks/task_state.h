// TaskState<T>: a started task together with what came of it.
//
// A started task is a RunningTask that keeps the function it runs and that
// function's arguments (a coroutine refers to both) until it has ended, and
// afterwards its result for whoever joins it. It owns itself until then;
// handles share it.
//
//   Nursery::Start --> [StartedTask: function, arguments, frames]
//                            | ended
//                            v
//                      [TaskState: result] <--- TaskHandle
//
// Main disadvantage: a result that nobody takes lives as long as the last
// handle, whatever it holds on to.
//
// Next: tasks/task_handle.h, tasks/nursery.h.

#ifndef CLOCHE_TASKS_TASK_STATE_H_
#define CLOCHE_TASKS_TASK_STATE_H_

#include <memory>
#include <optional>
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
        given_(std::in_place, std::move(function),
               std::tuple<Arguments...>(std::move(arguments)...)) {}

 private:
  struct Given {
    Function function;
    std::tuple<Arguments...> arguments;
  };

  // The arguments are passed on as rvalues, as std::thread does: a parameter
  // taken by value is moved into the coroutine's frame, one taken by reference
  // refers to the copy in here.
  TaskFrame& CreateFirstFrame() override {
    return std::apply(
               [this](Arguments&... arguments) {
                 return InvokeTask(given_->function, std::move(arguments)...);
               },
               given_->arguments)
        .Release();
  }

  // What it was given may refer to what outlives the nursery, and no longer:
  // it goes with the frames, before anybody hears that the task has ended, and
  // not with the last handle.
  void OnEnded() override {
    given_.reset();
    Base::OnEnded();
  }
  void OnTornDown() override {
    given_.reset();
    Base::OnTornDown();
  }

  std::optional<Given> given_;
};

template <typename Function, typename... Arguments>
using StoredTask =
    StartedTask<std::decay_t<Function>, std::decay_t<Arguments>...>;

}  // namespace cloche

#endif  // CLOCHE_TASKS_TASK_STATE_H_

// InvokeTask: calls a function that returns a task, whatever it does.
//
// A callable handed to Cloche is usually a coroutine, and then an exception in
// it ends up in its promise. It may also be a plain function that makes a task,
// and throws before there is one: that becomes a task that fails.
//
// Next: tasks/task_state.h, which calls every started function through this.

#ifndef CLOCHE_TASKS_INVOKE_H_
#define CLOCHE_TASKS_INVOKE_H_

#include <functional>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "cloche/tasks/task.h"

namespace cloche {

template <typename T>
Task<T> FailedTask(absl::Status failure) {
  co_return failure;
}

// The task that `function(arguments...)` returns. Lifetime: a coroutine lambda
// refers to its captures in `function`, which must outlive the task.
template <typename Function, typename... Arguments>
auto InvokeTask(Function& function, Arguments&&... arguments) noexcept
    -> std::invoke_result_t<Function&, Arguments...> {
  using Value = typename std::invoke_result_t<Function&, Arguments...>::Value;
  try {
    return std::invoke(function, std::forward<Arguments>(arguments)...);
  } catch (...) {
    return FailedTask<Value>(StatusOfCurrentException());
  }
}

}  // namespace cloche

#endif  // CLOCHE_TASKS_INVOKE_H_

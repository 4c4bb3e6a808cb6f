// Run, Start, DumpTasks: from a loop to its tasks.
//
//     Loop loop(system->MakeEnvironment());
//     absl::Status status = Run(loop, Main());
//
// Main disadvantage: Run blocks its thread until the task has ended. To keep a
// loop inside another one, drive it by hand (docs/embedding.md).
//
// Next: loop/loop.h, RunOnce.

#ifndef CLOCHE_TASKS_RUN_H_
#define CLOCHE_TASKS_RUN_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "cloche/loop/loop.h"
#include "cloche/tasks/nursery_member.h"
#include "cloche/tasks/result.h"
#include "cloche/tasks/task.h"
#include "cloche/tasks/task_handle.h"
#include "cloche/tasks/task_state.h"

namespace cloche {

// Makes `task` a main task of the loop: in no nursery, ended by itself or by
// ~Loop.
void BeginMainTask(Loop& loop, std::shared_ptr<NurseryMember> task);

// Starts a main task that runs `function(arguments...)`; both are stored in it.
// It runs when something drives the loop. Its failure is seen by whoever joins
// or asks the handle, and by nobody else.
template <typename Function, typename... Arguments>
auto Start(Loop& loop, Function&& function, Arguments&&... arguments) {
  auto task = MakePooled<StoredTask<Function, Arguments...>>(
      loop, nullptr, std::forward<Function>(function),
      std::forward<Arguments>(arguments)...);
  BeginMainTask(loop, task);
  using Value = typename decltype(task)::element_type::Value;
  return TaskHandle<Value>(std::move(task));
}

// Drives the loop until `task` has ended. Errors: FAILED_PRECONDITION for a
// deadlock, with the task tree in its text (who waits for what), if nothing in
// the world can happen any more, which only a fake kernel knows; that of the
// backend if it cannot wait.
absl::Status DriveUntilEnded(Loop& loop, const RunningTask& task);

// Drives the loop until `task` has ended, and gives its result. Other tasks of
// the loop run along; those not done by then stay, until the loop is driven
// again or destroyed. CHECK: not from inside a task; Run does not nest.
template <typename T>
ResultOf<T> Run(Loop& loop, Task<T> task) {
  auto function = [task = std::move(task)]() mutable {
    return std::move(task);
  };
  auto state = MakePooled<StartedTask<decltype(function)>>(loop, nullptr,
                                                           std::move(function));
  BeginMainTask(loop, state);
  absl::Status driven = DriveUntilEnded(loop, *state);
  if (!driven.ok()) return driven;
  return state->TakeResult();
}

// The tree of all tasks of the loop: main tasks, their nurseries, children;
// each with the file and line of its co_awaits, what it waits for and what will
// wake it. For people; the form may change.
std::string DumpTasks(Loop& loop);

}  // namespace cloche

#endif  // CLOCHE_TASKS_RUN_H_

// CurrentTask: the task that is asking; through it, its loop.
//
//     Loop& loop = (co_await CurrentTask()).loop();
//
// Never suspends and is no checkpoint.
//
// Next: tasks/running_task.h.

#ifndef CLOCHE_TASKS_CURRENT_TASK_H_
#define CLOCHE_TASKS_CURRENT_TASK_H_

#include <coroutine>

#include "cloche/tasks/running_task.h"
#include "cloche/tasks/task_frame.h"

namespace cloche {

class CurrentTask {
 public:
  CurrentTask() = default;

  class Awaiter {
   public:
    explicit Awaiter(RunningTask& task) : task_(task) {}
    bool await_ready() const noexcept { return true; }
    void await_suspend(std::coroutine_handle<>) const noexcept {}
    RunningTask& await_resume() const noexcept { return task_; }

   private:
    RunningTask& task_;
  };

  Awaiter Await(TaskFrame& awaiting) && { return Awaiter(*awaiting.task); }
};

}  // namespace cloche

#endif  // CLOCHE_TASKS_CURRENT_TASK_H_

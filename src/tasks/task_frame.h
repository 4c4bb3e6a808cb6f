// TaskFrame: what the coroutine frames of all tasks have in common.
//
// A task that awaits a task that awaits a task is a chain of frames, linked
// from the innermost outwards. The chain is all that a traceback, a task dump
// and the handling of errors need:
//
//   RunningTask                      (the loop runs this)
//     | innermost frame
//     v
//   [ReadLine] --parent--> [Serve] --parent--> [Main] --parent--> null
//     |  tcp.cc:40           |  serve.cc:12      |  main.cc:7
//     v  waits for an operation
//
// An awaitable, here, is whatever has `Await(TaskFrame& awaiting) &&` and
// returns an awaiter from it: Task, Try(...) and every Leaf. The frame passes
// itself along: that is how an operation finds its loop without being told.
//
// Main disadvantage: only Cloche's awaitables can be awaited in a Task. One of
// another library would not know how to be cancelled.
//
// Next: tasks/running_task.h, which drives the chain; then tasks/task.h.

#ifndef CLOCHE_TASKS_TASK_FRAME_H_
#define CLOCHE_TASKS_TASK_FRAME_H_

#include <coroutine>
#include <cstddef>
#include <source_location>
#include <utility>

#include "absl/status/status.h"
#include "cloche/base/pool.h"

namespace cloche {

class RunningTask;
class TaskFrame;

// Where a started frame is held: the awaiter in its parent's frame.
class FrameHolder {
 public:
  // The frame is gone, destroyed as its failure passed. `failure` is what its
  // task ended with.
  virtual void OnFrameFailed(absl::Status failure) = 0;
  // The frame is gone, and nobody will ask what came of it.
  virtual void ForgetFrame() = 0;

 protected:
  ~FrameHolder() = default;
};

// What a coroutine waits in when it awaits a leaf by Try. The result must be
// looked at before the coroutine is resumed: after a failure it is not resumed
// at all.
class TriedLeaf {
 public:
  // Stores the result for await_resume and returns its status.
  virtual absl::Status Collect() = 0;

 protected:
  ~TriedLeaf() = default;
};

// The base of every task's promise.
//
// Invariants:
//   1. task and (below the first frame) holder and parent are set before the
//      coroutine is first resumed, and stay.
//   2. location is the co_await at which the frame is or was last suspended.
class TaskFrame {
 public:
  TaskFrame() = default;
  TaskFrame(const TaskFrame&) = delete;
  TaskFrame& operator=(const TaskFrame&) = delete;

  // Lazy: nothing runs until the task is awaited or started.
  std::suspend_always initial_suspend() noexcept { return {}; }

  // Every co_await in a task comes through here.
  template <typename Awaitable>
  auto await_transform(
      Awaitable&& awaitable,
      std::source_location where = std::source_location::current()) {
    location = where;
    return std::forward<Awaitable>(awaitable).Await(*this);
  }

  // What the finished coroutine failed with; OK if it has a value.
  virtual absl::Status Failure() const = 0;

  // The coroutine that this is the promise of. Every promise has the same
  // alignment, and so the same place in its frame.
  std::coroutine_handle<> handle() {
    return std::coroutine_handle<TaskFrame>::from_promise(*this);
  }

  // Frames come and go with every call, so they are pooled.
  static void* operator new(size_t size) { return PoolAllocate(size); }
  static void operator delete(void* frame, size_t size) {
    PoolFree(frame, size);
  }

  RunningTask* task = nullptr;
  TaskFrame* parent = nullptr;
  FrameHolder* holder = nullptr;
  TriedLeaf* tried_leaf = nullptr;  // Set while suspended in one.
  bool tries = false;  // The current co_await is a Try: do not resume me
                       // with a failure.
  std::source_location location;

 protected:
  ~TaskFrame() = default;
};

}  // namespace cloche

#endif  // CLOCHE_TASKS_TASK_FRAME_H_

// Task<T>: a coroutine that the loop can suspend, resume, cancel and describe.
//
//     Task<std::string> ReadName(ByteStream& stream) {
//       char buffer[64];
//       const size_t size = co_await Try(stream.Read(buffer));
//       co_return std::string(buffer, size);
//     }
//
// Awaiting a Task<T> gives absl::StatusOr<T>, and a Task<> (there is no value)
// gives absl::Status. A task is lazy: nothing runs until it is awaited, started
// in a nursery or given to Run. It is awaited at most once, and destroyed
// without running if it is never awaited. A T can be moved and move-assigned,
// since its result is there before its value is; what cannot travels in a
// std::unique_ptr.
//
//   co_return value;          ends with a value (Task<>: absl::OkStatus())
//   co_return status;         ends with an error
//   co_await Try(expression)  takes the value, or ends with that error
//   throw                     ends with INTERNAL and what()
//
// How it works: the promise is a TaskFrame (tasks/task_frame.h) plus the
// result. To await a task is to transfer to it; its end transfers back, so a
// chain of calls that never waits uses no stack and no scheduler.
//
// Main disadvantage: each Task is a frame on the heap, where a function call
// would be a register or two. What is awaited per byte or per packet is
// therefore a Leaf (tasks/leaf.h), which lives in the awaiting frame.
//
// Next: tasks/try.h, tasks/nursery.h, tasks/timeout.h.

#ifndef CLOCHE_TASKS_TASK_H_
#define CLOCHE_TASKS_TASK_H_

#include <coroutine>
#include <exception>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cloche/base/errors.h"
#include "cloche/tasks/result.h"
#include "cloche/tasks/running_task.h"
#include "cloche/tasks/task_frame.h"

namespace cloche {

template <typename T>
class Task;

// INTERNAL with the what() of the exception being handled. Only inside a catch
// block (or unhandled_exception, which is one).
absl::Status StatusOfCurrentException() noexcept;

// Suspends a finished coroutine and goes on with whoever awaits it. The frame
// is destroyed by its holder later, never in here.
struct FinalAwaiter {
  bool await_ready() const noexcept { return false; }
  template <typename Promise>
  std::coroutine_handle<> await_suspend(
      std::coroutine_handle<Promise> finished) const noexcept {
    TaskFrame& frame = finished.promise();
    return frame.task->OnFrameFinished(frame);
  }
  void await_resume() const noexcept {}
};

template <typename T>
class TaskPromise final : public TaskFrame {
  static_assert(std::is_void_v<T> || std::is_move_assignable_v<T>,
                "the T of a Task<T> must be move-assignable (has it a const "
                "member, or a reference?); a Task<std::unique_ptr<T>> can "
                "carry it");

 public:
  Task<T> get_return_object() {
    static_assert(alignof(TaskPromise) == alignof(TaskFrame),
                  "a task's value may not be over-aligned");
    return Task<T>(*this);
  }
  FinalAwaiter final_suspend() const noexcept { return {}; }

  // Takes a value, a Status or a StatusOr.
  template <typename U>
  void return_value(U&& value) {
    result = std::forward<U>(value);
  }
  void unhandled_exception() noexcept { result = StatusOfCurrentException(); }

  absl::Status Failure() const override { return StatusOf(result); }

  ResultOf<T> result;
};

// What `co_await task` becomes: holds the child's frame in the parent's.
template <typename T>
class TaskAwaiter : protected FrameHolder {
 public:
  TaskAwaiter(TaskFrame& awaiting, TaskPromise<T>& child)
      : awaiting_(awaiting), child_(&child) {}
  TaskAwaiter(const TaskAwaiter&) = delete;
  TaskAwaiter& operator=(const TaskAwaiter&) = delete;
  ~TaskAwaiter() {
    if (child_ != nullptr) child_->handle().destroy();
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<>) noexcept {
    return Transfer(/*tries=*/false);
  }
  ResultOf<T> await_resume() { return TakeResult(); }

 protected:
  std::coroutine_handle<> Transfer(bool tries) {
    awaiting_.tries = tries;
    child_->task = awaiting_.task;
    child_->parent = &awaiting_;
    child_->holder = this;
    return child_->handle();
  }

  // Destroys the child, with what is left in its frame (its parameters),
  // before the parent goes on.
  ResultOf<T> TakeResult() {
    if (child_ == nullptr) return std::move(failure_);
    ResultOf<T> result = std::move(child_->result);
    std::exchange(child_, nullptr)->handle().destroy();
    if (!result.ok()) return WithFrame(StatusOf(result), awaiting_.location);
    return result;
  }

 private:
  void OnFrameFailed(absl::Status failure) override {
    child_ = nullptr;
    failure_ = std::move(failure);
  }
  void ForgetFrame() override { child_ = nullptr; }

  TaskFrame& awaiting_;
  TaskPromise<T>* child_;
  absl::Status failure_;
};

// Lifetime: a task refers to its arguments as a function does; by-value
// parameters live in its frame. Thread safety: the loop's thread.
template <typename T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = TaskPromise<T>;
  using Value = T;

  Task(Task&& other) noexcept
      : promise_(std::exchange(other.promise_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(promise_, other.promise_);
    return *this;
  }
  ~Task() {
    if (promise_ != nullptr) promise_->handle().destroy();
  }

  TaskAwaiter<T> Await(TaskFrame& awaiting) && {
    return TaskAwaiter<T>(awaiting, Release());
  }

  // Gives up the frame, not yet started, to whoever will run and destroy it.
  TaskPromise<T>& Release() {
    CLOCHE_CHECK(promise_ != nullptr,
                 "a task can be awaited once only, and not after it was moved");
    return *std::exchange(promise_, nullptr);
  }

 private:
  friend class TaskPromise<T>;
  explicit Task(TaskPromise<T>& promise) : promise_(&promise) {}

  TaskPromise<T>* promise_;
};

// What awaiting an awaitable gives: Status or StatusOr<T> ...
template <typename Awaitable>
using AwaitResult = decltype(std::declval<Awaitable>()
                                 .Await(std::declval<TaskFrame&>())
                                 .await_resume());

// ... and the Task that gives the same.
template <typename Result>
struct TaskGivingImpl;
template <>
struct TaskGivingImpl<absl::Status> {
  using Type = Task<>;
};
template <typename T>
struct TaskGivingImpl<absl::StatusOr<T>> {
  using Type = Task<T>;
};
template <typename Awaitable>
using TaskGiving = typename TaskGivingImpl<AwaitResult<Awaitable>>::Type;

}  // namespace cloche

#endif  // CLOCHE_TASKS_TASK_H_

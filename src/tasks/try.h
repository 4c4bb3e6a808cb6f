// Try: takes the value, or ends the awaiting task with the error.
//
//     const size_t size = co_await Try(stream.Read(buffer));  // awaitable
//     const int port = co_await Try(ParsePort(text));         // StatusOr
//     co_await Try(writer.SetTrailer("Digest", digest));      // Status
//
// On an error the awaiting coroutine is never resumed: its frame is destroyed
// where it stands, its locals in reverse order as if it had returned, and the
// error passes to its parent. See tasks/running_task.h for who does that.
//
// Main disadvantage: it reads like a function call and may not return. The
// word Try at the call is the only sign, which is why there is no shorter one.
//
// Next: tasks/running_task.cc, UnwindOneFrame.

#ifndef CLOCHE_TASKS_TRY_H_
#define CLOCHE_TASKS_TRY_H_

#include <coroutine>
#include <optional>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cloche/base/errors.h"
#include "cloche/tasks/leaf.h"
#include "cloche/tasks/result.h"
#include "cloche/tasks/task.h"
#include "cloche/tasks/task_frame.h"

namespace cloche {

// Try of a task: its failure is never seen here, because the trampoline walks
// past a parent that tries.
template <typename T>
class TryTaskAwaiter : public TaskAwaiter<T> {
 public:
  using TaskAwaiter<T>::TaskAwaiter;
  std::coroutine_handle<> await_suspend(std::coroutine_handle<>) noexcept {
    return this->Transfer(/*tries=*/true);
  }
  T await_resume() { return ValueOf(this->TakeResult()); }
};

// Try of a leaf: the result is looked at before the frame is resumed.
template <typename L>
class TryLeafAwaiter final : private TriedLeaf {
 public:
  TryLeafAwaiter(TaskFrame& awaiting, L& leaf)
      : awaiting_(awaiting), inner_(awaiting, leaf) {}
  TryLeafAwaiter(const TryLeafAwaiter&) = delete;
  TryLeafAwaiter& operator=(const TryLeafAwaiter&) = delete;

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<>) {
    if (inner_.Begin()) {
      awaiting_.tried_leaf = this;
      return true;
    }
    absl::Status failure = Collect();
    if (failure.ok()) return false;
    awaiting_.task->Fail(awaiting_, std::move(failure));
    return true;
  }
  auto await_resume() { return ValueOf(*std::move(result_)); }

 private:
  absl::Status Collect() override {
    result_.emplace(inner_.TakeResult());
    return StatusOf(*result_);
  }

  TaskFrame& awaiting_;
  LeafAwaiter<L> inner_;
  std::optional<typename L::Result> result_;
};

// Try of a result that is there already.
template <typename Result>
class TryResultAwaiter {
 public:
  TryResultAwaiter(TaskFrame& awaiting, Result result)
      : awaiting_(awaiting), result_(std::move(result)) {}

  bool await_ready() const noexcept { return result_.ok(); }
  void await_suspend(std::coroutine_handle<>) {
    awaiting_.task->Fail(awaiting_,
                         WithFrame(StatusOf(result_), awaiting_.location));
  }
  auto await_resume() { return ValueOf(std::move(result_)); }

 private:
  TaskFrame& awaiting_;
  Result result_;
};

// What Try(...) of a leaf returns. The leaf stays where it is: a temporary of
// the same co_await expression, which outlives the wait.
template <typename L>
class [[nodiscard]] TryLeafExpression {
 public:
  explicit TryLeafExpression(L& leaf) : leaf_(leaf) {}
  TryLeafAwaiter<L> Await(TaskFrame& awaiting) && { return {awaiting, leaf_}; }

 private:
  L& leaf_;
};

template <typename T>
concept IsLeaf = std::is_base_of_v<Waiter, T>;

// What Try(...) of anything else returns: holds it until it is awaited.
template <typename Tried>
class [[nodiscard]] TryExpression {
 public:
  explicit TryExpression(Tried tried) : tried_(std::move(tried)) {}
  auto Await(TaskFrame& awaiting) && { return AwaiterFor(awaiting, tried_); }

 private:
  template <typename T>
  static TryTaskAwaiter<T> AwaiterFor(TaskFrame& awaiting, Task<T>& task) {
    return TryTaskAwaiter<T>(awaiting, task.Release());
  }
  static TryResultAwaiter<absl::Status> AwaiterFor(TaskFrame& awaiting,
                                                   absl::Status& status) {
    return {awaiting, std::move(status)};
  }
  template <typename T>
  static TryResultAwaiter<absl::StatusOr<T>> AwaiterFor(
      TaskFrame& awaiting, absl::StatusOr<T>& result) {
    return {awaiting, std::move(result)};
  }

  Tried tried_;
};

// `tried` is a Task, a Leaf, an absl::Status or an absl::StatusOr; only
// together with co_await.
template <typename Tried>
  requires(!IsLeaf<std::decay_t<Tried>>)
TryExpression<std::decay_t<Tried>> Try(Tried&& tried) {
  return TryExpression<std::decay_t<Tried>>(std::forward<Tried>(tried));
}
template <IsLeaf L>
TryLeafExpression<L> Try(L&& leaf [[clang::lifetimebound]]) {
  return TryLeafExpression<L>(leaf);
}

}  // namespace cloche

#endif  // CLOCHE_TASKS_TRY_H_

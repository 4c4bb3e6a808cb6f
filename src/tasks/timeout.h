// WithTimeout, MoveOnAfter, Shield: cancel scopes with one more property.
//
//     auto line = co_await WithTimeout(absl::Seconds(3), ReadLine(stream));
//     bool done = co_await Try(MoveOnAfter(absl::Seconds(3), Flush(log)));
//     co_await Shield(stream.ShutdownWrite(), absl::Seconds(1));
//
// Each is one small coroutine: enter a scope, await, leave, look at the result.
// Only the scope whose deadline passed turns its own CANCELLED into something
// else; every other result goes through unchanged, a late success included.
//
// Main disadvantage: a frame and a scope for each timeout, some 300 bytes. A
// timeout that every idle connection needs is better a part of its wait.
//
// Next: tasks/scope_node.h.

#ifndef CLOCHE_TASKS_TIMEOUT_H_
#define CLOCHE_TASKS_TIMEOUT_H_

#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cloche/base/errors.h"
#include "cloche/tasks/cancel_scope.h"
#include "cloche/tasks/current_task.h"
#include "cloche/tasks/result.h"
#include "cloche/tasks/scope_node.h"
#include "cloche/tasks/task.h"

namespace cloche {

// Whether `status` is the cancellation of `scope` by its own deadline.
bool TimedOut(const ScopeNode& scope, const absl::Status& status);

// DEADLINE_EXCEEDED, with the CANCELLED that it was as its cause: that tells
// what was being waited for when the time was up.
absl::Status DeadlineExceeded(absl::Duration timeout,
                              std::source_location where,
                              const absl::Status& cancelled);

// Awaits `awaitable` and cancels it `timeout` from now. Gives its result, or
// DEADLINE_EXCEEDED if the time was up and it heeded that. A timeout that is
// not positive cancels before it begins: no checkpoint in it succeeds.
template <typename Awaitable>
TaskGiving<Awaitable> WithTimeout(
    absl::Duration timeout, Awaitable awaitable,
    std::source_location where = std::source_location::current()) {
  RunningTask& task = co_await CurrentTask();
  DeadlineScope scope;
  const ScopeOrigin origin("the timeout set", where);
  const ScopeEntry entry(task, scope, origin);
  scope.SetDeadline(task.loop().Now() + timeout);
  auto result = co_await std::move(awaitable);
  if (TimedOut(scope, StatusOf(result))) {
    co_return DeadlineExceeded(timeout, where, StatusOf(result));
  }
  co_return result;
}

// What MoveOnAfter makes of a value: whether there is one, and it.
template <typename T>
using IfInTime = std::conditional_t<std::is_void_v<T>, bool, std::optional<T>>;

// Like WithTimeout, for when being late is no error: gives false (Status) or
// nullopt (StatusOr) if the time was up, else true or the value. A cleanup
// that failed (WithCleanup) is an error all the same.
template <typename Awaitable>
Task<IfInTime<typename TaskGiving<Awaitable>::Value>> MoveOnAfter(
    absl::Duration timeout, Awaitable awaitable,
    std::source_location where = std::source_location::current()) {
  using Value = typename TaskGiving<Awaitable>::Value;
  RunningTask& task = co_await CurrentTask();
  DeadlineScope scope;
  const ScopeOrigin origin("the timeout set", where);
  const ScopeEntry entry(task, scope, origin);
  scope.SetDeadline(task.loop().Now() + timeout);
  auto result = co_await std::move(awaitable);
  if (TimedOut(scope, StatusOf(result))) {
    absl::Status attached = AttachedTo(StatusOf(result));
    if (!attached.ok()) co_return attached;
    co_return IfInTime<Value>();
  }
  if (!result.ok()) co_return StatusOf(result);
  if constexpr (std::is_void_v<Value>) {
    co_return true;
  } else {
    co_return std::optional<Value>(*std::move(result));
  }
}

// Awaits `awaitable` where no cancellation from outside reaches it. For
// cleanup; give it a timeout, or a cancelled task may never end. Gives its
// result, or DEADLINE_EXCEEDED as WithTimeout does.
template <typename Awaitable>
TaskGiving<Awaitable> Shield(
    Awaitable awaitable, absl::Duration timeout = absl::InfiniteDuration(),
    std::source_location where = std::source_location::current()) {
  RunningTask& task = co_await CurrentTask();
  DeadlineScope scope;
  scope.set_shielded(true);
  const ScopeOrigin origin("the timeout set", where);
  const ScopeEntry entry(task, scope, origin);
  scope.SetDeadline(task.loop().Now() + timeout);
  auto result = co_await std::move(awaitable);
  if (TimedOut(scope, StatusOf(result))) {
    co_return DeadlineExceeded(timeout, where, StatusOf(result));
  }
  co_return result;
}

}  // namespace cloche

#endif  // CLOCHE_TASKS_TIMEOUT_H_

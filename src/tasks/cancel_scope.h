// CancelScope: a stretch of code that can be cancelled, apart from any nursery.
//
//     CancelScope scope;
//     ... hand &scope to whoever may want to stop us: scope.Cancel() ...
//     absl::Status status = co_await scope.Run(Work());
//
// A scope says when to stop and nothing else; a nursery says who waits for
// whom. A timeout around a call that starts a child has no effect on the child.
//
// Main disadvantage: cancelling is a request. The scope ends when what runs in
// it has returned, which is as long as its cleanup takes.
//
// Next: tasks/timeout.h for deadlines and shields, which are scopes with one
// more property; tasks/scope_node.h for how it works.

#ifndef CLOCHE_TASKS_CANCEL_SCOPE_H_
#define CLOCHE_TASKS_CANCEL_SCOPE_H_

#include <source_location>
#include <utility>

#include "cloche/tasks/current_task.h"
#include "cloche/tasks/running_task.h"
#include "cloche/tasks/scope_node.h"
#include "cloche/tasks/task.h"

namespace cloche {

// Puts the current task into a scope for as long as this lives. It lives in a
// coroutine frame, so a scope is left whichever way the frame ends.
class ScopeEntry {
 public:
  ScopeEntry(RunningTask& task, ScopeNode& scope, ScopeOrigin origin)
      : task_(task), scope_(scope) {
    scope_.Open(task_.loop(), &task_.scope(), origin);
    task_.SetScope(scope_);
  }
  ScopeEntry(const ScopeEntry&) = delete;
  ScopeEntry& operator=(const ScopeEntry&) = delete;
  ~ScopeEntry() {
    task_.SetScope(*scope_.parent());
    scope_.Close();
  }

 private:
  RunningTask& task_;
  ScopeNode& scope_;
};

// Thread safety: the loop's thread. Lifetime: must outlive its Run, also when
// the loop is destroyed in the middle of it.
class CancelScope {
 public:
  explicit CancelScope(
      std::source_location where = std::source_location::current())
      : where_(where) {}

  // Runs the awaitable in this scope and gives its result unchanged: CANCELLED
  // if it was cancelled and heeded it, its value if it was quicker. May be used
  // again afterwards, though a scope that was cancelled stays so. CHECK: not
  // twice at the same time.
  template <typename Awaitable>
  TaskGiving<Awaitable> Run(Awaitable awaitable) {
    const ScopeOrigin origin("the scope made", where_);
    const ScopeEntry entry(co_await CurrentTask(), node_, origin);
    co_return co_await std::move(awaitable);
  }

  // Cancels what runs in it, now or later. Calling it again changes nothing.
  void Cancel() { node_.Cancel(); }
  bool cancelled() const { return node_.cancelled(); }

 private:
  ScopeNode node_;
  const std::source_location where_;
};

}  // namespace cloche

#endif  // CLOCHE_TASKS_CANCEL_SCOPE_H_

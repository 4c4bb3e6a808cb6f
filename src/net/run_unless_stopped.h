// RunUnlessStopped: awaits something that a stop may end early.
//
//     auto size = co_await RunUnlessStopped(stop, stream.Read(buffer));
//     if (stop.requested()) ...
//
// For the waits of a server in which nothing has begun: for the next request,
// the next message. What has begun is better not run in here.
//
// How it works: a cancel scope that listens to the stop. No task of its own, so
// that ten thousand idle connections cost no ten thousand watchers.
//
// Main disadvantage: a frame and a scope for each wait.
//
// Next: net/stop_source.h; tasks/timeout.h, which is made the same way.

#ifndef CLOCHE_NET_RUN_UNLESS_STOPPED_H_
#define CLOCHE_NET_RUN_UNLESS_STOPPED_H_

#include <source_location>
#include <utility>

#include "absl/status/status.h"
#include "cloche/base/errors.h"
#include "cloche/net/stop_source.h"
#include "cloche/tasks/cancel_scope.h"
#include "cloche/tasks/current_task.h"
#include "cloche/tasks/result.h"
#include "cloche/tasks/scope_node.h"
#include "cloche/tasks/task.h"

namespace cloche {

// Cancels a scope when the stop comes.
class StopCancelsScope final : private StopListener {
 public:
  StopCancelsScope(StopSource& stop, ScopeNode& scope) : scope_(scope) {
    stop.Tell(*this);
  }

 private:
  void OnStop() override { scope_.Cancel(); }

  ScopeNode& scope_;
};

// Awaits `awaitable`, and cancels it when `stop` is requested; before it
// begins, if it was requested already. Gives its result, or ABORTED if the stop
// came first and it heeded that.
template <typename Awaitable>
TaskGiving<Awaitable> RunUnlessStopped(
    StopSource& stop, Awaitable awaitable,
    std::source_location where = std::source_location::current()) {
  RunningTask& task = co_await CurrentTask();
  ScopeNode scope;
  const ScopeOrigin origin("the stop heeded", where);
  const ScopeEntry entry(task, scope, origin);
  const StopCancelsScope cancels(stop, scope);
  auto result = co_await std::move(awaitable);
  if (scope.Caused(StatusOf(result))) {
    co_return WithCause(absl::AbortedError("the server is stopping"),
                        StatusOf(result));
  }
  co_return result;
}

}  // namespace cloche

#endif  // CLOCHE_NET_RUN_UNLESS_STOPPED_H_

// WithCleanup: asynchronous cleanup, whichever way the body ended.
//
//     co_return co_await WithCleanup(
//         Transfer(connection),
//         [&]() -> Task<> { return connection.SendGoodbye(); },
//         absl::Seconds(1));
//
// A destructor cannot wait; this can. The cleanup runs when the body returned,
// failed or was cancelled, under a shield, so that the very cancellation it
// cleans up after does not stop it, and with a deadline, so that it ends.
//
// Main disadvantage: it is not run when the whole loop is destroyed, because
// that resumes nothing. What must happen even then belongs in a destructor.
//
// Next: tasks/timeout.h, Shield.

#ifndef CLOCHE_TASKS_CLEANUP_H_
#define CLOCHE_TASKS_CLEANUP_H_

#include <source_location>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/base/errors.h"
#include "cloche/tasks/invoke.h"
#include "cloche/tasks/result.h"
#include "cloche/tasks/task.h"
#include "cloche/tasks/timeout.h"

namespace cloche {

// Awaits `body`, then `cleanup()` (a callable that returns a Task<>), for at
// most `deadline`. Gives the body's result; if only the cleanup failed, its
// error; if both did, the body's with the cleanup's attached.
template <typename Awaitable, typename Cleanup>
TaskGiving<Awaitable> WithCleanup(
    Awaitable body, Cleanup cleanup, absl::Duration deadline,
    std::source_location where = std::source_location::current()) {
  auto result = co_await std::move(body);
  const absl::Status cleaned =
      co_await Shield(InvokeTask(cleanup), deadline, where);
  if (cleaned.ok()) co_return result;
  if (result.ok()) co_return cleaned;
  co_return WithFailure(StatusOf(result), cleaned);
}

}  // namespace cloche

#endif  // CLOCHE_TASKS_CLEANUP_H_

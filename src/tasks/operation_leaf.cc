#include "cloche/tasks/operation_leaf.h"

#include <cerrno>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cloche/base/errors.h"

namespace cloche {

absl::Status OperationStatus(const RunningTask& task,
                             const Operation& operation,
                             absl::string_view what) {
  if (operation.result == -ECANCELED && !operation.closed_locally) {
    absl::Status cancelled = task.CancellationStatus();
    if (!cancelled.ok()) return cancelled;
  }
  return OperationFailure(operation, what);
}

absl::Status OperationFailure(const Operation& operation,
                              absl::string_view what) {
  if (operation.result >= 0) return absl::OkStatus();
  if (operation.closed_locally) {
    return absl::AbortedError(absl::StrCat(
        what, ": closed locally; another task of this program called Close"));
  }
  if (operation.result == -EBUSY) {
    return absl::FailedPreconditionError(absl::StrCat(
        what,
        ": another task waits for the same direction of this descriptor "
        "already; let one task do all the reading and one the writing"));
  }
  return ErrnoStatus(static_cast<int>(operation.result), what);
}

}  // namespace cloche

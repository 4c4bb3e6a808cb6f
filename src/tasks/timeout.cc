#include "cloche/tasks/timeout.h"

#include <source_location>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/base/errors.h"
#include "cloche/tasks/scope_node.h"

namespace cloche {

bool TimedOut(const ScopeNode& scope, const absl::Status& status) {
  return scope.deadline_passed() && scope.Caused(status);
}

absl::Status DeadlineExceeded(absl::Duration timeout,
                              std::source_location where,
                              const absl::Status& cancelled) {
  return WithCause(absl::DeadlineExceededError(absl::StrCat(
                       "not done within ", absl::FormatDuration(timeout),
                       ", the timeout set at ", FormatLocation(where))),
                   cancelled);
}

}  // namespace cloche

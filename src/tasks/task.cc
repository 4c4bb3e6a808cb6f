#include "cloche/tasks/task.h"

#include <exception>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace cloche {

absl::Status StatusOfCurrentException() noexcept {
  try {
    throw;
  } catch (const std::exception& exception) {
    return absl::InternalError(absl::StrCat(
        "a task threw an exception: ", exception.what(),
        "; Cloche's errors are absl::Status: catch it and co_return one"));
  } catch (...) {
    return absl::InternalError(
        "a task threw something that is not a std::exception; Cloche's errors "
        "are absl::Status: catch it and co_return one");
  }
}

}  // namespace cloche

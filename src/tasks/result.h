// ResultOf<T>: what awaiting a Task<T> gives.
//
// A task either has a value or failed: StatusOr<T>, or a plain Status where
// there is no value. These few helpers let the rest of src/tasks treat both
// alike.
//
// Next: tasks/task.h.

#ifndef CLOCHE_TASKS_RESULT_H_
#define CLOCHE_TASKS_RESULT_H_

#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace cloche {

template <typename T>
using ResultOf =
    std::conditional_t<std::is_void_v<T>, absl::Status, absl::StatusOr<T>>;

inline const absl::Status& StatusOf(const absl::Status& status) {
  return status;
}
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

// What Try leaves of a result that is known to be OK.
inline void ValueOf(absl::Status&&) {}
template <typename T>
T ValueOf(absl::StatusOr<T>&& result) {
  return *std::move(result);
}

}  // namespace cloche

#endif  // CLOCHE_TASKS_RESULT_H_

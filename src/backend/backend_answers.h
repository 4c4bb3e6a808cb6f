// BackendAnswers: what every backend says in the same words.
//
// How an operation ends that never was in flight, what a wait that failed
// means, and what nobody may ask of Close. Each backend has its own way to
// carry operations out; these are the edges of the contract
// (backend/backend.h), and a program must not notice by them which backend it
// runs on.
//
// Next: backend/readiness_backend.cc, backend/ring_backend.cc,
// backend/iocp_backend.cc, its users.

#ifndef CLOCHE_BACKEND_BACKEND_ANSWERS_H_
#define CLOCHE_BACKEND_BACKEND_ANSWERS_H_

#include <cerrno>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cloche/backend/operation.h"
#include "cloche/base/check.h"
#include "cloche/base/errors.h"

namespace cloche {

// What Start returns for an operation that is over already.
inline bool FinishedAtOnce(Operation& operation, int64_t result) {
  operation.result = result;
  return true;
}

// The same on a descriptor that is being closed.
inline bool FinishedClosed(Operation& operation) {
  operation.closed_locally = true;
  return FinishedAtOnce(operation, -ECANCELED);
}

// Why a wait is impossible; `error` is a negative errno of `call`. -EDEADLK is
// the fake kernel's.
inline absl::Status WaitFailed(int error, absl::string_view call) {
  if (error != -EDEADLK) return ErrnoStatus(error, call);
  return absl::FailedPreconditionError(
      "nothing can happen any more: every task waits for something that "
      "cannot come");
}

// CHECK: it is a descriptor.
inline void CheckMayClose(int fd) {
  CLOCHE_CHECK(fd >= 0, absl::StrCat("Close(", fd, "): not a descriptor"));
}

// CHECK: and it is not `closing` already.
inline void CheckClosesOnce(int fd, bool closing) {
  CLOCHE_CHECK(!closing, absl::StrCat("Close(", fd,
                                      ") twice: the second would close "
                                      "whatever gets the number next"));
}

}  // namespace cloche

#endif  // CLOCHE_BACKEND_BACKEND_ANSWERS_H_

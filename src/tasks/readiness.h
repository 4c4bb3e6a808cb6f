// WaitReadable, WaitWritable: wait for a descriptor that is not Cloche's.
//
//     co_await Try(WaitReadable(PQsocket(connection)));
//
// For libraries that own their descriptors (libpq, libcurl, a signalfd) and
// only want to be told when to go on.
//
// Main disadvantage: Cloche cannot know when the owner closes the descriptor,
// so nothing is remembered: each wait registers it and takes it out again, two
// system calls that a stream of Cloche's own does not pay.
//
// Next: tasks/operation_leaf.h; backend/readiness_backend.cc.

#ifndef CLOCHE_TASKS_READINESS_H_
#define CLOCHE_TASKS_READINESS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cloche/backend/operation.h"
#include "cloche/tasks/operation_leaf.h"

namespace cloche {

// OK when the call would not block (it may still fail, and may even say EAGAIN:
// false positives are allowed). Errors: CANCELLED; FAILED_PRECONDITION if
// another task waits for the same direction of `fd`; that of the system if the
// descriptor cannot be waited for (EPERM: a regular file, EBADF: not open).
// Lifetime: the descriptor must stay open while it is waited for.
class [[nodiscard]] WaitForDescriptor
    : public OperationLeaf<WaitForDescriptor, absl::Status> {
 public:
  WaitForDescriptor(int descriptor, OperationKind wait_kind) {
    kind = wait_kind;
    fd = descriptor;
    foreign_descriptor = true;
  }
  WaitForDescriptor(WaitForDescriptor&& other) noexcept
      : WaitForDescriptor(other.fd, other.kind) {}

  absl::Status TakeResult() { return StatusFor(What()); }
  std::string Describe() const override {
    return absl::StrCat("waits: ", What());
  }

 private:
  std::string What() const {
    return absl::StrCat(
        "wait until fd ", fd, " is ",
        kind == OperationKind::kWaitReadable ? "readable" : "writable");
  }
};

inline WaitForDescriptor WaitReadable(int fd) {
  return WaitForDescriptor(fd, OperationKind::kWaitReadable);
}
inline WaitForDescriptor WaitWritable(int fd) {
  return WaitForDescriptor(fd, OperationKind::kWaitWritable);
}

}  // namespace cloche

#endif  // CLOCHE_TASKS_READINESS_H_

// WaitReadable, WaitWritable, WaitReadableOrWritable: wait for a descriptor
// that is not Cloche's.
//
//     co_await Try(WaitReadable(PQsocket(connection)));
//
// For libraries that own their descriptors (libpq, libcurl, a signalfd) and
// only want to be told when to go on. Timeouts and cancellation are those of
// any other wait: WithTimeout(absl::Seconds(3), WaitReadable(fd)).
//
// The rule: END THE WAIT BEFORE THE OWNER CLOSES THE DESCRIPTOR.
//
//     owner: "I am done with 9" ──► cancel the wait ──► owner: close(9)
//
// Between waits the owner may close whenever it likes: the loop remembers
// nothing. (A completion port does: a socket that was waited for in one loop
// has that loop's port for good, and can be waited for in no other.) Closed
// during a wait, the wait has nothing to wait for any more: over poll and
// select it ends, over epoll and kqueue it lasts until it is cancelled; over
// io_uring it keeps the connection open besides; over a completion port Windows
// ends it, as CANCELLED. And if the number comes back for something new, that
// is busy until then. A wait that was cancelled looks at nothing any more; over
// io_uring and completion ports its direction is free when the cancelled task
// has gone on, over the others at once.
//
// Main disadvantage: Cloche cannot know when the owner closes the descriptor,
// so nothing is remembered: each wait registers it and takes it out again, two
// system calls that a stream of Cloche's own does not pay.
//
// Next: docs/embedding.md, with libcurl for an example; tasks/operation_leaf.h;
// backend/readiness_backend.cc.

#ifndef CLOCHE_TASKS_READINESS_H_
#define CLOCHE_TASKS_READINESS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "cloche/backend/operation.h"
#include "cloche/loop/loop.h"
#include "cloche/tasks/leaf.h"
#include "cloche/tasks/operation_leaf.h"
#include "cloche/tasks/running_task.h"

namespace cloche {

// "wait until fd 7 is readable"
std::string NameOfWait(const Operation& wait);

// OperationStatus of a wait; where the descriptor is of a kind that cannot be
// waited for, it says what to do instead.
absl::Status StatusOfWait(const RunningTask& task, const Operation& wait);

// OK when the call would not block (it may still fail, and may even say EAGAIN:
// false positives are allowed). Errors: CANCELLED; FAILED_PRECONDITION if
// another task waits for the same direction of `fd`; that of the system if the
// descriptor cannot be waited for (EPERM: a regular file over epoll; EBADF: not
// open; over a completion port EOPNOTSUPP: room to write, or datagrams; EINVAL:
// another loop has waited for it).
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

  absl::Status TakeResult() { return StatusOfWait(task(), *this); }
  std::string Describe() const override {
    return absl::StrCat("waits: ", NameOfWait(*this));
  }
};

inline WaitForDescriptor WaitReadable(int fd) {
  return WaitForDescriptor(fd, OperationKind::kWaitReadable);
}
inline WaitForDescriptor WaitWritable(int fd) {
  return WaitForDescriptor(fd, OperationKind::kWaitWritable);
}

// What WaitReadableOrWritable gives: at least one of them is true.
struct Readiness {
  bool readable = false;
  bool writable = false;
};

// Both waits at once. The first that ends cancels the other, which may have
// ended at the same time.
class [[nodiscard]] WaitForEither
    : public Leaf<WaitForEither, absl::StatusOr<Readiness>> {
 public:
  static constexpr bool kCanBeCancelledAlone = true;

  explicit WaitForEither(int descriptor)
      : reader_(*this, descriptor, OperationKind::kWaitReadable),
        writer_(*this, descriptor, OperationKind::kWaitWritable) {}
  WaitForEither(WaitForEither&& other) noexcept
      : WaitForEither(other.reader_.fd) {}

  bool Start(RunningTask& task);
  absl::StatusOr<Readiness> TakeResult();
  void Cancel() override;
  std::string Describe() const override;

 private:
  // One of the two.
  class Direction final : public Operation {
   public:
    Direction(WaitForEither& either, int descriptor, OperationKind wait_kind)
        : either_(either) {
      kind = wait_kind;
      fd = descriptor;
      foreign_descriptor = true;
      result = -ECANCELED;  // Until it has begun.
    }
    void OnHandedBack() override { either_.OnOneEnded(); }
    bool waits() const { return state == OperationState::kInFlight; }

   private:
    WaitForEither& either_;
  };

  void OnOneEnded();

  RunningTask* task_ = nullptr;
  Direction reader_;
  Direction writer_;
};

// Until a read or a write would not block, whichever comes first. Errors and
// lifetime as above; FAILED_PRECONDITION if either direction has a waiter.
inline WaitForEither WaitReadableOrWritable(int fd) {
  return WaitForEither(fd);
}

}  // namespace cloche

#endif  // CLOCHE_TASKS_READINESS_H_

// Backend: "carry out these operations."
//
// The one shape that the loop knows. Some systems report readiness (epoll,
// kqueue, poll, select) and some completions (io_uring, IOCP); behind this
// interface all of them look like completions:
//
//     task --Start(op)--> backend --Wait()--> done list --loop--> task
//                 \--- true: it is done already, nobody has to wait
//
// Main disadvantage: a readiness system must have every call tried once before
// it is allowed to wait, even when the answer is known to be EAGAIN.
//
// Next: backend/readiness_backend.h, the adapter for all pollers.

#ifndef CLOCHE_BACKEND_BACKEND_H_
#define CLOCHE_BACKEND_BACKEND_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/backend/operation.h"

namespace cloche {

// Thread safety: one thread, the loop's; Wake alone may be called from any.
// Lifetime: every operation must have been handed back before ~Backend (the
// loop drains it), which closes what Close had to leave open.
class Backend {
 public:
  virtual ~Backend() = default;

  virtual absl::string_view name() const = 0;

  // Whether Start makes no call, so that what a turn starts costs one call
  // together: then an operation is cheaper awaited than tried (`only_try`).
  virtual bool batches() const { return false; }

  // Carries out the operation or begins to. True: it finished, `result` is
  // set and it was never in flight. False: it is in flight, and will be handed
  // back by a later Wait. One operation per direction (kAccept, kReceive and
  // kWaitReadable; kConnect, kSend and kWaitWritable) may be in flight on one
  // descriptor; a second one finishes at once with -EBUSY.
  virtual bool Start(Operation& operation) = 0;

  // Asks for an operation in flight to be handed back soon. It is not handed
  // back inside this call. If it had completed already, its result stands: a
  // received byte or an accepted connection is never lost; else the result is
  // -ECANCELED and it did not happen. Not in flight: nothing.
  virtual void Cancel(Operation& operation) = 0;

  // Waits up to `timeout` for operations to end and appends those that did to
  // `done`, in the order in which they ended; their state is kHandedBack.
  // Returns early on Wake. An error means that waiting itself is impossible
  // (a fake kernel says FAILED_PRECONDITION when nothing can happen any more).
  virtual absl::Status Wait(absl::Duration timeout, OperationList& done) = 0;

  // Makes the current or else the next Wait return early. Any thread,
  // async-signal-safe.
  virtual void Wake() = 0;

  // Closes `fd`. Operations in flight on it are handed back with
  // closed_locally set and -ECANCELED, whatever had just come for them: what
  // was received goes with its stream, and a connection with its listener.
  // Only one that was cancelled before ends as Cancel says. After that the
  // descriptor is closed, and not sooner, so that its number cannot come back
  // while somebody still waits on the old one.
  virtual void Close(int fd) = 0;

  // For a loop inside another one (docs/embedding.md). A descriptor that
  // poll(2) reports readable whenever the kernel has news for Wait, or Wake was
  // called; -1 if there is none. A backend that has one leaves nothing for Wait
  // to hand in: what was started is known to the kernel. Lifetime: the
  // backend's, who alone reads and closes it.
  virtual int pollable_descriptor() const { return -1; }

  // Whether the next Wait hands something back without asking the kernel: what
  // was cancelled, or closed. The descriptor does not tell.
  virtual bool HasEnded() const { return false; }
};

}  // namespace cloche

#endif  // CLOCHE_BACKEND_BACKEND_H_

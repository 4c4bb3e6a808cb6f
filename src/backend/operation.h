// Operation: one thing that the kernel is asked to do for a task.
//
// It is completion-shaped: it says what is to be done (receive into this
// buffer) and later holds what came of it. It lives in the frame of the
// coroutine that awaits it, so starting one allocates nothing.
//
//             Start                     Wait
//   [idle] ----------> [in flight] ----------> [handed back]
//      |                    |  Cancel: handed back a little sooner,
//      |                    +--------> still by Wait, never inside Cancel
//      +------> finished inside Start: never in flight at all
//
// Invariants:
//   1. In flight, the operation, its buffer and its address belong to the
//      backend: they stay where they are and nobody else touches them.
//   2. Every operation that was in flight is handed back exactly once,
//      cancelled or not.
//
// Main disadvantage: the buffer must exist from the start of the wait. A
// server with 10,000 idle readers waits with kWaitReadable instead and takes a
// buffer when there is something to put into it (net/readable_leaf.h).
//
// Next: backend/backend.h, which carries them out.

#ifndef CLOCHE_BACKEND_OPERATION_H_
#define CLOCHE_BACKEND_OPERATION_H_

#include <cstddef>
#include <cstdint>

#include "cloche/base/intrusive_list.h"
#include "cloche/calls/socket_address.h"

namespace cloche {

// Of the reading direction, then of the writing one.
enum class OperationKind : uint8_t {
  kAccept,        // fd: a listener. Result: the new descriptor.
  kReceive,       // buffer, size. Result: bytes; 0 is end of stream.
  kWaitReadable,  // Result: 0 when a read would not block (it may fail).
  kConnect,       // address: whom to call. Result: 0.
  kSend,          // buffer, size. Result: bytes, possibly fewer than size.
  kWaitWritable,  // Result: 0 when a write would not block (it may fail).
};

// Which of a descriptor's two directions it is about: one operation of each may
// be in flight.
constexpr bool Reads(OperationKind kind) {
  return kind <= OperationKind::kWaitReadable;
}

enum class OperationState : uint8_t { kIdle, kInFlight, kHandedBack };

class Operation;

// The loop's, of all that is in flight, or the backend's, of those that have
// ended, in the order in which they did.
using OperationList = IntrusiveList<Operation>;

// Invariants:
//   1. In flight it is in the loop's list, so that the loop can drain them;
//      when it has ended, in the backend's instead; handed back, in none.
class Operation : public ListNode<> {
 public:
  virtual ~Operation() = default;

  // For backends: it has ended, and joins `ended`.
  void EndInto(OperationList& ended) {
    Unlink();
    ended.PushBack(*this);
  }

  // Called by the loop, on its thread, when the backend has handed the
  // operation back; never called if Start finished it at once.
  virtual void OnHandedBack() = 0;

  OperationKind kind = OperationKind::kReceive;
  OperationState state = OperationState::kIdle;

  // The descriptor is not Cloche's: its owner may close it without telling, so
  // nothing about it may be remembered once the operation is over.
  bool foreign_descriptor : 1 = false;

  // A TCP connection all of whose receives are operations of this backend, so
  // that it knows whether the connection was drained. A kWaitReadable then
  // ends at once if that is not known.
  bool is_tcp_stream : 1 = false;

  // kReceive: nothing is waited for; -EAGAIN is a result like any other.
  bool only_try : 1 = false;

  // Result: the descriptor was closed by Backend::Close while this was in
  // flight, or before it started.
  bool closed_locally : 1 = false;

  int fd = -1;
  union {
    char* buffer = nullptr;  // kReceive and kSend, which only reads from it.
    // kConnect: the peer. kAccept: set to the peer if not null.
    SocketAddress* address;
  };
  size_t size = 0;  // Of the buffer, in bytes.

  // A count, a descriptor or 0, or a negative errno. -ECANCELED: it did not
  // happen. -EBUSY: another operation of this direction is in flight on fd.
  int64_t result = 0;
};

}  // namespace cloche

#endif  // CLOCHE_BACKEND_OPERATION_H_

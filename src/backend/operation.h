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
// buffer when there is something to put into it.
//
// Next: backend/backend.h, which carries them out.

#ifndef CLOCHE_BACKEND_OPERATION_H_
#define CLOCHE_BACKEND_OPERATION_H_

#include <cstddef>
#include <cstdint>

#include "cloche/base/intrusive_list.h"
#include "cloche/calls/socket_address.h"

namespace cloche {

enum class OperationKind : uint8_t {
  kAccept,        // fd: a listener. Result: the new descriptor.
  kConnect,       // address: whom to call. Result: 0.
  kReceive,       // buffer, size. Result: bytes; 0 is end of stream.
  kSend,          // buffer, size. Result: bytes, possibly fewer than size.
  kWaitReadable,  // Result: 0 when a read would not block (it may fail).
  kWaitWritable,  // Result: 0 when a write would not block (it may fail).
};

enum class OperationState : uint8_t { kIdle, kInFlight, kHandedBack };

// An operation is in two lists: the loop's, of all that is in flight (so that
// it can drain them), and the backend's, of those that have ended.
struct InFlightTag;
struct EndedTag;

class Operation : public ListNode<InFlightTag>, public ListNode<EndedTag> {
 public:
  virtual ~Operation() = default;

  // Called by the loop, on its thread, when the backend has handed the
  // operation back; never called if Start finished it at once.
  virtual void OnHandedBack() = 0;

  OperationKind kind = OperationKind::kReceive;
  OperationState state = OperationState::kIdle;

  // The descriptor is not Cloche's: its owner may close it without telling, so
  // nothing about it may be remembered once the operation is over.
  bool foreign_descriptor = false;

  // Result: the descriptor was closed by Backend::Close while this was in
  // flight, or before it started.
  bool closed_locally = false;

  int fd = -1;
  char* buffer = nullptr;  // kSend only reads from it.
  size_t size = 0;         // Bytes.
  // kConnect: the peer. kAccept: set to the peer if not null.
  SocketAddress* address = nullptr;

  // A count, a descriptor or 0, or a negative errno. -ECANCELED: it did not
  // happen. -EBUSY: another operation of this direction is in flight on fd.
  int64_t result = 0;
};

// Ended operations, in the order in which they ended.
using OperationList = IntrusiveList<Operation, EndedTag>;

}  // namespace cloche

#endif  // CLOCHE_BACKEND_OPERATION_H_

// The system calls that operations stand for, for backends that make them
// themselves.
//
//   kAccept   accept4          kReceive   recv           kWaitReadable   none
//   kConnect  connect, then    kSend      send           kWaitWritable   none
//             SO_ERROR and
//             getpeername
//
// A call that was interrupted is made again, so EINTR is never a result.
//
// Main disadvantage: a connect is two calls with a wait between them, and only
// the second one says how it ended.
//
// Next: backend/readiness_backend.h, which decides when.

#ifndef CLOCHE_BACKEND_OPERATION_CALLS_H_
#define CLOCHE_BACKEND_OPERATION_CALLS_H_

#include <cstdint>

#include "cloche/backend/operation.h"
#include "cloche/calls/socket_calls.h"

namespace cloche {

// Whether it is a wait without a call.
bool OnlyWaits(OperationKind kind);
// Whether `result` says that there is something to wait for.
bool WouldBlock(OperationKind kind, int64_t result);

// The first call: its count, its descriptor or 0, or a negative errno.
int64_t MakeCall(SocketCalls& sockets, Operation& operation);

// The call after a poller's event. False alarms give WouldBlock again.
int64_t MakeCallAgain(SocketCalls& sockets, Operation& operation);

}  // namespace cloche

#endif  // CLOCHE_BACKEND_OPERATION_CALLS_H_

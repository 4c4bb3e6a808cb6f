// The overlapped calls that operations stand for, and what their outcomes mean.
//
//   kAccept   a new socket, AcceptEx,       kReceive       WSARecv
//             then SO_UPDATE_ACCEPT_CONTEXT kWaitReadable  WSARecv of no bytes
//   kConnect  bind to any port, ConnectEx,
//             then SO_UPDATE_CONNECT_CONTEXT
//
// Sends are not here: the kernel may hold one when its operation is over
// (backend/iocp_backend.h).
//
// Main disadvantage: an accept holds a descriptor while nobody connects.
//
// Next: backend/iocp_backend.h, which decides when; backend/operation_calls.h,
// to compare.

#ifndef CLOCHE_BACKEND_IOCP_CALLS_H_
#define CLOCHE_BACKEND_IOCP_CALLS_H_

#include <cstdint>
#include <string>

#include "cloche/backend/operation.h"
#include "cloche/base/pool.h"
#include "cloche/calls/completion_port_calls.h"
#include "cloche/calls/socket_calls.h"

namespace cloche {

// One call in the kernel's hands, with all that the kernel may still look at
// but the buffer of a receive, which is the operation's. It begins with the
// OVERLAPPED, so a packet names it.
//
// Lifetime: from before the call until its packet was taken, whatever becomes
// of the descriptor meanwhile.
struct IocpCall final : Overlapped, Pooled {
  OperationKind kind = OperationKind::kReceive;
  int fd = -1;
  Operation* operation = nullptr;  // Null: a send, whose operation is over.
  bool cancelled = false;          // Before any Close: Cancel was asked for.
  int accepted = -1;               // kAccept: what becomes the connection.
  std::string bytes;               // kAccept: the addresses. kSend: the data.
};

// Both sets of calls, of one system.
struct IocpSystem {
  SocketCalls& sockets;
  CompletionPortCalls& ports;
};

// Begins the call of an operation that is no send: a result, kIoPending, or why
// it could not begin.
int64_t BeginCall(const IocpSystem& system, IocpCall& call);

// What the operation's result is when the call has ended so. Also of a call
// that did not begin: it gives back what the call had.
int64_t EndCall(const IocpSystem& system, IocpCall& call, int64_t result);

}  // namespace cloche

#endif  // CLOCHE_BACKEND_IOCP_CALLS_H_

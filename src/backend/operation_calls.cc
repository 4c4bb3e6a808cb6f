#include "cloche/backend/operation_calls.h"

#include <cerrno>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace cloche {
namespace {

// An interrupted connect goes on in the background (connect(2)): calling again
// finds it under way or already done.
int64_t TryConnect(SocketCalls& sockets, Operation& operation) {
  int result = sockets.Connect(operation.fd, *operation.address);
  if (result != -EINTR) return result;
  while (result == -EINTR) {
    result = sockets.Connect(operation.fd, *operation.address);
  }
  if (result == -EALREADY) return -EINPROGRESS;
  return result == -EISCONN ? 0 : result;
}

int64_t ConnectOutcome(SocketCalls& sockets, int fd) {
  int error = 0;
  const int asked = sockets.GetSockOpt(fd, SocketOption::kError, &error);
  if (asked != 0) return asked;
  if (error != 0) return -error;
  // No error, but is there a connection? A false alarm must not become one.
  SocketAddress peer;
  const int named = sockets.GetPeerName(fd, &peer);
  return named == -ENOTCONN ? -EINPROGRESS : named;
}

}  // namespace

bool OnlyWaits(OperationKind kind) {
  return kind == OperationKind::kWaitReadable ||
         kind == OperationKind::kWaitWritable;
}

bool WouldBlock(OperationKind kind, int64_t result) {
  if (kind == OperationKind::kConnect) return result == -EINPROGRESS;
  return result == -EAGAIN;
}

int64_t MakeCall(SocketCalls& sockets, Operation& operation) {
  int64_t result;
  do {
    switch (operation.kind) {
      case OperationKind::kAccept:
        result = sockets.Accept4(operation.fd, operation.address);
        break;
      case OperationKind::kConnect:
        return TryConnect(sockets, operation);
      case OperationKind::kReceive:
        result = sockets.Recv(
            operation.fd, absl::MakeSpan(operation.buffer, operation.size), 0);
        break;
      case OperationKind::kSend:
        result = sockets.Send(
            operation.fd, absl::string_view(operation.buffer, operation.size),
            0);
        break;
      case OperationKind::kWaitReadable:
      case OperationKind::kWaitWritable:
        // Only the poller knows. Of a stream of ours, that it is not drained
        // is a good guess, and cheaper than to ask.
        return operation.is_tcp_stream ? 0 : -EAGAIN;
    }
  } while (result == -EINTR);
  return result;
}

int64_t MakeCallAgain(SocketCalls& sockets, Operation& operation) {
  if (OnlyWaits(operation.kind)) return 0;
  if (operation.kind == OperationKind::kConnect) {
    return ConnectOutcome(sockets, operation.fd);
  }
  return MakeCall(sockets, operation);
}

}  // namespace cloche

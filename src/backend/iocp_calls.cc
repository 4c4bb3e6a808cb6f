#include "cloche/backend/iocp_calls.h"

#include <cerrno>

#include "absl/types/span.h"
#include "cloche/base/check.h"

namespace cloche {
namespace {

// AcceptEx wants to be given the socket, of the listener's family.
int64_t BeginAccept(const IocpSystem& system, IocpCall& call) {
  SocketAddress local;
  const int named = system.sockets.GetSockName(call.fd, &local);
  if (named != 0) return named;
  call.accepted = system.sockets.Socket(local.family, SocketType::kStream);
  if (call.accepted < 0) return call.accepted;
  call.bytes.resize(kAcceptAddressBytes);
  return system.ports.AcceptEx(call.fd, call.accepted,
                               absl::MakeSpan(call.bytes), call);
}

// ConnectEx wants a socket that is bound. Who has bound it knew better: EINVAL.
int64_t BeginConnect(const IocpSystem& system, IocpCall& call) {
  const SocketAddress& peer = *call.operation->address;
  SocketAddress any;
  any.family = peer.family;
  const int bound = system.sockets.Bind(call.fd, any);
  if (bound != 0 && bound != -EINVAL) return bound;
  return system.ports.ConnectEx(call.fd, peer, call);
}

// Whatever went wrong is about one peer, and the next one may fare better.
int64_t EndAccept(const IocpSystem& system, IocpCall& call, int64_t result) {
  if (result >= 0) {
    const int updated =
        system.ports.UpdateAcceptContext(call.accepted, call.fd);
    result = updated == 0 ? call.accepted : -ECONNABORTED;
  }
  if (result < 0) {
    if (call.accepted >= 0) system.sockets.Close(call.accepted);
    return result == -ECONNRESET ? -ECONNABORTED : result;
  }
  SocketAddress* const peer = call.operation->address;
  if (peer != nullptr) system.ports.GetAcceptExSockaddrs(call.bytes, peer);
  return result;
}

int64_t EndConnect(const IocpSystem& system, const IocpCall& call,
                   int64_t result) {
  return result < 0 ? result : system.ports.UpdateConnectContext(call.fd);
}

// A connection that broke is readable: the read will say so.
int64_t EndWaitReadable(int64_t result) {
  switch (result) {
    case -ECONNRESET:
    case -ECONNABORTED:
    case -ENETRESET:
    case -EPIPE:
    case -ETIMEDOUT:
      return 0;
    default:
      return result < 0 ? result : 0;
  }
}

}  // namespace

int64_t BeginCall(const IocpSystem& system, IocpCall& call) {
  switch (call.kind) {
    case OperationKind::kAccept:
      return BeginAccept(system, call);
    case OperationKind::kConnect:
      return BeginConnect(system, call);
    case OperationKind::kReceive:
      return system.ports.WsaRecv(
          call.fd, absl::MakeSpan(call.operation->buffer, call.operation->size),
          call);
    case OperationKind::kWaitReadable:
      return system.ports.WsaRecv(call.fd, absl::Span<char>(), call);
    case OperationKind::kSend:
    case OperationKind::kWaitWritable:
      break;
  }
  CLOCHE_CHECK(false, "a send, or the wait for one, has no call of its own");
}

int64_t EndCall(const IocpSystem& system, IocpCall& call, int64_t result) {
  switch (call.kind) {
    case OperationKind::kAccept:
      return EndAccept(system, call, result);
    case OperationKind::kConnect:
      return EndConnect(system, call, result);
    case OperationKind::kWaitReadable:
      return EndWaitReadable(result);
    case OperationKind::kReceive:
    case OperationKind::kSend:
    case OperationKind::kWaitWritable:
      break;
  }
  return result;
}

}  // namespace cloche

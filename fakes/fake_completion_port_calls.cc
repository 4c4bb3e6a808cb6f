#include "cloche/fakes/fake_completion_port_calls.h"

#include <cerrno>

#include "cloche/calls/socket_address.h"
#include "cloche/fakes/fake_host.h"

namespace cloche {

int FakeCompletionPortCalls::CreateIoCompletionPort() {
  return host_.Call(CallKind::kCreatePort, [&] {
    return host_.descriptors().Open(
        std::make_shared<FakeCompletionPort>(order_));
  });
}

int FakeCompletionPortCalls::CloseHandle(int port) {
  return host_.CallClose(CallKind::kClosePort, port);
}

int FakeCompletionPortCalls::AssociateWithPort(int port, int socket,
                                               uint64_t key) {
  const auto work = [&] {
    const std::shared_ptr<FakeCompletionPort> found = FindPort(port);
    if (found == nullptr) return -EBADF;
    FakeSocket* const file = FindSocket(socket);
    if (file == nullptr) return -ENOTSOCK;
    if (file->port() != nullptr) return -EINVAL;
    file->set_port(found);
    return found->Associate(socket, *file, key);
  };
  return host_.Call(CallKind::kAssociate, work, socket);
}

int FakeCompletionPortCalls::SkipCompletionPortOnSuccess(int socket) {
  const auto work = [&] {
    const std::shared_ptr<FakeCompletionPort> port = PortOf(socket);
    if (port == nullptr) return -EINVAL;
    port->SkipOnSuccess(socket);
    return 0;
  };
  return host_.Call(CallKind::kSkipOnSuccess, work, socket);
}

// --- The overlapped calls ---------------------------------------------------

template <typename Make>
int64_t FakeCompletionPortCalls::Begin(CallKind kind, int socket, Make make) {
  const auto work = [&]() -> int64_t {
    if (FindSocket(socket) == nullptr) return -ENOTSOCK;
    const std::shared_ptr<FakeCompletionPort> port = PortOf(socket);
    return port == nullptr ? -EINVAL : port->Begin(socket, make());
  };
  return host_.Call(kind, work, socket);
}

int64_t FakeCompletionPortCalls::WsaRecv(int socket, absl::Span<char> buffer,
                                         Overlapped& overlapped) {
  // As the real calls: without room a datagram would be lost.
  const FakeSocket* const file = FindSocket(socket);
  if (buffer.empty() && file != nullptr && file->KeepsMessages()) {
    return -EOPNOTSUPP;
  }
  if (file != nullptr && file->refuses_receives()) return -EPIPE;
  return Begin(CallKind::kWsaRecv, socket, [&] {
    return std::make_unique<FakeReceiveCall>(buffer, overlapped);
  });
}

int64_t FakeCompletionPortCalls::WsaSend(int socket, absl::string_view data,
                                         Overlapped& overlapped) {
  return Begin(CallKind::kWsaSend, socket, [&] {
    return std::make_unique<FakeSendCall>(data, overlapped);
  });
}

int64_t FakeCompletionPortCalls::AcceptEx(int listener, int accepted,
                                          absl::Span<char> addresses,
                                          Overlapped& overlapped) {
  // A buffer that is too small, or a socket that is in use.
  const FakeSocket* const made = FindSocket(accepted);
  const bool usable = made != nullptr && made->port() == nullptr &&
                      addresses.size() >= kAcceptAddressBytes;
  if (!usable) return -EINVAL;
  return Begin(CallKind::kAcceptEx, listener, [&] {
    return std::make_unique<FakeAcceptCall>(host_.descriptors(), accepted,
                                            addresses, overlapped);
  });
}

int64_t FakeCompletionPortCalls::ConnectEx(int socket,
                                           const SocketAddress& address,
                                           Overlapped& overlapped) {
  FakeSocket* const file = FindSocket(socket);
  SocketAddress local;
  const bool bound =
      file != nullptr && file->GetLocalAddress(&local) == 0 && local.port != 0;
  if (!bound) return -EINVAL;
  return Begin(CallKind::kConnectEx, socket, [&] {
    return std::make_unique<FakeConnectCall>(address, overlapped);
  });
}

void FakeCompletionPortCalls::GetAcceptExSockaddrs(
    absl::Span<const char> addresses, SocketAddress* peer) {
  *peer = LoadAcceptedPeer(addresses);
}

int FakeCompletionPortCalls::UpdateAcceptContext(int accepted, int listener) {
  const auto work = [&] {
    return FindSocket(listener) == nullptr ? -ENOTSOCK
                                           : UpdateContext(accepted);
  };
  return host_.Call(CallKind::kUpdateContext, work, accepted);
}

int FakeCompletionPortCalls::UpdateConnectContext(int socket) {
  return host_.Call(
      CallKind::kUpdateContext, [&] { return UpdateContext(socket); }, socket);
}

int FakeCompletionPortCalls::UpdateContext(int socket) {
  FakeSocket* const file = FindSocket(socket);
  if (file == nullptr) return -ENOTSOCK;
  if (!file->lacks_context()) return -ENOTCONN;
  file->set_lacks_context(false);
  return 0;
}

int FakeCompletionPortCalls::CancelIoEx(int socket, Overlapped& overlapped) {
  const auto work = [&] {
    const std::shared_ptr<FakeCompletionPort> port = PortOf(socket);
    return port == nullptr ? -ENOENT : port->Cancel(socket, overlapped);
  };
  return host_.CallThatCannotFail(CallKind::kCancelIoEx, work);
}

// --- The port ---------------------------------------------------------------

int FakeCompletionPortCalls::GetQueuedCompletionStatusEx(
    int port, absl::Span<CompletionPacket> packets, absl::Duration timeout) {
  return host_.CallThatCannotFail(CallKind::kGetPackets, [&] {
    return packets.empty() ? -EINVAL : Wait(port, packets, timeout);
  });
}

int FakeCompletionPortCalls::Wait(int port,
                                  absl::Span<CompletionPacket> packets,
                                  absl::Duration timeout) {
  const std::shared_ptr<FakeCompletionPort> found = FindPort(port);
  if (found == nullptr) return -EBADF;
  FakeNetwork& network = host_.network();
  const absl::Time deadline =
      network.clock().Now() + absl::Ceil(timeout, absl::Milliseconds(1));
  // What may have ended need not have: then the wait goes on.
  for (;;) {
    const int count = found->Collect(packets);
    if (count > 0) return count;
    const int result = network.WaitFor(
        [&] { return found->closed() || found->MayHavePackets(); }, deadline);
    if (found->closed()) return -EBADF;
    if (result <= 0) return result;
  }
}

int FakeCompletionPortCalls::PostQueuedCompletionStatus(int port,
                                                        uint64_t key) {
  return host_.CallThatCannotFail(CallKind::kPostPacket, [&] {
    const std::shared_ptr<FakeCompletionPort> found = FindPort(port);
    if (found == nullptr) return -EBADF;
    found->Post(key);
    return 0;
  });
}

// --- Looking up -------------------------------------------------------------

FakeSocket* FakeCompletionPortCalls::FindSocket(int fd) const {
  const std::shared_ptr<FakeFile> file = host_.descriptors().Find(fd);
  return file == nullptr ? nullptr : file->AsSocket();
}

std::shared_ptr<FakeCompletionPort> FakeCompletionPortCalls::FindPort(
    int port) const {
  const std::shared_ptr<FakeFile> file = host_.descriptors().Find(port);
  FakeCompletionPort* const found =
      file == nullptr ? nullptr : file->AsCompletionPort();
  return std::shared_ptr<FakeCompletionPort>(file, found);
}

std::shared_ptr<FakeCompletionPort> FakeCompletionPortCalls::PortOf(
    int socket) const {
  const FakeSocket* const file = FindSocket(socket);
  return file == nullptr ? nullptr : file->port();
}

}  // namespace cloche

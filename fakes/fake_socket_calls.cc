#include "cloche/fakes/fake_socket_calls.h"

#include <cerrno>
#include <memory>
#include <utility>
#include <vector>

#include "cloche/fakes/fake_host.h"
#include "cloche/fakes/fake_tcp.h"
#include "cloche/fakes/fake_udp.h"
#include "cloche/fakes/fake_unix.h"

namespace cloche {
namespace {

// Runs `work` on the socket that `fd` stands for, as one system call.
template <typename Work>
auto OnSocket(FakeHost& host, CallKind kind, int fd, Work work) {
  using Result = decltype(work(std::declval<FakeSocket&>()));
  return host.Call(
      kind,
      [&]() -> Result {
        // Held: an event delivered by this very call may close the descriptor.
        const std::shared_ptr<FakeFile> file = host.descriptors().Find(fd);
        if (file == nullptr) return -EBADF;
        FakeSocket* socket = file->AsSocket();
        return socket == nullptr ? -ENOTSOCK : work(*socket);
      },
      fd);
}

// The first `most` bytes of `buffers`.
std::vector<absl::string_view> FirstBytes(
    absl::Span<const absl::string_view> buffers, size_t most) {
  std::vector<absl::string_view> first;
  for (const absl::string_view bytes : buffers) {
    first.push_back(bytes.substr(0, most));
    most -= first.back().size();
  }
  return first;
}

int64_t SendFirstBytes(FakeSocket& socket, const SendMessage& message,
                       size_t most) {
  if (most == Fault().most_bytes || socket.KeepsMessages()) {
    return socket.Send(message);
  }
  const std::vector<absl::string_view> first =
      FirstBytes(message.buffers, most);
  SendMessage shorter = message;
  shorter.buffers = first;
  return socket.Send(shorter);
}

}  // namespace

int FakeSocketCalls::Socket(AddressFamily family, SocketType type) {
  return host_.Call(CallKind::kSocket,
                    [&] { return OpenSocket(family, type); });
}

int FakeSocketCalls::OpenSocket(AddressFamily family, SocketType type) {
  FakeDescriptorTable& table = host_.descriptors();
  const bool datagrams = type == SocketType::kDatagram;
  if (family == AddressFamily::kUnspecified) return -EAFNOSUPPORT;
  if (family == AddressFamily::kUnix) {
    if (datagrams) return -EPROTONOSUPPORT;
    return table.Open(std::make_shared<FakeUnixSocket>(host_.unix_names()));
  }
  if (datagrams) {
    return table.Open(std::make_shared<FakeUdpSocket>(host_.udp(), family));
  }
  return table.Open(std::make_shared<FakeTcpSocket>(host_.tcp(), family));
}

int FakeSocketCalls::SocketPair(int descriptors[2]) {
  return host_.Call(CallKind::kSocketPair,
                    [&] { return OpenPair(descriptors); });
}

// Both or none: `descriptors` stays as it is if there is room for one only.
int FakeSocketCalls::OpenPair(int descriptors[2]) {
  const auto one = std::make_shared<FakeUnixSocket>(host_.unix_names());
  const auto other = std::make_shared<FakeUnixSocket>(host_.unix_names());
  const int first = host_.descriptors().Open(one);
  if (first < 0) return first;
  const int second = host_.descriptors().Open(other);
  if (second < 0) {
    host_.descriptors().Close(first);
    return second;
  }
  FakeUnixSocket::Join(*one, *other);
  descriptors[0] = first;
  descriptors[1] = second;
  return 0;
}

int FakeSocketCalls::Bind(int fd, const SocketAddress& address) {
  return OnSocket(host_, CallKind::kBind, fd,
                  [&](FakeSocket& socket) { return socket.Bind(address); });
}

int FakeSocketCalls::Listen(int fd, int backlog) {
  return OnSocket(host_, CallKind::kListen, fd,
                  [&](FakeSocket& socket) { return socket.Listen(backlog); });
}

int FakeSocketCalls::Accept4(int fd, SocketAddress* peer) {
  return host_.Call(CallKind::kAccept4, [&] { return Accept(fd, peer); }, fd);
}

// Linux reserves the new descriptor before it looks at the socket: without
// room it says EMFILE, and the connection stays in the queue for later.
int FakeSocketCalls::Accept(int fd, SocketAddress* peer) {
  const std::shared_ptr<FakeFile> file = host_.descriptors().Find(fd);
  if (file == nullptr) return -EBADF;
  if (!host_.descriptors().HasRoom()) return -EMFILE;
  if (file->AsSocket() == nullptr) return -ENOTSOCK;
  std::shared_ptr<FakeSocket> accepted;
  const int result = file->AsSocket()->Accept(&accepted);
  if (result != 0) return result;
  if (peer != nullptr) accepted->GetAcceptedPeer(peer);
  return host_.descriptors().Open(std::move(accepted));
}

int FakeSocketCalls::Connect(int fd, const SocketAddress& address) {
  return OnSocket(host_, CallKind::kConnect, fd,
                  [&](FakeSocket& socket) { return socket.Connect(address); });
}

int64_t FakeSocketCalls::Recv(int fd, absl::Span<char> buffer, int flags) {
  ReceiveMessage message;
  message.buffers = absl::MakeConstSpan(&buffer, 1);
  message.flags = flags;
  return OnSocket(host_, CallKind::kRecv, fd,
                  [&](FakeSocket& socket) { return socket.Receive(message); });
}

int64_t FakeSocketCalls::Send(int fd, absl::string_view data, int flags) {
  SendMessage message;
  message.buffers = absl::MakeConstSpan(&data, 1);
  message.flags = flags;
  return OnSocket(host_, CallKind::kSend, fd, [&](FakeSocket& socket) {
    return SendFirstBytes(socket, message, host_.most_bytes());
  });
}

int64_t FakeSocketCalls::RecvMsg(int fd, ReceiveMessage& message) {
  return OnSocket(host_, CallKind::kRecvMsg, fd,
                  [&](FakeSocket& socket) { return socket.Receive(message); });
}

int64_t FakeSocketCalls::SendMsg(int fd, const SendMessage& message) {
  return OnSocket(host_, CallKind::kSendMsg, fd, [&](FakeSocket& socket) {
    return SendFirstBytes(socket, message, host_.most_bytes());
  });
}

int FakeSocketCalls::Shutdown(int fd, ShutdownHow how) {
  return OnSocket(host_, CallKind::kShutdown, fd, [&](FakeSocket& socket) {
    if (socket.lacks_context()) return -ENOTCONN;
    SocketAddress peer;
    const bool connected = socket.GetPeerAddress(&peer) == 0;
    const int result = socket.Shutdown(how);
    const bool reads_no_more = connected && how != ShutdownHow::kWrite;
    if (result == 0 && reads_no_more) socket.set_refuses_receives();
    return result;
  });
}

int FakeSocketCalls::Close(int fd) {
  return host_.CallClose(CallKind::kClose, fd);
}

int FakeSocketCalls::GetSockOpt(int fd, SocketOption option, int* value) {
  return OnSocket(host_, CallKind::kGetSockOpt, fd, [&](FakeSocket& socket) {
    return socket.GetOption(option, value);
  });
}

int FakeSocketCalls::SetSockOpt(int fd, SocketOption option, int value) {
  return OnSocket(host_, CallKind::kSetSockOpt, fd, [&](FakeSocket& socket) {
    return socket.SetOption(option, value);
  });
}

int FakeSocketCalls::GetSockName(int fd, SocketAddress* address) {
  return OnSocket(host_, CallKind::kGetSockName, fd, [&](FakeSocket& socket) {
    return socket.GetLocalAddress(address);
  });
}

int FakeSocketCalls::GetPeerName(int fd, SocketAddress* address) {
  return OnSocket(host_, CallKind::kGetPeerName, fd, [&](FakeSocket& socket) {
    return socket.lacks_context() ? -ENOTCONN : socket.GetPeerAddress(address);
  });
}

}  // namespace cloche

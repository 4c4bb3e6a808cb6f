#include "cloche/calls/linux_socket_calls.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>

#include "cloche/calls/linux_socket_address.h"

namespace cloche {
namespace {

// IOV_MAX is 1024 on Linux; a message that needs more than these few pieces
// is better joined first.
constexpr size_t kMaxPieces = 64;

// The C library's -1 and errno, as the kernel itself had said it.
template <typename Result>
Result OrNegativeErrno(Result result) {
  return result == -1 ? static_cast<Result>(-errno) : result;
}

int ToLinuxType(SocketType type) {
  const int kind = type == SocketType::kStream ? SOCK_STREAM : SOCK_DGRAM;
  return kind | SOCK_NONBLOCK | SOCK_CLOEXEC;
}

int ToLinuxReceiveFlags(int flags) {
  return ((flags & kReceivePeek) != 0 ? MSG_PEEK : 0) |
         ((flags & kReceiveOutOfBand) != 0 ? MSG_OOB : 0);
}

int ToLinuxSendFlags(int flags) {
  return MSG_NOSIGNAL | ((flags & kSendOutOfBand) != 0 ? MSG_OOB : 0) |
         ((flags & kSendMore) != 0 ? MSG_MORE : 0);
}

int ToLinuxHow(ShutdownHow how) {
  switch (how) {
    case ShutdownHow::kRead:
      return SHUT_RD;
    case ShutdownHow::kWrite:
      return SHUT_WR;
    case ShutdownHow::kBoth:
      break;
  }
  return SHUT_RDWR;
}

struct LinuxOption {
  int level;
  int name;
};

LinuxOption ToLinuxOption(SocketOption option) {
  switch (option) {
    case SocketOption::kReuseAddress:
      return {SOL_SOCKET, SO_REUSEADDR};
    case SocketOption::kReusePort:
      return {SOL_SOCKET, SO_REUSEPORT};
    case SocketOption::kError:
      return {SOL_SOCKET, SO_ERROR};
    case SocketOption::kSendBuffer:
      return {SOL_SOCKET, SO_SNDBUF};
    case SocketOption::kReceiveBuffer:
      return {SOL_SOCKET, SO_RCVBUF};
    case SocketOption::kKeepAlive:
      return {SOL_SOCKET, SO_KEEPALIVE};
    case SocketOption::kKeepAliveIdle:
      return {IPPROTO_TCP, TCP_KEEPIDLE};
    case SocketOption::kKeepAliveInterval:
      return {IPPROTO_TCP, TCP_KEEPINTVL};
    case SocketOption::kKeepAliveCount:
      return {IPPROTO_TCP, TCP_KEEPCNT};
    case SocketOption::kLinger:
      return {SOL_SOCKET, SO_LINGER};
    case SocketOption::kNoDelay:
      return {IPPROTO_TCP, TCP_NODELAY};
    case SocketOption::kDeferAccept:
      return {IPPROTO_TCP, TCP_DEFER_ACCEPT};
    case SocketOption::kIpv6Only:
      return {IPPROTO_IPV6, IPV6_V6ONLY};
    case SocketOption::kOutOfBandInline:
      return {SOL_SOCKET, SO_OOBINLINE};
  }
  return {-1, -1};  // The kernel refuses a level that it does not know.
}

// SO_LINGER alone takes a struct; the interface has one int for it.
int SetLinger(int fd, int seconds) {
  const linger value = {.l_onoff = seconds >= 0 ? 1 : 0,
                        .l_linger = seconds >= 0 ? seconds : 0};
  return OrNegativeErrno(
      setsockopt(fd, SOL_SOCKET, SO_LINGER, &value, sizeof(value)));
}

int GetLinger(int fd, int* seconds) {
  linger value = {};
  socklen_t length = sizeof(value);
  const int result =
      OrNegativeErrno(getsockopt(fd, SOL_SOCKET, SO_LINGER, &value, &length));
  if (result == 0) *seconds = value.l_onoff != 0 ? value.l_linger : -1;
  return result;
}

}  // namespace

int LinuxSocketCalls::Socket(AddressFamily family, SocketType type) {
  return OrNegativeErrno(
      socket(ToLinuxFamily(family), ToLinuxType(type), /*protocol=*/0));
}

int LinuxSocketCalls::SocketPair(int descriptors[2]) {
  return OrNegativeErrno(socketpair(AF_UNIX, ToLinuxType(SocketType::kStream),
                                    /*protocol=*/0, descriptors));
}

int LinuxSocketCalls::Bind(int fd, const SocketAddress& address) {
  LinuxSocketAddress linux_address;
  const int error = ToLinux(address, linux_address);
  if (error != 0) return error;
  return OrNegativeErrno(
      bind(fd, linux_address.pointer(), linux_address.length));
}

int LinuxSocketCalls::Listen(int fd, int backlog) {
  return OrNegativeErrno(listen(fd, backlog));
}

int LinuxSocketCalls::Accept4(int fd, SocketAddress* peer) {
  constexpr int kFlags = SOCK_NONBLOCK | SOCK_CLOEXEC;
  if (peer == nullptr) {
    return OrNegativeErrno(accept4(fd, nullptr, nullptr, kFlags));
  }
  LinuxSocketAddress address;
  const int result =
      OrNegativeErrno(accept4(fd, address.pointer(), &address.length, kFlags));
  if (result >= 0) *peer = FromLinux(address);
  return result;
}

int LinuxSocketCalls::Connect(int fd, const SocketAddress& address) {
  LinuxSocketAddress linux_address;
  const int error = ToLinux(address, linux_address);
  if (error != 0) return error;
  return OrNegativeErrno(
      connect(fd, linux_address.pointer(), linux_address.length));
}

int64_t LinuxSocketCalls::Recv(int fd, absl::Span<char> buffer, int flags) {
  return OrNegativeErrno(
      recv(fd, buffer.data(), buffer.size(), ToLinuxReceiveFlags(flags)));
}

int64_t LinuxSocketCalls::Send(int fd, absl::string_view data, int flags) {
  return OrNegativeErrno(
      send(fd, data.data(), data.size(), ToLinuxSendFlags(flags)));
}

int64_t LinuxSocketCalls::RecvMsg(int fd, ReceiveMessage& message) {
  if (message.buffers.size() > kMaxPieces) return -EMSGSIZE;
  std::array<iovec, kMaxPieces> pieces;
  for (size_t i = 0; i < message.buffers.size(); ++i) {
    pieces[i] = {message.buffers[i].data(), message.buffers[i].size()};
  }
  LinuxSocketAddress from;
  msghdr header = {};
  header.msg_iov = pieces.data();
  header.msg_iovlen = message.buffers.size();
  header.msg_name = message.from != nullptr ? from.pointer() : nullptr;
  header.msg_namelen = message.from != nullptr ? from.length : 0;
  const int64_t result =
      OrNegativeErrno(recvmsg(fd, &header, ToLinuxReceiveFlags(message.flags)));
  if (result < 0) return result;
  message.truncated = (header.msg_flags & MSG_TRUNC) != 0;
  from.length = header.msg_namelen;
  if (message.from != nullptr) *message.from = FromLinux(from);
  return result;
}

int64_t LinuxSocketCalls::SendMsg(int fd, const SendMessage& message) {
  if (message.buffers.size() > kMaxPieces) return -EMSGSIZE;
  std::array<iovec, kMaxPieces> pieces;
  for (size_t i = 0; i < message.buffers.size(); ++i) {
    // sendmsg does not write through it; iovec has no const form.
    pieces[i] = {const_cast<char*>(message.buffers[i].data()),
                 message.buffers[i].size()};
  }
  msghdr header = {};
  header.msg_iov = pieces.data();
  header.msg_iovlen = message.buffers.size();
  LinuxSocketAddress to;
  if (message.to != nullptr) {
    const int error = ToLinux(*message.to, to);
    if (error != 0) return error;
    header.msg_name = to.pointer();
    header.msg_namelen = to.length;
  }
  return OrNegativeErrno(sendmsg(fd, &header, ToLinuxSendFlags(message.flags)));
}

int LinuxSocketCalls::Shutdown(int fd, ShutdownHow how) {
  return OrNegativeErrno(shutdown(fd, ToLinuxHow(how)));
}

int LinuxSocketCalls::Close(int fd) { return OrNegativeErrno(close(fd)); }

int LinuxSocketCalls::GetSockOpt(int fd, SocketOption option, int* value) {
  if (option == SocketOption::kLinger) return GetLinger(fd, value);
  const LinuxOption linux_option = ToLinuxOption(option);
  socklen_t length = sizeof(*value);
  return OrNegativeErrno(
      getsockopt(fd, linux_option.level, linux_option.name, value, &length));
}

int LinuxSocketCalls::SetSockOpt(int fd, SocketOption option, int value) {
  if (option == SocketOption::kLinger) return SetLinger(fd, value);
  const LinuxOption linux_option = ToLinuxOption(option);
  return OrNegativeErrno(setsockopt(fd, linux_option.level, linux_option.name,
                                    &value, sizeof(value)));
}

int LinuxSocketCalls::GetSockName(int fd, SocketAddress* address) {
  LinuxSocketAddress name;
  const int result =
      OrNegativeErrno(getsockname(fd, name.pointer(), &name.length));
  if (result == 0) *address = FromLinux(name);
  return result;
}

int LinuxSocketCalls::GetPeerName(int fd, SocketAddress* address) {
  LinuxSocketAddress name;
  const int result =
      OrNegativeErrno(getpeername(fd, name.pointer(), &name.length));
  if (result == 0) *address = FromLinux(name);
  return result;
}

}  // namespace cloche

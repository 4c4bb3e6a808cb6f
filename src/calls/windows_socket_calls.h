// WindowsSocketCalls: SocketCalls on Winsock.
//
// Each method makes the one call that it is named after, as the real ones of
// Linux do (calls/linux_socket_calls.h). What is added is what the interface
// promises: descriptors are non-blocking and not inherited by programs that
// this one starts (but for the moment between an accept and its second call, as
// Winsock cannot accept and say so in one), and errors come as negative
// numbers.
//
// Facts about Winsock (Microsoft's documentation: connect, recv, WSARecvFrom,
// "Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE", SIO_UDP_CONNRESET)
//   * A connect that goes on says WSAEWOULDBLOCK, not WSAEINPROGRESS.
//   * A datagram that is too long is WSAEMSGSIZE, and as much of it as there
//     was room for has been stored.
//   * SO_REUSEADDR lets one program take the port of another that listens. A
//     port whose last connection lingers in TIME_WAIT is free without it.
//   * A datagram that nobody wanted is an error of the next receive, on a
//     socket that sends to many peers as well.
//
// What this means for us
//   * The first two are translated to what Linux says.
//   * kReuseAddress is taken and nothing is done: what it is wanted for is so.
//   * kDeferAccept likewise: that an accept may come before the data costs
//     time and nothing else.
//   * SIO_UDP_CONNRESET is turned off.
//   * kSendMore is taken; there is no MSG_MORE.
//   * Without what they need, SocketPair and UNIX sockets are -EAFNOSUPPORT,
//     kReusePort -ENOPROTOOPT. (Windows has AF_UNIX, streams only, since 2018;
//     Wine 8.0 has not, so that nothing could be tried.)
//
// Main disadvantage: two or three calls for a new socket, where Linux has one.
//
// Next: calls/windows_winsock.h; calls/windows_completion_port_calls.h, which
// does the waiting; docs/windows.md, all that is missing.

#ifndef CLOCHE_CALLS_WINDOWS_SOCKET_CALLS_H_
#define CLOCHE_CALLS_WINDOWS_SOCKET_CALLS_H_

#include <cstdint>

#include "cloche/calls/socket_calls.h"
#include "cloche/calls/windows_winsock.h"

namespace cloche {

// Thread safety: any thread; it has no state of its own.
class WindowsSocketCalls final : public SocketCalls {
 public:
  int Socket(AddressFamily family, SocketType type) override;
  int SocketPair(int descriptors[2]) override;
  int Bind(int fd, const SocketAddress& address) override;
  int Listen(int fd, int backlog) override;
  int Accept4(int fd, SocketAddress* peer) override;
  int Connect(int fd, const SocketAddress& address) override;
  int64_t Recv(int fd, absl::Span<char> buffer, int flags) override;
  int64_t Send(int fd, absl::string_view data, int flags) override;
  int64_t RecvMsg(int fd, ReceiveMessage& message) override;
  int64_t SendMsg(int fd, const SendMessage& message) override;
  int Shutdown(int fd, ShutdownHow how) override;
  int Close(int fd) override;
  int GetSockOpt(int fd, SocketOption option, int* value) override;
  int SetSockOpt(int fd, SocketOption option, int value) override;
  int GetSockName(int fd, SocketAddress* address) override;
  int GetPeerName(int fd, SocketAddress* address) override;

 private:
  const WinsockUser winsock_;
};

}  // namespace cloche

#endif  // CLOCHE_CALLS_WINDOWS_SOCKET_CALLS_H_

// LinuxSocketCalls: SocketCalls on the real kernel.
//
// Each method makes the one system call that it is named after. What is added
// is only what the interface promises: descriptors are non-blocking and
// close-on-exec, errors come as negative numbers, and SIGPIPE stays away.
//
// Main disadvantage: EINTR is passed on like any other error, so every caller
// has to know about it; hiding it here would hide it from the fakes' tests.
//
// Next: calls/linux_socket_address.h; backend/readiness_backend.h, which calls.

#ifndef CLOCHE_CALLS_LINUX_SOCKET_CALLS_H_
#define CLOCHE_CALLS_LINUX_SOCKET_CALLS_H_

#include <cstdint>

#include "cloche/calls/socket_calls.h"

namespace cloche {

// Thread safety: any thread; it has no state of its own.
class LinuxSocketCalls final : public SocketCalls {
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
};

}  // namespace cloche

#endif  // CLOCHE_CALLS_LINUX_SOCKET_CALLS_H_

// FakeSocketCalls: the socket system calls of one fake host.
//
// It counts, injects faults, and turns descriptors into sockets; what a call
// then does is the socket's business (fakes/fake_tcp.h, fakes/fake_udp.h,
// fakes/fake_unix.h).
//
// Not modelled yet: datagrams of UNIX sockets (-EPROTONOSUPPORT).

#ifndef CLOCHE_FAKES_FAKE_SOCKET_CALLS_H_
#define CLOCHE_FAKES_FAKE_SOCKET_CALLS_H_

#include <cstdint>

#include "cloche/calls/socket_calls.h"

namespace cloche {

class FakeHost;

class FakeSocketCalls final : public SocketCalls {
 public:
  explicit FakeSocketCalls(FakeHost& host) : host_(host) {}

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
  int OpenSocket(AddressFamily family, SocketType type);
  int OpenPair(int descriptors[2]);
  int Accept(int fd, SocketAddress* peer);

  FakeHost& host_;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_SOCKET_CALLS_H_

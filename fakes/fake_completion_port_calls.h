// FakeCompletionPortCalls: the completion port calls of one fake host.
//
// It counts, injects faults, turns descriptors into sockets and ports, and lets
// virtual time pass in a wait; the rules of packets are in
// fakes/fake_completion_port.h.
//
// What may come in several ways is asked of a chooser, if there is one: which
// of the packets that are there comes first, whether a call that is cancelled
// ends at once or may still succeed, and with which error calls end whose
// socket is closed. An exploration answers from its schedule
// (testing/world_order.h).
//
// Not modelled yet: overlapped calls on a socket that has no port (EINVAL).

#ifndef CLOCHE_FAKES_FAKE_COMPLETION_PORT_CALLS_H_
#define CLOCHE_FAKES_FAKE_COMPLETION_PORT_CALLS_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "cloche/calls/completion_port_calls.h"
#include "cloche/fakes/errno_table.h"
#include "cloche/fakes/fake_completion_port.h"
#include "cloche/fakes/fake_order.h"

namespace cloche {

class FakeHost;

class FakeCompletionPortCalls : public CompletionPortCalls {
 public:
  explicit FakeCompletionPortCalls(FakeHost& host) : host_(host) {}

  // Null: the first of all possibilities, each time.
  void set_order(FakeOrder order) { order_ = std::move(order); }

  int CreateIoCompletionPort() override;
  int CloseHandle(int port) override;
  int AssociateWithPort(int port, int socket, uint64_t key) override;
  int SkipCompletionPortOnSuccess(int socket) override;
  int64_t WsaRecv(int socket, absl::Span<char> buffer,
                  Overlapped& overlapped) override;
  int64_t WsaSend(int socket, absl::string_view data,
                  Overlapped& overlapped) override;
  int64_t AcceptEx(int listener, int accepted, absl::Span<char> addresses,
                   Overlapped& overlapped) override;
  int64_t ConnectEx(int socket, const SocketAddress& address,
                    Overlapped& overlapped) override;
  void GetAcceptExSockaddrs(absl::Span<const char> addresses,
                            SocketAddress* peer) override;
  int UpdateAcceptContext(int accepted, int listener) override;
  int UpdateConnectContext(int socket) override;
  int CancelIoEx(int socket, Overlapped& overlapped) override;
  int GetQueuedCompletionStatusEx(int port,
                                  absl::Span<CompletionPacket> packets,
                                  absl::Duration timeout) override;
  int PostQueuedCompletionStatus(int port, uint64_t key) override;

 private:
  FakeSocket* FindSocket(int fd) const;
  // Null if the descriptor is no port, or the socket has none.
  std::shared_ptr<FakeCompletionPort> FindPort(int port) const;
  std::shared_ptr<FakeCompletionPort> PortOf(int socket) const;
  // One overlapped call on `socket`, which `make` makes.
  template <typename Make>
  int64_t Begin(CallKind kind, int socket, Make make);
  int Wait(int port, absl::Span<CompletionPacket> packets,
           absl::Duration timeout);
  int UpdateContext(int socket);

  FakeHost& host_;
  FakeOrder order_;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_COMPLETION_PORT_CALLS_H_

// FakeUdpSocket: one UDP socket, as a program can see it.
//
// How it works: there are no states and nobody to agree with. A send makes one
// datagram, the network loses it or brings it, and it waits in the queue of
// whoever hears it, each with its sender's name, until a receive takes it.
//
//   sendto ──► FakeUdpStack ──► FakeNetwork ──► FakeUdpStack ──► queue ──► recv
//                                                   │ nobody hears it
//   error ◄──── "port unreachable", if connected ◄──┘
//
// Facts about UDP sockets (measured on Linux 6.18; udp(7), ip(7), socket(7))
//   * connect(2) talks to nobody. It says where send(2) goes, and who is heard:
//     no other, as if nobody were at the port. What came before stays. It may
//     be said again, to somebody else; AF_UNSPEC takes it back, and with it
//     the address and the port that bind(2) did not name.
//   * A socket has a port from its first send or connect on, even one that
//     fails, and then bind(2) is too late (EINVAL).
//   * One send is one receive. What does not fit into the buffer is gone, and
//     `truncated` says so. A datagram may be empty; 0 is no end of anything.
//   * From an address of 127.0.0.0/8 no other host is reached: EINVAL. From ::1
//     none is either, but the datagram is lost without a word.
//   * The most is 65,507 bytes over IPv4 and 65,527 over IPv6: EMSGSIZE.
//   * Who has no room drops what comes, and nobody is told. A datagram finds
//     room if it fits behind those that wait, or if none waits.
//   * A sender never waits. Each send is an edge for EPOLLOUT: its bytes have
//     left the buffer.
//   * A connected socket whose datagram finds nobody at the port gets the error
//     ECONNREFUSED: EPOLLERR, and the next send, receive (a peek too) or
//     SO_ERROR collects it, before anything that has arrived. An unconnected
//     one hears nothing. That a host is not there, neither hears: ICMP's "host
//     unreachable" is no error of a UDP socket (icmp_err_convert: not fatal).
//   * shutdown(2) without a peer does its work and says ENOTCONN. After SHUT_WR
//     a send is EPIPE. SHUT_RD ends nothing: datagrams come, a receive without
//     one is EAGAIN, and still poll says IN and RDHUP for good. connect to
//     another peer takes neither back.
//   * MSG_MORE keeps a datagram for the next send to complete, wherever that
//     would go; but connect(2) turns it to the new peer. close(2) throws it
//     away.
//   * What Poll says: docs/readiness.md.
//
// Main disadvantage: a datagram of many packets is lost or comes as a whole,
// and costs a link one header.
//
// Not modelled yet: broadcast and multicast, IP_RECVERR, IP_PKTINFO and other
// control messages, SO_BINDTODEVICE, segmentation offload; a send buffer that
// is full because the network card is slow (a FaultPlan's EAGAIN is that).
//
// Next: fakes/fake_udp_stack.h, whose port is it; fakes/fake_tcp.h, to compare.

#ifndef CLOCHE_FAKES_FAKE_UDP_H_
#define CLOCHE_FAKES_FAKE_UDP_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "cloche/fakes/fake_datagram.h"
#include "cloche/fakes/fake_socket.h"
#include "cloche/fakes/fake_udp_stack.h"

namespace cloche {

// Invariants:
//   1. local_ has a port exactly while the stack's table has this socket.
//   2. error_ is 0, or what the program has not been told yet.
//   3. Without a peer there is no peer_.
class FakeUdpSocket final : public FakeSocket {
 public:
  FakeUdpSocket(FakeUdpStack& stack, AddressFamily family);
  ~FakeUdpSocket() override;

  // What a program calls.

  int Bind(const SocketAddress& address) override;
  int Connect(const SocketAddress& address) override;
  int64_t Receive(ReceiveMessage& message) override;
  int64_t Send(const SendMessage& message) override;
  int Shutdown(ShutdownHow how) override;
  int GetOption(SocketOption option, int* value) override;
  int SetOption(SocketOption option, int value) override;
  int GetLocalAddress(SocketAddress* address) override;
  int GetPeerAddress(SocketAddress* address) override;
  bool KeepsMessages() const override { return true; }
  uint32_t Poll() override;
  FakeFilterState LookForRead() override;
  FakeFilterState LookForWrite() override;
  void OnClosed() override;
  std::string Describe() const override;
  void Break(int error) override;

  // What the stack calls.

  void OnDatagram(const FakeDatagram& datagram);
  // A datagram of ours found nobody there.
  void OnRefused();
  // The stack gives the address, and with it a port.
  void TakePort(SocketAddress local);

  AddressFamily family() const { return family_; }
  const SocketAddress& local() const { return local_; }
  const SocketAddress& peer() const { return peer_; }
  bool connected() const { return connected_; }
  bool reuse_address() const { return Option(SocketOption::kReuseAddress); }
  bool reuse_port() const { return Option(SocketOption::kReusePort); }
  bool v6_only() const { return Option(SocketOption::kIpv6Only); }

 private:
  // Options (fake_udp_options.cc).
  int TakeError();

  // Addresses (fake_udp.cc).
  SocketAddress Any() const;
  bool has_port() const { return local_.port != 0; }
  void ReleasePort();
  int BindIfUnbound();
  // Where `address` is, in wire form: sets `destination`, or says why one
  // cannot send there from here.
  int FindDestination(const SocketAddress& address,
                      SocketAddress& destination) const;
  SocketAddress SourceFor(const SocketAddress& destination) const;
  void Disconnect();

  // Data (fake_udp_data.cc).
  int Begin(const SocketAddress* to);
  int Append(const SendMessage& message);
  bool HasRoomFor(const FakeDatagram& datagram) const;

  FakeUdpStack& stack_;
  const AddressFamily family_;
  int error_ = 0;     // Positive errno: sk_err.
  int shutdown_ = 0;  // kShut bits: sk_shutdown.

  SocketAddress local_;  // Wire form, port 0: none yet.
  SocketAddress peer_;
  bool connected_ = false;
  bool keeps_address_ = false;  // bind(2) named it: SOCK_BINDADDR_LOCK.
  bool keeps_port_ = false;     // Likewise: SOCK_BINDPORT_LOCK.

  std::optional<FakeDatagram> draft_;  // Of which there is more to come.
  std::deque<FakeDatagram> queue_;
  size_t queued_bytes_ = 0;  // What those in queue_ cost.
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_UDP_H_

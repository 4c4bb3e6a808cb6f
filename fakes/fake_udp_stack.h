// FakeUdpStack: the UDP ports of one fake host.
//
// It answers two questions. For a program: may I have this address? For a
// datagram that arrives: whose is it?
//
//     datagram ──► who is bound to its port, and to its address or to "any",
//                  and is connected to its sender or to nobody?
//                      several ──► the one that fits best
//                      none    ──► ICMP "port unreachable" back
//
// Facts about ports of UDP (measured on Linux 6.18; ip(7), socket(7))
//   * Two sockets on one port conflict if their addresses overlap ("any"
//     overlaps all), unless both have SO_REUSEADDR, or both SO_REUSEPORT.
//     There is no listening that would end the sharing, and no TIME_WAIT.
//   * What fits best: a socket at the very address before one at "any", then
//     one that is connected to the sender before one that hears everybody,
//     then an IPv4 socket before an IPv6 socket that speaks IPv4.
//   * Of several that fit as well the one that was bound last hears all: by
//     SO_REUSEADDR one can steal a port. With SO_REUSEPORT they share: a hash
//     of the addresses decides, so that one sender is always heard by the same.
//   * Ports of UDP have nothing to do with those of TCP.
//
// Main disadvantage: a port's sockets are looked at one by one. There are few.
//
// Not modelled yet: broadcast and multicast; the limit on how often a host says
// "port unreachable" (icmp_ratelimit: to one other host, once in a second).
//
// Next: fakes/fake_udp.h; fakes/fake_tcp_stack.h, to compare.

#ifndef CLOCHE_FAKES_FAKE_UDP_STACK_H_
#define CLOCHE_FAKES_FAKE_UDP_STACK_H_

#include <cstdint>
#include <vector>

#include "absl/container/btree_map.h"
#include "cloche/calls/socket_address.h"
#include "cloche/fakes/fake_datagram.h"
#include "cloche/fakes/fake_ephemeral_ports.h"
#include "cloche/fakes/fake_network.h"

namespace cloche {

class FakeUdpSocket;

// All addresses here are in wire form (fake_addresses.h).
//
// Invariants:
//   1. Every socket with a local port is in ports_ once; no other is.
class FakeUdpStack {
 public:
  FakeUdpStack(FakeNetwork& network, FakeHost& host)
      : network_(network), host_(host) {}

  // From the network.
  void OnDatagram(const FakeDatagram& datagram);

  // Gives `socket` the address, with an ephemeral port if it names none.
  // 0, -EADDRINUSE or -EADDRNOTAVAIL.
  int Bind(FakeUdpSocket& socket, SocketAddress address);
  // `socket` no longer has a local port.
  void ReleasePort(FakeUdpSocket& socket);

  void Transmit(FakeDatagram datagram);
  const FakeHost& host() const { return host_; }

 private:
  int BindEphemeral(FakeUdpSocket& socket, SocketAddress address);
  void TakePort(FakeUdpSocket& socket, SocketAddress address);
  bool Conflicts(const FakeUdpSocket& socket,
                 const SocketAddress& address) const;
  // Who at `local` hears what comes from `peer`; null if nobody does.
  FakeUdpSocket* FindReceiver(const SocketAddress& local,
                              const SocketAddress& peer) const;
  void Refuse(const FakeDatagram& datagram);

  FakeNetwork& network_;
  FakeHost& host_;
  // Sockets by local port, in the order in which they came.
  absl::btree_map<uint16_t, std::vector<FakeUdpSocket*>> ports_;
  FakeEphemeralPorts ephemeral_ports_;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_UDP_STACK_H_

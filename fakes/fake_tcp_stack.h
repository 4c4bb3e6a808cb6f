// FakeTcpStack: the ports and connections of one fake host.
//
// It answers two questions. For a program: may I have this address? For a
// segment that arrives: whose is it?
//
//     segment ──► a connection with just these two addresses? ──► that one
//                 else, a listener on its port, if it is a SYN? ──► that one
//                 else ──► RST back
//
// Facts about ports (measured on Linux 6.18; ip(7), socket(7))
//   * Two sockets on one port conflict if their addresses overlap ("any"
//     overlaps all), unless both have SO_REUSEADDR and neither listens, or
//     both have SO_REUSEPORT.
//   * Connections that were accepted or could be count, with the options that
//     they inherited from their listener; so does a TIME_WAIT, but not a
//     handshake that is not over. Hence a server without SO_REUSEADDR
//     cannot be restarted while its old connections linger, and setting it
//     only on the new listener does not help.
//   * The conflict is looked for again at listen(2).
//   * TIME_WAIT lasts 60 seconds.
//
// Not modelled yet: ephemeral ports are given out in order (Linux chooses at
// random) and never shared between different peers (Linux does). Ports between
// IPv4 and mapped IPv6 addresses conflict on Linux more often than here.
//
// Next: fakes/fake_tcp.h.

#ifndef CLOCHE_FAKES_FAKE_TCP_STACK_H_
#define CLOCHE_FAKES_FAKE_TCP_STACK_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/time/time.h"
#include "cloche/calls/socket_address.h"
#include "cloche/fakes/fake_ephemeral_ports.h"
#include "cloche/fakes/fake_network.h"
#include "cloche/fakes/fake_segment.h"

namespace cloche {

class FakeTcpSocket;

// All addresses here are in wire form (fake_addresses.h).
//
// Thread safety: none. Lifetime: a part of its host, and longer than the host's
// descriptors, whose sockets give back their ports. It shares the connections;
// of ports it knows the sockets by address, which leave before they die.
//
// Invariants:
//   1. Every socket that holds a local port is in ports_ once; no other is.
//   2. connections_ holds every socket that has a peer and is not closed.
class FakeTcpStack {
 public:
  FakeTcpStack(FakeNetwork& network, FakeHost& host);

  // From the network.
  void OnSegment(const FakeSegment& segment);

  // Gives `socket` the address, with an ephemeral port if it names none.
  // 0, -EADDRINUSE or -EADDRNOTAVAIL.
  int Bind(FakeTcpSocket& socket, SocketAddress address);
  // Whether `socket` may listen where it is bound: 0 or -EADDRINUSE.
  int CheckListen(const FakeTcpSocket& socket) const;
  // `socket` no longer has a local port.
  void ReleasePort(FakeTcpSocket& socket);
  // An accepted connection shares its listener's port.
  void SharePort(FakeTcpSocket& socket, SocketAddress local);

  // The number of the SYN of a connection that begins.
  uint64_t NextInitialNumber() { return ++conversations_ << kSequenceBits; }
  // Answers what belongs to no connection: with an RST, unless it is one.
  void Refuse(const FakeSegment& segment);

  void AddConnection(std::shared_ptr<FakeTcpSocket> socket);
  bool HasConnection(const SocketAddress& local,
                     const SocketAddress& peer) const;
  // May destroy the socket, unless the caller holds it too.
  void RemoveConnection(const FakeTcpSocket& socket);
  // That connection breaks, if it is still there.
  void Break(const SocketAddress& local, const SocketAddress& peer, int error);
  // All connections and TIME_WAITs are gone; whatever that makes a socket say
  // goes to the network, which carries nothing for a host without power.
  void ForgetAll();
  // Whether that connection is there and waits for the peer to say something.
  bool AwaitsAnswer(const SocketAddress& local,
                    const SocketAddress& peer) const;
  // Whether that connection is there, and no program has its socket any more.
  bool IsOrphan(const SocketAddress& local, const SocketAddress& peer) const;
  // Keeps the connection's port taken for another 60 seconds.
  void EnterTimeWait(const FakeTcpSocket& socket);

  // The address that a connection to `destination` comes from.
  SocketAddress SourceFor(const SocketAddress& destination) const;
  // Whether what goes to `destination` goes over a link.
  bool Leaves(const SocketAddress& destination) const;
  void Transmit(FakeSegment segment);
  size_t MaxSegmentBytes(const SocketAddress& destination) const;
  // How the connect in progress is to end (FakeHost::connect_error).
  int ConnectError() const;
  FakeNetwork& network() { return network_; }

  // For tests: what is not over yet, closed descriptors and TIME_WAITs
  // included.
  // A connection, as fakes/fake_tcp_names.cc describes it.
  std::vector<std::string> Connections() const;
  size_t CountPorts() const;

 private:
  using Pair = std::pair<SocketAddress, SocketAddress>;  // Local, peer.

  // What still holds a port after its socket is gone.
  struct TimeWait {
    SocketAddress local;
    bool reuse_address;
    bool reuse_port;
    absl::Time until;
  };

  int BindEphemeral(FakeTcpSocket& socket, SocketAddress address);
  bool IsPortFree(const FakeTcpSocket& socket, uint16_t port) const;
  bool ConflictsWithTimeWait(const FakeTcpSocket& socket,
                             const SocketAddress& address) const;
  bool Conflicts(const FakeTcpSocket& socket,
                 const SocketAddress& address) const;
  FakeTcpSocket* FindListener(const SocketAddress& local);

  FakeNetwork& network_;
  FakeHost& host_;
  // Sockets by local port, in the order in which they came.
  absl::btree_map<uint16_t, std::vector<FakeTcpSocket*>> ports_;
  absl::btree_map<Pair, std::shared_ptr<FakeTcpSocket>> connections_;
  absl::btree_map<uint16_t, std::vector<TimeWait>> time_waits_;  // By port.
  FakeEphemeralPorts ephemeral_ports_;
  uint64_t conversations_ = 0;  // Begun so far.
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_TCP_STACK_H_

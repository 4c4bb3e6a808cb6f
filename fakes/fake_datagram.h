// FakeDatagram: one UDP datagram on its way between two hosts, or what ICMP has
// to say of one.
//
// Next: fakes/fake_udp_stack.h, which says whose it is.

#ifndef CLOCHE_FAKES_FAKE_DATAGRAM_H_
#define CLOCHE_FAKES_FAKE_DATAGRAM_H_

#include <string>

#include "cloche/calls/socket_address.h"

namespace cloche {

struct FakeDatagram {
  SocketAddress source;  // Both in wire form (fake_addresses.h).
  SocketAddress destination;

  // ICMP's "port unreachable": what `destination` sent to `source` found nobody
  // there. Nothing else of ICMP reaches a UDP socket (fake_udp.h).
  bool refused = false;

  std::string payload;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_DATAGRAM_H_

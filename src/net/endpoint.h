// Endpoint: an IP address and a port, and how people write them.
//
//     const Endpoint here = Endpoint::Loopback(8080);     // 127.0.0.1:8080
//     auto there = Endpoint::Parse("[2001:db8::1]:443");  // StatusOr<Endpoint>
//
// One form goes in and one comes out:
//
//     127.0.0.1:80      [::1]:80      [fe80::1%2]:80
//     address : port    IPv6 stands in brackets; %2 is the interface's number
//
// How it works: a SocketAddress that is known to be IPv4 or IPv6 (24 bytes of
// it; a UNIX socket's path would be 32 more), plus a parser that reads from
// left to right and stops at the first thing that is wrong. Names are not
// looked up here, and nothing is asked of the system.
//
// Main disadvantage: stricter than inet_aton, which takes 127.1, 0x7f.0.0.1 and
// 010.0.0.1 (octal, in some systems). What two programs read differently, an
// attacker can use, so it is refused.
//
// Next: net/tcp_listener.h, which binds one.

#ifndef CLOCHE_NET_ENDPOINT_H_
#define CLOCHE_NET_ENDPOINT_H_

#include <array>
#include <cstdint>
#include <ostream>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cloche/calls/socket_address.h"

namespace cloche {

// Thread safety: a value.
//
// Invariants:
//   1. The family is kIpv4 or kIpv6.
//   2. Bytes of ip_ beyond an IPv4 address are zero, as is its scope_id_, so
//      that == compares what people mean.
class Endpoint {
 public:
  // CHECK: the family is IPv4 or IPv6. A UNIX socket has a path, no endpoint.
  explicit Endpoint(const SocketAddress& address);

  // Reads the forms above, and nothing else: no name, no missing port, no
  // leading zeros (port 0 is fine: the system chooses), no spaces. IPv6 groups
  // may be in upper case and have leading zeros (RFC 4291 section 2.2). Errors:
  // INVALID_ARGUMENT, with what was wrong, at which character, and an example.
  static absl::StatusOr<Endpoint> Parse(absl::string_view text);

  // 127.0.0.1: only this machine can connect.
  static Endpoint Loopback(uint16_t port);
  // 0.0.0.0: every IPv4 interface of this machine.
  static Endpoint Any(uint16_t port);
  // ::1 and ::. A listener on :: takes IPv4 connections too, unless it is told
  // not to (IPV6_V6ONLY).
  static Endpoint LoopbackIpv6(uint16_t port);
  static Endpoint AnyIpv6(uint16_t port);

  SocketAddress address() const;
  uint16_t port() const { return port_; }
  bool is_ipv6() const { return family_ == AddressFamily::kIpv6; }

  // The same address with another port.
  Endpoint WithPort(uint16_t port) const;

  // Parse reads it back. IPv6 in its one canonical form (RFC 5952).
  std::string ToString() const;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Endpoint& endpoint) {
    return out << endpoint.ToString();
  }

 private:
  // As in SocketAddress, without the path: every connection keeps its peer.
  AddressFamily family_;
  std::array<uint8_t, 16> ip_;
  uint16_t port_;
  uint32_t scope_id_;
};

}  // namespace cloche

#endif  // CLOCHE_NET_ENDPOINT_H_

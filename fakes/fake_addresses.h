// Small questions about addresses, as a host's routing table answers them.
//
// Facts about addresses
//   * 127.0.0.0/8 and ::1 always mean the host that says them.
//   * 0.0.0.0 and :: as a local address mean "any of mine"; as a destination
//     Linux takes them for loopback (measured on Linux 6.18).
//   * An IPv6 socket speaks IPv4 through addresses of the form ::ffff:a.b.c.d
//     unless it is IPV6_V6ONLY (ipv6(7)). On the wire there is only IPv4, so
//     here "wire form" is the address without that disguise.
//
//   * A UNIX socket's address is a path, or an "abstract" name, which begins
//     with a null byte and is no file; or nothing, if it has no name (unix(7)).
//
// Next: fakes/fake_tcp_stack.h, fakes/fake_unix_names.h.

#ifndef CLOCHE_FAKES_FAKE_ADDRESSES_H_
#define CLOCHE_FAKES_FAKE_ADDRESSES_H_

#include <cstdint>
#include <string>

#include "cloche/calls/socket_address.h"

namespace cloche {

SocketAddress Ipv4Address(uint8_t a, uint8_t b, uint8_t c, uint8_t d,
                          uint16_t port = 0);
SocketAddress Ipv4Loopback(uint16_t port = 0);
SocketAddress Ipv4Any(uint16_t port = 0);
SocketAddress Ipv6Loopback(uint16_t port = 0);
SocketAddress Ipv6Any(uint16_t port = 0);
// Of a UNIX socket; with no path, that of one without a name.
SocketAddress UnixAddress(std::string path = "");

bool IsLoopback(const SocketAddress& address);
bool IsAny(const SocketAddress& address);
// Whether a socket at `wide` is meant by `narrow` too: it is the very same
// address, or "any". An IPv6 "any" covers IPv4 as well, unless `v6_only`.
bool Covers(const SocketAddress& wide, bool v6_only,
            const SocketAddress& narrow);

SocketAddress WithoutPort(SocketAddress address);
SocketAddress WithPort(SocketAddress address, uint16_t port);

// ::ffff:1.2.3.4 becomes 1.2.3.4; all others stay.
SocketAddress ToWireForm(const SocketAddress& address);
// What a socket of `family` shows its program: the reverse, for kIpv6.
SocketAddress ToFamily(const SocketAddress& wire, AddressFamily family);

// Whether a UNIX socket could have it: it fits into sun_path (108 bytes, a
// path's ending null included), and a path has no null inside.
bool IsUnixAddress(const SocketAddress& address);
bool IsAbstract(const SocketAddress& unix_address);

// "10.0.0.1:80", "[fd00::1]:80" with every group written out, "/run/x",
// "@abstract", "unnamed"; for people.
std::string ToText(const SocketAddress& address);

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_ADDRESSES_H_

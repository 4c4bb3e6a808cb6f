// Translation between SocketAddress and Linux's struct sockaddr.
//
// Facts about struct sockaddr (ip(7), ipv6(7), unix(7))
//   * It is a family of structs that share their first field. The kernel goes
//     by that field and by the length that is passed along.
//   * Ports, and IPv4 addresses, are in network byte order: as written.
//   * A pathname UNIX address ends in a null byte. One that begins with a null
//     byte is "abstract": its name is every byte that follows, to the length.
//   * An unnamed UNIX socket, as of a socket pair, has a length of two: the
//     family and nothing else.
//
// What this means for us: the length carries information, so it travels with
// the bytes; and SocketAddress::path is counted, never null-terminated.
//
// Main disadvantage: 128 bytes on the stack for every address, since a
// sockaddr_storage must hold the largest.
//
// Next: calls/linux_socket_calls.cc, the one user.

#ifndef CLOCHE_CALLS_LINUX_SOCKET_ADDRESS_H_
#define CLOCHE_CALLS_LINUX_SOCKET_ADDRESS_H_

#include <sys/socket.h>

#include "cloche/calls/socket_address.h"

namespace cloche {

// An address as the kernel takes and gives it.
struct LinuxSocketAddress {
  sockaddr* pointer() { return reinterpret_cast<sockaddr*>(&storage); }

  sockaddr_storage storage = {};
  // Bytes that count. Starts as the room there is, as calls that fill an
  // address want to be told.
  socklen_t length = sizeof(sockaddr_storage);
};

// AF_INET, AF_INET6, AF_UNIX or AF_UNSPEC.
int ToLinuxFamily(AddressFamily family);

// Fills `to`. 0, or -EINVAL for a path that does not fit into sun_path
// (108 bytes, a pathname's ending null included), and for a pathname with a
// null inside.
int ToLinux(const SocketAddress& from, LinuxSocketAddress& to);

// What the kernel gave. A family that Cloche does not speak, or an address
// with fewer bytes than its family has, becomes kUnspecified.
SocketAddress FromLinux(const LinuxSocketAddress& from);

}  // namespace cloche

#endif  // CLOCHE_CALLS_LINUX_SOCKET_ADDRESS_H_

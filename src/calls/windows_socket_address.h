// Translation between SocketAddress and Winsock's struct sockaddr.
//
// Main disadvantage: nearly a twin of calls/linux_socket_address.h. What one
// file for both would save in lines it would cost in #ifdefs, for headers and
// types differ, and Linux has the addresses of UNIX sockets besides.
//
// Next: calls/windows_socket_calls.cc, calls/windows_completion_port_calls.cc.

#ifndef CLOCHE_CALLS_WINDOWS_SOCKET_ADDRESS_H_
#define CLOCHE_CALLS_WINDOWS_SOCKET_ADDRESS_H_

#include <winsock2.h>
#include <ws2tcpip.h>

#include "cloche/calls/socket_address.h"

namespace cloche {

// An address as Winsock takes and gives it.
struct WindowsSocketAddress {
  sockaddr* pointer() { return reinterpret_cast<sockaddr*>(&storage); }

  sockaddr_storage storage = {};
  // Bytes that count. Starts as the room there is, as calls that fill an
  // address want to be told.
  int length = sizeof(sockaddr_storage);
};

// AF_INET or AF_INET6; AF_UNSPEC for all others, which there are none of.
int ToWindowsFamily(AddressFamily family);

// An IPv4 or IPv6 address. Any other becomes AF_UNSPEC, which no call takes.
WindowsSocketAddress ToWindows(const SocketAddress& from);

// What Winsock gave. A family that Cloche does not speak here, or an address
// with fewer bytes than its family has, becomes kUnspecified.
SocketAddress FromWindows(const sockaddr* from, int length);

}  // namespace cloche

#endif  // CLOCHE_CALLS_WINDOWS_SOCKET_ADDRESS_H_

// SocketAddress: where a socket is or whom it talks to, as plain data.
//
// The kernel's struct sockaddr is a family of structs that differ from system
// to system. This one value stands for them all, so that fakes, backends and
// tests need no system header; the real calls translate at the last moment.
//
// Main disadvantage: an address is 48 bytes of copying more than a pointer to
// the kernel's own struct would be; next to a system call that is nothing.
//
// Next: calls/socket_calls.h, which takes it; net/endpoint.h for text forms.

#ifndef CLOCHE_CALLS_SOCKET_ADDRESS_H_
#define CLOCHE_CALLS_SOCKET_ADDRESS_H_

#include <array>
#include <cstdint>
#include <string>

namespace cloche {

enum class AddressFamily : uint8_t { kUnspecified, kIpv4, kIpv6, kUnix };

struct SocketAddress {
  AddressFamily family = AddressFamily::kUnspecified;

  // IPv4 uses the first four bytes, in the order they are written:
  // 127.0.0.1 is {127, 0, 0, 1}. IPv6 uses all sixteen.
  std::array<uint8_t, 16> ip = {};

  uint16_t port = 0;      // Host byte order; 0 asks the kernel to choose.
  uint32_t scope_id = 0;  // IPv6 link-local only: the interface's number.

  std::string path;  // AF_UNIX only.

  friend bool operator==(const SocketAddress&, const SocketAddress&) = default;
  friend auto operator<=>(const SocketAddress&, const SocketAddress&) = default;
};

}  // namespace cloche

#endif  // CLOCHE_CALLS_SOCKET_ADDRESS_H_

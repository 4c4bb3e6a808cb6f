#include "cloche/calls/windows_socket_address.h"

#include <cstring>

namespace cloche {
namespace {

// The structs are copied in and out with memcpy: a sockaddr_storage must not
// be read through a pointer to another type.
template <typename Struct>
WindowsSocketAddress Store(const Struct& value) {
  static_assert(sizeof(Struct) <= sizeof(sockaddr_storage));
  WindowsSocketAddress to;
  std::memcpy(&to.storage, &value, sizeof(value));
  to.length = sizeof(value);
  return to;
}

WindowsSocketAddress Ipv4ToWindows(const SocketAddress& from) {
  sockaddr_in value = {};
  value.sin_family = AF_INET;
  value.sin_port = htons(from.port);
  std::memcpy(&value.sin_addr, from.ip.data(), sizeof(value.sin_addr));
  return Store(value);
}

WindowsSocketAddress Ipv6ToWindows(const SocketAddress& from) {
  sockaddr_in6 value = {};
  value.sin6_family = AF_INET6;
  value.sin6_port = htons(from.port);
  std::memcpy(&value.sin6_addr, from.ip.data(), sizeof(value.sin6_addr));
  value.sin6_scope_id = from.scope_id;
  return Store(value);
}

SocketAddress Ipv4FromWindows(const sockaddr* from) {
  sockaddr_in value;
  std::memcpy(&value, from, sizeof(value));
  SocketAddress address;
  address.family = AddressFamily::kIpv4;
  address.port = ntohs(value.sin_port);
  std::memcpy(address.ip.data(), &value.sin_addr, sizeof(value.sin_addr));
  return address;
}

SocketAddress Ipv6FromWindows(const sockaddr* from) {
  sockaddr_in6 value;
  std::memcpy(&value, from, sizeof(value));
  SocketAddress address;
  address.family = AddressFamily::kIpv6;
  address.port = ntohs(value.sin6_port);
  address.scope_id = value.sin6_scope_id;
  std::memcpy(address.ip.data(), &value.sin6_addr, sizeof(value.sin6_addr));
  return address;
}

bool HasRoom(int length, size_t wanted) {
  return length >= 0 && static_cast<size_t>(length) >= wanted;
}

}  // namespace

int ToWindowsFamily(AddressFamily family) {
  switch (family) {
    case AddressFamily::kIpv4:
      return AF_INET;
    case AddressFamily::kIpv6:
      return AF_INET6;
    case AddressFamily::kUnix:
    case AddressFamily::kUnspecified:
      break;
  }
  return AF_UNSPEC;
}

WindowsSocketAddress ToWindows(const SocketAddress& from) {
  if (from.family == AddressFamily::kIpv4) return Ipv4ToWindows(from);
  if (from.family == AddressFamily::kIpv6) return Ipv6ToWindows(from);
  WindowsSocketAddress none;
  none.storage.ss_family = AF_UNSPEC;
  none.length = sizeof(sockaddr);
  return none;
}

SocketAddress FromWindows(const sockaddr* from, int length) {
  if (!HasRoom(length, sizeof(from->sa_family))) return SocketAddress();
  if (from->sa_family == AF_INET && HasRoom(length, sizeof(sockaddr_in))) {
    return Ipv4FromWindows(from);
  }
  if (from->sa_family == AF_INET6 && HasRoom(length, sizeof(sockaddr_in6))) {
    return Ipv6FromWindows(from);
  }
  return SocketAddress();
}

}  // namespace cloche

#include "cloche/calls/linux_socket_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>

namespace cloche {
namespace {

// Where the path begins in a sockaddr_un: lengths are counted from there.
constexpr socklen_t kPathOffset = offsetof(sockaddr_un, sun_path);

// The structs are copied in and out with memcpy: a sockaddr_storage must not
// be read through a pointer to another type.
template <typename Struct>
void Store(const Struct& value, LinuxSocketAddress& to) {
  static_assert(sizeof(Struct) <= sizeof(sockaddr_storage));
  std::memcpy(&to.storage, &value, sizeof(value));
  to.length = sizeof(value);
}

template <typename Struct>
Struct Load(const LinuxSocketAddress& from) {
  Struct value;
  std::memcpy(&value, &from.storage, sizeof(value));
  return value;
}

void Ipv4ToLinux(const SocketAddress& from, LinuxSocketAddress& to) {
  sockaddr_in value = {};
  value.sin_family = AF_INET;
  value.sin_port = htons(from.port);
  std::memcpy(&value.sin_addr, from.ip.data(), sizeof(value.sin_addr));
  Store(value, to);
}

void Ipv6ToLinux(const SocketAddress& from, LinuxSocketAddress& to) {
  sockaddr_in6 value = {};
  value.sin6_family = AF_INET6;
  value.sin6_port = htons(from.port);
  std::memcpy(&value.sin6_addr, from.ip.data(), sizeof(value.sin6_addr));
  value.sin6_scope_id = from.scope_id;
  Store(value, to);
}

int UnixToLinux(const SocketAddress& from, LinuxSocketAddress& to) {
  sockaddr_un value = {};
  value.sun_family = AF_UNIX;
  const bool abstract = !from.path.empty() && from.path[0] == '\0';
  const bool named = !from.path.empty() && !abstract;
  const size_t size = from.path.size() + (named ? 1 : 0);
  if (size > sizeof(value.sun_path)) return -EINVAL;
  // The kernel would take the part before the null for the whole.
  if (named && from.path.find('\0') != std::string::npos) return -EINVAL;
  std::memcpy(value.sun_path, from.path.data(), from.path.size());
  Store(value, to);
  to.length = kPathOffset + static_cast<socklen_t>(size);
  return 0;
}

SocketAddress Ipv4FromLinux(const LinuxSocketAddress& from) {
  if (from.length < sizeof(sockaddr_in)) return SocketAddress();
  const auto value = Load<sockaddr_in>(from);
  SocketAddress address;
  address.family = AddressFamily::kIpv4;
  address.port = ntohs(value.sin_port);
  std::memcpy(address.ip.data(), &value.sin_addr, sizeof(value.sin_addr));
  return address;
}

SocketAddress Ipv6FromLinux(const LinuxSocketAddress& from) {
  if (from.length < sizeof(sockaddr_in6)) return SocketAddress();
  const auto value = Load<sockaddr_in6>(from);
  SocketAddress address;
  address.family = AddressFamily::kIpv6;
  address.port = ntohs(value.sin6_port);
  address.scope_id = value.sin6_scope_id;
  std::memcpy(address.ip.data(), &value.sin6_addr, sizeof(value.sin6_addr));
  return address;
}

SocketAddress UnixFromLinux(const LinuxSocketAddress& from) {
  const auto value = Load<sockaddr_un>(from);
  SocketAddress address;
  address.family = AddressFamily::kUnix;
  if (from.length <= kPathOffset) return address;  // Unnamed.
  const size_t size =
      std::min<size_t>(from.length - kPathOffset, sizeof(value.sun_path));
  const bool abstract = value.sun_path[0] == '\0';
  address.path.assign(value.sun_path,
                      abstract ? size : strnlen(value.sun_path, size));
  return address;
}

}  // namespace

int ToLinuxFamily(AddressFamily family) {
  switch (family) {
    case AddressFamily::kIpv4:
      return AF_INET;
    case AddressFamily::kIpv6:
      return AF_INET6;
    case AddressFamily::kUnix:
      return AF_UNIX;
    case AddressFamily::kUnspecified:
      break;
  }
  return AF_UNSPEC;
}

int ToLinux(const SocketAddress& from, LinuxSocketAddress& to) {
  to = LinuxSocketAddress();
  switch (from.family) {
    case AddressFamily::kIpv4:
      Ipv4ToLinux(from, to);
      return 0;
    case AddressFamily::kIpv6:
      Ipv6ToLinux(from, to);
      return 0;
    case AddressFamily::kUnix:
      return UnixToLinux(from, to);
    case AddressFamily::kUnspecified:
      break;
  }
  // connect(2) to AF_UNSPEC dissolves a datagram socket's association.
  to.storage.ss_family = AF_UNSPEC;
  to.length = sizeof(sockaddr);
  return 0;
}

SocketAddress FromLinux(const LinuxSocketAddress& from) {
  if (from.length < sizeof(sa_family_t)) return SocketAddress();
  switch (from.storage.ss_family) {
    case AF_INET:
      return Ipv4FromLinux(from);
    case AF_INET6:
      return Ipv6FromLinux(from);
    case AF_UNIX:
      return UnixFromLinux(from);
  }
  return SocketAddress();
}

}  // namespace cloche

#include "cloche/fakes/fake_addresses.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace cloche {
namespace {

constexpr size_t kMappedPrefixBytes = 12;
constexpr std::array<uint8_t, kMappedPrefixBytes> kMappedPrefix = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool IsMapped(const SocketAddress& address) {
  return address.family == AddressFamily::kIpv6 &&
         std::equal(kMappedPrefix.begin(), kMappedPrefix.end(),
                    address.ip.begin());
}

constexpr size_t kMostPathBytes = 108;  // sizeof(sockaddr_un::sun_path).

std::string UnixText(const SocketAddress& address) {
  if (address.path.empty()) return "unnamed";
  if (!IsAbstract(address)) return address.path;
  return absl::StrCat("@", address.path.substr(1));
}

}  // namespace

SocketAddress Ipv4Address(uint8_t a, uint8_t b, uint8_t c, uint8_t d,
                          uint16_t port) {
  SocketAddress address;
  address.family = AddressFamily::kIpv4;
  address.ip = {a, b, c, d};
  address.port = port;
  return address;
}

SocketAddress Ipv4Loopback(uint16_t port) {
  return Ipv4Address(127, 0, 0, 1, port);
}

SocketAddress Ipv4Any(uint16_t port) { return Ipv4Address(0, 0, 0, 0, port); }

SocketAddress Ipv6Loopback(uint16_t port) {
  SocketAddress address = Ipv6Any(port);
  address.ip.back() = 1;
  return address;
}

SocketAddress Ipv6Any(uint16_t port) {
  SocketAddress address;
  address.family = AddressFamily::kIpv6;
  address.port = port;
  return address;
}

SocketAddress UnixAddress(std::string path) {
  SocketAddress address;
  address.family = AddressFamily::kUnix;
  address.path = std::move(path);
  return address;
}

bool IsLoopback(const SocketAddress& address) {
  const SocketAddress wire = WithoutPort(ToWireForm(address));
  if (wire.family == AddressFamily::kIpv4) return wire.ip[0] == 127;
  return wire.family == AddressFamily::kIpv6 && wire.ip == Ipv6Loopback().ip;
}

bool IsAny(const SocketAddress& address) {
  return std::all_of(address.ip.begin(), address.ip.end(),
                     [](uint8_t byte) { return byte == 0; });
}

bool Covers(const SocketAddress& wide, bool v6_only,
            const SocketAddress& narrow) {
  if (wide.ip == narrow.ip && wide.family == narrow.family) return true;
  if (!IsAny(wide)) return false;
  if (wide.family == narrow.family) return true;
  return wide.family == AddressFamily::kIpv6 && !v6_only;
}

SocketAddress WithoutPort(SocketAddress address) {
  return WithPort(std::move(address), 0);
}

SocketAddress WithPort(SocketAddress address, uint16_t port) {
  address.port = port;
  return address;
}

SocketAddress ToWireForm(const SocketAddress& address) {
  if (!IsMapped(address)) return address;
  return Ipv4Address(address.ip[12], address.ip[13], address.ip[14],
                     address.ip[15], address.port);
}

SocketAddress ToFamily(const SocketAddress& wire, AddressFamily family) {
  if (family != AddressFamily::kIpv6 || wire.family != AddressFamily::kIpv4) {
    return wire;
  }
  SocketAddress mapped = Ipv6Any(wire.port);
  std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), mapped.ip.begin());
  std::copy_n(wire.ip.begin(), 4, mapped.ip.begin() + kMappedPrefixBytes);
  return mapped;
}

bool IsAbstract(const SocketAddress& unix_address) {
  return !unix_address.path.empty() && unix_address.path.front() == '\0';
}

bool IsUnixAddress(const SocketAddress& address) {
  if (address.family != AddressFamily::kUnix) return false;
  const std::string& path = address.path;
  if (path.empty()) return true;
  if (IsAbstract(address)) return path.size() <= kMostPathBytes;
  return path.size() < kMostPathBytes && path.find('\0') == std::string::npos;
}

std::string ToText(const SocketAddress& address) {
  if (address.family == AddressFamily::kIpv4) {
    return absl::StrCat(address.ip[0], ".", address.ip[1], ".", address.ip[2],
                        ".", address.ip[3], ":", address.port);
  }
  if (address.family == AddressFamily::kUnix) return UnixText(address);
  if (address.family != AddressFamily::kIpv6) return "(no address)";
  std::string text = "[";
  for (size_t i = 0; i < address.ip.size(); i += 2) {
    absl::StrAppend(&text, i == 0 ? "" : ":",
                    absl::Hex(address.ip[i] * 256 + address.ip[i + 1]));
  }
  return absl::StrCat(text, "]:", address.port);
}

}  // namespace cloche

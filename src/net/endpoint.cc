#include "cloche/net/endpoint.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cloche/base/check.h"
#include "cloche/net/endpoint_parser.h"

namespace cloche {
namespace {

constexpr int kGroups = 8;  // Of 16 bits, in an IPv6 address.

uint16_t Group(const SocketAddress& address, int index) {
  return static_cast<uint16_t>(address.ip[2 * index] << 8 |
                               address.ip[2 * index + 1]);
}

std::string Ipv4Text(const uint8_t* bytes) {
  return absl::StrCat(bytes[0], ".", bytes[1], ".", bytes[2], ".", bytes[3]);
}

struct Run {
  int begin = 0;
  int size = 0;
};

// How many groups are zero from `begin` on.
Run ZeroRunAt(const SocketAddress& address, int begin) {
  Run run{begin, 0};
  while (begin + run.size < kGroups && Group(address, begin + run.size) == 0) {
    ++run.size;
  }
  return run;
}

// The groups that "::" stands for: the longest run of zeros, the first of
// equals, and never a single one (RFC 5952 sections 4.2.2 and 4.2.3).
Run Shortened(const SocketAddress& address) {
  Run longest;
  for (int begin = 0; begin < kGroups; ++begin) {
    const Run run = ZeroRunAt(address, begin);
    if (run.size > longest.size) longest = run;
  }
  return longest.size >= 2 ? longest : Run{kGroups, 0};
}

// ::ffff:192.0.2.1, an IPv4 peer seen by an IPv6 listener, is the one case in
// which the last 32 bits are better read as IPv4 (RFC 5952 section 5).
bool IsMappedIpv4(const SocketAddress& address) {
  return ZeroRunAt(address, 0).size == 5 && Group(address, 5) == 0xffff;
}

std::string Ipv6Text(const SocketAddress& address) {
  if (IsMappedIpv4(address)) {
    return absl::StrCat("::ffff:", Ipv4Text(&address.ip[12]));
  }
  const Run shortened = Shortened(address);
  std::string text;
  for (int index = 0; index < kGroups; ++index) {
    if (index == shortened.begin) {
      absl::StrAppend(&text, "::");
      index += shortened.size - 1;
      continue;
    }
    const bool after_group = !text.empty() && text.back() != ':';
    absl::StrAppend(&text, after_group ? ":" : "",
                    absl::Hex(Group(address, index)));
  }
  return text;
}

SocketAddress Address(AddressFamily family, uint16_t port) {
  SocketAddress address;
  address.family = family;
  address.port = port;
  return address;
}

}  // namespace

Endpoint::Endpoint(const SocketAddress& address)
    : family_(address.family),
      ip_(address.ip),
      port_(address.port),
      scope_id_(address.scope_id) {
  CLOCHE_CHECK(address.family == AddressFamily::kIpv4 ||
                   address.family == AddressFamily::kIpv6,
               "an Endpoint is an IPv4 or IPv6 address; keep a UNIX socket's "
               "address as a SocketAddress");
  if (!is_ipv6()) {
    std::fill(ip_.begin() + 4, ip_.end(), 0);
    scope_id_ = 0;
  }
}

SocketAddress Endpoint::address() const {
  SocketAddress address = Address(family_, port_);
  address.ip = ip_;
  address.scope_id = scope_id_;
  return address;
}

absl::StatusOr<Endpoint> Endpoint::Parse(absl::string_view text) {
  auto address = ParseEndpoint(text);
  if (!address.ok()) return std::move(address).status();
  return Endpoint(*address);
}

Endpoint Endpoint::Loopback(uint16_t port) {
  SocketAddress address = Address(AddressFamily::kIpv4, port);
  address.ip = {127, 0, 0, 1};
  return Endpoint(address);
}

Endpoint Endpoint::Any(uint16_t port) {
  return Endpoint(Address(AddressFamily::kIpv4, port));
}

Endpoint Endpoint::LoopbackIpv6(uint16_t port) {
  SocketAddress address = Address(AddressFamily::kIpv6, port);
  address.ip[15] = 1;
  return Endpoint(address);
}

Endpoint Endpoint::AnyIpv6(uint16_t port) {
  return Endpoint(Address(AddressFamily::kIpv6, port));
}

Endpoint Endpoint::WithPort(uint16_t port) const {
  Endpoint other = *this;
  other.port_ = port;
  return other;
}

std::string Endpoint::ToString() const {
  if (!is_ipv6()) return absl::StrCat(Ipv4Text(ip_.data()), ":", port());
  std::string text = absl::StrCat("[", Ipv6Text(address()));
  if (scope_id_ != 0) absl::StrAppend(&text, "%", scope_id_);
  return absl::StrCat(text, "]:", port());
}

}  // namespace cloche

#include "cloche/net/endpoint_parser.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cloche/calls/socket_address.h"

namespace cloche {
namespace {

constexpr int kGroups = 8;  // Of 16 bits, in an IPv6 address.

// Reads one endpoint. Each function reads one rule of the grammar from where
// the last one stopped, and is OK or has said what is wrong.
class EndpointParser {
 public:
  explicit EndpointParser(absl::string_view text) : text_(text) {}

  absl::StatusOr<SocketAddress> Parse();

 private:
  absl::Status Address();
  absl::Status Ipv4(uint8_t* bytes);
  absl::Status BracketedIpv6();
  absl::Status Ipv6();
  absl::Status GroupOrIpv4();
  absl::Status Group();
  absl::Status Gap();
  absl::Status PlaceGroups();
  absl::Status Zone();
  absl::Status Port();

  absl::StatusOr<uint32_t> Number(absl::string_view what, uint32_t largest);

  char Next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool NextIsDigit() const { return absl::ascii_isdigit(Next()); }
  bool NextIsHex() const { return absl::ascii_isxdigit(Next()); }
  bool Skip(absl::string_view expected);
  absl::Status Wrong(absl::string_view what) const {
    return WrongAt(at_, what);
  }
  absl::Status WrongAt(size_t index, absl::string_view what) const;

  const absl::string_view text_;
  size_t at_ = 0;
  SocketAddress address_;

  // IPv6 while it is read: the groups seen so far, and how many of them stood
  // before the "::", or -1 while there was none.
  uint16_t groups_[kGroups] = {};
  int group_count_ = 0;
  int gap_ = -1;
};

bool EndpointParser::Skip(absl::string_view expected) {
  if (text_.substr(at_, expected.size()) != expected) return false;
  at_ += expected.size();
  return true;
}

absl::Status EndpointParser::WrongAt(size_t index,
                                     absl::string_view what) const {
  return absl::InvalidArgumentError(absl::StrCat(
      "endpoint \"", absl::CHexEscape(text_), "\": at character ", index + 1,
      ": ", what, "; write it like 127.0.0.1:80 or [::1]:80"));
}

absl::StatusOr<SocketAddress> EndpointParser::Parse() {
  absl::Status read = Address();
  if (read.ok()) read = Port();
  if (!read.ok()) return read;
  return std::move(address_);
}

// What it looks like decides what it is taken for, and so what is said when it
// is wrong.
absl::Status EndpointParser::Address() {
  if (Skip("[")) return BracketedIpv6();
  if (std::count(text_.begin(), text_.end(), ':') > 1) {
    return Wrong("an IPv6 address must stand in brackets");
  }
  if (!NextIsDigit()) {
    return Wrong("an IP address must stand here (names are not looked up)");
  }
  address_.family = AddressFamily::kIpv4;
  return Ipv4(address_.ip.data());
}

absl::Status EndpointParser::Ipv4(uint8_t* bytes) {
  for (int index = 0; index < 4; ++index) {
    if (index > 0 && !Skip(".")) {
      return Wrong("an IPv4 address has four numbers with a \".\" between");
    }
    auto byte = Number("a number of an IPv4 address", 255);
    if (!byte.ok()) return std::move(byte).status();
    bytes[index] = static_cast<uint8_t>(*byte);
  }
  return absl::OkStatus();
}

absl::Status EndpointParser::BracketedIpv6() {
  address_.family = AddressFamily::kIpv6;
  absl::Status read = Ipv6();
  if (read.ok() && Skip("%")) read = Zone();
  if (!read.ok()) return read;
  return Skip("]") ? absl::OkStatus()
                   : Wrong("\"]\" must end the IPv6 address here");
}

absl::Status EndpointParser::Ipv6() {
  const size_t begin = at_;
  if (Skip("::")) gap_ = 0;
  bool more = gap_ < 0 || NextIsHex();
  while (more) {
    absl::Status read = GroupOrIpv4();
    if (!read.ok()) return read;
    if (text_.substr(at_, 2) == "::") {
      read = Gap();
      if (!read.ok()) return read;
      more = NextIsHex();
    } else {
      more = Skip(":");
    }
  }
  if (gap_ < 0 && group_count_ < kGroups) {
    return WrongAt(begin,
                   "an IPv6 address has 8 groups, or fewer and a \"::\"");
  }
  return PlaceGroups();
}

absl::Status EndpointParser::Gap() {
  if (gap_ >= 0) return Wrong("\"::\" may stand only once");
  if (group_count_ == kGroups) {
    return Wrong("\"::\" after 8 groups stands for nothing");
  }
  gap_ = group_count_;
  Skip("::");
  return absl::OkStatus();
}

absl::Status EndpointParser::GroupOrIpv4() {
  const size_t end = text_.find_first_not_of("0123456789", at_);
  const bool is_ipv4 = end != absl::string_view::npos && text_[end] == '.';
  // With a "::" among them, which stands for one group or more, 7 remain.
  const int room = kGroups - group_count_ - (gap_ >= 0 ? 1 : 0);
  if (room < (is_ipv4 ? 2 : 1)) {
    return Wrong("an IPv6 address has only 8 groups");
  }
  if (!is_ipv4) return Group();
  uint8_t bytes[4];
  absl::Status read = Ipv4(bytes);
  if (!read.ok()) return read;
  groups_[group_count_++] = static_cast<uint16_t>(bytes[0] << 8 | bytes[1]);
  groups_[group_count_++] = static_cast<uint16_t>(bytes[2] << 8 | bytes[3]);
  // Nothing but the end may follow; a ":" is then what the message points at.
  if (Next() == ':') return Wrong("the IPv4 part must be the last");
  return absl::OkStatus();
}

absl::Status EndpointParser::Group() {
  size_t digits = 0;
  uint16_t value = 0;
  for (; NextIsHex() && digits < 4; ++digits, ++at_) {
    const char digit = absl::ascii_tolower(Next());
    const int digit_value =
        absl::ascii_isdigit(digit) ? digit - '0' : digit - 'a' + 10;
    value = static_cast<uint16_t>(value << 4 | digit_value);
  }
  if (digits == 0 || NextIsHex()) {
    return Wrong("a group has 1 to 4 hexadecimal digits");
  }
  groups_[group_count_++] = value;
  return absl::OkStatus();
}

// Groups before the "::" stand at the front, those after it at the back.
absl::Status EndpointParser::PlaceGroups() {
  const int front = gap_ < 0 ? group_count_ : gap_;
  for (int index = 0; index < group_count_; ++index) {
    const int place = index < front ? index : kGroups - group_count_ + index;
    address_.ip[2 * place] = static_cast<uint8_t>(groups_[index] >> 8);
    address_.ip[2 * place + 1] = static_cast<uint8_t>(groups_[index] & 0xff);
  }
  return absl::OkStatus();
}

// Interface names are not taken: only the system could turn them into numbers.
absl::Status EndpointParser::Zone() {
  if (address_.ip[0] != 0xfe || (address_.ip[1] & 0xc0) != 0x80) {
    return Wrong("only a link-local address (fe80::) has an interface");
  }
  const size_t begin = at_;
  auto zone = Number("the interface's number", UINT32_MAX);
  if (!zone.ok()) return std::move(zone).status();
  if (*zone == 0) return WrongAt(begin, "interfaces are numbered from 1");
  address_.scope_id = *zone;
  return absl::OkStatus();
}

absl::Status EndpointParser::Port() {
  if (!Skip(":")) return Wrong("\":\" and a port must follow the address");
  auto port = Number("the port", 65535);
  if (!port.ok()) return std::move(port).status();
  if (at_ != text_.size()) return Wrong("nothing may follow the port");
  address_.port = static_cast<uint16_t>(*port);
  return absl::OkStatus();
}

// A decimal number without sign and leading zeros, at most `largest`.
absl::StatusOr<uint32_t> EndpointParser::Number(absl::string_view what,
                                                uint32_t largest) {
  const size_t begin = at_;
  uint64_t value = 0;
  for (; NextIsDigit(); ++at_) {
    value = value * 10 + static_cast<uint64_t>(Next() - '0');
    if (value > largest) {
      return WrongAt(begin, absl::StrCat(what, " is at most ", largest));
    }
  }
  if (at_ == begin) return Wrong(absl::StrCat(what, " must stand here"));
  if (text_[begin] == '0' && at_ > begin + 1) {
    return WrongAt(begin, absl::StrCat(what, " has no leading zeros"));
  }
  return static_cast<uint32_t>(value);
}

}  // namespace

absl::StatusOr<SocketAddress> ParseEndpoint(absl::string_view text) {
  return EndpointParser(text).Parse();
}

}  // namespace cloche

// Endpoint: the texts it reads, the one it writes, and what it refuses.

#include "cloche/net/endpoint.h"

#include <sstream>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::HasSubstr;

std::string Canonical(absl::string_view text) {
  auto endpoint = Endpoint::Parse(text);
  return endpoint.ok() ? endpoint->ToString()
                       : std::string(endpoint.status().message());
}

TEST(Endpoint, ReadsIpv4) {
  auto endpoint = Endpoint::Parse("192.0.2.255:8080");
  ASSERT_TRUE(endpoint.ok()) << endpoint.status();
  EXPECT_EQ(endpoint->address().family, AddressFamily::kIpv4);
  EXPECT_EQ(endpoint->address().ip, (std::array<uint8_t, 16>{192, 0, 2, 255}));
  EXPECT_EQ(endpoint->port(), 8080);
  EXPECT_FALSE(endpoint->is_ipv6());
}

TEST(Endpoint, ReadsIpv6) {
  auto endpoint = Endpoint::Parse("[2001:db8::A:1]:443");
  ASSERT_TRUE(endpoint.ok()) << endpoint.status();
  EXPECT_TRUE(endpoint->is_ipv6());
  EXPECT_EQ(endpoint->address().ip,
            (std::array<uint8_t, 16>{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0,
                                     0, 0, 0, 0x0a, 0, 1}));
  EXPECT_EQ(endpoint->port(), 443);
}

TEST(Endpoint, ReadsTheInterfaceOfALinkLocalAddress) {
  auto endpoint = Endpoint::Parse("[fe80::1%2]:80");
  ASSERT_TRUE(endpoint.ok()) << endpoint.status();
  EXPECT_EQ(endpoint->address().scope_id, 2u);
}

struct TextCase {
  const char* text;
  const char* expected;
};

class CanonicalText : public testing::TestWithParam<TextCase> {};

TEST_P(CanonicalText, IsWhatToStringGives) {
  EXPECT_EQ(Canonical(GetParam().text), GetParam().expected);
}

// The rules of RFC 5952, by section, and the edges of the ranges.
INSTANTIATE_TEST_SUITE_P(
    Forms, CanonicalText,
    testing::Values(
        TextCase{"0.0.0.0:0", "0.0.0.0:0"},
        TextCase{"255.255.255.255:65535", "255.255.255.255:65535"},
        TextCase{"[::]:1", "[::]:1"}, TextCase{"[::1]:80", "[::1]:80"},
        TextCase{"[1::]:80", "[1::]:80"},
        // 4.1: no leading zeros in a group.
        TextCase{"[2001:0db8:0:0:0:0:0:0001]:1", "[2001:db8::1]:1"},
        // 4.2.1: "::" stands for as much as it can.
        TextCase{"[2001:db8:0:0:0:0:2:1]:1", "[2001:db8::2:1]:1"},
        // 4.2.2: not for a single group.
        TextCase{"[2001:db8::1:1:1:1:1]:1", "[2001:db8:0:1:1:1:1:1]:1"},
        TextCase{"[1:2:3:4:5:6:7::]:1", "[1:2:3:4:5:6:7:0]:1"},
        // 4.2.3: for the longest run, and the first of equals.
        TextCase{"[2001:0:0:1:0:0:0:1]:1", "[2001:0:0:1::1]:1"},
        TextCase{"[2001:db8:0:0:1:0:0:1]:1", "[2001:db8::1:0:0:1]:1"},
        // 4.3: lower case.
        TextCase{"[ABCD:EF01::]:1", "[abcd:ef01::]:1"},
        // 5: mapped IPv4 as IPv4; others, though written so, as groups.
        TextCase{"[::ffff:192.0.2.1]:1", "[::ffff:192.0.2.1]:1"},
        TextCase{"[::ffff:c000:201]:1", "[::ffff:192.0.2.1]:1"},
        TextCase{"[64:ff9b::192.0.2.33]:1", "[64:ff9b::c000:221]:1"},
        TextCase{"[1:2:3:4:5:6:7.8.9.10]:1", "[1:2:3:4:5:6:708:90a]:1"},
        TextCase{"[1:2:3:4:5:6:7:8]:1", "[1:2:3:4:5:6:7:8]:1"},
        TextCase{"[fe80::1%4294967295]:1", "[fe80::1%4294967295]:1"}));

class WrongText : public testing::TestWithParam<TextCase> {};

TEST_P(WrongText, IsRefusedWithItsPlaceItsFaultAndAnExample) {
  auto endpoint = Endpoint::Parse(GetParam().text);
  ASSERT_FALSE(endpoint.ok()) << *endpoint;
  EXPECT_EQ(endpoint.status().code(), absl::StatusCode::kInvalidArgument);
  const std::string message(endpoint.status().message());
  EXPECT_THAT(message, HasSubstr(GetParam().expected));
  EXPECT_TRUE(absl::StartsWith(message, "endpoint \"")) << message;
  EXPECT_TRUE(
      absl::EndsWith(message, "; write it like 127.0.0.1:80 or [::1]:80"))
      << message;
}

INSTANTIATE_TEST_SUITE_P(
    Faults, WrongText,
    testing::Values(
        TextCase{"", "\"\": at character 1: an IP address must stand here"},
        TextCase{"localhost:80", "character 1: an IP address must stand here"},
        TextCase{":80", "character 1: an IP address must stand here"},
        TextCase{" 127.0.0.1:80", "character 1: an IP address must stand"},
        TextCase{"-1.0.0.0:80", "character 1: an IP address must stand here"},
        TextCase{"::1:80", "character 1: an IPv6 address must stand in brack"},
        TextCase{"80", "character 3: an IPv4 address has four numbers"},
        TextCase{"127.0.1:80", "character 8: an IPv4 address has four numbers"},
        TextCase{"127.0.0.:80",
                 "character 9: a number of an IPv4 address must"},
        TextCase{"127..0.1:80",
                 "character 5: a number of an IPv4 address must"},
        TextCase{"127.0.0.256:80",
                 "character 9: a number of an IPv4 address "
                 "is at most 255"},
        TextCase{"127.00.0.1:80",
                 "character 5: a number of an IPv4 address "
                 "has no leading zeros"},
        TextCase{"010.0.0.1:80",
                 "character 1: a number of an IPv4 address "
                 "has no leading zeros"},
        TextCase{"0x7f.0.0.1:80", "character 2: an IPv4 address has four"},
        TextCase{"1.2.3.4.5:80", "character 8: \":\" and a port must follow"},
        TextCase{"127.0.0.1", "character 10: \":\" and a port must follow"},
        TextCase{"127.0.0.1:", "character 11: the port must stand here"},
        TextCase{"127.0.0.1:65536", "character 11: the port is at most 65535"},
        TextCase{"127.0.0.1:99999999999999999999999", "at most 65535"},
        TextCase{"127.0.0.1:080", "character 11: the port has no leading"},
        TextCase{"127.0.0.1:00", "character 11: the port has no leading"},
        TextCase{"127.0.0.1:+80", "character 11: the port must stand here"},
        TextCase{"127.0.0.1:80 ", "character 13: nothing may follow the port"},
        TextCase{"127.0.0.1:80\n", "80\\n\": at character 13: nothing may"},
        TextCase{"[::1]", "character 6: \":\" and a port must follow"},
        TextCase{"[::1:80", "character 8: \"]\" must end the IPv6 address"},
        TextCase{"[]:80", "character 2: a group has 1 to 4 hexadecimal"},
        TextCase{"[:]:80", "character 2: a group has 1 to 4 hexadecimal"},
        TextCase{"[:::]:80", "character 4: \"]\" must end"},
        TextCase{"[1:2:3]:80", "character 2: an IPv6 address has 8 groups"},
        TextCase{"[1::2::3]:80", "character 6: \"::\" may stand only once"},
        TextCase{"[1:2:3:4:5:6:7:8:9]:80", "character 18: an IPv6 address has"},
        TextCase{"[1:2:3:4:5:6:7:8::]:80", "character 17: \"::\" after 8"},
        TextCase{"[::1:2:3:4:5:6:7:8]:80", "character 18: an IPv6 address has"},
        TextCase{"[12345::]:80", "character 6: a group has 1 to 4"},
        TextCase{"[g::]:80", "character 2: a group has 1 to 4"},
        TextCase{"[1:]:80", "character 4: a group has 1 to 4"},
        TextCase{"[1::2:]:80", "character 7: a group has 1 to 4"},
        TextCase{"[1:2:3:4:5:6:7:1.2.3.4]:80", "character 16: an IPv6 address"},
        TextCase{"[::1.2.3.4:5]:80", "character 11: the IPv4 part must be the"},
        TextCase{"[::1.2.3.256]:80", "at most 255"},
        TextCase{"[fe80::1%eth0]:80", "the interface's number must stand"},
        TextCase{"[fe80::1%]:80", "the interface's number must stand"},
        TextCase{"[fe80::1%0]:80", "interfaces are numbered from 1"},
        TextCase{"[fe80::1%02]:80", "the interface's number has no leading"},
        TextCase{"[fe80::1%4294967296]:80", "is at most 4294967295"},
        TextCase{"[::1%2]:80", "only a link-local address"}));

TEST(Endpoint, QuotesUnprintableTextSafely) {
  auto endpoint = Endpoint::Parse(absl::string_view("1\000z", 3));
  EXPECT_THAT(std::string(endpoint.status().message()),
              HasSubstr("endpoint \"1\\x00z\""));
}

TEST(Endpoint, LoopbackAndAnyAreTheWellKnownAddresses) {
  EXPECT_EQ(Endpoint::Loopback(80).ToString(), "127.0.0.1:80");
  EXPECT_EQ(Endpoint::Any(80).ToString(), "0.0.0.0:80");
  EXPECT_EQ(Endpoint::LoopbackIpv6(80).ToString(), "[::1]:80");
  EXPECT_EQ(Endpoint::AnyIpv6(80).ToString(), "[::]:80");
}

TEST(Endpoint, WithPortChangesNothingElse) {
  EXPECT_EQ(Endpoint::Parse("[fe80::1%2]:80")->WithPort(81).ToString(),
            "[fe80::1%2]:81");
}

TEST(Endpoint, EqualsWhatHasTheSameAddressPortAndInterface) {
  EXPECT_EQ(*Endpoint::Parse("[0:0::1]:80"), Endpoint::LoopbackIpv6(80));
  EXPECT_NE(Endpoint::Loopback(80), Endpoint::Loopback(81));
  EXPECT_NE(Endpoint::Any(80), Endpoint::AnyIpv6(80));
  EXPECT_NE(*Endpoint::Parse("[fe80::1%1]:80"),
            *Endpoint::Parse("[fe80::1%2]:80"));
}

TEST(Endpoint, IgnoresWhatAnIpv4SocketAddressDoesNotUse) {
  SocketAddress address = Endpoint::Loopback(80).address();
  address.ip[7] = 9;
  address.scope_id = 3;
  address.path = "x";
  EXPECT_EQ(Endpoint(address), Endpoint::Loopback(80));
}

TEST(Endpoint, PrintsItself) {
  std::ostringstream out;
  out << Endpoint::Loopback(80);
  EXPECT_EQ(out.str(), "127.0.0.1:80");
}

TEST(EndpointDeathTest, RefusesAUnixAddress) {
  SocketAddress address;
  address.family = AddressFamily::kUnix;
  EXPECT_DEATH(Endpoint{address}, "keep a UNIX socket's address");
}

}  // namespace
}  // namespace cloche

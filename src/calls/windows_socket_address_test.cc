// Addresses as Winsock has them: there and back.

#include "cloche/calls/windows_socket_address.h"

#include <cstring>

#include "gtest/gtest.h"

namespace cloche {
namespace {

SocketAddress ThereAndBack(const SocketAddress& address) {
  WindowsSocketAddress windows = ToWindows(address);
  return FromWindows(windows.pointer(), windows.length);
}

SocketAddress Ipv4() {
  SocketAddress address;
  address.family = AddressFamily::kIpv4;
  address.ip = {127, 1, 2, 3};
  address.port = 0x1234;
  return address;
}

TEST(WindowsSocketAddress, AnIpv4AddressComesBack) {
  EXPECT_EQ(ThereAndBack(Ipv4()), Ipv4());
}

TEST(WindowsSocketAddress, AnIpv6AddressComesBackWithItsScope) {
  SocketAddress address;
  address.family = AddressFamily::kIpv6;
  for (uint8_t i = 0; i < 16; ++i) address.ip[i] = i + 1;
  address.port = 443;
  address.scope_id = 7;
  EXPECT_EQ(ThereAndBack(address), address);
}

TEST(WindowsSocketAddress, APortIsInNetworkByteOrder) {
  WindowsSocketAddress windows = ToWindows(Ipv4());
  sockaddr_in value;
  std::memcpy(&value, &windows.storage, sizeof(value));
  const auto* bytes = reinterpret_cast<const uint8_t*>(&value.sin_port);
  EXPECT_EQ(bytes[0], 0x12);
  EXPECT_EQ(bytes[1], 0x34);
}

TEST(WindowsSocketAddress, AnAddressOfUnixBecomesNone) {
  SocketAddress address;
  address.family = AddressFamily::kUnix;
  address.path = "/run/x";
  EXPECT_EQ(ThereAndBack(address), SocketAddress());
}

TEST(WindowsSocketAddress, AnAddressThatIsCutShortIsNone) {
  WindowsSocketAddress windows = ToWindows(Ipv4());
  EXPECT_EQ(FromWindows(windows.pointer(), windows.length - 1),
            SocketAddress());
  EXPECT_EQ(FromWindows(windows.pointer(), 1), SocketAddress());
}

}  // namespace
}  // namespace cloche

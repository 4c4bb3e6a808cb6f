// Addresses, there and back: SocketAddress and Linux's struct sockaddr.

#include "cloche/calls/linux_socket_address.h"

#include <netinet/in.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>

#include "gtest/gtest.h"

namespace cloche {
namespace {

constexpr socklen_t kPathOffset = offsetof(sockaddr_un, sun_path);
constexpr size_t kPathRoom = sizeof(sockaddr_un::sun_path);

SocketAddress Ipv4() {
  SocketAddress address;
  address.family = AddressFamily::kIpv4;
  address.ip = {192, 0, 2, 7};
  address.port = 0x1234;
  return address;
}

// fe80::...:0f on interface 5.
SocketAddress LinkLocal() {
  SocketAddress address;
  address.family = AddressFamily::kIpv6;
  address.ip = {0xfe, 0x80, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  address.port = 443;
  address.scope_id = 5;
  return address;
}

SocketAddress Unix(std::string path) {
  SocketAddress address;
  address.family = AddressFamily::kUnix;
  address.path = std::move(path);
  return address;
}

LinuxSocketAddress Translated(const SocketAddress& address) {
  LinuxSocketAddress to;
  EXPECT_EQ(ToLinux(address, to), 0);
  return to;
}

SocketAddress ThereAndBack(const SocketAddress& address) {
  return FromLinux(Translated(address));
}

// The struct as the kernel reads it.
template <typename Struct>
Struct As(const LinuxSocketAddress& address) {
  Struct value;
  std::memcpy(&value, &address.storage, sizeof(value));
  return value;
}

// As the kernel fills one for a UNIX socket: these bytes and this length.
LinuxSocketAddress FromKernel(const std::string& path, socklen_t length) {
  sockaddr_un value = {};
  value.sun_family = AF_UNIX;
  std::memcpy(value.sun_path, path.data(), path.size());
  LinuxSocketAddress address;
  std::memcpy(&address.storage, &value, sizeof(value));
  address.length = length;
  return address;
}

// --- IPv4 and IPv6 ----------------------------------------------------------

TEST(LinuxSocketAddress, GivesIpv4AndPortInTheOrderTheyAreWritten) {
  const LinuxSocketAddress address = Translated(Ipv4());
  const auto value = As<sockaddr_in>(address);
  EXPECT_EQ(address.length, sizeof(sockaddr_in));
  EXPECT_EQ(value.sin_family, AF_INET);
  EXPECT_EQ(std::memcmp(&value.sin_addr, "\xC0\x00\x02\x07", 4), 0);
  EXPECT_EQ(std::memcmp(&value.sin_port, "\x12\x34", 2), 0);
}

TEST(LinuxSocketAddress, BringsIpv4Back) {
  EXPECT_EQ(ThereAndBack(Ipv4()), Ipv4());
}

TEST(LinuxSocketAddress, GivesIpv6WithPortAndScope) {
  const LinuxSocketAddress address = Translated(LinkLocal());
  const auto value = As<sockaddr_in6>(address);
  EXPECT_EQ(address.length, sizeof(sockaddr_in6));
  EXPECT_EQ(value.sin6_family, AF_INET6);
  EXPECT_EQ(std::memcmp(&value.sin6_addr, LinkLocal().ip.data(), 16), 0);
  EXPECT_EQ(value.sin6_port, htons(443));
  EXPECT_EQ(value.sin6_scope_id, 5u);
}

TEST(LinuxSocketAddress, BringsIpv6BackWithItsScope) {
  EXPECT_EQ(ThereAndBack(LinkLocal()), LinkLocal());
}

// What lies behind the length is not the kernel's word.
TEST(LinuxSocketAddress, TakesNoInternetAddressThatWasCutShort) {
  LinuxSocketAddress v4 = Translated(Ipv4());
  --v4.length;
  EXPECT_EQ(FromLinux(v4), SocketAddress());
  LinuxSocketAddress v6 = Translated(LinkLocal());
  --v6.length;
  EXPECT_EQ(FromLinux(v6), SocketAddress());
}

// --- UNIX -------------------------------------------------------------------

TEST(LinuxSocketAddress, EndsAPathnameWithANullThatTheLengthCounts) {
  const LinuxSocketAddress address = Translated(Unix("/run/a"));
  EXPECT_EQ(address.length, kPathOffset + sizeof("/run/a"));
  EXPECT_EQ(As<sockaddr_un>(address).sun_family, AF_UNIX);
  EXPECT_STREQ(As<sockaddr_un>(address).sun_path, "/run/a");
}

TEST(LinuxSocketAddress, BringsAPathnameBack) {
  EXPECT_EQ(ThereAndBack(Unix("/run/a")), Unix("/run/a"));
}

TEST(LinuxSocketAddress, CountsJustTheBytesOfAnAbstractName) {
  const std::string name("\0a\0b", 4);
  const LinuxSocketAddress address = Translated(Unix(name));
  EXPECT_EQ(address.length, kPathOffset + 4);
  EXPECT_EQ(std::memcmp(As<sockaddr_un>(address).sun_path, name.data(), 4), 0);
}

TEST(LinuxSocketAddress, BringsAnAbstractNameBackNullsIncluded) {
  const std::string name("\0a\0b\0", 5);
  EXPECT_EQ(ThereAndBack(Unix(name)), Unix(name));
}

TEST(LinuxSocketAddress, MakesAnUnnamedOneOfNothingButItsFamily) {
  EXPECT_EQ(Translated(Unix("")).length, kPathOffset);
  EXPECT_EQ(ThereAndBack(Unix("")), Unix(""));
}

TEST(LinuxSocketAddress, HasRoomForTheLongestPathnameAndItsNull) {
  const std::string longest(kPathRoom - 1, 'x');
  EXPECT_EQ(ThereAndBack(Unix(longest)), Unix(longest));
}

TEST(LinuxSocketAddress, RefusesAPathnameWhoseNullDoesNotFit) {
  LinuxSocketAddress to;
  EXPECT_EQ(ToLinux(Unix(std::string(kPathRoom, 'x')), to), -EINVAL);
}

TEST(LinuxSocketAddress, HasRoomForAnAbstractNameThatFillsIt) {
  const std::string longest = std::string(1, '\0') + std::string(107, 'x');
  EXPECT_EQ(ThereAndBack(Unix(longest)), Unix(longest));
}

TEST(LinuxSocketAddress, RefusesAnAbstractNameThatIsTooLong) {
  LinuxSocketAddress to;
  EXPECT_EQ(ToLinux(Unix(std::string(kPathRoom + 1, '\0')), to), -EINVAL);
}

// The kernel would stop at the null and take another file.
TEST(LinuxSocketAddress, RefusesAPathnameWithANullInside) {
  LinuxSocketAddress to;
  EXPECT_EQ(ToLinux(Unix(std::string("/run/a\0b", 8)), to), -EINVAL);
}

// Others may bind to a pathname of 108 bytes, which leaves no room for a null;
// the kernel then reports a length beyond the struct's (unix(7)).
TEST(LinuxSocketAddress, ReadsAPathnameThatHasNoNullToItsEnd) {
  const std::string full(kPathRoom, 'x');
  EXPECT_EQ(FromLinux(FromKernel(full, sizeof(sockaddr_un) + 1)), Unix(full));
}

TEST(LinuxSocketAddress, ReadsAPathnameToItsNullAndNoFurther) {
  EXPECT_EQ(FromLinux(FromKernel(std::string("/a\0rest", 7), kPathOffset + 7)),
            Unix("/a"));
}

// --- Neither ----------------------------------------------------------------

// connect(2) wants to see a whole sockaddr, or says EINVAL.
TEST(LinuxSocketAddress, GivesTheUnspecifiedOneAsAWholeStructOfNoFamily) {
  const LinuxSocketAddress address = Translated(SocketAddress());
  EXPECT_EQ(address.storage.ss_family, AF_UNSPEC);
  EXPECT_EQ(address.length, sizeof(sockaddr));
}

TEST(LinuxSocketAddress, BringsTheUnspecifiedOneBack) {
  EXPECT_EQ(ThereAndBack(SocketAddress()), SocketAddress());
}

TEST(LinuxSocketAddress, TakesAFamilyItDoesNotSpeakForUnspecified) {
  LinuxSocketAddress address = Translated(Ipv4());
  address.storage.ss_family = AF_PACKET;
  EXPECT_EQ(FromLinux(address), SocketAddress());
}

// A stream's recvmsg(2) leaves the sender's address at a length of 0.
TEST(LinuxSocketAddress, TakesNoBytesForUnspecifiedWhateverLiesThere) {
  LinuxSocketAddress address = Translated(Ipv4());
  address.length = 0;
  EXPECT_EQ(FromLinux(address), SocketAddress());
}

TEST(LinuxSocketAddress, StartsWithTheRoomForTheLargestAddress) {
  EXPECT_EQ(LinuxSocketAddress().length, sizeof(sockaddr_storage));
}

TEST(LinuxSocketAddress, LeavesNothingOfAnEarlierAddressBehind) {
  LinuxSocketAddress address = Translated(LinkLocal());
  ASSERT_EQ(ToLinux(Unix("/a"), address), 0);
  EXPECT_EQ(As<sockaddr_un>(address).sun_path[3], '\0');
  EXPECT_EQ(FromLinux(address), Unix("/a"));
}

TEST(LinuxSocketAddress, NamesEachFamilyAsTheKernelDoes) {
  EXPECT_EQ(ToLinuxFamily(AddressFamily::kIpv4), AF_INET);
  EXPECT_EQ(ToLinuxFamily(AddressFamily::kIpv6), AF_INET6);
  EXPECT_EQ(ToLinuxFamily(AddressFamily::kUnix), AF_UNIX);
  EXPECT_EQ(ToLinuxFamily(AddressFamily::kUnspecified), AF_UNSPEC);
}

}  // namespace
}  // namespace cloche

// Contract: IPv6, and sockets that speak both. Skipped where the machine has
// no ::1.

#include <cerrno>

#include "cloche/calls/socket_calls.h"
#include "cloche/fakes/fake_addresses.h"
#include "cloche/testing/contract/system_call_contract.h"

namespace cloche {
namespace {

class Ipv6Contract : public SystemCallContract {
 protected:
  void SetUp() override {
    const int fd = calls_.Socket(AddressFamily::kIpv6, SocketType::kStream);
    const bool there = fd >= 0 && calls_.Bind(fd, Ipv6Loopback(0)) == 0;
    if (fd >= 0) calls_.Close(fd);
    if (!there) GTEST_SKIP() << "this machine has no ::1";
  }

  int NewIpv6() {
    return Keep(calls_.Socket(AddressFamily::kIpv6, SocketType::kStream));
  }
  int NewIpv6Only() {
    const int fd = NewIpv6();
    Set(fd, SocketOption::kIpv6Only, 1);
    return fd;
  }
  // On every address, at a port that the kernel chooses.
  int Listen(int fd) {
    EXPECT_EQ(calls_.Bind(fd, Ipv6Any(0)), 0);
    EXPECT_EQ(calls_.Listen(fd, 5), 0);
    return fd;
  }
  // 127.0.0.1 as an IPv6 socket says it.
  static SocketAddress MappedLoopback(uint16_t port) {
    return ToFamily(Ipv4Loopback(port), AddressFamily::kIpv6);
  }
};

TEST_P(Ipv6Contract, ConnectsOverIpv6) {
  const uint16_t port = AddressOf(Listen(NewIpv6Only())).port;
  const int fd = NewIpv6();
  EXPECT_EQ(calls_.Connect(fd, Ipv6Loopback(port)), -EINPROGRESS);
  EXPECT_TRUE(Becomes(fd, "OUT"));
  EXPECT_EQ(WithoutPort(AddressOf(fd)), Ipv6Loopback());
}

TEST_P(Ipv6Contract, AListenerOnAnyAddressTakesIpv4Too) {
  const int listener = Listen(NewIpv6());
  const int fd = NewConnecting(Ipv4Loopback(AddressOf(listener).port));
  SocketAddress peer;
  Accept(listener, &peer);
  EXPECT_EQ(peer, MappedLoopback(AddressOf(fd).port));
}

TEST_P(Ipv6Contract, AnIpv6SocketConnectsToIpv4ByAMappedAddress) {
  const int listener = NewListener();
  const int fd = NewIpv6();
  EXPECT_EQ(calls_.Connect(fd, MappedLoopback(AddressOf(listener).port)),
            -EINPROGRESS);
  SocketAddress peer;
  Accept(listener, &peer);
  EXPECT_EQ(peer, Ipv4Loopback(AddressOf(fd).port));
}

TEST_P(Ipv6Contract, AnIpv6OnlyListenerLeavesIpv4Alone) {
  const uint16_t port = AddressOf(Listen(NewIpv6Only())).port;
  const int fd = NewConnecting(Ipv4Loopback(port));
  EXPECT_TRUE(Becomes(fd, "IN|OUT|RDHUP|ERR|HUP"));
  EXPECT_EQ(TakeError(fd), ECONNREFUSED);
}

TEST_P(Ipv6Contract, AnIpv6OnlySocketKnowsNoMappedAddress) {
  EXPECT_EQ(calls_.Bind(NewIpv6Only(), MappedLoopback(0)), -EINVAL);
  EXPECT_EQ(calls_.Connect(NewIpv6Only(), MappedLoopback(80)), -ENETUNREACH);
}

TEST_P(Ipv6Contract, OneFamilyForOnlyIsChosenBeforeTheBind) {
  EXPECT_EQ(calls_.SetSockOpt(Listen(NewIpv6()), SocketOption::kIpv6Only, 1),
            -EINVAL);
}

TEST_P(Ipv6Contract, AnIpv4AddressIsOfTheWrongFamily) {
  EXPECT_EQ(calls_.Bind(NewIpv6(), Ipv4Any(0)), -EINVAL);
  EXPECT_EQ(calls_.Connect(NewIpv6(), Ipv4Loopback(80)), -EINVAL);
}

INSTANTIATE_ON_EVERY_KERNEL(Ipv6Contract);

}  // namespace
}  // namespace cloche

// Who may have which port. Each sentence was measured on Linux 6.18.

#include <cerrno>

#include "cloche/fakes/fake_kernel_test.h"

namespace cloche {
namespace {

class FakeTcpPorts : public FakeKernelTest {
 protected:
  int NewReusable(SocketOption option) {
    const int fd = NewTcp(host_);
    SetOption(fd, option, 1);
    return fd;
  }
  uint16_t PortOf(int fd) {
    SocketAddress address;
    EXPECT_EQ(calls_.GetSockName(fd, &address), 0);
    return address.port;
  }
};

TEST_F(FakeTcpPorts, PortZeroAsksForAnEphemeralPort) {
  const int fd = NewTcp(host_);
  EXPECT_EQ(calls_.Bind(fd, Ipv4Any(0)), 0);
  EXPECT_GE(PortOf(fd), 32768);
  EXPECT_LE(PortOf(fd), 60999);
}

TEST_F(FakeTcpPorts, ListenWithoutBindTakesAnEphemeralPort) {
  const int fd = NewTcp(host_);
  EXPECT_EQ(calls_.Listen(fd, 5), 0);
  EXPECT_GE(PortOf(fd), 32768);
}

TEST_F(FakeTcpPorts, ATakenPortIsInUse) {
  NewListener(host_, 80);
  EXPECT_EQ(calls_.Bind(NewTcp(host_), Ipv4Any(80)), -EADDRINUSE);
  EXPECT_EQ(calls_.Bind(NewTcp(host_), Ipv4Loopback(80)), -EADDRINUSE);
}

TEST_F(FakeTcpPorts, AnotherHostHasPortsOfItsOwn) {
  NewListener(host_, 80);
  EXPECT_EQ(server_.sockets().Bind(NewTcp(server_), Ipv4Any(80)), 0);
}

TEST_F(FakeTcpPorts, DifferentAddressesDoNotConflict) {
  EXPECT_EQ(calls_.Bind(NewTcp(host_), Ipv4Address(127, 0, 0, 1, 80)), 0);
  EXPECT_EQ(calls_.Bind(NewTcp(host_), Ipv4Address(127, 0, 0, 2, 80)), 0);
}

TEST_F(FakeTcpPorts, AForeignAddressIsNotAvailable) {
  EXPECT_EQ(calls_.Bind(NewTcp(host_), server_.Address()), -EADDRNOTAVAIL);
}

TEST_F(FakeTcpPorts, ASocketIsBoundOnce) {
  const int fd = NewTcp(host_);
  EXPECT_EQ(calls_.Bind(fd, Ipv4Any(80)), 0);
  EXPECT_EQ(calls_.Bind(fd, Ipv4Any(81)), -EINVAL);
}

TEST_F(FakeTcpPorts, ReuseAddressSharesAPortThatNobodyListensOn) {
  const int first = NewReusable(SocketOption::kReuseAddress);
  const int second = NewReusable(SocketOption::kReuseAddress);
  EXPECT_EQ(calls_.Bind(first, Ipv4Any(80)), 0);
  EXPECT_EQ(calls_.Bind(second, Ipv4Any(80)), 0);
  EXPECT_EQ(calls_.Listen(first, 5), 0);
  EXPECT_EQ(calls_.Listen(second, 5), -EADDRINUSE);
}

TEST_F(FakeTcpPorts, ReuseAddressDoesNotShareWithAListener) {
  const int first = NewReusable(SocketOption::kReuseAddress);
  EXPECT_EQ(calls_.Bind(first, Ipv4Any(80)), 0);
  EXPECT_EQ(calls_.Listen(first, 5), 0);
  EXPECT_EQ(calls_.Bind(NewReusable(SocketOption::kReuseAddress), Ipv4Any(80)),
            -EADDRINUSE);
}

TEST_F(FakeTcpPorts, ReuseMustBeWantedByBoth) {
  EXPECT_EQ(calls_.Bind(NewTcp(host_), Ipv4Any(80)), 0);
  EXPECT_EQ(calls_.Bind(NewReusable(SocketOption::kReuseAddress), Ipv4Any(80)),
            -EADDRINUSE);
  EXPECT_EQ(calls_.Bind(NewReusable(SocketOption::kReusePort), Ipv4Any(80)),
            -EADDRINUSE);
}

TEST_F(FakeTcpPorts, ReusePortSharesTheConnectionsBetweenListeners) {
  const int first = NewReusable(SocketOption::kReusePort);
  const int second = NewReusable(SocketOption::kReusePort);
  for (int fd : {first, second}) {
    EXPECT_EQ(calls_.Bind(fd, Ipv4Any(80)), 0);
    EXPECT_EQ(calls_.Listen(fd, 100), 0);
  }
  for (int i = 0; i < 40; ++i) NewConnecting(host_, Ipv4Loopback(80));
  EXPECT_GE(calls_.Accept4(first, nullptr), 0);
  EXPECT_GE(calls_.Accept4(second, nullptr), 0);
}

TEST_F(FakeTcpPorts, AnAcceptedConnectionKeepsThePortOfAClosedListener) {
  const Ends ends = Connect();
  calls_.Close(ends.listener);
  EXPECT_EQ(calls_.Bind(NewReusable(SocketOption::kReuseAddress), Ipv4Any(80)),
            -EADDRINUSE);
}

TEST_F(FakeTcpPorts, AServerThatReusesItsAddressCanBeRestarted) {
  const int listener = NewReusable(SocketOption::kReuseAddress);
  calls_.Bind(listener, Ipv4Any(80));
  calls_.Listen(listener, 5);
  ConnectTo(listener);
  calls_.Close(listener);
  EXPECT_EQ(calls_.Bind(NewTcp(host_), Ipv4Any(80)), -EADDRINUSE);
  const int again = NewReusable(SocketOption::kReuseAddress);
  EXPECT_EQ(calls_.Bind(again, Ipv4Any(80)), 0);
  EXPECT_EQ(calls_.Listen(again, 5), 0);
}

TEST_F(FakeTcpPorts, WhoClosesFirstKeepsThePortForAMinute) {
  const Ends ends = Connect();
  calls_.Close(ends.server);
  calls_.Close(ends.client);
  calls_.Close(ends.listener);
  EXPECT_EQ(calls_.Bind(NewTcp(host_), Ipv4Any(80)), -EADDRINUSE);
  PassTime(absl::Seconds(60));
  EXPECT_EQ(calls_.Bind(NewTcp(host_), Ipv4Any(80)), 0);
}

TEST_F(FakeTcpPorts, ATimeWaitIsNothingThatAnybodyWaitsFor) {
  const Ends ends = Connect();
  calls_.Close(ends.server);
  calls_.Close(ends.client);
  EXPECT_EQ(network_.NextEvent(), absl::InfiniteFuture());
}

TEST_F(FakeTcpPorts, TheSameTwoAddressesMakeOneConnectionOnly) {
  NewListener(host_);
  const int first = NewReusable(SocketOption::kReuseAddress);
  const int second = NewReusable(SocketOption::kReuseAddress);
  EXPECT_EQ(calls_.Bind(first, Ipv4Loopback(5000)), 0);
  EXPECT_EQ(calls_.Bind(second, Ipv4Loopback(5000)), 0);
  EXPECT_EQ(calls_.Connect(first, Ipv4Loopback(80)), -EINPROGRESS);
  EXPECT_EQ(calls_.Connect(second, Ipv4Loopback(80)), -EADDRNOTAVAIL);
}

TEST_F(FakeTcpPorts, AnIpv6ListenerOnAnyAddressTakesIpv4Too) {
  const int listener = calls_.Socket(AddressFamily::kIpv6, SocketType::kStream);
  EXPECT_EQ(calls_.Bind(listener, Ipv6Any(80)), 0);
  EXPECT_EQ(calls_.Listen(listener, 5), 0);
  const int fd = NewConnecting(host_, Ipv4Loopback(80));
  EXPECT_EQ(Level(fd), "OUT");
  SocketAddress peer;
  const int accepted = calls_.Accept4(listener, &peer);
  ASSERT_GE(accepted, 0);
  EXPECT_EQ(peer.family, AddressFamily::kIpv6);
  EXPECT_EQ(ToWireForm(peer), Ipv4Loopback(PortOf(fd)));
}

TEST_F(FakeTcpPorts, AnIpv6OnlyListenerLeavesIpv4Alone) {
  const int listener = calls_.Socket(AddressFamily::kIpv6, SocketType::kStream);
  SetOption(listener, SocketOption::kIpv6Only, 1);
  EXPECT_EQ(calls_.Bind(listener, Ipv6Any(80)), 0);
  EXPECT_EQ(calls_.Listen(listener, 5), 0);
  EXPECT_EQ(TakeError(NewConnecting(host_, Ipv4Loopback(80))), ECONNREFUSED);
  EXPECT_EQ(calls_.Bind(NewTcp(host_), Ipv4Any(80)), 0);
}

TEST_F(FakeTcpPorts, AddressesOfTheWrongFamilyAreRefused) {
  const int v4 = NewTcp(host_);
  const int v6 = calls_.Socket(AddressFamily::kIpv6, SocketType::kStream);
  EXPECT_EQ(calls_.Bind(v4, Ipv6Any(80)), -EAFNOSUPPORT);
  EXPECT_EQ(calls_.Connect(v4, Ipv6Loopback(80)), -EAFNOSUPPORT);
  EXPECT_EQ(calls_.Bind(v6, Ipv4Any(80)), -EINVAL);
  EXPECT_EQ(calls_.Connect(v6, Ipv4Loopback(80)), -EINVAL);
}

}  // namespace
}  // namespace cloche

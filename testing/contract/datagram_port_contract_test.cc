// Contract: which UDP socket has which port, whose a datagram is if several
// could have it, options, and IPv6.

#include <cerrno>
#include <initializer_list>
#include <string>

#include "cloche/calls/socket_calls.h"
#include "cloche/fakes/fake_addresses.h"
#include "cloche/testing/contract/system_call_contract.h"

namespace cloche {
namespace {

constexpr SocketOption kReuseAddress = SocketOption::kReuseAddress;
constexpr SocketOption kReusePort = SocketOption::kReusePort;

class DatagramPortContract : public SystemCallContract {
 protected:
  using Options = std::initializer_list<SocketOption>;

  int NewWith(Options options) {
    const int fd = NewUdp();
    for (const SocketOption option : options) Set(fd, option, 1);
    return fd;
  }
  int NewAt(const SocketAddress& address, Options options) {
    const int fd = NewWith(options);
    EXPECT_EQ(calls_.Bind(fd, address), 0);
    return fd;
  }
  // What a second socket's bind says, at the address of a first one.
  int BindBeside(Options first, Options second) {
    const int fd = NewAt(Ipv4Loopback(), first);
    return calls_.Bind(NewWith(second), AddressOf(fd));
  }

  std::string Hear(int fd) {
    EXPECT_TRUE(Becomes(fd, "IN|OUT"));
    return Receive(fd);
  }
};

// --- Ports ------------------------------------------------------------------

TEST_P(DatagramPortContract, ASocketIsBoundOnce) {
  EXPECT_EQ(calls_.Bind(NewBoundUdp(), Ipv4Loopback()), -EINVAL);
}

TEST_P(DatagramPortContract, ItsFirstSendOrConnectIsABindToo) {
  const SocketAddress there = AddressOf(NewBoundUdp());
  const int sender = NewUdp();
  SendTo(sender, there, "x");
  EXPECT_EQ(calls_.Bind(sender, Ipv4Loopback()), -EINVAL);
  const int fd = NewUdp();
  EXPECT_EQ(calls_.Connect(fd, there), 0);
  EXPECT_EQ(calls_.Bind(fd, Ipv4Loopback()), -EINVAL);
}

TEST_P(DatagramPortContract, AForeignAddressIsNotAvailable) {
  // TEST-NET-1 (RFC 5737): nobody's.
  EXPECT_EQ(calls_.Bind(NewUdp(), Ipv4Address(192, 0, 2, 1)), -EADDRNOTAVAIL);
}

TEST_P(DatagramPortContract, AnAddressOfTheWrongFamilyIsRefused) {
  const int fd = NewUdp();
  EXPECT_EQ(calls_.Bind(fd, Ipv6Any(0)), -EAFNOSUPPORT);
  EXPECT_EQ(calls_.Connect(fd, Ipv6Loopback(80)), -EAFNOSUPPORT);
  EXPECT_EQ(SendTo(fd, Ipv6Loopback(80), "x"), -EAFNOSUPPORT);
}

TEST_P(DatagramPortContract, ATakenPortIsInUse) {
  const SocketAddress address = AddressOf(NewBoundUdp());
  EXPECT_EQ(calls_.Bind(NewUdp(), address), -EADDRINUSE);
  EXPECT_EQ(calls_.Bind(NewUdp(), Ipv4Any(address.port)), -EADDRINUSE);
}

TEST_P(DatagramPortContract, AClosedSocketsPortIsFreeAtOnce) {
  const int fd = NewBoundUdp();
  const SocketAddress address = AddressOf(fd);
  calls_.Close(fd);
  NewAt(address, {});
}

TEST_P(DatagramPortContract, DifferentAddressesShareAPort) {
  const int fd = NewBoundUdp();
  NewAt(Ipv4Address(127, 0, 0, 2, AddressOf(fd).port), {});
}

TEST_P(DatagramPortContract, TcpHasPortsOfItsOwn) {
  EXPECT_EQ(calls_.Bind(NewTcp(), AddressOf(NewBoundUdp())), 0);
}

TEST_P(DatagramPortContract, ReuseMustBeWantedByBothAndTheSameWay) {
  EXPECT_EQ(BindBeside({kReuseAddress}, {}), -EADDRINUSE);
  EXPECT_EQ(BindBeside({}, {kReuseAddress}), -EADDRINUSE);
  EXPECT_EQ(BindBeside({kReusePort}, {}), -EADDRINUSE);
  EXPECT_EQ(BindBeside({kReuseAddress}, {kReusePort}), -EADDRINUSE);
  EXPECT_EQ(BindBeside({kReuseAddress}, {kReuseAddress}), 0);
  EXPECT_EQ(BindBeside({kReusePort}, {kReusePort}), 0);
  EXPECT_EQ(BindBeside({kReusePort}, {kReuseAddress, kReusePort}), 0);
}

// --- Whose a datagram is ----------------------------------------------------

TEST_P(DatagramPortContract, WithReuseAddressTheLastToBindHearsAll) {
  const int first = NewAt(Ipv4Loopback(), {kReuseAddress});
  const int second = NewAt(AddressOf(first), {kReuseAddress});
  SendTo(NewUdp(), AddressOf(first), "a");
  SendTo(NewUdp(), AddressOf(first), "b");
  EXPECT_EQ(Hear(second), "a");
  EXPECT_EQ(Hear(second), "b");
  EXPECT_EQ(Level(first), "OUT");
}

TEST_P(DatagramPortContract, WhenThatIsClosedTheOneBeforeHearsAgain) {
  const int first = NewAt(Ipv4Loopback(), {kReuseAddress});
  calls_.Close(NewAt(AddressOf(first), {kReuseAddress}));
  SendTo(NewUdp(), AddressOf(first), "a");
  EXPECT_EQ(Hear(first), "a");
}

TEST_P(DatagramPortContract, AnExactAddressComesBeforeAny) {
  const int exact = NewAt(Ipv4Loopback(), {kReuseAddress});
  const int any = NewAt(Ipv4Any(AddressOf(exact).port), {kReuseAddress});
  SendTo(NewUdp(), AddressOf(exact), "a");
  EXPECT_EQ(Hear(exact), "a");
  EXPECT_EQ(Level(any), "OUT");
}

TEST_P(DatagramPortContract, WhoIsConnectedToTheSenderComesBeforeOthers) {
  const int peer = NewBoundUdp();
  const int connected = NewAt(Ipv4Loopback(), {kReuseAddress});
  const int other = NewAt(AddressOf(connected), {kReuseAddress});
  EXPECT_EQ(calls_.Connect(connected, AddressOf(peer)), 0);
  SendTo(peer, AddressOf(connected), "from the peer");
  SendTo(NewUdp(), AddressOf(connected), "from a stranger");
  EXPECT_EQ(Hear(connected), "from the peer");
  EXPECT_EQ(Hear(other), "from a stranger");
}

TEST_P(DatagramPortContract, WithReusePortOneSenderIsAlwaysHeardByTheSame) {
  const int first = NewAt(Ipv4Loopback(), {kReusePort});
  const int second = NewAt(AddressOf(first), {kReusePort});
  const int epoll = NewEpoll(first, kEpollIn);
  EXPECT_EQ(Control(epoll, EpollCtlOp::kAdd, second, kEpollIn), 0);
  const int sender = NewUdp();
  SendTo(sender, AddressOf(first), "x");
  ASSERT_EQ(Next(epoll), "IN");
  const int its_own = Ready(epoll).front() == first ? first : second;
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(Hear(its_own), "x");
    SendTo(sender, AddressOf(first), "x");
  }
}

// --- Options ----------------------------------------------------------------

TEST_P(DatagramPortContract, OptionsOfTheSocketKeepWhatTheyWereSetTo) {
  const int fd = NewUdp();
  for (const SocketOption option :
       {kReuseAddress, kReusePort, SocketOption::kKeepAlive,
        SocketOption::kOutOfBandInline}) {
    EXPECT_EQ(Get(fd, option), 0);
    Set(fd, option, 1);
    EXPECT_EQ(Get(fd, option), 1);
  }
  EXPECT_EQ(Get(fd, SocketOption::kLinger), -1);
  Set(fd, SocketOption::kLinger, 5);
  EXPECT_EQ(Get(fd, SocketOption::kLinger), 5);
}

TEST_P(DatagramPortContract, ABufferReportsTwiceWhatWasSetAndHasALeast) {
  const int fd = NewUdp();
  Set(fd, SocketOption::kReceiveBuffer, 8192);
  EXPECT_EQ(Get(fd, SocketOption::kReceiveBuffer), 16384);
  Set(fd, SocketOption::kReceiveBuffer, 1);
  EXPECT_EQ(Get(fd, SocketOption::kReceiveBuffer), 2304);
  Set(fd, SocketOption::kSendBuffer, 1);
  EXPECT_EQ(Get(fd, SocketOption::kSendBuffer), 4608);
}

TEST_P(DatagramPortContract, OptionsOfTcpAreNotThere) {
  const int v4 = NewUdp();
  const int v6 = NewUdp(AddressFamily::kIpv6);
  for (const SocketOption option :
       {SocketOption::kNoDelay, SocketOption::kKeepAliveIdle,
        SocketOption::kKeepAliveInterval, SocketOption::kKeepAliveCount,
        SocketOption::kDeferAccept}) {
    int value;
    EXPECT_EQ(calls_.GetSockOpt(v4, option, &value), -EOPNOTSUPP);
    EXPECT_EQ(calls_.GetSockOpt(v6, option, &value), -ENOPROTOOPT);
    EXPECT_EQ(calls_.SetSockOpt(v4, option, 1), -ENOPROTOOPT);
    EXPECT_EQ(calls_.SetSockOpt(v6, option, 1), -ENOPROTOOPT);
  }
}

TEST_P(DatagramPortContract, SomeOptionsCannotBeSet) {
  const int fd = NewUdp();
  EXPECT_EQ(calls_.SetSockOpt(fd, SocketOption::kError, 0), -ENOPROTOOPT);
  EXPECT_EQ(calls_.SetSockOpt(fd, SocketOption::kIpv6Only, 1), -ENOPROTOOPT);
}

INSTANTIATE_ON_EVERY_KERNEL(DatagramPortContract);

// --- IPv6 -------------------------------------------------------------------

class DatagramIpv6Contract : public DatagramPortContract {
 protected:
  void SetUp() override {
    const bool there = calls_.Bind(NewIpv6(), Ipv6Loopback(0)) == 0;
    if (!there) GTEST_SKIP() << "this machine has no ::1";
  }
  int NewIpv6() { return NewUdp(AddressFamily::kIpv6); }
  int NewIpv6At(const SocketAddress& address) {
    const int fd = NewIpv6();
    EXPECT_EQ(calls_.Bind(fd, address), 0);
    return fd;
  }
  // 127.0.0.1 as an IPv6 socket says it.
  static SocketAddress MappedLoopback(uint16_t port) {
    return ToFamily(Ipv4Loopback(port), AddressFamily::kIpv6);
  }
};

TEST_P(DatagramIpv6Contract, HasAtMost65527Bytes) {
  const int receiver = NewIpv6At(Ipv6Loopback());
  Set(receiver, SocketOption::kReceiveBuffer, 200000);
  const int fd = NewIpv6();
  EXPECT_EQ(SendTo(fd, AddressOf(receiver), std::string(65528, 'x')),
            -EMSGSIZE);
  EXPECT_EQ(SendTo(fd, AddressOf(receiver), std::string(65527, 'x')), 65527);
  EXPECT_TRUE(Becomes(receiver, "IN|OUT"));
}

TEST_P(DatagramIpv6Contract, ASocketOnAnyAddressHearsIpv4Too) {
  const int receiver = NewIpv6At(Ipv6Any());
  const int sender = NewUdp();
  SendTo(sender, Ipv4Loopback(AddressOf(receiver).port), "x");
  ASSERT_TRUE(Becomes(receiver, "IN|OUT"));
  SocketAddress from;
  ReceiveMessage message{.buffers = {}, .from = &from};
  EXPECT_EQ(calls_.RecvMsg(receiver, message), 0);
  EXPECT_EQ(from, MappedLoopback(AddressOf(sender).port));
}

TEST_P(DatagramIpv6Contract, AnIpv4SocketComesBeforeIt) {
  const int v4 = NewAt(Ipv4Any(), {kReuseAddress});
  const int v6 = NewIpv6();
  Set(v6, kReuseAddress, 1);
  EXPECT_EQ(calls_.Bind(v6, Ipv6Any(AddressOf(v4).port)), 0);
  SendTo(NewUdp(), Ipv4Loopback(AddressOf(v4).port), "x");
  EXPECT_EQ(Hear(v4), "x");
  EXPECT_EQ(Level(v6), "OUT");
}

TEST_P(DatagramIpv6Contract, ReachesIpv4ByAMappedAddressAndByAPlainOne) {
  const int receiver = NewBoundUdp();
  const uint16_t port = AddressOf(receiver).port;
  const int fd = NewIpv6();
  EXPECT_EQ(SendTo(fd, MappedLoopback(port), "mapped"), 6);
  EXPECT_EQ(Hear(receiver), "mapped");
  EXPECT_EQ(SendTo(fd, Ipv4Loopback(port), "plain"), 5);
  EXPECT_EQ(Hear(receiver), "plain");
  EXPECT_EQ(calls_.Connect(fd, Ipv4Loopback(port)), 0);
  EXPECT_EQ(WithoutPort(AddressOf(fd)), MappedLoopback(0));
}

TEST_P(DatagramIpv6Contract, ABoundSocketKeepsToTheFamilyOfItsAddress) {
  const int v6 = NewIpv6At(Ipv6Loopback());
  EXPECT_EQ(SendTo(v6, MappedLoopback(80), "x"), -ENETUNREACH);
  EXPECT_EQ(calls_.Connect(v6, MappedLoopback(80)), -ENETUNREACH);
  const int mapped = NewIpv6At(MappedLoopback(0));
  EXPECT_EQ(SendTo(mapped, Ipv6Loopback(80), "x"), -EAFNOSUPPORT);
  EXPECT_EQ(calls_.Connect(mapped, Ipv6Loopback(80)), -EAFNOSUPPORT);
}

TEST_P(DatagramIpv6Contract, AnIpv6OnlySocketKnowsNoMappedAddress) {
  const int fd = NewIpv6();
  Set(fd, SocketOption::kIpv6Only, 1);
  EXPECT_EQ(calls_.Bind(fd, MappedLoopback(0)), -EINVAL);
  EXPECT_EQ(calls_.Connect(fd, MappedLoopback(80)), -ENETUNREACH);
  EXPECT_EQ(SendTo(fd, MappedLoopback(80), "x"), -ENETUNREACH);
  EXPECT_EQ(calls_.SetSockOpt(fd, SocketOption::kIpv6Only, 0), -EINVAL);
}

TEST_P(DatagramIpv6Contract, BindsToAnIpv6AddressOnly) {
  EXPECT_EQ(calls_.Bind(NewIpv6(), Ipv4Any(0)), -EINVAL);
}

INSTANTIATE_ON_EVERY_KERNEL(DatagramIpv6Contract);

}  // namespace
}  // namespace cloche

// UDP beyond loopback: what links do to datagrams, hosts that are not there,
// and what only the fake kernel can be asked. The rest is in
// testing/contract/datagram_*_test.cc.

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/fakes/fake_kernel_test.h"

namespace cloche {
namespace {

class FakeUdpTest : public FakeKernelTest {
 protected:
  static int NewUdp(FakeHost& host, uint16_t port = 0) {
    const int fd =
        host.sockets().Socket(AddressFamily::kIpv4, SocketType::kDatagram);
    EXPECT_EQ(host.sockets().Bind(fd, Ipv4Any(port)), 0);
    return fd;
  }
  static int NewUdp6(FakeHost& host, const SocketAddress& address) {
    const int fd =
        host.sockets().Socket(AddressFamily::kIpv6, SocketType::kDatagram);
    EXPECT_EQ(host.sockets().Bind(fd, address), 0);
    return fd;
  }
  int NewClient(const SocketAddress& peer) {
    const int fd = NewUdp(client_);
    EXPECT_EQ(client_.sockets().Connect(fd, peer), 0);
    return fd;
  }
  SocketAddress AtServer(uint16_t port) {
    return server_.Address(AddressFamily::kIpv4, port);
  }
  void Say(int fd, absl::string_view text) {
    EXPECT_EQ(client_.sockets().Send(fd, text, 0),
              static_cast<int64_t>(text.size()));
  }
  // What a receive says: the datagram, "nothing", or the error.
  static std::string Hear(FakeHost& host, int fd) {
    std::string room(70000, '\0');
    const int64_t count =
        host.sockets().Recv(fd, absl::MakeSpan(room.data(), room.size()), 0);
    if (count == -EAGAIN) return "nothing";
    return count < 0 ? Errno(static_cast<int>(-count)) : room.substr(0, count);
  }
  // All datagrams that have come, which are numbers.
  std::vector<int> HearNumbers(int fd) {
    std::vector<int> numbers;
    for (std::string text; (text = Hear(server_, fd)) != "nothing";) {
      EXPECT_TRUE(absl::SimpleAtoi(text, &numbers.emplace_back()));
    }
    return numbers;
  }
  // What comes of the numbers from 0 to 99, said a millisecond apart.
  std::vector<int> SendNumbersThrough(const FakeLinkOptions& link) {
    network_.SetLink(link);
    const int server = NewUdp(server_, 53);
    const int client = NewClient(AtServer(53));
    for (int i = 0; i < 100; ++i) {
      Say(client, absl::StrCat(i));
      PassTime(absl::Milliseconds(1));
    }
    PassTime(absl::Seconds(1));
    return HearNumbers(server);
  }
  static std::vector<int> Sorted(std::vector<int> numbers) {
    std::sort(numbers.begin(), numbers.end());
    return numbers;
  }
  static bool HasNoTwins(const std::vector<int>& sorted) {
    return std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end();
  }
};

// --- Loopback ---------------------------------------------------------------

// Over IPv4 that is EINVAL: testing/contract/datagram_peer_contract_test.cc.
TEST_F(FakeUdpTest, FromTheLoopbackAddressOfIpv6ADatagramIsLost) {
  const int server = NewUdp6(server_, Ipv6Any(53));
  const int client = NewUdp6(client_, Ipv6Loopback(53));
  const SocketAddress there = server_.Address(AddressFamily::kIpv6, 53);
  EXPECT_EQ(client_.sockets().Connect(client, there), 0);
  Say(client, "x");
  PassTime(absl::Seconds(1));
  EXPECT_EQ(Hear(server_, server), "nothing");
}

// --- Links ------------------------------------------------------------------

TEST_F(FakeUdpTest, ADatagramTakesTheTimeOfTheLink) {
  network_.SetLink({.latency = absl::Milliseconds(40)});
  const int server = NewUdp(server_, 53);
  Say(NewClient(AtServer(53)), "hello");
  PassTime(absl::Milliseconds(39));
  EXPECT_EQ(Hear(server_, server), "nothing");
  PassTime(absl::Milliseconds(1));
  EXPECT_EQ(Hear(server_, server), "hello");
}

TEST_F(FakeUdpTest, ANarrowLinkTakesItsTimeForEachByte) {
  network_.SetLink({.latency = absl::ZeroDuration(), .bytes_per_second = 1000});
  const int server = NewUdp(server_, 53);
  const int client = NewClient(AtServer(53));
  Say(client, std::string(958, 'x'));  // With 42 of headers.
  Say(client, "behind it");
  PassTime(absl::Seconds(1));
  EXPECT_EQ(Hear(server_, server).size(), 958u);
  EXPECT_EQ(Hear(server_, server), "nothing");
  PassTime(absl::Seconds(1));
  EXPECT_EQ(Hear(server_, server), "behind it");
}

TEST_F(FakeUdpTest, AGoodLinkKeepsTheOrder) {
  const std::vector<int> heard = SendNumbersThrough({});
  EXPECT_EQ(heard.size(), 100u);
  EXPECT_TRUE(std::is_sorted(heard.begin(), heard.end()));
}

TEST_F(FakeUdpTest, WhatIsLostIsLost) {
  const std::vector<int> heard = SendNumbersThrough({.loss = 0.3});
  EXPECT_GT(heard.size(), 50u);
  EXPECT_LT(heard.size(), 90u);
  EXPECT_TRUE(std::is_sorted(heard.begin(), heard.end()));
}

TEST_F(FakeUdpTest, JitterLetsDatagramsOvertakeEachOther) {
  const std::vector<int> heard =
      SendNumbersThrough({.jitter = absl::Milliseconds(20)});
  EXPECT_EQ(heard.size(), 100u);
  EXPECT_FALSE(std::is_sorted(heard.begin(), heard.end()));
  EXPECT_TRUE(HasNoTwins(Sorted(heard)));
}

TEST_F(FakeUdpTest, JitterBelowTheirDistanceDoesNot) {
  const std::vector<int> heard =
      SendNumbersThrough({.jitter = absl::Microseconds(900)});
  EXPECT_TRUE(std::is_sorted(heard.begin(), heard.end()));
}

TEST_F(FakeUdpTest, ALinkMayBringSomeTwice) {
  const std::vector<int> heard = SendNumbersThrough({.duplication = 0.3});
  EXPECT_GT(heard.size(), 110u);
  EXPECT_LT(heard.size(), 150u);
  EXPECT_FALSE(HasNoTwins(Sorted(heard)));
}

TEST_F(FakeUdpTest, DuplicationIsNothingThatTcpHearsOf) {
  network_.SetLink({.duplication = 1});
  const int listener = NewListener(server_);
  const int client =
      NewConnecting(client_, server_.Address(AddressFamily::kIpv4, 80));
  PassTime(absl::Seconds(1));
  const int server = server_.sockets().Accept4(listener, nullptr);
  Say(client, "once");
  PassTime(absl::Seconds(1));
  EXPECT_EQ(Hear(server_, server), "once");
}

TEST_F(FakeUdpTest, APartitionLosesWhatIsSentMeanwhile) {
  const int server = NewUdp(server_, 53);
  const int client = NewClient(AtServer(53));
  network_.Partition(client_, server_);
  Say(client, "during");
  network_.Heal(client_, server_);
  Say(client, "after");
  PassTime(absl::Seconds(10));
  EXPECT_EQ(Hear(server_, server), "after");
  EXPECT_EQ(Hear(server_, server), "nothing");
}

TEST_F(FakeUdpTest, ALinkBringsNothingTwiceMoreThanAlways) {
  EXPECT_DEATH(network_.SetLink({.duplication = 1.5}), "probability");
}

// --- Who is not there -------------------------------------------------------

TEST_F(FakeUdpTest, ARefusalTakesTheWayThereAndBack) {
  network_.SetLink({.latency = absl::Milliseconds(40)});
  const int client = NewClient(AtServer(53));
  Say(client, "anybody?");
  PassTime(absl::Milliseconds(79));
  EXPECT_EQ(Hear(client_, client), "nothing");
  PassTime(absl::Milliseconds(1));
  EXPECT_EQ(Hear(client_, client), Errno(ECONNREFUSED));
}

TEST_F(FakeUdpTest, ARefusalMayBeLostToo) {
  const int client = NewClient(AtServer(53));
  network_.Cut(server_, client_);
  Say(client, "anybody?");
  PassTime(absl::Seconds(10));
  EXPECT_EQ(Hear(client_, client), "nothing");
}

TEST_F(FakeUdpTest, ARefusalComesFromAHostThatIsThereOnly) {
  const SocketAddress black_hole = Ipv4Address(10, 0, 0, 99, 53);
  network_.AddBlackHole(black_hole);
  for (const SocketAddress& peer :
       {black_hole, Ipv4Address(10, 0, 0, 77, 53)}) {
    const int client = NewClient(peer);
    Say(client, "anybody?");
    PassTime(absl::Seconds(10));
    EXPECT_EQ(Hear(client_, client), "nothing");
  }
}

// Its program is gone, its host is not.
TEST_F(FakeUdpTest, WhoClosesMeanwhileRefusesWhatIsUnderWay) {
  const int server = NewUdp(server_, 53);
  const int client = NewClient(AtServer(53));
  Say(client, "hello");
  EXPECT_EQ(server_.sockets().Close(server), 0);
  PassTime(absl::Seconds(1));
  EXPECT_EQ(Hear(client_, client), Errno(ECONNREFUSED));
}

// --- Addresses --------------------------------------------------------------

TEST_F(FakeUdpTest, AnAnswerComesFromTheAddressThatWasAsked) {
  const int server = NewUdp(host_, 53);
  const int client = NewUdp(host_);
  const SocketAddress own = host_.Address(AddressFamily::kIpv4, 53);
  const absl::string_view text = "hello";
  EXPECT_EQ(calls_.SendMsg(
                client, {.buffers = absl::MakeConstSpan(&text, 1), .to = &own}),
            5);
  SocketAddress from;
  ReceiveMessage message{.buffers = {}, .from = &from};
  EXPECT_EQ(calls_.RecvMsg(server, message), 0);
  EXPECT_EQ(WithoutPort(from), host_.Address());
}

TEST_F(FakeUdpTest, HostsTalkOverIpv6Too) {
  const auto open = [](FakeHost& host) {
    return host.sockets().Socket(AddressFamily::kIpv6, SocketType::kDatagram);
  };
  const int server = open(server_);
  EXPECT_EQ(server_.sockets().Bind(server, Ipv6Any(53)), 0);
  const int client = open(client_);
  EXPECT_EQ(client_.sockets().Connect(
                client, server_.Address(AddressFamily::kIpv6, 53)),
            0);
  Say(client, "hello");
  PassTime(absl::Seconds(1));
  EXPECT_EQ(Hear(server_, server), "hello");
}

TEST_F(FakeUdpTest, ReusePortSharesTheSendersBetweenTheSockets) {
  std::vector<int> sharers;
  for (int i = 0; i < 2; ++i) {
    sharers.push_back(
        calls_.Socket(AddressFamily::kIpv4, SocketType::kDatagram));
    SetOption(sharers.back(), SocketOption::kReusePort, 1);
    EXPECT_EQ(calls_.Bind(sharers.back(), Ipv4Any(53)), 0);
  }
  for (int i = 0; i < 20; ++i) {
    const int sender = NewUdp(host_);
    EXPECT_EQ(calls_.Connect(sender, Ipv4Loopback(53)), 0);
    EXPECT_EQ(calls_.Send(sender, "x", 0), 1);
  }
  for (const int fd : sharers) EXPECT_EQ(Level(fd), "IN|OUT");
}

TEST_F(FakeUdpTest, AnOpenSocketIsDescribedByItsNames) {
  NewClient(AtServer(53));
  EXPECT_EQ(
      client_.OpenDescriptors(),
      std::vector<std::string>{"fd 3: UDP 10.0.0.3:32768 to 10.0.0.2:53"});
}

// --- Room -------------------------------------------------------------------

TEST_F(FakeUdpTest, ABufferHoldsJustWhatItWasSetTo) {
  const int server = NewUdp(host_, 53);
  SetOption(server, SocketOption::kReceiveBuffer, 2000);
  const int client = NewUdp(host_);
  EXPECT_EQ(calls_.Connect(client, Ipv4Loopback(53)), 0);
  const std::string half(1000, 'x');
  for (const std::string& text : {half, half, std::string("too much")}) {
    calls_.Send(client, text, 0);
  }
  EXPECT_EQ(Hear(host_, server), half);
  EXPECT_EQ(Hear(host_, server), half);
  EXPECT_EQ(Hear(host_, server), "nothing");
}

TEST_F(FakeUdpTest, AnEmptyDatagramTakesUpRoomToo) {
  const int server = NewUdp(host_, 53);
  SetOption(server, SocketOption::kReceiveBuffer, 2000);
  const int client = NewUdp(host_);
  EXPECT_EQ(calls_.Connect(client, Ipv4Loopback(53)), 0);
  for (int i = 0; i < 3000; ++i) calls_.Send(client, "", 0);
  int heard = 0;
  while (Hear(host_, server).empty()) ++heard;
  EXPECT_EQ(heard, 2000);
}

// --- At one instant ---------------------------------------------------------

TEST_F(FakeUdpTest, OfTwoSendersThatAreHeardAtOneInstantEitherMayBeFirst) {
  const int server = NewUdp(server_, 53);
  Say(NewClient(AtServer(53)), "1");
  Say(NewClient(AtServer(53)), "2");
  clock_.AdvanceTo(network_.NextEvent());
  ASSERT_EQ(network_.CountDue(), 2u);
  network_.DeliverOne(1);
  network_.DeliverOne(0);
  EXPECT_EQ(HearNumbers(server), (std::vector<int>{2, 1}));
}

TEST_F(FakeUdpTest, WhatIsHeardAtAnInstantMayComeAfterTheHostsHaveRun) {
  const int server = NewUdp(server_, 53);
  Say(NewClient(AtServer(53)), "1");
  clock_.AdvanceTo(network_.NextEvent());
  network_.DelayArrivals();
  EXPECT_EQ(network_.CountDue(), 0u);
  EXPECT_EQ(Hear(server_, server), "nothing");
}

}  // namespace
}  // namespace cloche

// Virtual time: what moves the clock, in which order, and what does not.

#include <cerrno>
#include <vector>

#include "absl/time/time.h"
#include "cloche/fakes/fake_kernel_test.h"

namespace cloche {
namespace {

class FakeNetworkTest : public FakeKernelTest {
 protected:
  absl::Time After(int seconds) {
    return FakeClock::Start() + absl::Seconds(seconds);
  }
};

TEST_F(FakeNetworkTest, EventsHappenByTimeAndThenInTheOrderOfScheduling) {
  std::vector<int> order;
  network_.At(After(2), [&] { order.push_back(3); });
  network_.At(After(1), [&] { order.push_back(1); });
  network_.At(After(1), [&] { order.push_back(2); });
  EXPECT_EQ(network_.WaitFor([&] { return order.size() == 3; },
                             absl::InfiniteFuture()),
            1);
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(clock_.Now(), After(2));
}

TEST_F(FakeNetworkTest, AWaitStopsAtItsDeadlineAndLeavesLaterEvents) {
  bool happened = false;
  network_.At(After(2), [&] { happened = true; });
  EXPECT_EQ(network_.WaitFor([&] { return happened; }, After(1)), 0);
  EXPECT_EQ(clock_.Now(), After(1));
  EXPECT_FALSE(happened);
  EXPECT_EQ(network_.NextEvent(), After(2));
}

TEST_F(FakeNetworkTest, AnEventAtTheDeadlineStillHappens) {
  bool happened = false;
  network_.At(After(1), [&] { happened = true; });
  EXPECT_EQ(network_.WaitFor([&] { return happened; }, After(1)), 1);
}

TEST_F(FakeNetworkTest, AWaitThatIsOverAlreadyMovesNothing) {
  network_.At(After(1), [] {});
  EXPECT_EQ(network_.WaitFor([] { return true; }, absl::InfiniteFuture()), 1);
  EXPECT_EQ(network_.WaitFor([] { return false; }, clock_.Now()), 0);
  EXPECT_EQ(clock_.Now(), FakeClock::Start());
}

TEST_F(FakeNetworkTest, WaitingForEverWithNothingOutstandingIsADeadlock) {
  EXPECT_EQ(network_.WaitFor([] { return false; }, absl::InfiniteFuture()),
            -EDEADLK);
}

TEST_F(FakeNetworkTest, ACancelledEventNeverHappensAndIsNotWaitedFor) {
  bool happened = false;
  const auto id = network_.At(After(1), [&] { happened = true; });
  network_.Cancel(id);
  EXPECT_EQ(network_.NextEvent(), absl::InfiniteFuture());
  PassTime(absl::Seconds(2));
  EXPECT_FALSE(happened);
}

TEST_F(FakeNetworkTest, AnEventForThePastHappensNow) {
  PassTime(absl::Seconds(5));
  network_.At(After(1), [] {});
  EXPECT_EQ(network_.NextEvent(), After(5));
  EXPECT_EQ(network_.DeliverDue(), 1u);
}

TEST_F(FakeNetworkTest, EpollWaitJumpsTheClockByItsTimeout) {
  const int epoll = host_.epoll().EpollCreate1();
  EpollEvent event;
  EXPECT_EQ(host_.epoll().EpollWait(epoll, absl::MakeSpan(&event, 1), 1500), 0);
  EXPECT_EQ(clock_.Now() - FakeClock::Start(), absl::Milliseconds(1500));
}

TEST_F(FakeNetworkTest, EpollWaitForEverOnNothingIsADeadlock) {
  const int epoll = NewEpoll(NewListener(host_), kEpollIn);
  EpollEvent event;
  EXPECT_EQ(host_.epoll().EpollWait(epoll, absl::MakeSpan(&event, 1), -1),
            -EDEADLK);
}

TEST_F(FakeNetworkTest, AScriptedEventMayMakeSystemCalls) {
  const Ends ends = Connect();
  network_.At(After(3), [&] { calls_.Send(ends.server, "x", 0); });
  const int epoll = NewEpoll(ends.client, kEpollIn);
  EpollEvent event;
  EXPECT_EQ(host_.epoll().EpollWait(epoll, absl::MakeSpan(&event, 1), -1), 1);
  EXPECT_EQ(clock_.Now(), After(3));
}

TEST_F(FakeNetworkTest, AScriptedEventNeverHappensInsideACallThatDoesNotWait) {
  bool happened = false;
  network_.At(clock_.Now(), [&] { happened = true; });
  const int epoll = NewEpoll(NewListener(host_), kEpollIn);
  EXPECT_EQ(Edge(epoll), "nothing");
  EXPECT_FALSE(happened);
  EXPECT_EQ(network_.DeliverDue(), 1u);
  EXPECT_TRUE(happened);
}

TEST_F(FakeNetworkTest, WhatArrivesDoesNotWaitForAScriptedEvent) {
  network_.At(clock_.Now(), [] {});
  const Ends ends = Connect();
  calls_.Send(ends.client, "x", 0);
  EXPECT_EQ(Receive(ends.server), "x");
}

TEST_F(FakeNetworkTest, AnEdgeThatTurnsOutFalseDoesNotEndAWait) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollIn | kEpollEdgeTriggered);
  network_.At(After(1), [&] {
    calls_.Send(ends.server, "x", 0);
    Receive(ends.client);
  });
  EpollEvent event;
  EXPECT_EQ(host_.epoll().EpollWait(epoll, absl::MakeSpan(&event, 1), 2000), 0);
  EXPECT_EQ(clock_.Now(), After(2));
}

// The firewall came later than the connection.
TEST_F(FakeNetworkTest, WhoeverSendsIntoABlackHoleTimesOutAfter924Seconds) {
  NewListener(server_);
  const int fd =
      NewConnecting(client_, server_.Address(AddressFamily::kIpv4, 80));
  PassTime(absl::Seconds(1));
  network_.AddBlackHole(server_.Address());
  EXPECT_EQ(client_.sockets().Send(fd, "x", 0), 1);
  PassTime(absl::Milliseconds(924599));
  int error = -1;
  client_.sockets().GetSockOpt(fd, SocketOption::kError, &error);
  EXPECT_EQ(error, 0);
  PassTime(absl::Milliseconds(1));
  client_.sockets().GetSockOpt(fd, SocketOption::kError, &error);
  EXPECT_EQ(error, ETIMEDOUT);
}

TEST_F(FakeNetworkTest, WhatABlackHoleSwallowsOfOneAddressItsHostHasOfAnother) {
  const int listener =
      server_.sockets().Socket(AddressFamily::kIpv6, SocketType::kStream);
  EXPECT_EQ(server_.sockets().Bind(listener, Ipv6Any(80)), 0);
  EXPECT_EQ(server_.sockets().Listen(listener, 1), 0);
  network_.AddBlackHole(server_.Address(AddressFamily::kIpv6));
  NewConnecting(client_, server_.Address(AddressFamily::kIpv4, 80));
  PassTime(absl::Seconds(1));
  EXPECT_GE(server_.sockets().Accept4(listener, nullptr), 0);
}

TEST_F(FakeNetworkTest, AHostsOwnAddressMayBeABlackHoleToItself) {
  NewListener(host_);
  network_.AddBlackHole(host_.Address());
  const int fd = NewConnecting(host_, host_.Address(AddressFamily::kIpv4, 80));
  PassTime(absl::Seconds(131));
  EXPECT_EQ(TakeError(fd), ETIMEDOUT);
}

TEST_F(FakeNetworkTest, HostsAreFoundByNameAndAddress) {
  EXPECT_EQ(network_.FindHost("server"), &server_);
  EXPECT_EQ(network_.FindHost("nobody"), nullptr);
  EXPECT_EQ(network_.FindHostByAddress(client_.Address()), &client_);
  EXPECT_EQ(network_.FindHostByAddress(client_.Address(AddressFamily::kIpv6)),
            &client_);
  EXPECT_EQ(network_.FindHostByAddress(Ipv4Loopback()), nullptr);
}

TEST_F(FakeNetworkTest, TheWallClockMayJumpAndTheOtherDoesNotNotice) {
  clock_.JumpWallClock(-absl::Hours(1));
  EXPECT_EQ(clock_.Now(), FakeClock::Start());
  EXPECT_EQ(clock_.WallNow(), FakeClock::Start() - absl::Hours(1));
}

TEST_F(FakeNetworkTest, TheClockDoesNotGoBack) {
  EXPECT_DEATH(clock_.AdvanceTo(FakeClock::Start() - absl::Seconds(1)),
               "does not go back");
}

}  // namespace
}  // namespace cloche

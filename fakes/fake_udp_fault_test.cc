// What goes wrong with datagrams on request, by the rules of datagrams.

#include <cerrno>
#include <string>

#include "cloche/fakes/fake_kernel_test.h"
#include "cloche/fakes/fault_plan.h"

namespace cloche {
namespace {

class FakeUdpFaults : public FakeKernelTest {
 protected:
  int NewUdp() {
    const int fd = calls_.Socket(AddressFamily::kIpv4, SocketType::kDatagram);
    EXPECT_EQ(calls_.Bind(fd, Ipv4Loopback()), 0);
    return fd;
  }
  int NewUdpTo(int peer) {
    const int fd = NewUdp();
    SocketAddress address;
    EXPECT_EQ(calls_.GetSockName(peer, &address), 0);
    EXPECT_EQ(calls_.Connect(fd, address), 0);
    return fd;
  }

  FaultPlan& plan_ = host_.faults();
  const int receiver_ = NewUdp();
  const int sender_ = NewUdpTo(receiver_);
};

TEST_F(FakeUdpFaults, AReceiveThatIsToldToWaitIsWokenLater) {
  const int epoll = NewEpoll(receiver_, kEpollIn | kEpollEdgeTriggered);
  plan_.Add({.kind = CallKind::kRecv, .error = EAGAIN});
  calls_.Send(sender_, "hello", 0);
  EXPECT_EQ(Edge(epoll), "IN");
  EXPECT_EQ(Receive(receiver_), Errno(EAGAIN));
  EXPECT_EQ(Edge(epoll), "nothing");
  PassTime(absl::Milliseconds(1));
  EXPECT_EQ(Edge(epoll), "IN");
  EXPECT_EQ(Receive(receiver_), "hello");
}

TEST_F(FakeUdpFaults, ASendThatIsToldToWaitIsWokenLater) {
  const int epoll = NewEpoll(sender_, kEpollOut | kEpollEdgeTriggered);
  EXPECT_EQ(Edge(epoll), "OUT");
  plan_.Add({.kind = CallKind::kSend, .error = EAGAIN});
  EXPECT_EQ(calls_.Send(sender_, "hello", 0), -EAGAIN);
  EXPECT_EQ(Edge(epoll), "nothing");
  PassTime(absl::Milliseconds(1));
  EXPECT_EQ(Edge(epoll), "OUT");
  EXPECT_EQ(Receive(receiver_), Errno(EAGAIN));  // Nothing was sent.
}

TEST_F(FakeUdpFaults, ShortSendsCutNoDatagram) {
  plan_.Add({.kind = CallKind::kSend, .times = kForEver, .most_bytes = 1});
  EXPECT_EQ(calls_.Send(sender_, "hello", 0), 5);
  EXPECT_EQ(Receive(receiver_), "hello");
}

TEST_F(FakeUdpFaults, ShortArrivalsCutNoDatagram) {
  plan_.CutArrivals({.most_bytes = 1});
  calls_.Send(sender_, "hello", 0);
  EXPECT_EQ(Receive(receiver_), "hello");
}

// As Linux's select(2) warns of: one with a wrong checksum.
TEST_F(FakeUdpFaults, AFalseAlarmIsADatagramThatIsThrownAway) {
  const int epoll = NewEpoll(receiver_, kEpollIn | kEpollEdgeTriggered);
  plan_.Add({.kind = CallKind::kRecv, .spurious = true});
  EXPECT_EQ(Receive(receiver_), Errno(EAGAIN));
  PassTime(absl::Milliseconds(1));
  EXPECT_EQ(Edge(epoll), "IN");
  EXPECT_EQ(Receive(receiver_), Errno(EAGAIN));
}

TEST_F(FakeUdpFaults, ARefusalComesOnceAndTheSocketLivesOn) {
  plan_.Add({.kind = CallKind::kRecv, .error = ECONNREFUSED});
  EXPECT_EQ(Receive(sender_), Errno(ECONNREFUSED));
  EXPECT_EQ(Receive(sender_), Errno(EAGAIN));
  EXPECT_EQ(calls_.Send(sender_, "hello", 0), 5);
}

TEST_F(FakeUdpFaults, WhoHasNoPeerIsNeverRefused) {
  plan_.Add({.kind = CallKind::kRecv, .error = ECONNREFUSED});
  EXPECT_EQ(Receive(receiver_), Errno(EAGAIN));
}

TEST_F(FakeUdpFaults, ARouteMayBeMissingForOneDatagram) {
  plan_.Add({.kind = CallKind::kSend, .error = ENETUNREACH});
  EXPECT_EQ(calls_.Send(sender_, "lost", 0), -ENETUNREACH);
  EXPECT_EQ(calls_.Send(sender_, "found", 0), 5);
  EXPECT_EQ(Receive(receiver_), "found");
}

// --- What only one kind of socket can have ----------------------------------

TEST_F(FakeUdpFaults, ThereIsNoConnectionThatCouldBreak) {
  plan_.Add({.kind = CallKind::kSend, .error = ECONNRESET});
  EXPECT_DEATH(calls_.Send(sender_, "hello", 0),
               "send cannot fail with ECONNRESET on a datagram socket");
}

TEST_F(FakeUdpFaults, WhatOnlyDatagramsCanHaveIsAMistakeOnTcp) {
  const Ends ends = Connect();
  for (const int error : {ECONNREFUSED, ENETUNREACH}) {
    plan_.Add({.kind = CallKind::kSend, .error = error});
    EXPECT_DEATH(calls_.Send(ends.client, "hello", 0), "on a stream socket");
  }
}

TEST_F(FakeUdpFaults, ForEverIsForThoseThatCanHaveIt) {
  const Ends ends = Connect();
  plan_.Add({.kind = CallKind::kSend, .times = kForEver, .error = ENETUNREACH});
  EXPECT_EQ(calls_.Send(ends.client, "hello", 0), 5);
  EXPECT_EQ(calls_.Send(sender_, "lost", 0), -ENETUNREACH);
}

// Nor does it draw a number, so that a seed still means the same world.
TEST_F(FakeUdpFaults, NorDoesItDisturbTcpByProbability) {
  const Ends ends = Connect();
  plan_.Add({.kind = CallKind::kSend,
             .times = kForEver,
             .probability = 0.5,
             .error = ECONNREFUSED});
  const std::mt19937_64 before = network_.random();
  EXPECT_EQ(calls_.Send(ends.client, "hello", 0), 5);
  EXPECT_TRUE(network_.random() == before);
}

}  // namespace
}  // namespace cloche

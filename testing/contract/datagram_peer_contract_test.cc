// Contract: whom a UDP socket talks to. Names, connecting, being refused,
// shutting down.

#include <cerrno>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/fakes/fake_addresses.h"
#include "cloche/testing/contract/system_call_contract.h"
#include "cloche/testing/epoll_text.h"

namespace cloche {
namespace {

class DatagramPeerContract : public SystemCallContract {
 protected:
  std::string Hear(int fd) {
    EXPECT_TRUE(Becomes(fd, "IN|OUT"));
    return Receive(fd);
  }
  SocketAddress SenderOfNext(int fd) {
    EXPECT_TRUE(Becomes(fd, "IN|OUT"));
    SocketAddress from;
    ReceiveMessage message{.buffers = {}, .from = &from};
    EXPECT_GE(calls_.RecvMsg(fd, message), 0);
    return from;
  }
  int TryPeerName(int fd) {
    SocketAddress peer;
    return calls_.GetPeerName(fd, &peer);
  }

  // Where nobody is.
  SocketAddress Nowhere() {
    const int fd = NewBoundUdp();
    const SocketAddress address = AddressOf(fd);
    calls_.Close(fd);
    return address;
  }
  // Connected there, and refused.
  int NewRefused() {
    const int fd = NewUdp();
    EXPECT_EQ(calls_.Connect(fd, Nowhere()), 0);
    EXPECT_EQ(calls_.Send(fd, "x", 0), 1);
    EXPECT_TRUE(Becomes(fd, "OUT|ERR"));
    return fd;
  }

  const int receiver_ = NewBoundUdp();
  const SocketAddress there_ = AddressOf(receiver_);
};

// --- Without a peer ---------------------------------------------------------

TEST_P(DatagramPeerContract, ANewSocketHasNoNameAndNoPeer) {
  const int fd = NewUdp();
  EXPECT_EQ(AddressOf(fd), Ipv4Any(0));
  EXPECT_EQ(TryPeerName(fd), -ENOTCONN);
}

TEST_P(DatagramPeerContract, ASendToNobodyNeedsAnAddress) {
  EXPECT_EQ(calls_.Send(NewUdp(), "x", 0), -EDESTADDRREQ);
}

TEST_P(DatagramPeerContract, TheFirstSendChoosesAPortEvenIfItFails) {
  const int fd = NewUdp();
  EXPECT_EQ(calls_.Send(fd, "x", 0), -EDESTADDRREQ);
  EXPECT_EQ(WithoutPort(AddressOf(fd)), Ipv4Any());
  EXPECT_NE(AddressOf(fd).port, 0);
}

TEST_P(DatagramPeerContract, WhoIsHeardHasAName) {
  const int fd = NewUdp();
  EXPECT_EQ(SendTo(fd, there_, "x"), 1);
  EXPECT_EQ(SenderOfNext(receiver_), Ipv4Loopback(AddressOf(fd).port));
}

TEST_P(DatagramPeerContract, AnAnswerGoesToThatName) {
  const int fd = NewUdp();
  SendTo(fd, there_, "question");
  SendTo(receiver_, SenderOfNext(receiver_), "answer");
  EXPECT_EQ(Hear(fd), "answer");
}

TEST_P(DatagramPeerContract, ToAnyAddressMeansLoopback) {
  SendTo(NewUdp(), Ipv4Any(there_.port), "hello");
  EXPECT_EQ(Hear(receiver_), "hello");
}

TEST_P(DatagramPeerContract, ASocketMayTalkToItself) {
  SendTo(receiver_, there_, "me");
  EXPECT_EQ(SenderOfNext(receiver_), there_);
}

TEST_P(DatagramPeerContract, PortZeroIsNobodys) {
  EXPECT_EQ(SendTo(NewUdp(), Ipv4Loopback(0), "x"), -EINVAL);
}

TEST_P(DatagramPeerContract, WhoIsBoundToLoopbackReachesNobodyElse) {
  // TEST-NET-1 (RFC 5737): nobody's.
  const SocketAddress elsewhere = Ipv4Address(192, 0, 2, 1, 80);
  EXPECT_EQ(SendTo(receiver_, elsewhere, "x"), -EINVAL);
  EXPECT_EQ(calls_.Connect(receiver_, elsewhere), -EINVAL);
}

TEST_P(DatagramPeerContract, NobodyListensOrAccepts) {
  EXPECT_EQ(calls_.Listen(receiver_, 5), -EOPNOTSUPP);
  EXPECT_EQ(calls_.Accept4(receiver_, nullptr), -EOPNOTSUPP);
}

// --- With one ---------------------------------------------------------------

TEST_P(DatagramPeerContract, ConnectIsDoneAtOnceAndNamesBothEnds) {
  const int fd = NewUdp();
  EXPECT_EQ(calls_.Connect(fd, there_), 0);
  EXPECT_EQ(PeerOf(fd), there_);
  EXPECT_EQ(WithoutPort(AddressOf(fd)), Ipv4Loopback());
  EXPECT_NE(AddressOf(fd).port, 0);
  EXPECT_EQ(Level(fd), "OUT");
}

TEST_P(DatagramPeerContract, WhoIsConnectedHearsNobodyElse) {
  const int fd = NewUdpTo(receiver_);
  SendTo(NewBoundUdp(), AddressOf(fd), "stranger");
  SendTo(receiver_, AddressOf(fd), "friend");
  EXPECT_EQ(Hear(fd), "friend");
  EXPECT_EQ(Level(fd), "OUT");
}

TEST_P(DatagramPeerContract, WhatCameBeforeTheConnectIsStillHeard) {
  const int fd = NewBoundUdp();
  SendTo(NewBoundUdp(), AddressOf(fd), "early");
  ASSERT_TRUE(Becomes(fd, "IN|OUT"));
  EXPECT_EQ(calls_.Connect(fd, there_), 0);
  EXPECT_EQ(Receive(fd), "early");
}

TEST_P(DatagramPeerContract, WhoIsConnectedMaySendToOthers) {
  const int other = NewBoundUdp();
  const int fd = NewUdpTo(receiver_);
  EXPECT_EQ(SendTo(fd, AddressOf(other), "hello"), 5);
  EXPECT_EQ(Hear(other), "hello");
}

TEST_P(DatagramPeerContract, ConnectingAgainChangesThePeerAndKeepsTheName) {
  const int other = NewBoundUdp();
  const int fd = NewUdpTo(receiver_);
  const SocketAddress name = AddressOf(fd);
  EXPECT_EQ(calls_.Connect(fd, AddressOf(other)), 0);
  EXPECT_EQ(AddressOf(fd), name);
  EXPECT_EQ(calls_.Send(fd, "hello", 0), 5);
  EXPECT_EQ(Hear(other), "hello");
  EXPECT_EQ(Level(receiver_), "OUT");
}

TEST_P(DatagramPeerContract, ConnectingToNoFamilyForgetsPeerAndChosenName) {
  const int fd = NewUdpTo(receiver_);
  EXPECT_EQ(calls_.Connect(fd, SocketAddress()), 0);
  EXPECT_EQ(TryPeerName(fd), -ENOTCONN);
  EXPECT_EQ(AddressOf(fd), Ipv4Any(0));
  EXPECT_EQ(calls_.Send(fd, "x", 0), -EDESTADDRREQ);
}

TEST_P(DatagramPeerContract, WhatBindNamedOutlivesThePeer) {
  const uint16_t port = Nowhere().port;
  const int fd = NewUdp();
  EXPECT_EQ(calls_.Bind(fd, Ipv4Any(port)), 0);
  EXPECT_EQ(calls_.Connect(fd, there_), 0);
  EXPECT_EQ(AddressOf(fd), Ipv4Loopback(port));
  EXPECT_EQ(calls_.Connect(fd, SocketAddress()), 0);
  EXPECT_EQ(AddressOf(fd), Ipv4Any(port));
}

// --- Nobody there -----------------------------------------------------------

TEST_P(DatagramPeerContract, ARefusalIsAnErrorThatOneReceiveCollects) {
  const int fd = NewRefused();
  EXPECT_EQ(Receive(fd), Errno(ECONNREFUSED));
  EXPECT_EQ(Level(fd), "OUT");
  EXPECT_EQ(Receive(fd), Errno(EAGAIN));
}

TEST_P(DatagramPeerContract, ASendCollectsItToo) {
  const int fd = NewRefused();
  EXPECT_EQ(calls_.Send(fd, "x", 0), -ECONNREFUSED);
  EXPECT_EQ(Level(fd), "OUT");  // So that one was not sent.
  EXPECT_EQ(calls_.Send(fd, "x", 0), 1);
  EXPECT_TRUE(Becomes(fd, "OUT|ERR"));
}

TEST_P(DatagramPeerContract, SoDoASendToOthersAPeekAndTheErrorItself) {
  EXPECT_EQ(SendTo(NewRefused(), there_, "x"), -ECONNREFUSED);
  EXPECT_EQ(Receive(NewRefused(), 1, kReceivePeek), Errno(ECONNREFUSED));
  EXPECT_EQ(TakeError(NewRefused()), ECONNREFUSED);
  EXPECT_EQ(Level(receiver_), "OUT");
}

TEST_P(DatagramPeerContract, NamesConnectsAndSendsThatAreTooLongLeaveIt) {
  const int fd = NewRefused();
  EXPECT_EQ(TryPeerName(fd), 0);
  EXPECT_EQ(calls_.Send(fd, std::string(65508, 'x'), 0), -EMSGSIZE);
  EXPECT_EQ(calls_.Connect(fd, there_), 0);
  EXPECT_EQ(calls_.Connect(fd, SocketAddress()), 0);
  EXPECT_EQ(TakeError(fd), ECONNREFUSED);
}

TEST_P(DatagramPeerContract, ItComesBeforeWhatHasArrived) {
  const int peer = NewBoundUdp();
  const int fd = NewUdpTo(peer);
  SendTo(peer, AddressOf(fd), "last words");
  ASSERT_TRUE(Becomes(fd, "IN|OUT"));
  calls_.Close(peer);
  calls_.Send(fd, "x", 0);
  EXPECT_TRUE(Becomes(fd, "IN|OUT|ERR"));
  EXPECT_EQ(Receive(fd), Errno(ECONNREFUSED));
  EXPECT_EQ(Receive(fd), "last words");
}

TEST_P(DatagramPeerContract, WhoIsNotConnectedIsNeverRefused) {
  const int fd = NewUdp();
  SendTo(fd, Nowhere(), "x");
  SendTo(fd, there_, "x");  // Comes later.
  ASSERT_TRUE(Becomes(receiver_, "IN|OUT"));
  EXPECT_EQ(Level(fd), "OUT");
}

TEST_P(DatagramPeerContract, NorIsWhoIsConnectedToSomebodyElse) {
  const int fd = NewUdpTo(receiver_);
  SendTo(fd, Nowhere(), "x");
  calls_.Send(fd, "x", 0);  // Comes later.
  ASSERT_TRUE(Becomes(receiver_, "IN|OUT"));
  EXPECT_EQ(Level(fd), "OUT");
}

TEST_P(DatagramPeerContract, WhoIsNotHeardIsRefused) {
  const int deaf = NewUdpTo(receiver_);
  const int fd = NewUdpTo(deaf);
  calls_.Send(fd, "x", 0);
  EXPECT_TRUE(Becomes(fd, "OUT|ERR"));
  EXPECT_EQ(TakeError(fd), ECONNREFUSED);
}

TEST_P(DatagramPeerContract, ARefusalIsAnEdgeWhateverOneWaitsFor) {
  const int fd = NewUdp();
  EXPECT_EQ(calls_.Connect(fd, Nowhere()), 0);
  const int epoll = NewEpoll(fd, kEpollIn | kEpollEdgeTriggered);
  calls_.Send(fd, "x", 0);
  EXPECT_EQ(Next(epoll), "ERR");
}

// --- Shutting down ----------------------------------------------------------

TEST_P(DatagramPeerContract, AfterShutWriteASendIsABrokenPipe) {
  const int fd = NewUdpTo(receiver_);
  EXPECT_EQ(calls_.Shutdown(fd, ShutdownHow::kWrite), 0);
  EXPECT_EQ(calls_.Send(fd, "x", 0), -EPIPE);
  EXPECT_EQ(SendTo(fd, there_, "x"), -EPIPE);
  EXPECT_EQ(Level(fd), "OUT");
}

TEST_P(DatagramPeerContract, AfterShutReadOneIsReadableForGoodAndNotAtAnEnd) {
  const int fd = NewUdpTo(receiver_);
  EXPECT_EQ(calls_.Shutdown(fd, ShutdownHow::kRead), 0);
  EXPECT_EQ(Level(fd), "IN|OUT|RDHUP");
  EXPECT_EQ(Receive(fd), Errno(EAGAIN));
}

TEST_P(DatagramPeerContract, AfterShutReadDatagramsStillCome) {
  const int fd = NewUdpTo(receiver_);
  calls_.Shutdown(fd, ShutdownHow::kRead);
  const int epoll = NewEpoll(fd, kEpollIn | kEpollEdgeTriggered);
  EXPECT_EQ(Now(epoll), "IN");
  SendTo(receiver_, AddressOf(fd), "hello");
  EXPECT_EQ(Next(epoll), "IN");
  EXPECT_EQ(Receive(fd), "hello");
}

TEST_P(DatagramPeerContract, ShutBothHangsUp) {
  const int fd = NewUdpTo(receiver_);
  EXPECT_EQ(calls_.Shutdown(fd, ShutdownHow::kBoth), 0);
  EXPECT_EQ(Level(fd), "IN|OUT|RDHUP|HUP");
}

TEST_P(DatagramPeerContract, WithoutAPeerShutdownComplainsAndIsDone) {
  const int fd = NewUdp();
  const int epoll = NewEpoll(fd, kEverything | kEpollEdgeTriggered);
  EXPECT_EQ(Now(epoll), "OUT");
  EXPECT_EQ(calls_.Shutdown(fd, ShutdownHow::kBoth), -ENOTCONN);
  EXPECT_EQ(Now(epoll), "IN|OUT|RDHUP|HUP");
  EXPECT_EQ(SendTo(fd, there_, "x"), -EPIPE);
}

TEST_P(DatagramPeerContract, AnotherPeerOrNoneTakesNoShutdownBack) {
  const int fd = NewUdpTo(receiver_);
  calls_.Shutdown(fd, ShutdownHow::kBoth);
  EXPECT_EQ(calls_.Connect(fd, there_), 0);
  EXPECT_EQ(calls_.Connect(fd, SocketAddress()), 0);
  EXPECT_EQ(Level(fd), "IN|OUT|RDHUP|HUP");
}

INSTANTIATE_ON_EVERY_KERNEL(DatagramPeerContract);

}  // namespace
}  // namespace cloche

// Contract: UNIX sockets. How connections end: close, shutdown, reset.

#include <cerrno>
#include <string>

#include "absl/strings/string_view.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/fakes/fake_addresses.h"
#include "cloche/testing/contract/system_call_contract.h"

namespace cloche {
namespace {

// What is true when the peer has closed, and when it did so with unread data.
constexpr absl::string_view kOver = "IN|OUT|RDHUP|HUP";
constexpr absl::string_view kBroken = "IN|OUT|RDHUP|ERR|HUP";

class UnixCloseContract : public SystemCallContract {
 protected:
  // The peer closed with three of our bytes unread.
  int NewBroken() {
    const Ends ends = NewPair();
    calls_.Send(ends.client, "abc", 0);
    calls_.Close(ends.server);
    EXPECT_TRUE(Becomes(ends.client, kBroken));
    return ends.client;
  }
};

// --- The peer has closed ----------------------------------------------------

TEST_P(UnixCloseContract, APeersCloseEndsTheStreamAndHangsUp) {
  for (const Ends& ends : {NewPair(), ConnectUnix()}) {
    calls_.Close(ends.server);
    EXPECT_TRUE(Becomes(ends.client, kOver));
    EXPECT_EQ(Receive(ends.client), "");
    EXPECT_EQ(Receive(ends.client), "");
    EXPECT_EQ(TakeError(ends.client), 0);
  }
}

TEST_P(UnixCloseContract, DataBeforeTheCloseIsReadBeforeTheEnd) {
  const Ends ends = NewPair();
  calls_.Send(ends.server, "bye", 0);
  calls_.Close(ends.server);
  EXPECT_EQ(Receive(ends.client), "bye");
  EXPECT_EQ(Receive(ends.client), "");
}

TEST_P(UnixCloseContract, TheFirstSendToAClosedPeerBreaksThePipe) {
  const Ends ends = NewPair();
  calls_.Close(ends.server);
  EXPECT_EQ(calls_.Send(ends.client, "a", 0), -EPIPE);
  EXPECT_EQ(calls_.Send(ends.client, "", 0), -EPIPE);
}

TEST_P(UnixCloseContract, APeerThatHasClosedIsStillNamed) {
  const Ends ends = ConnectUnix();
  const SocketAddress address = AddressOf(ends.server);
  calls_.Close(ends.server);
  SocketAddress peer;
  EXPECT_EQ(calls_.GetPeerName(ends.client, &peer), 0);
  EXPECT_EQ(peer, address);
}

TEST_P(UnixCloseContract, WhoHasLostItsPeerMayShutDownButNotConnectAgain) {
  const Ends ends = ConnectUnix();
  calls_.Close(ends.server);
  EXPECT_EQ(calls_.Shutdown(ends.client, ShutdownHow::kBoth), 0);
  EXPECT_EQ(calls_.Connect(ends.client, AddressOf(ends.listener)), -EISCONN);
}

TEST_P(UnixCloseContract, CloseWithLingerZeroDoesNotReset) {
  const Ends ends = NewPair();
  Reset(ends.server);
  EXPECT_TRUE(Becomes(ends.client, kOver));
  EXPECT_EQ(TakeError(ends.client), 0);
}

// --- Reset ------------------------------------------------------------------

TEST_P(UnixCloseContract, CloseWithUnreadDataResets) {
  const int fd = NewBroken();
  EXPECT_EQ(Receive(fd), Errno(ECONNRESET));
  EXPECT_EQ(Receive(fd), "");
  EXPECT_EQ(Level(fd), kOver);
}

TEST_P(UnixCloseContract, WhatWasReadInPartOrPeekedAtIsUnread) {
  Ends ends = NewPair();
  calls_.Send(ends.client, "abc", 0);
  EXPECT_EQ(Receive(ends.server, 2), "ab");
  calls_.Close(ends.server);
  EXPECT_TRUE(Becomes(ends.client, kBroken));
  ends = NewPair();
  calls_.Send(ends.client, "abc", 0);
  EXPECT_EQ(Receive(ends.server, 9, kReceivePeek), "abc");
  calls_.Close(ends.server);
  EXPECT_TRUE(Becomes(ends.client, kBroken));
}

TEST_P(UnixCloseContract, WhatHadArrivedIsReadBeforeTheResetIsReported) {
  const Ends ends = NewPair();
  calls_.Send(ends.client, "request", 0);
  calls_.Send(ends.server, "413", 0);
  calls_.Close(ends.server);
  EXPECT_TRUE(Becomes(ends.client, kBroken));
  EXPECT_EQ(Receive(ends.client), "413");
  EXPECT_EQ(Receive(ends.client), Errno(ECONNRESET));
  EXPECT_EQ(Receive(ends.client), "");
}

TEST_P(UnixCloseContract, TheErrorOfAResetIsTakenOnce) {
  const int fd = NewBroken();
  EXPECT_EQ(TakeError(fd), ECONNRESET);
  EXPECT_EQ(TakeError(fd), 0);
  EXPECT_EQ(Receive(fd), "");
}

TEST_P(UnixCloseContract, PeekTakesTheErrorOfAResetToo) {
  const int fd = NewBroken();
  EXPECT_EQ(Receive(fd, 10, kReceivePeek), Errno(ECONNRESET));
  EXPECT_EQ(Receive(fd), "");
}

TEST_P(UnixCloseContract, ASendAfterAResetBreaksThePipeAndLeavesTheError) {
  const int fd = NewBroken();
  EXPECT_EQ(calls_.Send(fd, "a", 0), -EPIPE);
  EXPECT_EQ(TakeError(fd), ECONNRESET);
}

TEST_P(UnixCloseContract, AResetOfAFullSenderMakesItWritable) {
  const Ends ends = NewSmallPair();
  FillUp(ends.client);
  const int epoll = NewEpoll(ends.client, kEpollOut | kEpollEdgeTriggered);
  ASSERT_EQ(Now(epoll), "nothing");
  calls_.Close(ends.server);
  EXPECT_EQ(Next(epoll), "OUT|ERR|HUP");
}

// --- Half closed ------------------------------------------------------------

TEST_P(UnixCloseContract, HalfCloseLeavesTheOtherDirectionOpen) {
  const Ends ends = NewPair();
  calls_.Send(ends.client, "last", 0);
  EXPECT_EQ(calls_.Shutdown(ends.client, ShutdownHow::kWrite), 0);
  EXPECT_EQ(Level(ends.client), "OUT");
  EXPECT_TRUE(Becomes(ends.server, "IN|OUT|RDHUP"));
  EXPECT_EQ(calls_.Send(ends.client, "a", 0), -EPIPE);
  EXPECT_EQ(calls_.Send(ends.server, "hello", 0), 5);
  EXPECT_EQ(Receive(ends.client), "hello");
  EXPECT_EQ(Receive(ends.server), "last");
  EXPECT_EQ(Receive(ends.server), "");
}

TEST_P(UnixCloseContract, ShutdownForWritingMayBeRepeatedAndIsAnEdgeEachTime) {
  const Ends ends = NewPair();
  const int epoll = NewEpoll(ends.server, kEpollIn | kEpollEdgeTriggered);
  EXPECT_EQ(calls_.Shutdown(ends.client, ShutdownHow::kWrite), 0);
  EXPECT_EQ(Next(epoll), "IN");
  EXPECT_EQ(calls_.Shutdown(ends.client, ShutdownHow::kWrite), 0);
  EXPECT_EQ(Next(epoll), "IN");
}

TEST_P(UnixCloseContract, BothHalvesClosedHangsUpOnBothSides) {
  const Ends ends = NewPair();
  calls_.Shutdown(ends.client, ShutdownHow::kWrite);
  calls_.Shutdown(ends.server, ShutdownHow::kWrite);
  EXPECT_TRUE(Becomes(ends.client, kOver));
  EXPECT_TRUE(Becomes(ends.server, kOver));
  SocketAddress peer;
  EXPECT_EQ(calls_.GetPeerName(ends.client, &peer), 0);
}

TEST_P(UnixCloseContract, ShutdownForReadingIsKnownToThePeer) {
  const Ends ends = NewPair();
  calls_.Send(ends.server, "xyz", 0);
  EXPECT_EQ(calls_.Shutdown(ends.client, ShutdownHow::kRead), 0);
  EXPECT_EQ(Level(ends.client), "IN|OUT|RDHUP");
  EXPECT_TRUE(Becomes(ends.server, "OUT"));
  EXPECT_EQ(calls_.Send(ends.server, "more", 0), -EPIPE);
  EXPECT_EQ(Receive(ends.client), "xyz");
  EXPECT_EQ(Receive(ends.client), "");
  EXPECT_EQ(calls_.Send(ends.client, "a", 0), 1);
}

TEST_P(UnixCloseContract, ShutdownOfBothHalvesHangsUpOnBothSidesAtOnce) {
  const Ends ends = NewPair();
  calls_.Send(ends.client, "last", 0);
  EXPECT_EQ(calls_.Shutdown(ends.client, ShutdownHow::kBoth), 0);
  EXPECT_EQ(Level(ends.client), kOver);
  EXPECT_TRUE(Becomes(ends.server, kOver));
  EXPECT_EQ(calls_.Send(ends.server, "a", 0), -EPIPE);
  EXPECT_EQ(Receive(ends.server), "last");
  EXPECT_EQ(Receive(ends.server), "");
}

// Whoever waits for OUT alone is not told that its send would fail.
TEST_P(UnixCloseContract, AFullSenderIsNotWritableWhenItsPeerStopsReading) {
  const Ends ends = NewSmallPair();
  FillUp(ends.client);
  calls_.Shutdown(ends.server, ShutdownHow::kRead);
  EXPECT_EQ(Level(ends.client), "nothing");
  EXPECT_EQ(calls_.Send(ends.client, "a", 0), -EPIPE);
}

TEST_P(UnixCloseContract, AFullSenderIsNotWritableAfterItsOwnShutdown) {
  const Ends ends = NewSmallPair();
  FillUp(ends.client);
  calls_.Shutdown(ends.client, ShutdownHow::kWrite);
  EXPECT_EQ(Level(ends.client), "nothing");
}

// --- Shut down without a peer -----------------------------------------------

TEST_P(UnixCloseContract, ShutdownNeedsNoPeerAndOutlivesConnect) {
  const int fd = NewUnix();
  EXPECT_EQ(calls_.Shutdown(fd, ShutdownHow::kWrite), 0);
  EXPECT_EQ(Level(fd), "OUT|HUP");
  const int listener = NewUnixListener();
  EXPECT_EQ(calls_.Connect(fd, AddressOf(listener)), 0);
  EXPECT_EQ(Level(fd), "OUT");
  EXPECT_EQ(calls_.Send(fd, "a", 0), -EPIPE);
}

TEST_P(UnixCloseContract, WhoWasShutDownBeforeItConnectedHasNotToldItsPeer) {
  const int fd = NewUnix();
  EXPECT_EQ(calls_.Shutdown(fd, ShutdownHow::kBoth), 0);
  const int listener = NewUnixListener();
  EXPECT_EQ(calls_.Connect(fd, AddressOf(listener)), 0);
  const int server = Accept(listener);
  EXPECT_EQ(Level(fd), kOver);
  EXPECT_EQ(Level(server), "OUT");
  EXPECT_EQ(calls_.Send(server, "", 0), 0);
  EXPECT_EQ(calls_.Send(server, "a", 0), -EPIPE);
}

TEST_P(UnixCloseContract, AListenerShutDownForWritingListensOn) {
  const int listener = NewUnixListener();
  EXPECT_EQ(calls_.Shutdown(listener, ShutdownHow::kWrite), 0);
  EXPECT_EQ(Level(listener), "nothing");
  NewUnixClient(AddressOf(listener));
  Accept(listener);
}

INSTANTIATE_ON_EVERY_KERNEL(UnixCloseContract);

}  // namespace
}  // namespace cloche

// Contract: how TCP connections end. FIN, half-close, reset.

#include <cerrno>
#include <string>

#include "absl/strings/string_view.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/testing/contract/system_call_contract.h"

namespace cloche {
namespace {

// What Becomes is told, after a reset and before its error was read.
constexpr absl::string_view kBroken = "IN|OUT|RDHUP|ERR|HUP";

using CloseContract = SystemCallContract;

// --- The peer has finished --------------------------------------------------

TEST_P(CloseContract, APeersCloseIsReadableAndEndsTheStreamForGood) {
  const Ends ends = Connect();
  calls_.Close(ends.server);
  EXPECT_TRUE(Becomes(ends.client, "IN|OUT|RDHUP"));
  EXPECT_EQ(Receive(ends.client), "");
  EXPECT_EQ(Receive(ends.client), "");
  EXPECT_EQ(Receive(ends.client, 10, kReceivePeek), "");
  EXPECT_EQ(Level(ends.client), "IN|OUT|RDHUP");
}

TEST_P(CloseContract, DataBeforeTheFinIsReadBeforeTheEnd) {
  const Ends ends = Connect();
  calls_.Send(ends.server, "bye", 0);
  calls_.Close(ends.server);
  ASSERT_TRUE(Becomes(ends.client, "IN|OUT|RDHUP"));
  EXPECT_EQ(Receive(ends.client), "bye");
  EXPECT_EQ(Receive(ends.client), "");
}

TEST_P(CloseContract, TheFirstSendToAClosedPeerSucceedsAndTheSecondBreaks) {
  const Ends ends = Connect();
  calls_.Close(ends.server);
  ASSERT_TRUE(Becomes(ends.client, "IN|OUT|RDHUP"));
  EXPECT_EQ(calls_.Send(ends.client, "a", 0), 1);
  EXPECT_TRUE(Becomes(ends.client, kBroken));
  EXPECT_EQ(calls_.Send(ends.client, "a", 0), -EPIPE);
}

TEST_P(CloseContract, AResetAfterTheFinIsABrokenPipeAndReadsStillSayTheEnd) {
  const Ends ends = Connect();
  calls_.Send(ends.server, "reply", 0);
  calls_.Close(ends.server);
  ASSERT_TRUE(Becomes(ends.client, "IN|OUT|RDHUP"));
  calls_.Send(ends.client, "a", 0);
  ASSERT_TRUE(Becomes(ends.client, kBroken));
  EXPECT_EQ(Receive(ends.client), "reply");
  EXPECT_EQ(Receive(ends.client), "");
  EXPECT_EQ(TakeError(ends.client), EPIPE);
}

TEST_P(CloseContract, CloseDeliversWhatWasSentEvenThroughASmallWindow) {
  const Ends ends = ConnectSmall();
  const size_t sent = FillUp(ends.client);
  EXPECT_EQ(calls_.Close(ends.client), 0);
  EXPECT_EQ(ReceiveAll(ends.server, sent), std::string(sent, 'x'));
  ASSERT_TRUE(Becomes(ends.server, "IN|OUT|RDHUP"));
  EXPECT_EQ(Receive(ends.server), "");
}

// --- Half closed ------------------------------------------------------------

TEST_P(CloseContract, HalfCloseLeavesTheOtherDirectionOpen) {
  const Ends ends = Connect();
  EXPECT_EQ(calls_.Shutdown(ends.client, ShutdownHow::kWrite), 0);
  EXPECT_EQ(Level(ends.client), "OUT");
  EXPECT_TRUE(Becomes(ends.server, "IN|OUT|RDHUP"));
  EXPECT_EQ(calls_.Send(ends.client, "a", 0), -EPIPE);
  EXPECT_EQ(calls_.Send(ends.server, "hello", 0), 5);
  EXPECT_EQ(ReceiveAll(ends.client, 5), "hello");
}

TEST_P(CloseContract, ShutdownForWritingMayBeRepeated) {
  const Ends ends = Connect();
  EXPECT_EQ(calls_.Shutdown(ends.client, ShutdownHow::kWrite), 0);
  EXPECT_EQ(calls_.Shutdown(ends.client, ShutdownHow::kWrite), 0);
}

TEST_P(CloseContract, BothHalvesClosedHangsUpOnBothSides) {
  const Ends ends = Connect();
  calls_.Shutdown(ends.client, ShutdownHow::kWrite);
  ASSERT_TRUE(Becomes(ends.server, "IN|OUT|RDHUP"));
  calls_.Shutdown(ends.server, ShutdownHow::kWrite);
  EXPECT_TRUE(Becomes(ends.client, "IN|OUT|RDHUP|HUP"));
  EXPECT_TRUE(Becomes(ends.server, "IN|OUT|RDHUP|HUP"));
}

TEST_P(CloseContract, AfterBothHalvesAreClosedThereIsNoPeerAnyMore) {
  const Ends ends = Connect();
  calls_.Shutdown(ends.client, ShutdownHow::kWrite);
  calls_.Shutdown(ends.server, ShutdownHow::kWrite);
  const auto named = [&] {
    SocketAddress peer;
    const int result = calls_.GetPeerName(ends.client, &peer);
    return result == 0 ? std::string("named") : Errno(-result);
  };
  EXPECT_TRUE(Becomes(ends.client, Errno(ENOTCONN), named));
  EXPECT_EQ(calls_.Shutdown(ends.client, ShutdownHow::kWrite), -ENOTCONN);
  EXPECT_EQ(Receive(ends.client), "");
}

TEST_P(CloseContract, ShutdownForReadingIsKeptFromThePeer) {
  const Ends ends = Connect();
  calls_.Send(ends.server, "xyz", 0);
  ASSERT_TRUE(Becomes(ends.client, "IN|OUT"));
  EXPECT_EQ(calls_.Shutdown(ends.client, ShutdownHow::kRead), 0);
  EXPECT_EQ(Level(ends.client), "IN|OUT|RDHUP");
  EXPECT_EQ(Level(ends.server), "OUT");
  EXPECT_EQ(Receive(ends.client), "xyz");
  EXPECT_EQ(Receive(ends.client), "");
}

TEST_P(CloseContract, DataThatComesAfterShutdownForReadingIsReadAllTheSame) {
  const Ends ends = Connect();
  EXPECT_EQ(calls_.Shutdown(ends.client, ShutdownHow::kRead), 0);
  EXPECT_EQ(calls_.Send(ends.server, "more", 0), 4);
  // Readable it was before, so a byte back says that the data has come.
  EXPECT_EQ(calls_.Shutdown(ends.server, ShutdownHow::kWrite), 0);
  EXPECT_EQ(calls_.Shutdown(ends.client, ShutdownHow::kWrite), 0);
  ASSERT_TRUE(Becomes(ends.client, "IN|OUT|RDHUP|HUP"));
  EXPECT_EQ(Receive(ends.client), "more");
}

TEST_P(CloseContract, ShutdownOfBothHalvesHangsUpAtOnce) {
  const Ends ends = Connect();
  EXPECT_EQ(calls_.Shutdown(ends.client, ShutdownHow::kBoth), 0);
  EXPECT_EQ(Level(ends.client), "IN|OUT|RDHUP|HUP");
  EXPECT_TRUE(Becomes(ends.server, "IN|OUT|RDHUP"));
}

TEST_P(CloseContract, DataThatComesAfterShutdownOfBothHalvesResetsBothEnds) {
  const Ends ends = Connect();
  calls_.Shutdown(ends.client, ShutdownHow::kBoth);
  ASSERT_TRUE(Becomes(ends.server, "IN|OUT|RDHUP"));
  EXPECT_EQ(calls_.Send(ends.server, "more", 0), 4);
  EXPECT_TRUE(Becomes(ends.server, kBroken));
  EXPECT_EQ(Receive(ends.client), Errno(ECONNRESET));
  EXPECT_EQ(Receive(ends.server), "");
}

// --- Reset ------------------------------------------------------------------

TEST_P(CloseContract, CloseWithUnreadDataResets) {
  const Ends ends = Connect();
  calls_.Send(ends.client, "abc", 0);
  ASSERT_TRUE(Becomes(ends.server, "IN|OUT"));
  calls_.Close(ends.server);
  EXPECT_TRUE(Becomes(ends.client, kBroken));
  EXPECT_EQ(Receive(ends.client), Errno(ECONNRESET));
  EXPECT_EQ(Receive(ends.client), "");
  EXPECT_EQ(calls_.Send(ends.client, "a", 0), -EPIPE);
}

TEST_P(CloseContract, CloseWithLingerZeroResets) {
  const Ends ends = Connect();
  Reset(ends.server);
  EXPECT_TRUE(Becomes(ends.client, kBroken));
  EXPECT_EQ(calls_.Send(ends.client, "a", 0), -ECONNRESET);
  EXPECT_EQ(calls_.Send(ends.client, "a", 0), -EPIPE);
  EXPECT_EQ(Receive(ends.client), "");
}

// How long that takes: fakes/fake_tcp_linger_test.cc.
TEST_P(CloseContract, CloseWithLingerAboveZeroEndsTheStreamBehindItsData) {
  const Ends ends = Connect();
  Set(ends.server, SocketOption::kLinger, 60);
  calls_.Send(ends.server, "bye", 0);
  EXPECT_EQ(calls_.Close(ends.server), 0);
  EXPECT_EQ(Receive(ends.client), "bye");
  EXPECT_EQ(Receive(ends.client), "");
}

TEST_P(CloseContract, ShutdownOfAResetSocketIsNotConnected) {
  const Ends ends = Connect();
  Reset(ends.server);
  ASSERT_TRUE(Becomes(ends.client, kBroken));
  EXPECT_EQ(calls_.Shutdown(ends.client, ShutdownHow::kWrite), -ENOTCONN);
  EXPECT_EQ(TakeError(ends.client), ECONNRESET);
  EXPECT_EQ(calls_.Shutdown(ends.client, ShutdownHow::kWrite), -ENOTCONN);
}

TEST_P(CloseContract, WhatHadArrivedIsReadBeforeTheResetIsReported) {
  const Ends ends = Connect();
  calls_.Send(ends.server, "data", 0);
  Reset(ends.server);
  ASSERT_TRUE(Becomes(ends.client, kBroken));
  EXPECT_EQ(Receive(ends.client), "data");
  EXPECT_EQ(Receive(ends.client), Errno(ECONNRESET));
  EXPECT_EQ(Receive(ends.client), "");
}

TEST_P(CloseContract, TheErrorOfAResetIsTakenOnce) {
  const Ends ends = Connect();
  Reset(ends.server);
  ASSERT_TRUE(Becomes(ends.client, kBroken));
  EXPECT_EQ(TakeError(ends.client), ECONNRESET);
  EXPECT_EQ(TakeError(ends.client), 0);
  EXPECT_EQ(Level(ends.client), "IN|OUT|RDHUP|HUP");
  EXPECT_EQ(Receive(ends.client), "");
  EXPECT_EQ(calls_.Send(ends.client, "a", 0), -EPIPE);
}

TEST_P(CloseContract, PeekTakesTheErrorOfAResetToo) {
  const Ends ends = Connect();
  Reset(ends.server);
  ASSERT_TRUE(Becomes(ends.client, kBroken));
  EXPECT_EQ(Receive(ends.client, 10, kReceivePeek), Errno(ECONNRESET));
  EXPECT_EQ(Receive(ends.client), "");
}

TEST_P(CloseContract, AfterAResetTheAddressIsKnownAndThePeerIsNot) {
  const Ends ends = Connect();
  const SocketAddress before = AddressOf(ends.client);
  Reset(ends.server);
  ASSERT_TRUE(Becomes(ends.client, kBroken));
  EXPECT_EQ(AddressOf(ends.client), before);
  SocketAddress peer;
  EXPECT_EQ(calls_.GetPeerName(ends.client, &peer), -ENOTCONN);
}

TEST_P(CloseContract, AnAnswerSentBeforeAResettingCloseArrivesWithTheReset) {
  const Ends ends = Connect();
  calls_.Send(ends.client, "request", 0);
  ASSERT_TRUE(Becomes(ends.server, "IN|OUT"));
  calls_.Send(ends.server, "413", 0);
  calls_.Close(ends.server);
  ASSERT_TRUE(Becomes(ends.client, kBroken));
  EXPECT_EQ(Receive(ends.client), "413");
  EXPECT_EQ(Receive(ends.client), Errno(ECONNRESET));
}

TEST_P(CloseContract, AResetThrowsAwayWhatWasNotSentYet) {
  const Ends ends = ConnectSmall();
  const size_t sent = FillUp(ends.client);
  Reset(ends.client);
  ASSERT_TRUE(Becomes(ends.server, kBroken));
  size_t received = 0;
  std::string part;
  while (part = Receive(ends.server, 1000), part[0] == 'x') {
    received += part.size();
  }
  EXPECT_EQ(part, Errno(ECONNRESET));
  EXPECT_LT(received, sent);
}

TEST_P(CloseContract, AResetOfAFullSenderMakesItWritable) {
  const Ends ends = ConnectSmall();
  FillUp(ends.client);
  calls_.Close(ends.server);  // With all that unread.
  EXPECT_TRUE(Becomes(ends.client, kBroken));
  EXPECT_EQ(calls_.Send(ends.client, "a", 0), -ECONNRESET);
}

// It is a broken pipe only to who could still send.
TEST_P(CloseContract, AResetAfterTheFinsOfBothIsAReset) {
  const Ends ends = ConnectSmall();
  FillUp(ends.client);
  calls_.Shutdown(ends.server, ShutdownHow::kWrite);
  ASSERT_TRUE(Becomes(ends.client, "IN|RDHUP"));
  calls_.Shutdown(ends.client, ShutdownHow::kWrite);
  Reset(ends.server);
  ASSERT_TRUE(Becomes(ends.client, kBroken));
  EXPECT_EQ(Receive(ends.client), "");
  EXPECT_EQ(TakeError(ends.client), ECONNRESET);
}

INSTANTIATE_ON_EVERY_KERNEL(CloseContract);

}  // namespace
}  // namespace cloche

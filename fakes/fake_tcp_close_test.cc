// How TCP connections end: FIN, half-close, RST. Each sentence was measured on
// Linux 6.18 over loopback.

#include <cerrno>
#include <string>

#include "cloche/fakes/fake_kernel_test.h"
#include "gmock/gmock.h"

namespace cloche {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class FakeTcpClose : public FakeKernelTest {};

TEST_F(FakeTcpClose, APeersCloseIsReadableAndEndsTheStreamForGood) {
  const Ends ends = Connect();
  calls_.Close(ends.server);
  EXPECT_EQ(Level(ends.client), "IN|OUT|RDHUP");
  EXPECT_EQ(Receive(ends.client), "");
  EXPECT_EQ(Receive(ends.client), "");
}

TEST_F(FakeTcpClose, DataBeforeTheFinIsReadBeforeTheEnd) {
  const Ends ends = Connect();
  calls_.Send(ends.server, "bye", 0);
  calls_.Close(ends.server);
  EXPECT_EQ(Receive(ends.client), "bye");
  EXPECT_EQ(Receive(ends.client), "");
}

TEST_F(FakeTcpClose, TheFirstSendToAClosedPeerSucceedsAndTheSecondBreaks) {
  const Ends ends = Connect();
  calls_.Close(ends.server);
  EXPECT_EQ(calls_.Send(ends.client, "a", 0), 1);
  EXPECT_EQ(Level(ends.client), "IN|OUT|RDHUP|ERR|HUP");
  EXPECT_EQ(calls_.Send(ends.client, "a", 0), -EPIPE);
}

TEST_F(FakeTcpClose, AResetAfterTheFinIsABrokenPipeAndReadsStillSayTheEnd) {
  const Ends ends = Connect();
  calls_.Send(ends.server, "reply", 0);
  calls_.Close(ends.server);
  calls_.Send(ends.client, "a", 0);
  EXPECT_EQ(Receive(ends.client), "reply");
  EXPECT_EQ(Receive(ends.client), "");
  EXPECT_EQ(TakeError(ends.client), EPIPE);
}

TEST_F(FakeTcpClose, HalfCloseLeavesTheOtherDirectionOpen) {
  const Ends ends = Connect();
  EXPECT_EQ(calls_.Shutdown(ends.client, ShutdownHow::kWrite), 0);
  EXPECT_EQ(Level(ends.client), "OUT");
  EXPECT_EQ(Level(ends.server), "IN|OUT|RDHUP");
  EXPECT_EQ(calls_.Send(ends.client, "a", 0), -EPIPE);
  EXPECT_EQ(calls_.Send(ends.server, "hello", 0), 5);
  EXPECT_EQ(Receive(ends.client), "hello");
}

TEST_F(FakeTcpClose, AFinWaitsUntilThereIsRoomForIt) {
  const Ends ends = Connect();
  const std::string bytes(65536, 'x');
  EXPECT_EQ(calls_.Send(ends.client, bytes, 0), 65536);
  calls_.Shutdown(ends.client, ShutdownHow::kWrite);
  EXPECT_EQ(Level(ends.server), "IN|OUT");
  EXPECT_EQ(Receive(ends.server, 65536), bytes);
  EXPECT_EQ(Level(ends.server), "IN|OUT|RDHUP");
}

TEST_F(FakeTcpClose, ShutdownForWritingMayBeRepeated) {
  const Ends ends = Connect();
  EXPECT_EQ(calls_.Shutdown(ends.client, ShutdownHow::kWrite), 0);
  EXPECT_EQ(calls_.Shutdown(ends.client, ShutdownHow::kWrite), 0);
}

TEST_F(FakeTcpClose, BothHalvesClosedHangsUpOnBothSides) {
  const Ends ends = Connect();
  calls_.Shutdown(ends.client, ShutdownHow::kWrite);
  calls_.Shutdown(ends.server, ShutdownHow::kWrite);
  EXPECT_EQ(Level(ends.client), "IN|OUT|RDHUP|HUP");
  EXPECT_EQ(Level(ends.server), "IN|OUT|RDHUP|HUP");
}

TEST_F(FakeTcpClose, AfterBothHalvesAreClosedThereIsNoPeerAnyMore) {
  const Ends ends = Connect();
  calls_.Shutdown(ends.client, ShutdownHow::kWrite);
  calls_.Shutdown(ends.server, ShutdownHow::kWrite);
  SocketAddress peer;
  EXPECT_EQ(calls_.GetPeerName(ends.client, &peer), -ENOTCONN);
  EXPECT_EQ(calls_.Shutdown(ends.client, ShutdownHow::kWrite), -ENOTCONN);
  EXPECT_EQ(Receive(ends.client), "");
}

TEST_F(FakeTcpClose, ShutdownForReadingTellsThePeerNothing) {
  const Ends ends = Connect();
  calls_.Send(ends.server, "xyz", 0);
  EXPECT_EQ(calls_.Shutdown(ends.client, ShutdownHow::kRead), 0);
  EXPECT_EQ(Level(ends.client), "IN|OUT|RDHUP");
  EXPECT_EQ(Level(ends.server), "OUT");
  EXPECT_EQ(Receive(ends.client), "xyz");
  EXPECT_EQ(Receive(ends.client), "");
}

TEST_F(FakeTcpClose, DataThatComesAfterShutdownForReadingIsReadAllTheSame) {
  const Ends ends = Connect();
  calls_.Shutdown(ends.client, ShutdownHow::kRead);
  EXPECT_EQ(calls_.Send(ends.server, "more", 0), 4);
  EXPECT_EQ(Receive(ends.client), "more");
}

TEST_F(FakeTcpClose, DataThatComesAfterShutdownOfBothHalvesResetsBothEnds) {
  const Ends ends = Connect();
  calls_.Shutdown(ends.client, ShutdownHow::kBoth);
  EXPECT_EQ(Level(ends.client), "IN|OUT|RDHUP|HUP");
  EXPECT_EQ(calls_.Send(ends.server, "more", 0), 4);
  EXPECT_EQ(Receive(ends.client), Errno(ECONNRESET));
  EXPECT_EQ(Level(ends.server), "IN|OUT|RDHUP|ERR|HUP");
  EXPECT_EQ(Receive(ends.server), "");
}

TEST_F(FakeTcpClose, CloseWithUnreadDataResets) {
  const Ends ends = Connect();
  calls_.Send(ends.client, "abc", 0);
  calls_.Close(ends.server);
  EXPECT_EQ(Level(ends.client), "IN|OUT|RDHUP|ERR|HUP");
  EXPECT_EQ(Receive(ends.client), Errno(ECONNRESET));
  EXPECT_EQ(Receive(ends.client), "");
  EXPECT_EQ(calls_.Send(ends.client, "a", 0), -EPIPE);
}

TEST_F(FakeTcpClose, CloseWithLingerZeroResets) {
  const Ends ends = Connect();
  SetOption(ends.server, SocketOption::kLinger, 0);
  calls_.Close(ends.server);
  EXPECT_EQ(Level(ends.client), "IN|OUT|RDHUP|ERR|HUP");
  EXPECT_EQ(calls_.Shutdown(ends.client, ShutdownHow::kWrite), -ENOTCONN);
  EXPECT_EQ(calls_.Send(ends.client, "a", 0), -ECONNRESET);
  EXPECT_EQ(calls_.Send(ends.client, "a", 0), -EPIPE);
  EXPECT_EQ(Receive(ends.client), "");
}

TEST_F(FakeTcpClose, WhatHadArrivedIsReadBeforeTheResetIsReported) {
  const Ends ends = Connect();
  calls_.Send(ends.server, "data", 0);
  SetOption(ends.server, SocketOption::kLinger, 0);
  calls_.Close(ends.server);
  EXPECT_EQ(Receive(ends.client), "data");
  EXPECT_EQ(Receive(ends.client), Errno(ECONNRESET));
  EXPECT_EQ(Receive(ends.client), "");
}

TEST_F(FakeTcpClose, TheErrorOfAResetIsTakenOnce) {
  const Ends ends = Connect();
  SetOption(ends.server, SocketOption::kLinger, 0);
  calls_.Close(ends.server);
  EXPECT_EQ(TakeError(ends.client), ECONNRESET);
  EXPECT_EQ(TakeError(ends.client), 0);
  EXPECT_EQ(Level(ends.client), "IN|OUT|RDHUP|HUP");
}

TEST_F(FakeTcpClose, AnAnswerSentBeforeAResettingCloseArrivesWithTheReset) {
  const Ends ends = Connect();
  calls_.Send(ends.client, "request", 0);
  calls_.Send(ends.server, "413", 0);
  calls_.Close(ends.server);
  EXPECT_EQ(Receive(ends.client), "413");
  EXPECT_EQ(Receive(ends.client), Errno(ECONNRESET));
}

TEST_F(FakeTcpClose, CloseDeliversWhatWasSentEvenThroughASmallWindow) {
  const int listener = NewListener(host_);
  SetOption(listener, SocketOption::kReceiveBuffer, 4096);
  const Ends ends = ConnectTo(listener);
  EXPECT_EQ(calls_.Send(ends.client, std::string(50000, 'x'), 0), 50000);
  EXPECT_EQ(calls_.Close(ends.client), 0);
  size_t received = 0;
  for (std::string s = Receive(ends.server, 1000); !s.empty();
       s = Receive(ends.server, 1000)) {
    ASSERT_EQ(s[0], 'x') << s;
    received += s.size();
  }
  EXPECT_EQ(received, 50000u);
}

// --- Where a reset is under way --------------------------------------------

// A connection over a link, whose server has closed, and whose client knows it.
class FakeTcpReset : public FakeKernelTest {
 protected:
  FakeTcpReset() {
    const int listener = NewListener(server_);
    client_fd_ =
        NewConnecting(client_, server_.Address(AddressFamily::kIpv4, 80));
    PassTime(absl::Seconds(1));
    server_.sockets().Close(server_.sockets().Accept4(listener, nullptr));
    PassTime(absl::Seconds(1));
  }

  // Answered with a reset, two milliseconds later.
  void Say() { EXPECT_EQ(Send(), 1); }
  int64_t Send() { return client_.sockets().Send(client_fd_, "a", 0); }
  void Finish() { client_.sockets().Shutdown(client_fd_, ShutdownHow::kWrite); }
  int TakeErrorOfClient() {
    int error = -1;
    client_.sockets().GetSockOpt(client_fd_, SocketOption::kError, &error);
    return error;
  }

  int client_fd_;
};

TEST_F(FakeTcpReset, IsABrokenPipeToWhoCouldStillSend) {
  Say();
  PassTime(absl::Seconds(1));
  EXPECT_EQ(TakeErrorOfClient(), EPIPE);
}

TEST_F(FakeTcpReset, IsAResetToWhoHasFinishedMeanwhile) {
  Say();
  Finish();
  PassTime(absl::Seconds(1));
  EXPECT_EQ(TakeErrorOfClient(), ECONNRESET);
}

TEST_F(FakeTcpReset, IsToldByASendOfWhoHasFinishedMeanwhile) {
  Say();
  Finish();
  PassTime(absl::Seconds(1));
  char byte;
  EXPECT_EQ(Send(), -ECONNRESET);
  EXPECT_EQ(client_.sockets().Recv(client_fd_, absl::MakeSpan(&byte, 1), 0), 0);
}

TEST_F(FakeTcpReset, IsTheSameWhereAFaultPlanMakesIt) {
  Say();
  Finish();
  client_.faults().Add({.kind = CallKind::kRecv, .error = ECONNRESET});
  char byte;
  client_.sockets().Recv(client_fd_, absl::MakeSpan(&byte, 1), 0);
  EXPECT_EQ(TakeErrorOfClient(), ECONNRESET);
}

// --- What is left where a segment was lost; tcp(7) -------------------------

TEST_F(FakeTcpClose, AHandshakeThatIsNeverFinishedIsForgottenAfter63Seconds) {
  NewListener(server_);
  network_.Cut(server_, client_);
  const int client =
      NewConnecting(client_, server_.Address(AddressFamily::kIpv4, 80));
  PassTime(absl::Milliseconds(1));
  client_.sockets().Close(client);
  PassTime(absl::Milliseconds(62999));
  EXPECT_THAT(server_.tcp().Connections(), SizeIs(1));
  PassTime(absl::Milliseconds(2));
  EXPECT_THAT(server_.tcp().Connections(), IsEmpty());
}

TEST_F(FakeTcpClose, AnAnswerToAHandshakeThatIsLostIsSentAgain) {
  const int listener = NewListener(server_);
  network_.Cut(server_, client_);
  NewConnecting(client_, server_.Address(AddressFamily::kIpv4, 80));
  PassTime(absl::Milliseconds(2));
  network_.Mend(server_, client_);
  network_.Cut(client_, server_);  // The client's own second try is lost.
  PassTime(absl::Milliseconds(1500));
  network_.Mend(client_, server_);
  PassTime(absl::Milliseconds(200));
  EXPECT_GE(server_.sockets().Accept4(listener, nullptr), 0);
}

TEST_F(FakeTcpClose, AConnectionWhoseFirstSynWasLostClosesLikeAnyOther) {
  const int listener = NewListener(server_);
  network_.Cut(client_, server_);
  const int client =
      NewConnecting(client_, server_.Address(AddressFamily::kIpv4, 80));
  network_.Mend(client_, server_);
  PassTime(absl::Seconds(2));
  const int server = server_.sockets().Accept4(listener, nullptr);
  client_.sockets().Close(client);
  PassTime(absl::Seconds(1));
  server_.sockets().Close(server);
  PassTime(absl::Seconds(1));
  EXPECT_THAT(server_.tcp().Connections(), IsEmpty());
  EXPECT_THAT(client_.tcp().Connections(), IsEmpty());
}

TEST_F(FakeTcpClose, AClosedSocketWaitsAMinuteForThePeersFin) {
  const int listener = NewListener(server_);
  const int client =
      NewConnecting(client_, server_.Address(AddressFamily::kIpv4, 80));
  PassTime(absl::Seconds(1));
  EXPECT_GE(server_.sockets().Accept4(listener, nullptr), 0);
  client_.sockets().Shutdown(client, ShutdownHow::kWrite);
  PassTime(absl::Hours(1));  // It may wait as long as it likes.
  client_.sockets().Close(client);
  PassTime(absl::Milliseconds(59999));
  EXPECT_THAT(client_.tcp().Connections(), SizeIs(1));
  PassTime(absl::Milliseconds(1));
  EXPECT_THAT(client_.tcp().Connections(), IsEmpty());
}

TEST_F(FakeTcpClose, ClosedDescriptorsAreBad) {
  const Ends ends = Connect();
  EXPECT_EQ(calls_.Close(ends.client), 0);
  EXPECT_EQ(calls_.Close(ends.client), -EBADF);
  EXPECT_EQ(Receive(ends.client), Errno(EBADF));
}

}  // namespace
}  // namespace cloche

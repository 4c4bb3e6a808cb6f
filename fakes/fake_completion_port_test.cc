// The fake completion port: which packets come, when, and in which order.
//
// From Microsoft's documentation; what Wine 8.0 does otherwise is said.

#include "cloche/fakes/fake_completion_port_test.h"

#include <cerrno>
#include <string>

namespace cloche {
namespace {

// --- One packet for each call -----------------------------------------------

TEST_F(FakeCompletionPortTest, ACallThatIsPendingSendsItsPacketWhenItEnds) {
  const Ends ends = ConnectWithPort();
  Room receive;
  EXPECT_EQ(Recv(ends.client, receive), kIoPending);
  EXPECT_EQ(Packets(), "nothing");
  calls_.Send(ends.server, "hello", 0);
  EXPECT_EQ(Packets(), "c: 5");
  EXPECT_EQ(receive.data.substr(0, 5), "hello");
  EXPECT_EQ(Packets(), "nothing");
}

TEST_F(FakeCompletionPortTest, ACallThatSucceedsAtOnceSendsOneAsWell) {
  const Ends ends = ConnectWithPort();
  calls_.Send(ends.server, "hello", 0);
  Room receive;
  EXPECT_EQ(Recv(ends.client, receive), 5);
  EXPECT_EQ(Packets(), "c: 5");
}

TEST_F(FakeCompletionPortTest, SkipOnSuccessSkipsWhatSucceedsAtOnceOnly) {
  const Ends ends = ConnectWithPort();
  EXPECT_EQ(ports_.SkipCompletionPortOnSuccess(ends.client), 0);
  calls_.Send(ends.server, "hello", 0);
  Room receive;
  EXPECT_EQ(Recv(ends.client, receive), 5);
  EXPECT_EQ(Packets(), "nothing");
  EXPECT_EQ(Recv(ends.client, receive), kIoPending);
  calls_.Send(ends.server, "again", 0);
  EXPECT_EQ(Packets(), "c: 5");
}

TEST_F(FakeCompletionPortTest, ACallThatCannotBeginSendsNone) {
  const int fd = NewTcp(host_);
  GivePort(fd, "n");
  Room receive;
  EXPECT_EQ(Recv(fd, receive), -ENOTCONN);
  EXPECT_EQ(Packets(), "nothing");
}

TEST_F(FakeCompletionPortTest, TwoReceivesEndInTheOrderInWhichTheyBegan) {
  const Ends ends = ConnectWithPort();
  Room first;
  Room second;
  EXPECT_EQ(Recv(ends.client, first), kIoPending);
  EXPECT_EQ(Recv(ends.client, second), kIoPending);
  calls_.Send(ends.server, "one", 0);
  EXPECT_EQ(Packets(), "c: 3");
  calls_.Send(ends.server, "more", 0);
  EXPECT_EQ(Packets(), "c: 4");
  EXPECT_EQ(first.data.substr(0, 3), "one");
  EXPECT_EQ(second.data.substr(0, 4), "more");
}

TEST_F(FakeCompletionPortTest, AResetEndsAReceive) {
  const Ends ends = ConnectWithPort();
  Room receive;
  EXPECT_EQ(Recv(ends.client, receive), kIoPending);
  SetOption(ends.server, SocketOption::kLinger, 0);
  calls_.Close(ends.server);
  EXPECT_EQ(Packets(), "c: ECONNRESET");
}

TEST_F(FakeCompletionPortTest, ASocketHasOnePortForGood) {
  const Ends ends = ConnectWithPort();
  EXPECT_EQ(ports_.AssociateWithPort(port_, ends.client, 1), -EINVAL);
  const int other = ports_.CreateIoCompletionPort();
  EXPECT_EQ(ports_.AssociateWithPort(other, ends.client, 1), -EINVAL);
}

// --- Cancelled, closed ------------------------------------------------------

TEST_F(FakeCompletionPortTest, ACancelledCallSendsItsPacketToo) {
  const Ends ends = ConnectWithPort();
  Room receive;
  EXPECT_EQ(Recv(ends.client, receive), kIoPending);
  EXPECT_EQ(ports_.CancelIoEx(ends.client, receive), 0);
  EXPECT_EQ(Packets(), "c: ECANCELED");
  EXPECT_EQ(ports_.CancelIoEx(ends.client, receive), -ENOENT);
}

TEST_F(FakeCompletionPortTest, WhatHasEndedIsNotCancelled) {
  const Ends ends = ConnectWithPort();
  Room receive;
  EXPECT_EQ(Recv(ends.client, receive), kIoPending);
  calls_.Send(ends.server, "hello", 0);
  EXPECT_EQ(ports_.CancelIoEx(ends.client, receive), -ENOENT);
  EXPECT_EQ(Packets(), "c: 5");
}

TEST_F(FakeCompletionPortTest, ACancelMayComeTooLate) {
  const Ends ends = ConnectWithPort();
  Room receive;
  EXPECT_EQ(Recv(ends.client, receive), kIoPending);
  Choose(1);
  EXPECT_EQ(ports_.CancelIoEx(ends.client, receive), 0);
  calls_.Send(ends.server, "hello", 0);
  EXPECT_EQ(Packets(), "c: 5");
}

TEST_F(FakeCompletionPortTest, ALateCancelEndsWhatNothingElseHasEnded) {
  const Ends ends = ConnectWithPort();
  Room receive;
  EXPECT_EQ(Recv(ends.client, receive), kIoPending);
  Choose(1);
  EXPECT_EQ(ports_.CancelIoEx(ends.client, receive), 0);
  EXPECT_EQ(Packets(), "c: ECANCELED");
}

// Wine 8.0: with error 676.
TEST_F(FakeCompletionPortTest, CloseOfASocketEndsItsCallsInOneOfThreeWays) {
  const char* const ends_of_close[] = {"c: ECANCELED", "c: ECONNRESET",
                                       "c: ECONNABORTED"};
  for (size_t i = 0; i < 3; ++i) {
    const int listener = NewListener(host_, static_cast<uint16_t>(80 + i));
    const Ends ends = ConnectTo(listener);
    GivePort(ends.client, "c");
    Room receive;
    EXPECT_EQ(Recv(ends.client, receive), kIoPending);
    Choose(i);
    calls_.Close(ends.client);
    EXPECT_EQ(Packets(), ends_of_close[i]);
  }
}

// --- The queue --------------------------------------------------------------

TEST_F(FakeCompletionPortTest, APostedPacketComesWithoutACall) {
  EXPECT_EQ(ports_.PostQueuedCompletionStatus(port_, 'w'), 0);
  EXPECT_EQ(Packets(), "w: posted");
}

TEST_F(FakeCompletionPortTest, WhatDoesNotFitIntoOneCallComesWithTheNext) {
  for (const char name : {'a', 'b', 'c'}) {
    EXPECT_EQ(ports_.PostQueuedCompletionStatus(port_, name), 0);
  }
  EXPECT_EQ(Packets(2), "a: posted, b: posted");
  EXPECT_EQ(Packets(2), "c: posted");
}

TEST_F(FakeCompletionPortTest, PacketsOfDifferentDirectionsComeInAnyOrder) {
  const Ends ends = ConnectWithPort();
  Room receives[3];
  EXPECT_EQ(Recv(ends.client, receives[0]), kIoPending);
  EXPECT_EQ(Recv(ends.client, receives[1]), kIoPending);
  EXPECT_EQ(Recv(ends.server, receives[2]), kIoPending);
  calls_.Send(ends.server, "1", 0);
  EXPECT_EQ(Packets(), "c: 1");
  calls_.Send(ends.server, "22", 0);
  calls_.Send(ends.client, "333", 0);
  Choose(1);
  EXPECT_EQ(Packets(), "s: 3, c: 2");
}

TEST_F(FakeCompletionPortTest, PacketsOfOneDirectionKeepTheirOrder) {
  const Ends ends = ConnectWithPort();
  calls_.Send(ends.server, std::string(kAcceptAddressBytes + 1, 'x'), 0);
  Room first;
  Room second;
  Recv(ends.client, first);
  Recv(ends.client, second);
  Choose(1);
  EXPECT_EQ(Packets(), "c: 288, c: 1");
}

// --- Waiting ----------------------------------------------------------------

TEST_F(FakeCompletionPortTest, AWaitEndsWithThePacket) {
  network_.At(clock_.Now() + absl::Seconds(1), [this] {
    EXPECT_EQ(ports_.PostQueuedCompletionStatus(port_, 'w'), 0);
  });
  const absl::Time before = clock_.Now();
  EXPECT_EQ(WaitForOne(absl::InfiniteDuration()), 1);
  EXPECT_EQ(clock_.Now() - before, absl::Seconds(1));
}

TEST_F(FakeCompletionPortTest, ATimeoutIsRoundedUpToMilliseconds) {
  const absl::Time before = clock_.Now();
  EXPECT_EQ(WaitForOne(absl::Microseconds(1200)), 0);
  EXPECT_EQ(clock_.Now() - before, absl::Milliseconds(2));
}

TEST_F(FakeCompletionPortTest, AWaitForWhatCannotComeIsADeadlock) {
  EXPECT_EQ(WaitForOne(absl::InfiniteDuration()), -EDEADLK);
}

// Wine 8.0 lets it wait until its timeout.
TEST_F(FakeCompletionPortTest, CloseOfThePortEndsTheWaitsOnIt) {
  network_.At(clock_.Now() + absl::Seconds(1),
              [this] { EXPECT_EQ(ports_.CloseHandle(port_), 0); });
  EXPECT_EQ(WaitForOne(absl::InfiniteDuration()), -EBADF);
}

TEST_F(FakeCompletionPortTest, AnotherDescriptorIsNoPort) {
  EXPECT_EQ(ports_.PostQueuedCompletionStatus(NewTcp(host_), 1), -EBADF);
}

}  // namespace
}  // namespace cloche

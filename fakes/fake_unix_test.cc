// UNIX sockets of the fake kernel: what the contract suite cannot state, since
// Linux counts bytes in its own way and does not fail on request.

#include "cloche/fakes/fake_unix.h"

#include <cerrno>
#include <string>

#include "cloche/fakes/fake_kernel_test.h"
#include "cloche/fakes/fault_plan.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;

constexpr uint32_t kOut = kEpollOut | kEpollEdgeTriggered;

class FakeUnixTest : public FakeKernelTest {
 protected:
  // `client` sends through a buffer of 4,096 bytes.
  Ends NewSmallPair() {
    const Ends ends = NewPair();
    SetOption(ends.client, SocketOption::kSendBuffer, 4096);
    return ends;
  }
  int64_t SendBytes(int fd, size_t count) {
    return calls_.Send(fd, std::string(count, 'x'), 0);
  }
  // Connects to the one listener there is.
  int Connect(int fd) { return calls_.Connect(fd, UnixAddress("/run/a")); }

  FaultPlan& plan_ = host_.faults();
};

// --- Names ------------------------------------------------------------------

TEST_F(FakeUnixTest, EachHostHasPathsOfItsOwn) {
  NewUnixListener(host_, "/run/a");
  NewUnixListener(server_, "/run/a");
  EXPECT_EQ(client_.sockets().Connect(NewUnix(client_), UnixAddress("/run/a")),
            -ENOENT);
}

TEST_F(FakeUnixTest, NamesAreChosenInOrderAndNoneThatIsTaken) {
  const std::string null(1, '\0');
  EXPECT_EQ(calls_.Bind(NewUnix(host_), UnixAddress(null + "00001")), 0);
  for (const std::string digits : {"00000", "00002"}) {
    const int fd = NewUnix(host_);
    EXPECT_EQ(calls_.Bind(fd, UnixAddress()), 0);
    SocketAddress address;
    EXPECT_EQ(calls_.GetSockName(fd, &address), 0);
    EXPECT_EQ(address, UnixAddress(null + digits));
  }
}

TEST_F(FakeUnixTest, WhoIsLeftOfAnUnlinkedPathDoesNotTakeItFromTheNext) {
  const int first = NewUnixListener(host_, "/run/a");
  EXPECT_EQ(host_.Unlink("/run/a"), 0);
  NewUnixListener(host_, "/run/a");
  EXPECT_EQ(calls_.Close(first), 0);
  EXPECT_EQ(Connect(NewUnix(host_)), 0);
}

TEST_F(FakeUnixTest, AnAbstractNameCannotBeUnlinked) {
  const std::string name = std::string(1, '\0') + "a";
  EXPECT_EQ(calls_.Bind(NewUnix(host_), UnixAddress(name)), 0);
  EXPECT_EQ(host_.Unlink(name), -ENOENT);
}

TEST_F(FakeUnixTest, OpenDescriptorsAreDescribed) {
  NewUnixListener(host_, "/run/a");
  const int client = NewUnix(host_);
  EXPECT_EQ(Connect(client), 0);
  const int abstract = NewUnix(host_);
  calls_.Bind(abstract, UnixAddress(std::string(1, '\0') + "b"));
  calls_.Close(NewPair().client);
  EXPECT_THAT(host_.OpenDescriptors(),
              ElementsAre("fd 3: UNIX /run/a listening",
                          "fd 4: UNIX unnamed to /run/a connected",
                          "fd 5: UNIX @b unconnected",
                          "fd 7: UNIX unnamed to unnamed over"));
}

// --- Buffers ----------------------------------------------------------------

TEST_F(FakeUnixTest, ABufferHoldsJustWhatWasSet) {
  const Ends ends = NewSmallPair();
  EXPECT_EQ(SendBytes(ends.client, 10000), 4096);
  EXPECT_EQ(SendBytes(ends.client, 1), -EAGAIN);
}

TEST_F(FakeUnixTest, AQuarterOfTheBufferMayBeInUse) {
  const Ends ends = NewSmallPair();
  SendBytes(ends.client, 1024);
  EXPECT_EQ(Level(ends.client), "OUT");
  SendBytes(ends.client, 1);
  EXPECT_EQ(Level(ends.client), "nothing");
}

TEST_F(FakeUnixTest, ASendTakesItsSpaceUntilItIsReadToItsEnd) {
  const Ends ends = NewSmallPair();
  EXPECT_EQ(SendBytes(ends.client, 1500), 1500);
  EXPECT_EQ(SendBytes(ends.client, 2596), 2596);
  Receive(ends.server, 1499);
  EXPECT_EQ(SendBytes(ends.client, 1), -EAGAIN);
  Receive(ends.server, 1);
  EXPECT_EQ(SendBytes(ends.client, 10000), 1500);
}

TEST_F(FakeUnixTest, ALongSendIsChargedByHalvesOfTheBuffer) {
  const Ends ends = NewSmallPair();
  SendBytes(ends.client, 4096);
  Receive(ends.server, 2048);
  EXPECT_EQ(SendBytes(ends.client, 10000), 2048);
}

// --- What there is not ------------------------------------------------------

TEST_F(FakeUnixTest, OutOfBandBytesAreNotSupported) {
  const Ends ends = NewPair();
  EXPECT_EQ(calls_.Send(ends.client, "!", kSendOutOfBand), -EOPNOTSUPP);
  EXPECT_EQ(Receive(ends.client, 1, kReceiveOutOfBand), Errno(EOPNOTSUPP));
}

TEST_F(FakeUnixTest, WhatPassesNoLinkIsNotCut) {
  const Ends ends = NewPair();
  plan_.CutArrivals({.most_bytes = 1});
  calls_.Send(ends.client, "hello", 0);
  EXPECT_EQ(Receive(ends.server), "hello");
}

// --- Faults -----------------------------------------------------------------

// As when the backlog is full.
TEST_F(FakeUnixTest, AConnectThatSaysTryAgainHasDoneNothing) {
  const int listener = NewUnixListener(host_, "/run/a");
  const int fd = NewUnix(host_);
  host_.FailCall(CallKind::kConnect, EAGAIN);
  EXPECT_EQ(Connect(fd), -EAGAIN);
  EXPECT_EQ(Level(listener), "nothing");
  EXPECT_EQ(Level(fd), "OUT|HUP");
  PassTime(absl::Hours(1));
  EXPECT_EQ(Connect(fd), 0);
}

TEST_F(FakeUnixTest, AConnectThatFailsSaysSoItselfAndLeavesNoError) {
  const int listener = NewUnixListener(host_, "/run/a");
  const int fd = NewUnix(host_);
  for (const int error : {ECONNREFUSED, EACCES, EINTR}) {
    host_.FailCall(CallKind::kConnect, error);
    EXPECT_EQ(Connect(fd), -error);
    EXPECT_EQ(TakeError(fd), 0);
    EXPECT_EQ(Level(listener), "nothing");
  }
  EXPECT_EQ(Connect(fd), 0);
}

TEST_F(FakeUnixTest, AResetIsSeenByBothEndsAndOnlyOnce) {
  const Ends ends = NewPair();
  host_.FailCall(CallKind::kRecv, ECONNRESET);
  EXPECT_EQ(Receive(ends.server), Errno(ECONNRESET));
  EXPECT_EQ(Receive(ends.server), "");
  EXPECT_EQ(Level(ends.client), "IN|OUT|RDHUP|ERR|HUP");
  EXPECT_EQ(Receive(ends.client), Errno(ECONNRESET));
  EXPECT_EQ(Receive(ends.client), "");
}

TEST_F(FakeUnixTest, WhatHadArrivedIsReadBeforeTheReset) {
  const Ends ends = NewPair();
  calls_.Send(ends.client, "x", 0);
  host_.FailCall(CallKind::kRecv, ECONNRESET);
  EXPECT_EQ(Receive(ends.server), "x");
  EXPECT_EQ(Receive(ends.server), Errno(ECONNRESET));
}

// Nobody gives up on a silent peer here, and a send has one errno for it all.
TEST_F(FakeUnixTest, WhateverBreaksAConnectionItIsAResetOrABrokenPipe) {
  Ends ends = NewPair();
  host_.FailCall(CallKind::kRecv, ETIMEDOUT);
  EXPECT_EQ(Receive(ends.client), Errno(ECONNRESET));
  ends = NewPair();
  host_.FailCall(CallKind::kSend, ECONNRESET);
  EXPECT_EQ(calls_.Send(ends.client, "x", 0), -EPIPE);
  EXPECT_EQ(TakeError(ends.client), ECONNRESET);
  EXPECT_EQ(TakeError(ends.server), ECONNRESET);
}

// On a BSD that is so of every end whose peer has gone (soshutdown and
// kern_getpeername of FreeBSD); Linux says 0.
TEST_F(FakeUnixTest, WhoIsToldThatItIsNotConnectedIsNot) {
  Ends ends = NewPair();
  SocketAddress peer;
  host_.FailCall(CallKind::kGetPeerName, ENOTCONN);
  EXPECT_EQ(calls_.GetPeerName(ends.client, &peer), -ENOTCONN);
  EXPECT_EQ(calls_.Shutdown(ends.client, ShutdownHow::kWrite), -ENOTCONN);
  EXPECT_EQ(Receive(ends.server), Errno(ECONNRESET));
  ends = NewPair();
  host_.FailCall(CallKind::kShutdown, ENOTCONN);
  EXPECT_EQ(calls_.Shutdown(ends.client, ShutdownHow::kWrite), -ENOTCONN);
  EXPECT_EQ(calls_.GetPeerName(ends.server, &peer), -ENOTCONN);
}

TEST_F(FakeUnixTest, ABreakLeavesAloneWhatIsOver) {
  const Ends ends = NewPair();
  calls_.Close(ends.server);
  host_.FailCall(CallKind::kRecv, ECONNRESET);
  EXPECT_EQ(Receive(ends.client), "");
}

TEST_F(FakeUnixTest, ABreakMakesAFullSenderWritable) {
  const Ends ends = NewSmallPair();
  SendBytes(ends.client, 10000);
  const int epoll = NewEpoll(ends.client, kOut);
  EXPECT_EQ(Edge(epoll), "nothing");
  host_.FailCall(CallKind::kSend, EPIPE);
  EXPECT_EQ(SendBytes(ends.client, 1), -EPIPE);
  EXPECT_EQ(Edge(epoll), "OUT|ERR|HUP");
}

TEST_F(FakeUnixTest, AShortWriteIsFollowedByAnEdge) {
  const Ends ends = NewPair();
  const int epoll = NewEpoll(ends.client, kOut);
  EXPECT_EQ(Edge(epoll), "OUT");
  plan_.Add({.kind = CallKind::kSend, .most_bytes = 2});
  EXPECT_EQ(calls_.Send(ends.client, "hello", 0), 2);
  EXPECT_EQ(Edge(epoll), "nothing");
  PassTime(absl::Milliseconds(1));
  EXPECT_EQ(Edge(epoll), "OUT");
  EXPECT_EQ(Receive(ends.server), "he");
}

}  // namespace
}  // namespace cloche

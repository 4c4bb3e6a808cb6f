// How TCP connections come about, or do not. Each sentence was measured on
// Linux 6.18 over loopback unless a comment says otherwise.

#include <cerrno>
#include <vector>

#include "cloche/fakes/fake_kernel_test.h"

namespace cloche {
namespace {

class FakeTcpConnect : public FakeKernelTest {};

TEST_F(FakeTcpConnect, AFreshSocketIsWritableAndHungUp) {
  EXPECT_EQ(Level(NewTcp(host_)), "OUT|HUP");
}

TEST_F(FakeTcpConnect, AFreshSocketCanNeitherReceiveNorSend) {
  const int fd = NewTcp(host_);
  EXPECT_EQ(Receive(fd), Errno(ENOTCONN));
  EXPECT_EQ(calls_.Send(fd, "a", 0), -EPIPE);
}

TEST_F(FakeTcpConnect, ShutdownBeforeConnectIsNotConnected) {
  EXPECT_EQ(calls_.Shutdown(NewTcp(host_), ShutdownHow::kBoth), -ENOTCONN);
}

TEST_F(FakeTcpConnect, ConnectOnLoopbackIsInProgressAndThenWritableAtOnce) {
  NewListener(host_);
  const int fd = NewConnecting(host_, Ipv4Loopback(80));
  EXPECT_EQ(Level(fd), "OUT");
  EXPECT_EQ(TakeError(fd), 0);
}

TEST_F(FakeTcpConnect, ASecondConnectSaysHowTheFirstWentAndAThirdIsConnected) {
  NewListener(host_);
  const int fd = NewConnecting(host_, Ipv4Loopback(80));
  EXPECT_EQ(calls_.Connect(fd, Ipv4Loopback(80)), 0);
  EXPECT_EQ(calls_.Connect(fd, Ipv4Loopback(80)), -EISCONN);
}

TEST_F(FakeTcpConnect, AnAcceptedSocketIsConnectedAlready) {
  EXPECT_EQ(calls_.Connect(Connect().server, Ipv4Loopback(80)), -EISCONN);
}

TEST_F(FakeTcpConnect, ConnectToAnyAddressMeansLoopback) {
  NewListener(host_);
  const int fd = NewConnecting(host_, Ipv4Any(80));
  SocketAddress peer;
  ASSERT_EQ(calls_.GetPeerName(fd, &peer), 0);
  EXPECT_EQ(peer, Ipv4Loopback(80));
}

TEST_F(FakeTcpConnect, ARefusedConnectReportsEverythingAndOneError) {
  const int fd = NewConnecting(host_, Ipv4Loopback(80));
  EXPECT_EQ(Level(fd), "IN|OUT|RDHUP|ERR|HUP");
  EXPECT_EQ(TakeError(fd), ECONNREFUSED);
  EXPECT_EQ(TakeError(fd), 0);
  EXPECT_EQ(Level(fd), "IN|OUT|RDHUP|HUP");
}

TEST_F(FakeTcpConnect, AfterARefusalSendTakesTheErrorAndThenThePipeIsBroken) {
  const int fd = NewConnecting(host_, Ipv4Loopback(80));
  EXPECT_EQ(calls_.Send(fd, "a", 0), -ECONNREFUSED);
  EXPECT_EQ(calls_.Send(fd, "a", 0), -EPIPE);
  EXPECT_EQ(Receive(fd), "");
}

TEST_F(FakeTcpConnect, ConnectAfterARefusalFailsOnceAndThenStartsAnew) {
  const int fd = NewConnecting(host_, Ipv4Loopback(80));
  EXPECT_EQ(calls_.Connect(fd, Ipv4Loopback(80)), -ECONNREFUSED);
  EXPECT_EQ(Level(fd), "OUT|HUP");
  NewListener(host_);
  EXPECT_EQ(calls_.Connect(fd, Ipv4Loopback(80)), -EINPROGRESS);
  EXPECT_EQ(Level(fd), "OUT");
}

TEST_F(FakeTcpConnect, ConnectAfterARefusalThatWasReadSaysAborted) {
  const int fd = NewConnecting(host_, Ipv4Loopback(80));
  EXPECT_EQ(TakeError(fd), ECONNREFUSED);
  EXPECT_EQ(calls_.Connect(fd, Ipv4Loopback(80)), -ECONNABORTED);
}

TEST_F(FakeTcpConnect, AHandshakeBetweenHostsTakesOneRoundTrip) {
  NewListener(server_);
  const int fd =
      NewConnecting(client_, server_.Address(AddressFamily::kIpv4, 80));
  const int epoll = client_.epoll().EpollCreate1();
  const EpollEvent interest{kEpollOut, 0};
  client_.epoll().EpollCtl(epoll, EpollCtlOp::kAdd, fd, &interest);
  EpollEvent event;
  EXPECT_EQ(client_.epoll().EpollWait(epoll, absl::MakeSpan(&event, 1), -1), 1);
  EXPECT_EQ(EpollText(event.events), "OUT");
  EXPECT_EQ(clock_.Now() - FakeClock::Start(), absl::Milliseconds(2));
}

TEST_F(FakeTcpConnect, WhileConnectingNothingIsReadyAndConnectSaysAlready) {
  const int fd =
      NewConnecting(host_, server_.Address(AddressFamily::kIpv4, 80));
  EXPECT_EQ(Level(fd), "nothing");
  EXPECT_EQ(calls_.Connect(fd, Ipv4Loopback(80)), -EALREADY);
  EXPECT_EQ(calls_.Send(fd, "a", 0), -EAGAIN);
  EXPECT_EQ(Receive(fd), Errno(EAGAIN));
  SocketAddress peer;
  EXPECT_EQ(calls_.GetPeerName(fd, &peer), -ENOTCONN);
}

TEST_F(FakeTcpConnect, ShutdownCallsOffAConnectThatIsUnderWay) {
  const int fd =
      NewConnecting(host_, server_.Address(AddressFamily::kIpv4, 80));
  EXPECT_EQ(calls_.Shutdown(fd, ShutdownHow::kWrite), 0);
  EXPECT_EQ(Level(fd), "OUT|ERR|HUP");
  EXPECT_EQ(TakeError(fd), ECONNRESET);
}

TEST_F(FakeTcpConnect, FromALoopbackAddressNoOtherHostIsReached) {
  NewListener(host_);
  const int fd = NewTcp(host_);
  EXPECT_EQ(calls_.Bind(fd, Ipv4Loopback(5000)), 0);
  EXPECT_EQ(calls_.Connect(fd, server_.Address(AddressFamily::kIpv4, 80)),
            -EINVAL);
  EXPECT_EQ(Level(fd), "OUT|HUP");
  EXPECT_EQ(calls_.Connect(fd, host_.Address(AddressFamily::kIpv4, 80)),
            -EINPROGRESS);
  EXPECT_EQ(Level(fd), "OUT");
}

TEST_F(FakeTcpConnect, FromTheLoopbackAddressOfIpv6AConnectTimesOut) {
  const int fd = calls_.Socket(AddressFamily::kIpv6, SocketType::kStream);
  EXPECT_EQ(calls_.Bind(fd, Ipv6Loopback(5000)), 0);
  EXPECT_EQ(calls_.Connect(fd, server_.Address(AddressFamily::kIpv6, 80)),
            -EINPROGRESS);
  PassTime(absl::Seconds(131));
  EXPECT_EQ(TakeError(fd), ETIMEDOUT);
}

// arp(7); not measured.
TEST_F(FakeTcpConnect, AnAddressOfNobodyIsUnreachableAfterThreeSeconds) {
  const int fd = NewConnecting(host_, Ipv4Address(10, 0, 0, 99, 80));
  PassTime(absl::Milliseconds(2999));
  EXPECT_EQ(Level(fd), "nothing");
  PassTime(absl::Milliseconds(1));
  EXPECT_EQ(Level(fd), "IN|OUT|RDHUP|ERR|HUP");
  EXPECT_EQ(TakeError(fd), EHOSTUNREACH);
}

TEST_F(FakeTcpConnect, AnAddressThatSwallowsEverythingTimesOutAfter131Seconds) {
  network_.AddBlackHole(Ipv4Address(10, 0, 0, 99));
  const int fd = NewConnecting(host_, Ipv4Address(10, 0, 0, 99, 80));
  PassTime(absl::Seconds(130));
  EXPECT_EQ(Level(fd), "nothing");
  PassTime(absl::Seconds(1));
  EXPECT_EQ(TakeError(fd), ETIMEDOUT);
}

TEST_F(FakeTcpConnect, TheBacklogHoldsOneMoreThanItWasTold) {
  NewListener(host_, 80, /*backlog=*/1);
  const int first = NewConnecting(host_, Ipv4Loopback(80));
  const int second = NewConnecting(host_, Ipv4Loopback(80));
  const int third = NewConnecting(host_, Ipv4Loopback(80));
  EXPECT_EQ(Level(first), "OUT");
  EXPECT_EQ(Level(second), "OUT");
  EXPECT_EQ(Level(third), "nothing");
}

TEST_F(FakeTcpConnect, AConnectThatFoundAFullBacklogGetsInWhenItTriesAgain) {
  const int listener = NewListener(host_, 80, /*backlog=*/0);
  NewConnecting(host_, Ipv4Loopback(80));
  const int second = NewConnecting(host_, Ipv4Loopback(80));
  EXPECT_GE(calls_.Accept4(listener, nullptr), 0);
  EXPECT_EQ(Level(second), "nothing");
  PassTime(absl::Seconds(1));
  EXPECT_EQ(Level(second), "OUT");
}

TEST_F(FakeTcpConnect, AConnectThatWaitsForTheBacklogIsRefusedOnceItIsClosed) {
  const int listener = NewListener(host_, 80, /*backlog=*/0);
  NewConnecting(host_, Ipv4Loopback(80));
  const int second = NewConnecting(host_, Ipv4Loopback(80));
  EXPECT_EQ(calls_.Close(listener), 0);
  PassTime(absl::Seconds(1));
  EXPECT_EQ(TakeError(second), ECONNREFUSED);
}

TEST_F(FakeTcpConnect, AListenerIsReadableWhileSomebodyWaits) {
  const int listener = NewListener(host_);
  EXPECT_EQ(Level(listener), "nothing");
  NewConnecting(host_, Ipv4Loopback(80));
  EXPECT_EQ(Level(listener), "IN");
  EXPECT_GE(calls_.Accept4(listener, nullptr), 0);
  EXPECT_EQ(Level(listener), "nothing");
}

TEST_F(FakeTcpConnect, AcceptWithoutAnyoneWaitingSaysTryAgain) {
  EXPECT_EQ(calls_.Accept4(NewListener(host_), nullptr), -EAGAIN);
}

TEST_F(FakeTcpConnect, AcceptOnWhatDoesNotListenIsInvalid) {
  EXPECT_EQ(calls_.Accept4(NewTcp(host_), nullptr), -EINVAL);
  EXPECT_EQ(calls_.Accept4(Connect().client, nullptr), -EINVAL);
}

TEST_F(FakeTcpConnect, AcceptNamesThePeer) {
  const int listener = NewListener(host_);
  const int fd = NewConnecting(host_, Ipv4Loopback(80));
  SocketAddress local;
  SocketAddress peer;
  ASSERT_EQ(calls_.GetSockName(fd, &local), 0);
  ASSERT_GE(calls_.Accept4(listener, &peer), 0);
  EXPECT_EQ(peer, local);
}

TEST_F(FakeTcpConnect, BothEndsAgreeOnTheirNames) {
  const Ends ends = Connect();
  SocketAddress client_local, client_peer, server_local, server_peer;
  calls_.GetSockName(ends.client, &client_local);
  calls_.GetPeerName(ends.client, &client_peer);
  calls_.GetSockName(ends.server, &server_local);
  calls_.GetPeerName(ends.server, &server_peer);
  EXPECT_EQ(client_local, server_peer);
  EXPECT_EQ(client_peer, server_local);
  EXPECT_EQ(server_local, Ipv4Loopback(80));
}

TEST_F(FakeTcpConnect, AListenerCannotConnectOrBindAgainButListenAgain) {
  const int listener = NewListener(host_);
  EXPECT_EQ(calls_.Connect(listener, Ipv4Loopback(80)), -EISCONN);
  EXPECT_EQ(calls_.Bind(listener, Ipv4Any(81)), -EINVAL);
  EXPECT_EQ(calls_.Listen(listener, 3), 0);
}

TEST_F(FakeTcpConnect, ShutdownOfAListenerForReadingEndsListening) {
  const int listener = NewListener(host_);
  EXPECT_EQ(calls_.Shutdown(listener, ShutdownHow::kRead), 0);
  EXPECT_EQ(Level(listener), "OUT|HUP");
  EXPECT_EQ(calls_.Accept4(listener, nullptr), -EINVAL);
  EXPECT_EQ(calls_.Listen(listener, 3), 0);
  EXPECT_EQ(Level(listener), "nothing");
}

TEST_F(FakeTcpConnect, ShutdownOfAListenerForWritingDoesNothing) {
  const int listener = NewListener(host_);
  EXPECT_EQ(calls_.Shutdown(listener, ShutdownHow::kWrite), 0);
  NewConnecting(host_, Ipv4Loopback(80));
  EXPECT_GE(calls_.Accept4(listener, nullptr), 0);
}

TEST_F(FakeTcpConnect, ClosingAListenerResetsWhoWaitsInItsQueue) {
  const int listener = NewListener(host_);
  const int fd = NewConnecting(host_, Ipv4Loopback(80));
  EXPECT_EQ(calls_.Close(listener), 0);
  EXPECT_EQ(Level(fd), "IN|OUT|RDHUP|ERR|HUP");
  EXPECT_EQ(TakeError(fd), ECONNRESET);
}

TEST_F(FakeTcpConnect, AConnectionThatWasResetInTheQueueIsStillAccepted) {
  const int listener = NewListener(host_);
  const int fd = NewConnecting(host_, Ipv4Loopback(80));
  SetOption(fd, SocketOption::kLinger, 0);
  calls_.Close(fd);
  const int accepted = calls_.Accept4(listener, nullptr);
  ASSERT_GE(accepted, 0);
  EXPECT_EQ(Level(accepted), "IN|OUT|RDHUP|ERR|HUP");
  EXPECT_EQ(Receive(accepted), Errno(ECONNRESET));
}

TEST_F(FakeTcpConnect, AcceptedSocketsInheritTheListenersOptions) {
  const int listener = NewListener(host_);
  SetOption(listener, SocketOption::kNoDelay, 1);
  SetOption(listener, SocketOption::kReceiveBuffer, 8192);
  const Ends ends = ConnectTo(listener);
  int value = 0;
  calls_.GetSockOpt(ends.server, SocketOption::kNoDelay, &value);
  EXPECT_EQ(value, 1);
  calls_.GetSockOpt(ends.server, SocketOption::kReceiveBuffer, &value);
  EXPECT_EQ(value, 16384);
}

}  // namespace
}  // namespace cloche

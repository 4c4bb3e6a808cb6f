// Contract: how TCP connections come about, or do not; who may have a port.

#include <cerrno>

#include "cloche/testing/contract/system_call_contract.h"

namespace cloche {
namespace {

class ConnectContract : public SystemCallContract {
 protected:
  int NewReusable(SocketOption option) {
    const int fd = NewTcp();
    Set(fd, option, 1);
    return fd;
  }
};

// --- Fresh sockets ----------------------------------------------------------

TEST_P(ConnectContract, AFreshSocketIsWritableAndHungUp) {
  EXPECT_EQ(Level(NewTcp()), "OUT|HUP");
}

TEST_P(ConnectContract, ABoundSocketIsNoMoreThanAFreshOne) {
  EXPECT_EQ(Level(NewBound()), "OUT|HUP");
}

TEST_P(ConnectContract, AFreshSocketCanNeitherReceiveNorSendNorShutDown) {
  const int fd = NewTcp();
  EXPECT_EQ(Receive(fd), Errno(ENOTCONN));
  EXPECT_EQ(calls_.Send(fd, "a", 0), -EPIPE);
  EXPECT_EQ(calls_.Shutdown(fd, ShutdownHow::kBoth), -ENOTCONN);
}

TEST_P(ConnectContract, AFreshSocketHasAnAddressOfNobodyAndNoPeer) {
  const int fd = NewTcp();
  EXPECT_EQ(AddressOf(fd), Ipv4Any(0));
  SocketAddress peer;
  EXPECT_EQ(calls_.GetPeerName(fd, &peer), -ENOTCONN);
}

// --- Connecting -------------------------------------------------------------

TEST_P(ConnectContract, ConnectIsInProgressAndThenTheSocketIsWritable) {
  const int fd = NewConnecting(AddressOf(NewListener()));
  EXPECT_TRUE(Becomes(fd, "OUT"));
  EXPECT_EQ(TakeError(fd), 0);
}

TEST_P(ConnectContract, ASecondConnectSaysHowTheFirstWentAndAThirdIsConnected) {
  const SocketAddress address = AddressOf(NewListener());
  const int fd = NewConnecting(address);
  ASSERT_TRUE(Becomes(fd, "OUT"));
  EXPECT_EQ(calls_.Connect(fd, address), 0);
  EXPECT_EQ(calls_.Connect(fd, address), -EISCONN);
}

TEST_P(ConnectContract, AnAcceptedSocketIsConnectedAlready) {
  const Ends ends = Connect();
  EXPECT_EQ(Level(ends.server), "OUT");
  EXPECT_EQ(calls_.Connect(ends.server, AddressOf(ends.listener)), -EISCONN);
}

TEST_P(ConnectContract, BothEndsAgreeOnTheirNames) {
  const Ends ends = Connect();
  SocketAddress client_peer, server_peer;
  EXPECT_EQ(calls_.GetPeerName(ends.client, &client_peer), 0);
  EXPECT_EQ(calls_.GetPeerName(ends.server, &server_peer), 0);
  EXPECT_EQ(client_peer, AddressOf(ends.server));
  EXPECT_EQ(server_peer, AddressOf(ends.client));
  EXPECT_EQ(client_peer, AddressOf(ends.listener));
}

TEST_P(ConnectContract, ConnectToAnyAddressMeansLoopback) {
  const SocketAddress address = AddressOf(NewListener());
  const int fd = NewConnecting(Ipv4Any(address.port));
  ASSERT_TRUE(Becomes(fd, "OUT"));
  SocketAddress peer;
  ASSERT_EQ(calls_.GetPeerName(fd, &peer), 0);
  EXPECT_EQ(peer, address);
}

// --- Refused ----------------------------------------------------------------

// A port that is bound is nobody else's, and nobody listens on it.

TEST_P(ConnectContract, ARefusedConnectReportsEverythingAndOneError) {
  const int fd = NewConnecting(AddressOf(NewBound()));
  EXPECT_TRUE(Becomes(fd, "IN|OUT|RDHUP|ERR|HUP"));
  EXPECT_EQ(TakeError(fd), ECONNREFUSED);
  EXPECT_EQ(TakeError(fd), 0);
  EXPECT_EQ(Level(fd), "IN|OUT|RDHUP|HUP");
}

TEST_P(ConnectContract, AfterARefusalSendTakesTheErrorAndThenThePipeIsBroken) {
  const int fd = NewConnecting(AddressOf(NewBound()));
  ASSERT_TRUE(Becomes(fd, "IN|OUT|RDHUP|ERR|HUP"));
  EXPECT_EQ(calls_.Send(fd, "a", 0), -ECONNREFUSED);
  EXPECT_EQ(calls_.Send(fd, "a", 0), -EPIPE);
  EXPECT_EQ(Receive(fd), "");
}

TEST_P(ConnectContract, AfterARefusalReceiveTakesTheErrorAndThenSaysTheEnd) {
  const int fd = NewConnecting(AddressOf(NewBound()));
  ASSERT_TRUE(Becomes(fd, "IN|OUT|RDHUP|ERR|HUP"));
  EXPECT_EQ(Receive(fd), Errno(ECONNREFUSED));
  EXPECT_EQ(Receive(fd), "");
  EXPECT_EQ(calls_.Send(fd, "a", 0), -EPIPE);
}

TEST_P(ConnectContract, ConnectAfterARefusalFailsOnceAndThenStartsAnew) {
  const int later = NewBound();
  const SocketAddress address = AddressOf(later);
  const int fd = NewConnecting(address);
  ASSERT_TRUE(Becomes(fd, "IN|OUT|RDHUP|ERR|HUP"));
  EXPECT_EQ(calls_.Connect(fd, address), -ECONNREFUSED);
  EXPECT_EQ(Level(fd), "OUT|HUP");
  ASSERT_EQ(calls_.Listen(later, 1), 0);
  EXPECT_EQ(calls_.Connect(fd, address), -EINPROGRESS);
  EXPECT_TRUE(Becomes(fd, "OUT"));
}

TEST_P(ConnectContract, ConnectAfterARefusalThatWasReadSaysAborted) {
  const SocketAddress address = AddressOf(NewBound());
  const int fd = NewConnecting(address);
  ASSERT_TRUE(Becomes(fd, "IN|OUT|RDHUP|ERR|HUP"));
  EXPECT_EQ(TakeError(fd), ECONNREFUSED);
  EXPECT_EQ(calls_.Connect(fd, address), -ECONNABORTED);
}

TEST_P(ConnectContract, ConnectAfterAFailureForgetsTheAddressItCameFrom) {
  const SocketAddress nobody = AddressOf(NewBound());
  const int fd = NewConnecting(nobody);
  ASSERT_TRUE(Becomes(fd, "IN|OUT|RDHUP|ERR|HUP"));
  EXPECT_EQ(WithoutPort(AddressOf(fd)), Ipv4Loopback(0));
  EXPECT_EQ(calls_.Connect(fd, nobody), -ECONNREFUSED);
  EXPECT_EQ(WithoutPort(AddressOf(fd)), Ipv4Any(0));
}

TEST_P(ConnectContract, ConnectAfterAFailureKeepsTheAddressThatBindNamed) {
  const SocketAddress nobody = AddressOf(NewBound());
  const int fd = NewBound();
  EXPECT_EQ(calls_.Connect(fd, nobody), -EINPROGRESS);
  ASSERT_TRUE(Becomes(fd, "IN|OUT|RDHUP|ERR|HUP"));
  EXPECT_EQ(calls_.Connect(fd, nobody), -ECONNREFUSED);
  EXPECT_EQ(WithoutPort(AddressOf(fd)), Ipv4Loopback(0));
}

// For the kernel the first connect has not been answered for yet.
TEST_P(ConnectContract, AFirstSecondConnectAfterAResetForgetsWhatWasUnread) {
  const Ends ends = Connect();
  calls_.Send(ends.server, "never read", 0);
  Reset(ends.server);
  ASSERT_TRUE(Becomes(ends.client, "IN|OUT|RDHUP|ERR|HUP"));
  EXPECT_EQ(calls_.Connect(ends.client, AddressOf(ends.listener)), -ECONNRESET);
  EXPECT_EQ(Level(ends.client), "OUT|HUP");
  EXPECT_EQ(Receive(ends.client), Errno(ENOTCONN));
}

// --- Accepting --------------------------------------------------------------

TEST_P(ConnectContract, AListenerIsReadableWhileSomebodyWaits) {
  const int listener = NewListener();
  EXPECT_EQ(Level(listener), "nothing");
  NewConnecting(AddressOf(listener));
  EXPECT_TRUE(Becomes(listener, "IN"));
  Accept(listener);
  EXPECT_EQ(Level(listener), "nothing");
}

TEST_P(ConnectContract, AcceptWithoutAnyoneWaitingSaysTryAgain) {
  EXPECT_EQ(calls_.Accept4(NewListener(), nullptr), -EAGAIN);
}

TEST_P(ConnectContract, AcceptOnWhatDoesNotListenIsInvalid) {
  EXPECT_EQ(calls_.Accept4(NewTcp(), nullptr), -EINVAL);
  EXPECT_EQ(calls_.Accept4(Connect().client, nullptr), -EINVAL);
}

TEST_P(ConnectContract, AcceptNamesThePeer) {
  const int listener = NewListener();
  const int fd = NewConnecting(AddressOf(listener));
  SocketAddress peer;
  Accept(listener, &peer);
  EXPECT_EQ(peer, AddressOf(fd));
}

TEST_P(ConnectContract, ConnectionsAreAcceptedInTheOrderInWhichTheyCame) {
  const int listener = NewListener();
  const int first = NewConnecting(AddressOf(listener));
  ASSERT_TRUE(Becomes(listener, "IN"));
  const int second = NewConnecting(AddressOf(listener));
  ASSERT_TRUE(Becomes(second, "OUT"));
  SocketAddress peer;
  Accept(listener, &peer);
  EXPECT_EQ(peer, AddressOf(first));
  Accept(listener, &peer);
  EXPECT_EQ(peer, AddressOf(second));
}

TEST_P(ConnectContract, AListenerCannotConnectOrBindAgainButListenAgain) {
  const int listener = NewListener();
  EXPECT_EQ(calls_.Connect(listener, AddressOf(listener)), -EISCONN);
  EXPECT_EQ(calls_.Bind(listener, Ipv4Any(0)), -EINVAL);
  EXPECT_EQ(calls_.Listen(listener, 3), 0);
}

TEST_P(ConnectContract, AListenerNeitherReceivesNorSends) {
  const int listener = NewListener();
  EXPECT_EQ(Receive(listener), Errno(ENOTCONN));
  EXPECT_EQ(calls_.Send(listener, "a", 0), -EPIPE);
}

TEST_P(ConnectContract, ShutdownOfAListenerForReadingEndsListening) {
  const int listener = NewListener();
  EXPECT_EQ(calls_.Shutdown(listener, ShutdownHow::kRead), 0);
  EXPECT_EQ(Level(listener), "OUT|HUP");
  EXPECT_EQ(calls_.Accept4(listener, nullptr), -EINVAL);
  EXPECT_EQ(calls_.Listen(listener, 3), 0);
  EXPECT_EQ(Level(listener), "nothing");
}

// The port was not asked for by number, so the listener lost it when it
// stopped, and the accepted connection has it alone.
TEST_P(ConnectContract, AListenerThatListensAgainTakesAPortAnew) {
  const Ends ends = Connect();
  EXPECT_EQ(calls_.Shutdown(ends.listener, ShutdownHow::kRead), 0);
  EXPECT_EQ(calls_.Listen(ends.listener, 1), 0);
  EXPECT_NE(AddressOf(ends.listener), AddressOf(ends.server));
  ConnectTo(ends.listener);
}

TEST_P(ConnectContract, ShutdownOfAListenerForWritingDoesNothing) {
  const int listener = NewListener();
  EXPECT_EQ(calls_.Shutdown(listener, ShutdownHow::kWrite), 0);
  NewConnecting(AddressOf(listener));
  Accept(listener);
}

TEST_P(ConnectContract, ClosingAListenerResetsWhoWaitsInItsQueue) {
  const int listener = NewListener();
  const int fd = NewConnecting(AddressOf(listener));
  ASSERT_TRUE(Becomes(listener, "IN"));
  EXPECT_EQ(calls_.Close(listener), 0);
  EXPECT_TRUE(Becomes(fd, "IN|OUT|RDHUP|ERR|HUP"));
  EXPECT_EQ(TakeError(fd), ECONNRESET);
}

TEST_P(ConnectContract, AConnectionThatWasResetInTheQueueIsStillAccepted) {
  const int listener = NewListener();
  const int fd = NewConnecting(AddressOf(listener));
  ASSERT_TRUE(Becomes(listener, "IN"));
  Reset(fd);
  const int accepted = Accept(listener);
  EXPECT_TRUE(Becomes(accepted, "IN|OUT|RDHUP|ERR|HUP"));
  EXPECT_EQ(Receive(accepted), Errno(ECONNRESET));
}

TEST_P(ConnectContract, WhatWasSentBeforeTheAcceptIsThereAfterIt) {
  const int listener = NewListener();
  const int fd = NewConnecting(AddressOf(listener));
  ASSERT_TRUE(Becomes(fd, "OUT"));
  EXPECT_EQ(calls_.Send(fd, "early", 0), 5);
  EXPECT_EQ(ReceiveAll(Accept(listener), 5), "early");
}

TEST_P(ConnectContract, AcceptedSocketsInheritTheListenersOptions) {
  const int listener = NewListener();
  Set(listener, SocketOption::kNoDelay, 1);
  Set(listener, SocketOption::kReceiveBuffer, 8192);
  const Ends ends = ConnectTo(listener);
  EXPECT_EQ(Get(ends.server, SocketOption::kNoDelay), 1);
  EXPECT_EQ(Get(ends.server, SocketOption::kReceiveBuffer), 16384);
}

// --- The backlog ------------------------------------------------------------

TEST_P(ConnectContract, ABacklogOfZeroHoldsOneAndTheNextStaysInProgress) {
  const int listener = NewListener(/*backlog=*/0);
  NewConnecting(AddressOf(listener));
  ASSERT_TRUE(Becomes(listener, "IN"));
  const int second = NewConnecting(AddressOf(listener));
  EXPECT_EQ(Level(second), "nothing");
  EXPECT_EQ(calls_.Connect(second, AddressOf(listener)), -EALREADY);
}

// The second's next attempt comes a second later, on the real kernel too.
TEST_P(ConnectContract, AConnectThatFoundAFullBacklogGetsInWhenItTriesAgain) {
  const int listener = NewListener(/*backlog=*/0);
  NewConnecting(AddressOf(listener));
  ASSERT_TRUE(Becomes(listener, "IN"));
  const int second = NewConnecting(AddressOf(listener));
  Accept(listener);
  EXPECT_EQ(Level(second), "nothing");
  EXPECT_TRUE(Becomes(second, "OUT"));
}

TEST_P(ConnectContract, WhileConnectingThereIsNothingToSendReceiveOrName) {
  const int listener = NewListener(/*backlog=*/0);
  NewConnecting(AddressOf(listener));
  ASSERT_TRUE(Becomes(listener, "IN"));
  const int fd = NewConnecting(AddressOf(listener));
  EXPECT_EQ(calls_.Send(fd, "a", 0), -EAGAIN);
  EXPECT_EQ(Receive(fd), Errno(EAGAIN));
  SocketAddress peer;
  EXPECT_EQ(calls_.GetPeerName(fd, &peer), -ENOTCONN);
}

TEST_P(ConnectContract, ShutdownCallsOffAConnectThatIsUnderWay) {
  const int listener = NewListener(/*backlog=*/0);
  NewConnecting(AddressOf(listener));
  ASSERT_TRUE(Becomes(listener, "IN"));
  const int fd = NewConnecting(AddressOf(listener));
  EXPECT_EQ(calls_.Shutdown(fd, ShutdownHow::kWrite), 0);
  EXPECT_EQ(Level(fd), "OUT|ERR|HUP");
  EXPECT_EQ(TakeError(fd), ECONNRESET);
}

// --- Ports ------------------------------------------------------------------

TEST_P(ConnectContract, ATakenPortIsInUse) {
  const SocketAddress address = AddressOf(NewListener());
  EXPECT_EQ(calls_.Bind(NewTcp(), address), -EADDRINUSE);
  EXPECT_EQ(calls_.Bind(NewTcp(), Ipv4Any(address.port)), -EADDRINUSE);
}

TEST_P(ConnectContract, ListenWithoutBindTakesAPortOnEveryAddress) {
  const int fd = NewTcp();
  EXPECT_EQ(calls_.Listen(fd, 5), 0);
  const SocketAddress address = AddressOf(fd);
  EXPECT_EQ(WithoutPort(address), Ipv4Any(0));
  EXPECT_NE(address.port, 0);
}

TEST_P(ConnectContract, ASocketIsBoundOnce) {
  EXPECT_EQ(calls_.Bind(NewBound(), Ipv4Loopback(0)), -EINVAL);
}

TEST_P(ConnectContract, AForeignAddressIsNotAvailable) {
  // TEST-NET-1 (RFC 5737): nobody's.
  EXPECT_EQ(calls_.Bind(NewTcp(), Ipv4Address(192, 0, 2, 1)), -EADDRNOTAVAIL);
}

TEST_P(ConnectContract, ReuseAddressSharesAPortThatNobodyListensOn) {
  const int first = NewReusable(SocketOption::kReuseAddress);
  const int second = NewReusable(SocketOption::kReuseAddress);
  EXPECT_EQ(calls_.Bind(first, Ipv4Loopback(0)), 0);
  EXPECT_EQ(calls_.Bind(second, AddressOf(first)), 0);
  EXPECT_EQ(calls_.Listen(first, 5), 0);
  EXPECT_EQ(calls_.Listen(second, 5), -EADDRINUSE);
}

TEST_P(ConnectContract, ReuseAddressDoesNotShareWithAListener) {
  const int first = NewReusable(SocketOption::kReuseAddress);
  EXPECT_EQ(calls_.Bind(first, Ipv4Loopback(0)), 0);
  EXPECT_EQ(calls_.Listen(first, 5), 0);
  EXPECT_EQ(
      calls_.Bind(NewReusable(SocketOption::kReuseAddress), AddressOf(first)),
      -EADDRINUSE);
}

TEST_P(ConnectContract, ReuseMustBeWantedByBoth) {
  const SocketAddress address = AddressOf(NewBound());
  EXPECT_EQ(calls_.Bind(NewReusable(SocketOption::kReuseAddress), address),
            -EADDRINUSE);
  EXPECT_EQ(calls_.Bind(NewReusable(SocketOption::kReusePort), address),
            -EADDRINUSE);
}

TEST_P(ConnectContract, ReusePortLetsTwoListen) {
  const int first = NewReusable(SocketOption::kReusePort);
  const int second = NewReusable(SocketOption::kReusePort);
  EXPECT_EQ(calls_.Bind(first, Ipv4Loopback(0)), 0);
  EXPECT_EQ(calls_.Bind(second, AddressOf(first)), 0);
  EXPECT_EQ(calls_.Listen(first, 5), 0);
  EXPECT_EQ(calls_.Listen(second, 5), 0);
}

TEST_P(ConnectContract, AnAcceptedConnectionKeepsThePortOfAClosedListener) {
  const Ends ends = Connect();
  const SocketAddress address = AddressOf(ends.listener);
  calls_.Close(ends.listener);
  EXPECT_EQ(calls_.Bind(NewReusable(SocketOption::kReuseAddress), address),
            -EADDRINUSE);
}

TEST_P(ConnectContract, AServerThatReusesItsAddressCanBeRestarted) {
  const int listener = NewReusable(SocketOption::kReuseAddress);
  EXPECT_EQ(calls_.Bind(listener, Ipv4Loopback(0)), 0);
  EXPECT_EQ(calls_.Listen(listener, 5), 0);
  const SocketAddress address = AddressOf(listener);
  ConnectTo(listener);  // Lives on, and holds the port.
  calls_.Close(listener);
  EXPECT_EQ(calls_.Bind(NewTcp(), address), -EADDRINUSE);
  const int again = NewReusable(SocketOption::kReuseAddress);
  EXPECT_EQ(calls_.Bind(again, address), 0);
  EXPECT_EQ(calls_.Listen(again, 5), 0);
}

TEST_P(ConnectContract, WhoClosesFirstKeepsThePortForAWhile) {
  const Ends ends = Connect();
  const SocketAddress address = AddressOf(ends.listener);
  calls_.Close(ends.server);
  ASSERT_TRUE(Becomes(ends.client, "IN|OUT|RDHUP"));
  calls_.Close(ends.client);
  calls_.Close(ends.listener);
  EXPECT_EQ(calls_.Bind(NewTcp(), address), -EADDRINUSE);
}

TEST_P(ConnectContract, TheSameTwoAddressesMakeOneConnectionOnly) {
  const SocketAddress address = AddressOf(NewListener());
  const int first = NewReusable(SocketOption::kReuseAddress);
  const int second = NewReusable(SocketOption::kReuseAddress);
  EXPECT_EQ(calls_.Bind(first, Ipv4Loopback(0)), 0);
  EXPECT_EQ(calls_.Bind(second, AddressOf(first)), 0);
  EXPECT_EQ(calls_.Connect(first, address), -EINPROGRESS);
  EXPECT_EQ(calls_.Connect(second, address), -EADDRNOTAVAIL);
}

TEST_P(ConnectContract, AnAddressOfTheWrongFamilyIsRefused) {
  EXPECT_EQ(calls_.Bind(NewTcp(), Ipv6Any(0)), -EAFNOSUPPORT);
  EXPECT_EQ(calls_.Connect(NewTcp(), Ipv6Loopback(80)), -EAFNOSUPPORT);
}

INSTANTIATE_ON_EVERY_KERNEL(ConnectContract);

}  // namespace
}  // namespace cloche

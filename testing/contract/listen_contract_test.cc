// Contract: listeners. Who is accepted, and who may have a port.

#include <cerrno>

#include "cloche/calls/socket_calls.h"
#include "cloche/fakes/fake_addresses.h"
#include "cloche/testing/contract/system_call_contract.h"

namespace cloche {
namespace {

class ListenContract : public SystemCallContract {
 protected:
  int NewReusable(SocketOption option) {
    const int fd = NewTcp();
    Set(fd, option, 1);
    return fd;
  }
};

// --- Accepting --------------------------------------------------------------

TEST_P(ListenContract, AListenerIsReadableWhileSomebodyWaits) {
  const int listener = NewListener();
  EXPECT_EQ(Level(listener), "nothing");
  NewConnecting(AddressOf(listener));
  EXPECT_TRUE(Becomes(listener, "IN"));
  Accept(listener);
  EXPECT_EQ(Level(listener), "nothing");
}

TEST_P(ListenContract, AcceptWithoutAnyoneWaitingSaysTryAgain) {
  EXPECT_EQ(calls_.Accept4(NewListener(), nullptr), -EAGAIN);
}

TEST_P(ListenContract, AcceptOnWhatDoesNotListenIsInvalid) {
  EXPECT_EQ(calls_.Accept4(NewTcp(), nullptr), -EINVAL);
  EXPECT_EQ(calls_.Accept4(Connect().client, nullptr), -EINVAL);
}

TEST_P(ListenContract, AcceptNamesThePeer) {
  const int listener = NewListener();
  const int fd = NewConnecting(AddressOf(listener));
  SocketAddress peer;
  Accept(listener, &peer);
  EXPECT_EQ(peer, AddressOf(fd));
}

TEST_P(ListenContract, ConnectionsAreAcceptedInTheOrderInWhichTheyCame) {
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

TEST_P(ListenContract, AListenerCannotConnectOrBindAgainButListenAgain) {
  const int listener = NewListener();
  EXPECT_EQ(calls_.Connect(listener, AddressOf(listener)), -EISCONN);
  EXPECT_EQ(calls_.Bind(listener, Ipv4Any(0)), -EINVAL);
  EXPECT_EQ(calls_.Listen(listener, 3), 0);
}

TEST_P(ListenContract, AListenerNeitherReceivesNorSends) {
  const int listener = NewListener();
  EXPECT_EQ(Receive(listener), Errno(ENOTCONN));
  EXPECT_EQ(calls_.Send(listener, "a", 0), -EPIPE);
}

TEST_P(ListenContract, ShutdownOfAListenerForReadingEndsListening) {
  const int listener = NewListener();
  EXPECT_EQ(calls_.Shutdown(listener, ShutdownHow::kRead), 0);
  EXPECT_EQ(Level(listener), "OUT|HUP");
  EXPECT_EQ(calls_.Accept4(listener, nullptr), -EINVAL);
  EXPECT_EQ(calls_.Listen(listener, 3), 0);
  EXPECT_EQ(Level(listener), "nothing");
}

// The port was not asked for by number, so the listener lost it when it
// stopped, and the accepted connection has it alone.
TEST_P(ListenContract, AListenerThatListensAgainTakesAPortAnew) {
  const Ends ends = Connect();
  EXPECT_EQ(calls_.Shutdown(ends.listener, ShutdownHow::kRead), 0);
  EXPECT_EQ(calls_.Listen(ends.listener, 1), 0);
  EXPECT_NE(AddressOf(ends.listener), AddressOf(ends.server));
  ConnectTo(ends.listener);
}

TEST_P(ListenContract, ShutdownOfAListenerForWritingDoesNothing) {
  const int listener = NewListener();
  EXPECT_EQ(calls_.Shutdown(listener, ShutdownHow::kWrite), 0);
  NewConnecting(AddressOf(listener));
  Accept(listener);
}

TEST_P(ListenContract, ClosingAListenerResetsWhoWaitsInItsQueue) {
  const int listener = NewListener();
  const int fd = NewConnecting(AddressOf(listener));
  ASSERT_TRUE(Becomes(listener, "IN"));
  EXPECT_EQ(calls_.Close(listener), 0);
  EXPECT_TRUE(Becomes(fd, "IN|OUT|RDHUP|ERR|HUP"));
  EXPECT_EQ(TakeError(fd), ECONNRESET);
}

TEST_P(ListenContract, AConnectionThatWasResetInTheQueueIsStillAccepted) {
  const int listener = NewListener();
  const int fd = NewConnecting(AddressOf(listener));
  ASSERT_TRUE(Becomes(listener, "IN"));
  Reset(fd);
  const int accepted = Accept(listener);
  EXPECT_TRUE(Becomes(accepted, "IN|OUT|RDHUP|ERR|HUP"));
  EXPECT_EQ(Receive(accepted), Errno(ECONNRESET));
}

TEST_P(ListenContract, WhatWasSentBeforeTheAcceptIsThereAfterIt) {
  const int listener = NewListener();
  const int fd = NewConnecting(AddressOf(listener));
  ASSERT_TRUE(Becomes(fd, "OUT"));
  EXPECT_EQ(calls_.Send(fd, "early", 0), 5);
  EXPECT_EQ(ReceiveAll(Accept(listener), 5), "early");
}

TEST_P(ListenContract, AcceptedSocketsInheritTheListenersOptions) {
  const int listener = NewListener();
  Set(listener, SocketOption::kNoDelay, 1);
  Set(listener, SocketOption::kReceiveBuffer, 8192);
  const Ends ends = ConnectTo(listener);
  EXPECT_EQ(Get(ends.server, SocketOption::kNoDelay), 1);
  EXPECT_EQ(Get(ends.server, SocketOption::kReceiveBuffer), 16384);
}

// --- Ports ------------------------------------------------------------------

TEST_P(ListenContract, ATakenPortIsInUse) {
  const SocketAddress address = AddressOf(NewListener());
  EXPECT_EQ(calls_.Bind(NewTcp(), address), -EADDRINUSE);
  EXPECT_EQ(calls_.Bind(NewTcp(), Ipv4Any(address.port)), -EADDRINUSE);
}

TEST_P(ListenContract, ListenWithoutBindTakesAPortOnEveryAddress) {
  const int fd = NewTcp();
  EXPECT_EQ(calls_.Listen(fd, 5), 0);
  const SocketAddress address = AddressOf(fd);
  EXPECT_EQ(WithoutPort(address), Ipv4Any(0));
  EXPECT_NE(address.port, 0);
}

TEST_P(ListenContract, ASocketIsBoundOnce) {
  EXPECT_EQ(calls_.Bind(NewBound(), Ipv4Loopback(0)), -EINVAL);
}

TEST_P(ListenContract, AForeignAddressIsNotAvailable) {
  // TEST-NET-1 (RFC 5737): nobody's.
  EXPECT_EQ(calls_.Bind(NewTcp(), Ipv4Address(192, 0, 2, 1)), -EADDRNOTAVAIL);
}

TEST_P(ListenContract, ABindThatFailsLeavesNoAddress) {
  const SocketAddress taken = AddressOf(NewListener());
  const int fd = NewConnecting(AddressOf(NewBound()));
  ASSERT_TRUE(Becomes(fd, "IN|OUT|RDHUP|ERR|HUP"));
  EXPECT_EQ(WithoutPort(AddressOf(fd)), Ipv4Loopback());
  EXPECT_EQ(calls_.Bind(fd, taken), -EADDRINUSE);
  EXPECT_EQ(WithoutPort(AddressOf(fd)), Ipv4Any());
}

TEST_P(ListenContract, ReuseAddressSharesAPortThatNobodyListensOn) {
  const int first = NewReusable(SocketOption::kReuseAddress);
  const int second = NewReusable(SocketOption::kReuseAddress);
  EXPECT_EQ(calls_.Bind(first, Ipv4Loopback(0)), 0);
  EXPECT_EQ(calls_.Bind(second, AddressOf(first)), 0);
  EXPECT_EQ(calls_.Listen(first, 5), 0);
  EXPECT_EQ(calls_.Listen(second, 5), -EADDRINUSE);
}

TEST_P(ListenContract, ReuseAddressDoesNotShareWithAListener) {
  const int first = NewReusable(SocketOption::kReuseAddress);
  EXPECT_EQ(calls_.Bind(first, Ipv4Loopback(0)), 0);
  EXPECT_EQ(calls_.Listen(first, 5), 0);
  EXPECT_EQ(
      calls_.Bind(NewReusable(SocketOption::kReuseAddress), AddressOf(first)),
      -EADDRINUSE);
}

TEST_P(ListenContract, ReuseMustBeWantedByBoth) {
  const SocketAddress address = AddressOf(NewBound());
  EXPECT_EQ(calls_.Bind(NewReusable(SocketOption::kReuseAddress), address),
            -EADDRINUSE);
  EXPECT_EQ(calls_.Bind(NewReusable(SocketOption::kReusePort), address),
            -EADDRINUSE);
}

TEST_P(ListenContract, ReusePortLetsTwoListen) {
  const int first = NewReusable(SocketOption::kReusePort);
  const int second = NewReusable(SocketOption::kReusePort);
  EXPECT_EQ(calls_.Bind(first, Ipv4Loopback(0)), 0);
  EXPECT_EQ(calls_.Bind(second, AddressOf(first)), 0);
  EXPECT_EQ(calls_.Listen(first, 5), 0);
  EXPECT_EQ(calls_.Listen(second, 5), 0);
}

TEST_P(ListenContract, AnAcceptedConnectionKeepsThePortOfAClosedListener) {
  const Ends ends = Connect();
  const SocketAddress address = AddressOf(ends.listener);
  calls_.Close(ends.listener);
  EXPECT_EQ(calls_.Bind(NewReusable(SocketOption::kReuseAddress), address),
            -EADDRINUSE);
}

TEST_P(ListenContract, AServerThatReusesItsAddressCanBeRestarted) {
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

TEST_P(ListenContract, WhoClosesFirstKeepsThePortForAWhile) {
  const Ends ends = Connect();
  const SocketAddress address = AddressOf(ends.listener);
  calls_.Close(ends.server);
  ASSERT_TRUE(Becomes(ends.client, "IN|OUT|RDHUP"));
  calls_.Close(ends.client);
  calls_.Close(ends.listener);
  EXPECT_EQ(calls_.Bind(NewTcp(), address), -EADDRINUSE);
}

TEST_P(ListenContract, TheSameTwoAddressesMakeOneConnectionOnly) {
  const SocketAddress address = AddressOf(NewListener());
  const int first = NewReusable(SocketOption::kReuseAddress);
  const int second = NewReusable(SocketOption::kReuseAddress);
  EXPECT_EQ(calls_.Bind(first, Ipv4Loopback(0)), 0);
  EXPECT_EQ(calls_.Bind(second, AddressOf(first)), 0);
  EXPECT_EQ(calls_.Connect(first, address), -EINPROGRESS);
  EXPECT_EQ(calls_.Connect(second, address), -EADDRNOTAVAIL);
}

TEST_P(ListenContract, AnAddressOfTheWrongFamilyIsRefused) {
  EXPECT_EQ(calls_.Bind(NewTcp(), Ipv6Any(0)), -EAFNOSUPPORT);
  EXPECT_EQ(calls_.Connect(NewTcp(), Ipv6Loopback(80)), -EAFNOSUPPORT);
}

INSTANTIATE_ON_EVERY_KERNEL(ListenContract);

}  // namespace
}  // namespace cloche

// Contract: how TCP connections come about, or do not.

#include <cerrno>

#include "cloche/calls/socket_calls.h"
#include "cloche/fakes/fake_addresses.h"
#include "cloche/testing/contract/system_call_contract.h"

namespace cloche {
namespace {

using ConnectContract = SystemCallContract;

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

TEST_P(ConnectContract, WhoIsBoundToLoopbackReachesNobodyElse) {
  const int fd = NewBound();
  // TEST-NET-1 (RFC 5737): nobody's.
  EXPECT_EQ(calls_.Connect(fd, Ipv4Address(192, 0, 2, 1, 80)), -EINVAL);
  EXPECT_EQ(Level(fd), "OUT|HUP");
  EXPECT_EQ(calls_.Connect(fd, AddressOf(NewListener())), -EINPROGRESS);
  EXPECT_TRUE(Becomes(fd, "OUT"));
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

INSTANTIATE_ON_EVERY_KERNEL(ConnectContract);

}  // namespace
}  // namespace cloche

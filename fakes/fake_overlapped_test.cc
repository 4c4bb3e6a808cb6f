// The fake completion port: what each overlapped call does, and that what it
// was lent is left alone.
//
// From Microsoft's documentation; what Wine 8.0 does otherwise is said.

#include <cerrno>
#include <string>

#include "cloche/fakes/fake_completion_port_test.h"

namespace cloche {
namespace {

class FakeOverlappedTest : public FakeCompletionPortTest {
 protected:
  // A bound socket with the port, that connects to `port` here.
  int Connecting(uint16_t port, Overlapped& overlapped) {
    const int fd = NewTcp(host_);
    GivePort(fd, "c");
    EXPECT_EQ(calls_.Bind(fd, Ipv4Any(0)), 0);
    EXPECT_EQ(ports_.ConnectEx(fd, Ipv4Loopback(port), overlapped), kIoPending);
    return fd;
  }
  int ListenerWithPort() {
    const int listener = NewListener(host_);
    GivePort(listener, "l");
    return listener;
  }
};

// --- Receive ----------------------------------------------------------------

TEST_F(FakeOverlappedTest, AReceiveOfNoBytesTakesNone) {
  const Ends ends = ConnectWithPort();
  Overlapped overlapped;
  EXPECT_EQ(ports_.WsaRecv(ends.client, {}, overlapped), kIoPending);
  calls_.Send(ends.server, "hello", 0);
  EXPECT_EQ(Packets(), "c: 0");
  EXPECT_EQ(Receive(ends.client), "hello");
}

TEST_F(FakeOverlappedTest, AReceiveOfNoBytesLeavesTheErrorToTheNext) {
  const Ends ends = ConnectWithPort();
  Overlapped overlapped;
  EXPECT_EQ(ports_.WsaRecv(ends.client, {}, overlapped), kIoPending);
  SetOption(ends.server, SocketOption::kLinger, 0);
  calls_.Close(ends.server);
  EXPECT_EQ(Packets(), "c: ECONNRESET");
  EXPECT_EQ(Receive(ends.client), Errno(ECONNRESET));
}

// WSARecv: WSAESHUTDOWN. Wine 8.0 too.
TEST_F(FakeOverlappedTest, AReceiveAfterTheOwnShutdownIsRefused) {
  const int listener = NewListener(host_);
  for (const ShutdownHow how : {ShutdownHow::kRead, ShutdownHow::kBoth}) {
    const Ends ends = ConnectTo(listener);
    GivePort(ends.client, "c");
    calls_.Send(ends.server, "hello", 0);
    EXPECT_EQ(calls_.Shutdown(ends.client, how), 0);
    Room room;
    EXPECT_EQ(ports_.WsaRecv(ends.client, {}, room), -EPIPE);
    EXPECT_EQ(Recv(ends.client, room), -EPIPE);
  }
}

TEST_F(FakeOverlappedTest, AReceiveAfterTheOwnFinGoesOn) {
  const Ends ends = ConnectWithPort();
  EXPECT_EQ(calls_.Shutdown(ends.client, ShutdownHow::kWrite), 0);
  Overlapped overlapped;
  EXPECT_EQ(ports_.WsaRecv(ends.client, {}, overlapped), kIoPending);
  calls_.Send(ends.server, "hello", 0);
  EXPECT_EQ(Packets(), "c: 0");
}

// What becomes of it Windows does not say. Under Wine 8.0 it goes on.
TEST_F(FakeOverlappedTest, AReceiveThatIsPendingEndsWithTheOwnShutdown) {
  const Ends ends = ConnectWithPort();
  Overlapped overlapped;
  EXPECT_EQ(ports_.WsaRecv(ends.client, {}, overlapped), kIoPending);
  EXPECT_EQ(calls_.Shutdown(ends.client, ShutdownHow::kRead), 0);
  EXPECT_EQ(Packets(), "c: 0");
}

// --- Send -------------------------------------------------------------------

// "Design issues - Sending small data segments over TCP with Winsock"
TEST_F(FakeOverlappedTest, ASendIsTakenWholeAndEndsWhenThereIsRoom) {
  const Ends ends = ConnectWithPort();
  SetOption(ends.server, SocketOption::kReceiveBuffer, 10000);
  const std::string much(200000, 'x');
  Overlapped first;
  Overlapped second;
  EXPECT_EQ(ports_.WsaSend(ends.client, much, first), 200000);
  EXPECT_EQ(ports_.WsaSend(ends.client, much, second), kIoPending);
  EXPECT_EQ(Packets(), "c: 200000");
  size_t received = 0;
  while (received < 400000) {
    const size_t size = Receive(ends.server, 10000).size();
    ASSERT_GT(size, 0);
    received += size;
  }
  EXPECT_EQ(Packets(), "c: 200000");
}

TEST_F(FakeOverlappedTest, ASendThatIsPendingComesBeforeTheOwnFin) {
  const Ends ends = ConnectWithPort();
  const std::string much(200000, 'x');
  Overlapped first;
  Overlapped second;
  ports_.WsaSend(ends.client, much, first);
  EXPECT_EQ(ports_.WsaSend(ends.client, much, second), kIoPending);
  EXPECT_EQ(calls_.Shutdown(ends.client, ShutdownHow::kWrite), 0);
  size_t received = 0;
  while (const size_t size = Receive(ends.server, 10000).size()) {
    received += size;
  }
  EXPECT_EQ(received, 400000);
}

TEST_F(FakeOverlappedTest, AResetEndsASend) {
  const Ends ends = ConnectWithPort();
  const std::string much(200000, 'x');
  Overlapped first;
  Overlapped second;
  ports_.WsaSend(ends.client, much, first);
  EXPECT_EQ(ports_.WsaSend(ends.client, much, second), kIoPending);
  SetOption(ends.server, SocketOption::kLinger, 0);
  calls_.Close(ends.server);
  EXPECT_EQ(Packets(), "c: 200000, c: ECONNRESET");
}

// --- Accept and connect -----------------------------------------------------

TEST_F(FakeOverlappedTest, AcceptExMakesItsSocketTheConnection) {
  const int listener = ListenerWithPort();
  Room accept;
  const int accepted = Accept(listener, accept);
  const int client = NewConnecting(host_, Ipv4Loopback(80));
  EXPECT_EQ(Packets(), "l: 0");
  calls_.Send(client, "hello", 0);
  EXPECT_EQ(Receive(accepted), "hello");
  SocketAddress peer;
  SocketAddress client_address;
  ports_.GetAcceptExSockaddrs(accept.span(), &peer);
  EXPECT_EQ(calls_.GetSockName(client, &client_address), 0);
  EXPECT_EQ(peer, client_address);
}

TEST_F(FakeOverlappedTest, AnAcceptWhoseSocketIsClosedTakesNoConnection) {
  const int listener = ListenerWithPort();
  Room accept;
  calls_.Close(Accept(listener, accept));
  NewConnecting(host_, Ipv4Loopback(80));
  EXPECT_EQ(Packets(), "l: ECANCELED");
  EXPECT_GE(calls_.Accept4(listener, nullptr), 0);
}

TEST_F(FakeOverlappedTest, ConnectExWantsASocketThatIsBound) {
  NewListener(host_);
  const int fd = NewTcp(host_);
  GivePort(fd, "c");
  Overlapped overlapped;
  EXPECT_EQ(ports_.ConnectEx(fd, Ipv4Loopback(80), overlapped), -EINVAL);
}

TEST_F(FakeOverlappedTest, ConnectExEndsWithTheHandshake) {
  NewListener(host_);
  Overlapped overlapped;
  Connecting(80, overlapped);
  EXPECT_EQ(Packets(), "c: 0");
}

TEST_F(FakeOverlappedTest, ConnectExWhereNobodyListensIsRefused) {
  Overlapped overlapped;
  Connecting(80, overlapped);
  EXPECT_EQ(Packets(), "c: ECONNREFUSED");
}

// Wine 8.0 hides that it is missing.
TEST_F(FakeOverlappedTest, AConnectionWithoutItsContextHasNoPeer) {
  const int listener = ListenerWithPort();
  Room accept;
  Overlapped connect;
  const int accepted = Accept(listener, accept);
  const int client = Connecting(80, connect);
  EXPECT_EQ(Packets(), "c: 0, l: 0");
  SocketAddress peer;
  for (const int fd : {accepted, client}) {
    EXPECT_EQ(calls_.GetPeerName(fd, &peer), -ENOTCONN);
    EXPECT_EQ(calls_.Shutdown(fd, ShutdownHow::kWrite), -ENOTCONN);
  }
  EXPECT_EQ(ports_.UpdateAcceptContext(accepted, listener), 0);
  EXPECT_EQ(ports_.UpdateConnectContext(client), 0);
  for (const int fd : {accepted, client}) {
    EXPECT_EQ(calls_.GetPeerName(fd, &peer), 0);
    EXPECT_EQ(calls_.Shutdown(fd, ShutdownHow::kWrite), 0);
  }
}

// --- What is lent -----------------------------------------------------------

using FakeLoanDeathTest = FakeOverlappedTest;

TEST_F(FakeLoanDeathTest, AnOverlappedIsNotUsedForTwoCallsAtOnce) {
  const Ends ends = ConnectWithPort();
  Room receive;
  EXPECT_EQ(Recv(ends.client, receive), kIoPending);
  EXPECT_DEATH(Recv(ends.server, receive), "second call before the packet");
}

TEST_F(FakeLoanDeathTest, AnOverlappedIsNotChangedBeforeItsPacket) {
  const Ends ends = ConnectWithPort();
  Room receive;
  EXPECT_EQ(Recv(ends.client, receive), kIoPending);
  static_cast<Overlapped&>(receive) = Overlapped();
  calls_.Send(ends.server, "hello", 0);
  EXPECT_DEATH(Packets(), "OVERLAPPED was changed before its packet");
}

TEST_F(FakeLoanDeathTest, ABufferToFillIsNotWrittenTo) {
  const Ends ends = ConnectWithPort();
  Room receive;
  EXPECT_EQ(Recv(ends.client, receive), kIoPending);
  receive.data[7] = 'x';
  calls_.Send(ends.server, "hello", 0);
  EXPECT_DEATH(Packets(), "written to while the kernel was to fill it");
}

TEST_F(FakeLoanDeathTest, ABufferToSendIsNotChanged) {
  const Ends ends = ConnectWithPort();
  std::string much(200000, 'x');
  Overlapped first;
  Overlapped second;
  ports_.WsaSend(ends.client, much, first);
  EXPECT_EQ(Packets(), "c: 200000");
  EXPECT_EQ(ports_.WsaSend(ends.client, much, second), kIoPending);
  much[7] = 'y';
  EXPECT_DEATH(ports_.CancelIoEx(ends.client, second),
               "changed while the kernel was sending it");
}

}  // namespace
}  // namespace cloche

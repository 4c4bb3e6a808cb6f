// Connections of which the two ends think differently: one believes it is
// connected, the other has no room for it yet, or knows nothing of it any more.
// Measured on Linux 6.18, between two ends of a tun device and with TCP_REPAIR.

#include <cerrno>
#include <string>
#include <vector>

#include "cloche/fakes/fake_kernel_test.h"

namespace cloche {
namespace {

class FakeTcpHalfOpen : public FakeKernelTest {
 protected:
  static constexpr uint16_t kPort = 5000;

  // Connects `count` sockets of client_ to server_, all at the same instant.
  std::vector<int> Burst(int count) {
    std::vector<int> sockets;
    sockets.reserve(count);
    for (int i = 0; i < count; ++i) {
      sockets.push_back(NewConnecting(client_, ServerAddress()));
    }
    PassTime(absl::Milliseconds(500));
    return sockets;
  }
  int Accept() { return server_.sockets().Accept4(listener_, nullptr); }

  // A socket of client_ that starts to connect from kPort.
  int ConnectFromPort() {
    const int fd = NewTcp(client_);
    SocketCalls& calls = client_.sockets();
    calls.SetSockOpt(fd, SocketOption::kReuseAddress, 1);
    EXPECT_EQ(calls.Bind(fd, Ipv4Any(kPort)), 0);
    EXPECT_EQ(calls.Connect(fd, ServerAddress()), -EINPROGRESS);
    return fd;
  }
  // Closes it with a reset.
  static void Abandon(FakeHost& host, int fd) {
    host.sockets().SetSockOpt(fd, SocketOption::kLinger, 0);
    EXPECT_EQ(host.sockets().Close(fd), 0);
  }

  SocketAddress ServerAddress() const {
    return server_.Address(AddressFamily::kIpv4, 80);
  }
  static bool IsConnected(FakeHost& host, int fd) {
    SocketAddress peer;
    return host.sockets().GetPeerName(fd, &peer) == 0;
  }
  static std::string Hear(FakeHost& host, int fd) {
    std::string bytes(100, '\0');
    const int64_t count =
        host.sockets().Recv(fd, absl::MakeSpan(bytes.data(), 100), 0);
    return count < 0 ? Errno(-count) : bytes.substr(0, count);
  }

  const int listener_ = NewListener(server_, 80, /*backlog=*/1);
};

// --- No room yet ------------------------------------------------------------

TEST_F(FakeTcpHalfOpen, ABurstFindsNoMoreRoomInTheBacklogThanThereIs) {
  const std::vector<int> sockets = Burst(4);
  for (const int fd : sockets) EXPECT_TRUE(IsConnected(client_, fd));
  EXPECT_GE(Accept(), 0);
  EXPECT_GE(Accept(), 0);
  EXPECT_EQ(Accept(), -EAGAIN);
}

TEST_F(FakeTcpHalfOpen, WhoFoundNoRoomGetsInWithTheNextAnswerToItsSyn) {
  Burst(3);
  Accept();
  Accept();
  EXPECT_EQ(Accept(), -EAGAIN);
  PassTime(absl::Seconds(1));
  EXPECT_GE(Accept(), 0);
}

TEST_F(FakeTcpHalfOpen, WhatItHasSaidMeanwhileIsNotLost) {
  const std::vector<int> sockets = Burst(3);
  EXPECT_EQ(client_.sockets().Send(sockets[2], "hello", 0), 5);
  EXPECT_EQ(client_.sockets().Close(sockets[2]), 0);
  Accept();
  Accept();
  PassTime(absl::Seconds(2));
  const int accepted = Accept();
  ASSERT_GE(accepted, 0);
  EXPECT_EQ(Hear(server_, accepted), "hello");
  EXPECT_EQ(Hear(server_, accepted), "");
}

// After the last of its answers, 63 s, the server has forgotten it.
TEST_F(FakeTcpHalfOpen, WhoIsNeverLetInLearnsItWhenItHasSaidSomething) {
  const std::vector<int> sockets = Burst(4);
  client_.sockets().Send(sockets[2], "hello", 0);
  PassTime(absl::Seconds(64));
  EXPECT_EQ(Hear(client_, sockets[2]), Errno(ECONNRESET));
  EXPECT_TRUE(IsConnected(client_, sockets[3]));
  client_.sockets().Send(sockets[3], "hello", 0);
  PassTime(absl::Seconds(1));
  EXPECT_EQ(Hear(client_, sockets[3]), Errno(ECONNRESET));
}

TEST_F(FakeTcpHalfOpen, WhoGivesUpBeforeThereIsRoomIsNotLetIn) {
  const std::vector<int> sockets = Burst(3);
  Abandon(client_, sockets[2]);
  Accept();
  Accept();
  PassTime(absl::Minutes(2));
  EXPECT_EQ(Accept(), -EAGAIN);
}

TEST_F(FakeTcpHalfOpen, AHandshakeThatIsNotOverKeepsNoPort) {
  NewConnecting(client_, ServerAddress());
  PassTime(absl::Milliseconds(1));
  EXPECT_EQ(server_.tcp().Connections().size(), 1u);
  EXPECT_EQ(server_.sockets().Close(listener_), 0);
  NewListener(server_);
}

// Found by the model. The first listener's answer and the second's cross.
TEST_F(FakeTcpHalfOpen, WhoWasAnsweredByAListenerThatIsClosedIsReset) {
  network_.SetLink({.latency = absl::Milliseconds(1500)});
  const int fd = NewConnecting(client_, ServerAddress());
  PassTime(absl::Milliseconds(1500));
  EXPECT_EQ(server_.sockets().Close(listener_), 0);
  const int second = NewListener(server_);
  PassTime(absl::Minutes(2));
  EXPECT_EQ(Hear(client_, fd), Errno(ECONNRESET));
  EXPECT_EQ(server_.sockets().Accept4(second, nullptr), -EAGAIN);
  EXPECT_EQ(server_.tcp().Connections(), std::vector<std::string>());
}

// --- Known to one end only --------------------------------------------------

// Linux tries again after two ticks of its clock (measured: 8.7 ms).
TEST_F(FakeTcpHalfOpen, AConnectFromThePortOfALostConnectionResetsIt) {
  const int old = ConnectFromPort();
  PassTime(absl::Seconds(1));
  const int stale = Accept();
  network_.Partition(client_, server_);
  Abandon(client_, old);
  network_.Heal(client_, server_);
  const int fd = ConnectFromPort();
  PassTime(absl::Milliseconds(100));
  EXPECT_TRUE(IsConnected(client_, fd));
  EXPECT_EQ(Hear(server_, stale), Errno(ECONNRESET));
  EXPECT_GE(Accept(), 0);
}

TEST_F(FakeTcpHalfOpen, WhatAnEarlierConnectionHasSentIsNotHeardInTheNext) {
  const int old = ConnectFromPort();
  PassTime(absl::Seconds(1));
  const int stale = Accept();
  network_.Partition(client_, server_);
  client_.sockets().Send(old, "old", 0);
  Abandon(client_, old);
  Abandon(server_, stale);
  network_.Heal(client_, server_);
  const int fd = ConnectFromPort();
  PassTime(absl::Milliseconds(100));
  const int accepted = Accept();
  ASSERT_GE(accepted, 0);
  PassTime(absl::Seconds(1));  // "old" is sent again.
  client_.sockets().Send(fd, "new", 0);
  PassTime(absl::Seconds(1));
  EXPECT_EQ(Hear(server_, accepted), "new");
}

TEST_F(FakeTcpHalfOpen, AnEarlierConnectionThatIsGivenUpLeavesTheNextAlone) {
  const int old = ConnectFromPort();
  PassTime(absl::Seconds(1));
  network_.Cut(client_, server_);
  client_.sockets().Send(old, "old", 0);
  PassTime(absl::Seconds(900));
  Abandon(client_, old);
  const int fd = ConnectFromPort();
  PassTime(absl::Seconds(100));  // Given up after 924.6 s.
  int error = -1;
  client_.sockets().GetSockOpt(fd, SocketOption::kError, &error);
  EXPECT_EQ(error, 0);
}

}  // namespace
}  // namespace cloche

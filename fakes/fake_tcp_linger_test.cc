// SO_LINGER above 0: a close that waits until the peer has acknowledged it all.
// Each sentence was measured on Linux 6.18 over loopback, where only full
// buffers make it wait.

#include <string>

#include "absl/time/time.h"
#include "cloche/fakes/fake_kernel_test.h"
#include "cloche/fakes/fake_network.h"

namespace cloche {
namespace {

constexpr int kSeconds = 5;
constexpr int kRoom = 65536;  // In a receive buffer.
// There and back: the link's milliseconds.
constexpr absl::Duration kRoundTrip = absl::Milliseconds(2);

// A connection over the link, whose client lingers, and has said something.
class FakeTcpLinger : public FakeKernelTest {
 protected:
  FakeTcpLinger() {
    const int listener = NewListener(server_);
    client_fd_ = NewLingering(server_);
    server_fd_ = server_.sockets().Accept4(listener, nullptr);
  }

  // Connected to who listens on `host`.
  int NewLingering(FakeHost& host) {
    const int fd =
        NewConnecting(client_, host.Address(AddressFamily::kIpv4, 80));
    PassTime(absl::Seconds(1));
    EXPECT_EQ(client_.sockets().SetSockOpt(fd, SocketOption::kLinger, kSeconds),
              0);
    return fd;
  }

  void Say() { EXPECT_EQ(client_.sockets().Send(client_fd_, "bye", 0), 3); }
  // Leaves the server no room for another byte.
  void FillServer() {
    const std::string bytes(kRoom, 'x');
    EXPECT_EQ(client_.sockets().Send(client_fd_, bytes, 0), kRoom);
    PassTime(kRoundTrip);
  }
  // A second from now the server reads all that it has.
  void LetServerReadInASecond() {
    network_.At(clock_.Now() + absl::Seconds(1), [this] {
      std::string room(kRoom, '\0');
      const absl::Span<char> span(room.data(), room.size());
      EXPECT_EQ(server_.sockets().Recv(server_fd_, span, 0), kRoom);
    });
  }
  void AllOfItArrives() {
    char buffer[10];
    EXPECT_EQ(server_.sockets().Recv(server_fd_, absl::MakeSpan(buffer), 0), 3);
    EXPECT_EQ(server_.sockets().Recv(server_fd_, absl::MakeSpan(buffer), 0), 0);
  }
  // How long close(2) takes.
  absl::Duration Close() {
    const absl::Time start = clock_.Now();
    EXPECT_EQ(client_.sockets().Close(client_fd_), 0);
    return clock_.Now() - start;
  }

  int client_fd_;
  int server_fd_;
};

TEST_F(FakeTcpLinger, CloseWaitsUntilThePeerHasAcknowledgedAll) {
  Say();
  EXPECT_EQ(Close(), kRoundTrip);
  AllOfItArrives();
}

TEST_F(FakeTcpLinger, CloseWaitsForTheFinWhereThereIsNothingElse) {
  EXPECT_EQ(Close(), kRoundTrip);
}

TEST_F(FakeTcpLinger, CloseWaitsForItBehindThePeersFinToo) {
  server_.sockets().Shutdown(server_fd_, ShutdownHow::kWrite);
  PassTime(kRoundTrip);
  EXPECT_EQ(Close(), kRoundTrip);
}

TEST_F(FakeTcpLinger, CloseWaitsForItWhileThePeersFinIsUnderWay) {
  server_.sockets().Shutdown(server_fd_, ShutdownHow::kWrite);
  EXPECT_EQ(Close(), kRoundTrip);
}

// With the room goes the rest on its way, and its answer comes back.
TEST_F(FakeTcpLinger, CloseWaitsUntilThePeerHasRoomForTheRest) {
  FillServer();
  Say();
  LetServerReadInASecond();
  EXPECT_EQ(Close(), absl::Seconds(1) + 1.5 * kRoundTrip);
  AllOfItArrives();
}

TEST_F(FakeTcpLinger, CloseWaitsUntilThePeerHasRoomForTheFin) {
  FillServer();
  LetServerReadInASecond();
  EXPECT_EQ(Close(), absl::Seconds(1) + 1.5 * kRoundTrip);
}

TEST_F(FakeTcpLinger, CloseWaitsNoLongerForAPeerThatNeverHasRoom) {
  FillServer();
  EXPECT_EQ(Close(), absl::Seconds(kSeconds));
}

TEST_F(FakeTcpLinger, CloseWaitsNoLongerThanThat) {
  network_.Cut(client_, server_);
  Say();
  EXPECT_EQ(Close(), absl::Seconds(kSeconds));
}

TEST_F(FakeTcpLinger, WhatCloseDidNotWaitForArrivesAllTheSame) {
  network_.Cut(client_, server_);
  Say();
  Close();
  network_.Mend(client_, server_);
  PassTime(absl::Minutes(1));
  AllOfItArrives();
}

TEST_F(FakeTcpLinger, CloseWaitsNoLongerForAPeerThatResets) {
  network_.Cut(client_, server_);
  Say();
  network_.At(clock_.Now() + absl::Seconds(1), [this] {
    server_.sockets().SetSockOpt(server_fd_, SocketOption::kLinger, 0);
    server_.sockets().Close(server_fd_);
  });
  EXPECT_EQ(Close(), absl::Seconds(1) + kRoundTrip / 2);
}

TEST_F(FakeTcpLinger, CloseWaitsForNothingOnceTheFinIsAcknowledged) {
  client_.sockets().Shutdown(client_fd_, ShutdownHow::kWrite);
  PassTime(kRoundTrip);
  EXPECT_EQ(Close(), absl::ZeroDuration());
}

TEST_F(FakeTcpLinger, ACloseThatResetsWaitsForNothing) {
  server_.sockets().Send(server_fd_, "unread", 0);
  PassTime(kRoundTrip);
  EXPECT_EQ(Close(), absl::ZeroDuration());
}

// Whoever drives its loop lets the host stand still instead.
TEST_F(FakeTcpLinger, TwoClosesOfADriversTurnWaitOneAfterTheOther) {
  NewListener(host_);
  const int second = NewLingering(host_);
  network_.Cut(client_, host_);
  client_.LeaveStallsToDriver();
  const absl::Time start = clock_.Now();
  EXPECT_EQ(Close(), absl::ZeroDuration());
  EXPECT_EQ(client_.sockets().Close(second), 0);
  EXPECT_EQ(client_.StalledUntil() - start, 2 * absl::Seconds(kSeconds));
  PassTime(kRoundTrip);  // Now the first is over.
  EXPECT_EQ(client_.StalledUntil() - start,
            kRoundTrip + absl::Seconds(kSeconds));
}

TEST_F(FakeTcpLinger, WithoutSecondsCloseDoesNotWait) {
  client_.sockets().SetSockOpt(client_fd_, SocketOption::kLinger, -1);
  Say();
  EXPECT_EQ(Close(), absl::ZeroDuration());
}

}  // namespace
}  // namespace cloche

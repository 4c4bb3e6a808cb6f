// Bytes: order, buffers, windows, peeking. Measured on Linux 6.18 but for the
// buffers' exact sizes, which the fake makes simple (fake_tcp_options.cc).

#include <cerrno>
#include <string>

#include "cloche/fakes/fake_kernel_test.h"

namespace cloche {
namespace {

class FakeTcpData : public FakeKernelTest {
 protected:
  // Two ends whose buffers hold 8,192 bytes each, towards the server.
  Ends ConnectSmall() {
    const int listener = NewListener(host_);
    SetOption(listener, SocketOption::kReceiveBuffer, 8192);
    const Ends ends = ConnectTo(listener);
    SetOption(ends.client, SocketOption::kSendBuffer, 8192);
    return ends;
  }
  // Sends until nothing goes in; returns how much did.
  size_t Fill(int fd) {
    size_t total = 0;
    for (;;) {
      const int64_t sent = calls_.Send(fd, std::string(1000, 'x'), 0);
      if (sent < 0) {
        EXPECT_EQ(sent, -EAGAIN);
        return total;
      }
      total += sent;
    }
  }
};

TEST_F(FakeTcpData, WhatWasSentOnLoopbackIsReadableAtOnce) {
  const Ends ends = Connect();
  EXPECT_EQ(calls_.Send(ends.client, "hello", 0), 5);
  EXPECT_EQ(Level(ends.server), "IN|OUT");
  EXPECT_EQ(Receive(ends.server), "hello");
}

TEST_F(FakeTcpData, ReceiveWithoutDataSaysTryAgainEvenForNoBytes) {
  const Ends ends = Connect();
  EXPECT_EQ(Receive(ends.client), Errno(EAGAIN));
  EXPECT_EQ(Receive(ends.client, 0), Errno(EAGAIN));
}

TEST_F(FakeTcpData, SendOfNoBytesIsZero) {
  EXPECT_EQ(calls_.Send(Connect().client, "", 0), 0);
}

TEST_F(FakeTcpData, TheStreamKeepsNoMessageBoundaries) {
  const Ends ends = Connect();
  calls_.Send(ends.client, "ab", 0);
  calls_.Send(ends.client, "cd", 0);
  EXPECT_EQ(Receive(ends.server, 3), "abc");
  EXPECT_EQ(Receive(ends.server, 3), "d");
}

TEST_F(FakeTcpData, PeekLeavesTheBytes) {
  const Ends ends = Connect();
  calls_.Send(ends.client, "hello", 0);
  EXPECT_EQ(Receive(ends.server, 3, kReceivePeek), "hel");
  EXPECT_EQ(Receive(ends.server), "hello");
}

TEST_F(FakeTcpData, MessagesGatherAndScatter) {
  const Ends ends = Connect();
  const absl::string_view out[] = {"ab", "", "cde"};
  SendMessage send;
  send.buffers = out;
  EXPECT_EQ(calls_.SendMsg(ends.client, send), 5);
  char first[3];
  char second[3];
  const absl::Span<char> in[] = {absl::MakeSpan(first), absl::MakeSpan(second)};
  ReceiveMessage receive;
  receive.buffers = in;
  ASSERT_EQ(calls_.RecvMsg(ends.server, receive), 5);
  EXPECT_EQ(std::string(first, 3) + std::string(second, 2), "abcde");
}

TEST_F(FakeTcpData, BothBuffersTogetherHoldWhatNobodyReads) {
  const Ends ends = ConnectSmall();
  EXPECT_EQ(Fill(ends.client), 16384u);
  EXPECT_EQ(Level(ends.client), "nothing");
}

TEST_F(FakeTcpData, ASendThatDoesNotFitTakesWhatFits) {
  const Ends ends = ConnectSmall();
  EXPECT_EQ(calls_.Send(ends.client, std::string(100000, 'x'), 0), 8192);
  EXPECT_EQ(calls_.Send(ends.client, std::string(100000, 'x'), 0), 8192);
  EXPECT_EQ(calls_.Send(ends.client, "x", 0), -EAGAIN);
}

TEST_F(FakeTcpData, ReadingALittleDoesNotMakeTheWriterWritable) {
  const Ends ends = ConnectSmall();
  Fill(ends.client);
  Receive(ends.server, 1000);  // The send buffer: 7,192 of 8,192.
  EXPECT_EQ(Level(ends.client), "nothing");
}

TEST_F(FakeTcpData, TheWriterIsWritableOnceAThirdOfItsBufferIsFree) {
  const Ends ends = ConnectSmall();
  Fill(ends.client);
  const int epoll = NewEpoll(ends.client, kEpollOut | kEpollEdgeTriggered);
  EXPECT_EQ(Edge(epoll), "nothing");
  Receive(ends.server, 3000);
  EXPECT_EQ(Edge(epoll), "OUT");
}

TEST_F(FakeTcpData, EveryByteArrivesOnceAndInOrderThroughSmallBuffers) {
  const Ends ends = ConnectSmall();
  std::string sent;
  std::string received;
  for (int i = 0; received.size() < 200000; ++i) {
    const std::string bytes(777, static_cast<char>('a' + i % 26));
    const int64_t count = calls_.Send(ends.client, bytes, 0);
    if (count > 0) sent += bytes.substr(0, count);
    const std::string got = Receive(ends.server, i % 1000 + 1);
    if (got != Errno(EAGAIN)) received += got;
    ASSERT_LT(i, 100000);
  }
  EXPECT_EQ(received, sent.substr(0, received.size()));
}

TEST_F(FakeTcpData, ABufferReportsTwiceWhatWasSetAndHasALeast) {
  const int fd = NewTcp(host_);
  int value = 0;
  SetOption(fd, SocketOption::kSendBuffer, 8192);
  calls_.GetSockOpt(fd, SocketOption::kSendBuffer, &value);
  EXPECT_EQ(value, 16384);
  SetOption(fd, SocketOption::kSendBuffer, 1);
  calls_.GetSockOpt(fd, SocketOption::kSendBuffer, &value);
  EXPECT_EQ(value, 4608);
  SetOption(fd, SocketOption::kReceiveBuffer, 1);
  calls_.GetSockOpt(fd, SocketOption::kReceiveBuffer, &value);
  EXPECT_EQ(value, 2304);
}

TEST_F(FakeTcpData, BetweenHostsDataArrivesInSegmentsAfterTheLatency) {
  NewListener(server_);
  const int fd =
      NewConnecting(client_, server_.Address(AddressFamily::kIpv4, 80));
  PassTime(absl::Milliseconds(10));
  const int accepted = server_.sockets().Accept4(3, nullptr);
  client_.sockets().Send(fd, std::string(2000, 'x'), 0);
  char buffer[3000];
  const auto receive = [&](int flags) {
    return server_.sockets().Recv(accepted, absl::MakeSpan(buffer), flags);
  };
  EXPECT_EQ(receive(0), -EAGAIN);
  const auto arrived = [&] { return receive(kReceivePeek) > 0; };
  EXPECT_EQ(network_.WaitFor(arrived, absl::InfiniteFuture()), 1);
  EXPECT_EQ(clock_.Now() - FakeClock::Start(), absl::Milliseconds(11));
  EXPECT_EQ(receive(0), 2000);  // The second segment was due as well.
}

TEST_F(FakeTcpData, OptionsOutsideTheirRangeAreInvalid) {
  const int fd = NewTcp(host_);
  EXPECT_EQ(calls_.SetSockOpt(fd, SocketOption::kKeepAliveIdle, 0), -EINVAL);
  EXPECT_EQ(calls_.SetSockOpt(fd, SocketOption::kKeepAliveInterval, 32768),
            -EINVAL);
  EXPECT_EQ(calls_.SetSockOpt(fd, SocketOption::kKeepAliveCount, 128), -EINVAL);
  EXPECT_EQ(calls_.SetSockOpt(fd, SocketOption::kError, 0), -ENOPROTOOPT);
}

}  // namespace
}  // namespace cloche

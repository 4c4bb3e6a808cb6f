// Contract: UNIX sockets. Pairs, bytes, buffers, options.

#include <cerrno>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/fakes/fake_addresses.h"
#include "cloche/testing/contract/system_call_contract.h"

namespace cloche {
namespace {

class UnixDataContract : public SystemCallContract {
 protected:
  // One receive, with whom it is from.
  std::string ReceiveFrom(int fd, SocketAddress* from) {
    std::string bytes(100, '\0');
    const absl::Span<char> buffer = absl::MakeSpan(bytes.data(), bytes.size());
    ReceiveMessage message;
    message.buffers = absl::MakeConstSpan(&buffer, 1);
    message.from = from;
    const int64_t count = calls_.RecvMsg(fd, message);
    EXPECT_GE(count, 0);
    bytes.resize(count);
    return bytes;
  }
  int64_t SendTo(int fd, const SocketAddress& to) {
    const absl::string_view bytes = "abc";
    SendMessage message;
    message.buffers = absl::MakeConstSpan(&bytes, 1);
    message.to = &to;
    return calls_.SendMsg(fd, message);
  }
  // Edges of a connected socket, from now on.
  int NewEdges(int fd) {
    const int epoll = NewEpoll(fd, kEpollIn | kEpollOut | kEpollEdgeTriggered);
    EXPECT_EQ(Now(epoll), "OUT");
    return epoll;
  }
};

// --- Pairs ------------------------------------------------------------------

TEST_P(UnixDataContract, APairIsConnectedAndUnnamed) {
  const Ends ends = NewPair();
  SocketAddress peer;
  EXPECT_EQ(Level(ends.client), "OUT");
  EXPECT_EQ(Level(ends.server), "OUT");
  EXPECT_EQ(AddressOf(ends.client), UnixAddress());
  EXPECT_EQ(calls_.GetPeerName(ends.client, &peer), 0);
  EXPECT_EQ(peer, UnixAddress());
}

TEST_P(UnixDataContract, APairNeedsRoomForTwo) {
  const size_t before = kernel_->CountOpenDescriptors();
  int pair[2] = {-7, -7};
  kernel_->LimitDescriptorsTo(1);
  EXPECT_EQ(calls_.SocketPair(pair), -EMFILE);
  kernel_->ResetDescriptorLimit();
  EXPECT_EQ(kernel_->CountOpenDescriptors(), before);
}

// --- Small amounts ----------------------------------------------------------

TEST_P(UnixDataContract, WhatWasSentIsReadableAndArrivesAsItWas) {
  const Ends ends = ConnectUnix();
  EXPECT_EQ(calls_.Send(ends.client, "hello", 0), 5);
  EXPECT_TRUE(Becomes(ends.server, "IN|OUT"));
  EXPECT_EQ(Receive(ends.server), "hello");
  EXPECT_EQ(Level(ends.server), "OUT");
}

TEST_P(UnixDataContract, TheTwoDirectionsAreIndependent) {
  const Ends ends = NewPair();
  EXPECT_EQ(calls_.Send(ends.client, "ping", 0), 4);
  EXPECT_EQ(calls_.Send(ends.server, "pong", 0), 4);
  EXPECT_EQ(Receive(ends.server), "ping");
  EXPECT_EQ(Receive(ends.client), "pong");
}

TEST_P(UnixDataContract, ReceiveWithoutDataSaysTryAgainEvenForNoBytes) {
  const int fd = NewPair().client;
  EXPECT_EQ(Receive(fd), Errno(EAGAIN));
  EXPECT_EQ(Receive(fd, 0), Errno(EAGAIN));
  EXPECT_EQ(Receive(fd, 10, kReceivePeek), Errno(EAGAIN));
}

TEST_P(UnixDataContract, ReceiveIntoNoRoomGivesNothingAndTakesNothing) {
  const Ends ends = NewPair();
  calls_.Send(ends.client, "hello", 0);
  EXPECT_EQ(Receive(ends.server, 0), "");
  EXPECT_EQ(Receive(ends.server), "hello");
}

TEST_P(UnixDataContract, SendOfNoBytesIsZeroAndNoEndOfTheStream) {
  const Ends ends = NewPair();
  EXPECT_EQ(calls_.Send(ends.client, "", 0), 0);
  EXPECT_EQ(Receive(ends.server), Errno(EAGAIN));
}

TEST_P(UnixDataContract, TheStreamKeepsNoMessageBoundaries) {
  const Ends ends = NewPair();
  calls_.Send(ends.client, "ab", 0);
  calls_.Send(ends.client, "cd", 0);
  EXPECT_EQ(Receive(ends.server, 3), "abc");
  EXPECT_EQ(Receive(ends.server, 3), "d");
}

TEST_P(UnixDataContract, PeekLeavesTheBytes) {
  const Ends ends = NewPair();
  calls_.Send(ends.client, "hello", 0);
  EXPECT_EQ(Receive(ends.server, 3, kReceivePeek), "hel");
  EXPECT_EQ(Receive(ends.server, 9, kReceivePeek), "hello");
  EXPECT_EQ(Receive(ends.server), "hello");
}

TEST_P(UnixDataContract, MessagesGatherAndScatter) {
  const Ends ends = NewPair();
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
  EXPECT_FALSE(receive.truncated);
  EXPECT_EQ(std::string(first, 3) + std::string(second, 2), "abcde");
}

TEST_P(UnixDataContract, AMessageIsFromItsSendersNameIfThereIsOne) {
  const Ends ends = NewPair();
  const SocketAddress address = NewUnixAddress();
  SocketAddress from = address;
  calls_.Send(ends.client, "abc", 0);
  EXPECT_EQ(ReceiveFrom(ends.server, &from), "abc");
  EXPECT_EQ(from, SocketAddress());
  EXPECT_EQ(calls_.Bind(ends.client, address), 0);
  calls_.Send(ends.client, "abc", 0);
  EXPECT_EQ(ReceiveFrom(ends.server, &from), "abc");
  EXPECT_EQ(from, address);
}

TEST_P(UnixDataContract, AStreamSendsToNobodyByName) {
  const Ends ends = ConnectUnix();
  EXPECT_EQ(SendTo(ends.client, AddressOf(ends.listener)), -EISCONN);
  EXPECT_EQ(SendTo(NewUnix(), AddressOf(ends.listener)), -EOPNOTSUPP);
}

TEST_P(UnixDataContract, WithoutAPeerOneNeitherSendsNorReceives) {
  const int fd = NewUnix();
  EXPECT_EQ(calls_.Send(fd, "a", 0), -ENOTCONN);
  EXPECT_EQ(calls_.Send(fd, "", 0), -ENOTCONN);
  EXPECT_EQ(Receive(fd), Errno(EINVAL));
}

// --- More than fits ---------------------------------------------------------

TEST_P(UnixDataContract, AFullSenderIsNotWritable) {
  const Ends ends = NewSmallPair();
  EXPECT_GE(FillUp(ends.client), 10000u);
  EXPECT_EQ(Level(ends.client), "nothing");
}

// The rest of the buffer is for who does not ask.
TEST_P(UnixDataContract, OneThatIsNotWritableMayTakeMoreAllTheSame) {
  const Ends ends = NewSmallPair();
  while (Level(ends.client) == "OUT") {
    EXPECT_EQ(calls_.Send(ends.client, std::string(1000, 'x'), 0), 1000);
  }
  EXPECT_EQ(calls_.Send(ends.client, std::string(1000, 'x'), 0), 1000);
}

TEST_P(UnixDataContract, AFullSenderStillReceives) {
  const Ends ends = NewSmallPair();
  FillUp(ends.client);
  calls_.Send(ends.server, "hello", 0);
  EXPECT_EQ(Level(ends.client), "IN");
  EXPECT_EQ(Receive(ends.client), "hello");
}

TEST_P(UnixDataContract, ASendThatDoesNotFitTakesWhatFits) {
  const int fd = NewSmallPair().client;
  const int64_t taken = calls_.Send(fd, std::string(10000000, 'x'), 0);
  EXPECT_GT(taken, 0);
  EXPECT_LT(taken, 10000000);
}

TEST_P(UnixDataContract, AFullSenderIsWritableWhenThreeQuartersAreFree) {
  const Ends ends = NewSmallPair();
  const size_t sent = FillUp(ends.client);
  const int epoll = NewEpoll(ends.client, kEpollOut | kEpollEdgeTriggered);
  ASSERT_EQ(Now(epoll), "nothing");
  const size_t not_enough = sent / 8 * 5;
  ReceiveAll(ends.server, not_enough);
  EXPECT_EQ(Now(epoll), "nothing");
  ReceiveAll(ends.server, sent - not_enough);
  EXPECT_EQ(Now(epoll), "OUT");
}

TEST_P(UnixDataContract, TheReceiversBufferDoesNotMatter) {
  const Ends ends = NewSmallPair();
  Set(ends.server, SocketOption::kReceiveBuffer, kSmallReceiveBuffer);
  EXPECT_GE(FillUp(ends.client), size_t{2 * kSmallReceiveBuffer});
}

TEST_P(UnixDataContract, EveryByteArrivesOnceAndInOrderThroughASmallBuffer) {
  const Ends ends = NewSmallPair();
  std::string sent;
  std::string received;
  for (int i = 0; received.size() < 200000; ++i) {
    const std::string bytes(7777, static_cast<char>('a' + i % 26));
    const int64_t count = calls_.Send(ends.client, bytes, 0);
    if (count > 0) sent += bytes.substr(0, count);
    received += Receive(ends.server, i % 1000 + 1);
    ASSERT_LE(received.size(), sent.size());
  }
  EXPECT_EQ(received, sent.substr(0, received.size()));
}

// --- Edges ------------------------------------------------------------------

TEST_P(UnixDataContract, EverySendIsAnEdge) {
  const Ends ends = NewPair();
  const int epoll = NewEdges(ends.server);
  calls_.Send(ends.client, "a", 0);
  EXPECT_EQ(Now(epoll), "IN|OUT");
  calls_.Send(ends.client, "b", 0);
  EXPECT_EQ(Now(epoll), "IN|OUT");
  Receive(ends.server, 1);
  EXPECT_EQ(Now(epoll), "nothing");
}

TEST_P(UnixDataContract, ASendReadToItsEndIsAnEdgeForTheSender) {
  const Ends ends = NewPair();
  const int epoll = NewEdges(ends.client);
  calls_.Send(ends.client, "abc", 0);
  Receive(ends.server, 2);
  EXPECT_EQ(Now(epoll), "nothing");
  Receive(ends.server, 2);
  EXPECT_EQ(Now(epoll), "OUT");
}

// --- Options ----------------------------------------------------------------

TEST_P(UnixDataContract, ABufferReportsTwiceWhatWasSetAndHasALeast) {
  const int fd = NewUnix();
  Set(fd, SocketOption::kSendBuffer, 8192);
  EXPECT_EQ(Get(fd, SocketOption::kSendBuffer), 16384);
  Set(fd, SocketOption::kSendBuffer, 1);
  EXPECT_EQ(Get(fd, SocketOption::kSendBuffer), 4608);
  Set(fd, SocketOption::kReceiveBuffer, 1);
  EXPECT_EQ(Get(fd, SocketOption::kReceiveBuffer), 2304);
}

TEST_P(UnixDataContract, OptionsOfEverySocketKeepWhatTheyWereSetTo) {
  const int fd = NewUnix();
  const auto keeps = [&](SocketOption option, int first, int value) {
    EXPECT_EQ(Get(fd, option), first);
    Set(fd, option, value);
    EXPECT_EQ(Get(fd, option), value);
  };
  keeps(SocketOption::kReuseAddress, 0, 1);
  keeps(SocketOption::kKeepAlive, 0, 1);
  keeps(SocketOption::kOutOfBandInline, 0, 1);
  keeps(SocketOption::kLinger, -1, 5);
  EXPECT_EQ(Get(fd, SocketOption::kError), 0);
  EXPECT_EQ(calls_.SetSockOpt(fd, SocketOption::kError, 0), -ENOPROTOOPT);
}

TEST_P(UnixDataContract, OptionsOfTheInternetAreNotSupported) {
  const int fd = NewUnix();
  for (const SocketOption option :
       {SocketOption::kNoDelay, SocketOption::kKeepAliveIdle,
        SocketOption::kKeepAliveInterval, SocketOption::kKeepAliveCount,
        SocketOption::kDeferAccept, SocketOption::kIpv6Only}) {
    int value = 0;
    EXPECT_EQ(calls_.SetSockOpt(fd, option, 1), -EOPNOTSUPP);
    EXPECT_EQ(calls_.GetSockOpt(fd, option, &value), -EOPNOTSUPP);
  }
}

TEST_P(UnixDataContract, APathIsNotSharedByReusePort) {
  const int fd = NewUnix();
  EXPECT_EQ(calls_.SetSockOpt(fd, SocketOption::kReusePort, 1), -EOPNOTSUPP);
  EXPECT_EQ(Get(fd, SocketOption::kReusePort), 0);
}

TEST_P(UnixDataContract, AnAcceptedSocketHasNoOptionOfItsListener) {
  const int listener = NewUnixListener();
  Set(listener, SocketOption::kKeepAlive, 1);
  NewUnixClient(AddressOf(listener));
  EXPECT_EQ(Get(Accept(listener), SocketOption::kKeepAlive), 0);
}

INSTANTIATE_ON_EVERY_KERNEL(UnixDataContract);

}  // namespace
}  // namespace cloche

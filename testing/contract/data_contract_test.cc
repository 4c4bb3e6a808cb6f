// Contract: bytes. Order, buffers, peeking, options.

#include <cerrno>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/testing/contract/system_call_contract.h"

namespace cloche {
namespace {

using DataContract = SystemCallContract;

// --- Small amounts ----------------------------------------------------------

TEST_P(DataContract, WhatWasSentIsReadableAndArrivesAsItWas) {
  const Ends ends = Connect();
  EXPECT_EQ(calls_.Send(ends.client, "hello", 0), 5);
  EXPECT_TRUE(Becomes(ends.server, "IN|OUT"));
  EXPECT_EQ(Receive(ends.server), "hello");
  EXPECT_EQ(Level(ends.server), "OUT");
}

TEST_P(DataContract, TheTwoDirectionsAreIndependent) {
  const Ends ends = Connect();
  EXPECT_EQ(calls_.Send(ends.client, "ping", 0), 4);
  EXPECT_EQ(calls_.Send(ends.server, "pong", 0), 4);
  EXPECT_EQ(ReceiveAll(ends.server, 4), "ping");
  EXPECT_EQ(ReceiveAll(ends.client, 4), "pong");
}

TEST_P(DataContract, ReceiveWithoutDataSaysTryAgainEvenForNoBytes) {
  const Ends ends = Connect();
  EXPECT_EQ(Receive(ends.client), Errno(EAGAIN));
  EXPECT_EQ(Receive(ends.client, 0), Errno(EAGAIN));
  EXPECT_EQ(Receive(ends.client, 10, kReceivePeek), Errno(EAGAIN));
}

TEST_P(DataContract, ReceiveIntoNoRoomGivesNothingAndTakesNothing) {
  const Ends ends = Connect();
  calls_.Send(ends.client, "hello", 0);
  ASSERT_TRUE(Becomes(ends.server, "IN|OUT"));
  EXPECT_EQ(Receive(ends.server, 0), "");
  EXPECT_EQ(Receive(ends.server), "hello");
}

TEST_P(DataContract, SendOfNoBytesIsZero) {
  EXPECT_EQ(calls_.Send(Connect().client, "", 0), 0);
}

TEST_P(DataContract, TheStreamKeepsNoMessageBoundaries) {
  const Ends ends = Connect();
  calls_.Send(ends.client, "ab", 0);
  calls_.Send(ends.client, "cd", 0);
  EXPECT_EQ(ReceiveAll(ends.server, 3), "abc");
  EXPECT_EQ(ReceiveAll(ends.server, 1), "d");
}

TEST_P(DataContract, PeekLeavesTheBytes) {
  const Ends ends = Connect();
  calls_.Send(ends.client, "hello", 0);
  ASSERT_TRUE(Becomes(ends.server, "IN|OUT"));
  EXPECT_EQ(Receive(ends.server, 3, kReceivePeek), "hel");
  EXPECT_EQ(Receive(ends.server, 9, kReceivePeek), "hello");
  EXPECT_EQ(Receive(ends.server), "hello");
}

TEST_P(DataContract, MessagesGatherAndScatter) {
  const Ends ends = Connect();
  const absl::string_view out[] = {"ab", "", "cde"};
  SendMessage send;
  send.buffers = out;
  EXPECT_EQ(calls_.SendMsg(ends.client, send), 5);
  ASSERT_TRUE(Becomes(ends.server, "IN|OUT"));
  char first[3];
  char second[3];
  const absl::Span<char> in[] = {absl::MakeSpan(first), absl::MakeSpan(second)};
  ReceiveMessage receive;
  receive.buffers = in;
  ASSERT_EQ(calls_.RecvMsg(ends.server, receive), 5);
  EXPECT_FALSE(receive.truncated);
  EXPECT_EQ(std::string(first, 3) + std::string(second, 2), "abcde");
}

TEST_P(DataContract, WithoutUrgentDataAReadOfItIsInvalid) {
  EXPECT_EQ(Receive(Connect().client, 1, kReceiveOutOfBand), Errno(EINVAL));
}

// --- More than fits ---------------------------------------------------------

TEST_P(DataContract, AFullSenderIsNotWritable) {
  const Ends ends = ConnectSmall();
  EXPECT_GE(FillUp(ends.client), 10000u);
  EXPECT_EQ(Level(ends.client), "nothing");
}

TEST_P(DataContract, AFullSenderStillReceives) {
  const Ends ends = ConnectSmall();
  FillUp(ends.client);
  calls_.Send(ends.server, "hello", 0);
  EXPECT_TRUE(Becomes(ends.client, "IN"));
  EXPECT_EQ(Receive(ends.client), "hello");
}

TEST_P(DataContract, ASendThatDoesNotFitTakesWhatFits) {
  const Ends ends = ConnectSmall();
  const int64_t taken = calls_.Send(ends.client, std::string(10000000, 'x'), 0);
  EXPECT_GT(taken, 0);
  EXPECT_LT(taken, 10000000);
}

TEST_P(DataContract, ReadingALittleDoesNotMakeTheWriterWritable) {
  const Ends ends = ConnectSmall();
  FillUp(ends.client);
  EXPECT_EQ(ReceiveAll(ends.server, 1000), std::string(1000, 'x'));
  EXPECT_EQ(Level(ends.client), "nothing");
}

TEST_P(DataContract, ReadingAllMakesTheWriterWritable) {
  const Ends ends = ConnectSmall();
  const size_t sent = FillUp(ends.client);
  EXPECT_EQ(ReceiveAll(ends.server, sent), std::string(sent, 'x'));
  EXPECT_TRUE(Becomes(ends.client, "OUT"));
}

TEST_P(DataContract, EveryByteArrivesOnceAndInOrderThroughSmallBuffers) {
  const Ends ends = ConnectSmall();
  std::string sent;
  std::string received;
  for (int i = 0; received.size() < 200000; ++i) {
    const std::string bytes(7777, static_cast<char>('a' + i % 26));
    const int64_t count = calls_.Send(ends.client, bytes, 0);
    if (count > 0) sent += bytes.substr(0, count);
    received += ReceiveAll(ends.server, i % 1000 + 1);
    ASSERT_LE(received.size(), sent.size());
  }
  EXPECT_EQ(received, sent.substr(0, received.size()));
}

// --- Options ----------------------------------------------------------------

TEST_P(DataContract, ABufferReportsTwiceWhatWasSetAndHasALeast) {
  const int fd = NewTcp();
  Set(fd, SocketOption::kSendBuffer, 8192);
  EXPECT_EQ(Get(fd, SocketOption::kSendBuffer), 16384);
  Set(fd, SocketOption::kSendBuffer, 1);
  EXPECT_EQ(Get(fd, SocketOption::kSendBuffer), 4608);
  Set(fd, SocketOption::kReceiveBuffer, 1);
  EXPECT_EQ(Get(fd, SocketOption::kReceiveBuffer), 2304);
}

TEST_P(DataContract, OptionsHaveTheirDefaults) {
  const int fd = NewTcp();
  EXPECT_EQ(Get(fd, SocketOption::kReuseAddress), 0);
  EXPECT_EQ(Get(fd, SocketOption::kReusePort), 0);
  EXPECT_EQ(Get(fd, SocketOption::kNoDelay), 0);
  EXPECT_EQ(Get(fd, SocketOption::kLinger), -1);
  EXPECT_EQ(Get(fd, SocketOption::kError), 0);
  EXPECT_EQ(Get(fd, SocketOption::kKeepAlive), 0);
  EXPECT_EQ(Get(fd, SocketOption::kDeferAccept), 0);
}

TEST_P(DataContract, OptionsKeepWhatTheyWereSetTo) {
  const int fd = NewTcp();
  const auto keeps = [&](SocketOption option, int value) {
    Set(fd, option, value);
    EXPECT_EQ(Get(fd, option), value);
  };
  keeps(SocketOption::kReuseAddress, 1);
  keeps(SocketOption::kNoDelay, 1);
  keeps(SocketOption::kKeepAlive, 1);
  keeps(SocketOption::kKeepAliveIdle, 60);
  keeps(SocketOption::kKeepAliveInterval, 10);
  keeps(SocketOption::kKeepAliveCount, 3);
  keeps(SocketOption::kLinger, 0);
  keeps(SocketOption::kLinger, 5);
  keeps(SocketOption::kLinger, -1);
}

TEST_P(DataContract, OptionsOutsideTheirRangeAreInvalid) {
  const int fd = NewTcp();
  EXPECT_EQ(calls_.SetSockOpt(fd, SocketOption::kKeepAliveIdle, 0), -EINVAL);
  EXPECT_EQ(calls_.SetSockOpt(fd, SocketOption::kKeepAliveInterval, 32768),
            -EINVAL);
  EXPECT_EQ(calls_.SetSockOpt(fd, SocketOption::kKeepAliveCount, 128), -EINVAL);
  EXPECT_EQ(calls_.SetSockOpt(fd, SocketOption::kError, 0), -ENOPROTOOPT);
  EXPECT_EQ(calls_.SetSockOpt(fd, SocketOption::kIpv6Only, 1), -ENOPROTOOPT);
}

INSTANTIATE_ON_EVERY_KERNEL(DataContract);

}  // namespace
}  // namespace cloche

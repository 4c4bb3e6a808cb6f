// The real completion port: that each call does what its interface says, and
// how outcomes are translated. The rules themselves are those of
// fakes/fake_completion_port.h.

#include "cloche/calls/windows_completion_port_calls.h"

#include <array>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/calls/windows_calls_test.h"

namespace cloche {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);

class WindowsCompletionPortCallsTest : public WindowsCallsTest {
 protected:
  ~WindowsCompletionPortCallsTest() override {
    EXPECT_EQ(ports_.CloseHandle(port_), 0);
  }

  // With the port, and a packet for each call.
  int WithPort(int fd) {
    EXPECT_EQ(ports_.AssociateWithPort(port_, fd, /*key=*/7), 0);
    return fd;
  }
  // With the port, and no packet for what succeeds at once.
  int Skipping(int fd) {
    EXPECT_EQ(ports_.SkipCompletionPortOnSuccess(WithPort(fd)), 0);
    return fd;
  }

  // The next packet, which must come.
  CompletionPacket Take() {
    CompletionPacket packet;
    EXPECT_EQ(ports_.GetQueuedCompletionStatusEx(
                  port_, absl::MakeSpan(&packet, 1), kPatience),
              1);
    return packet;
  }
  bool IsEmpty() {
    CompletionPacket packet;
    return ports_.GetQueuedCompletionStatusEx(port_, absl::MakeSpan(&packet, 1),
                                              absl::ZeroDuration()) == 0;
  }
  // A receive of so many bytes, which goes on.
  void BeginReceive(int fd, size_t size, Overlapped& overlapped) {
    EXPECT_EQ(
        ports_.WsaRecv(fd, absl::MakeSpan(room_.data(), size), overlapped),
        kIoPending);
  }

  WindowsCompletionPortCalls ports_;
  const int port_ = ports_.CreateIoCompletionPort();
  std::array<char, 100> room_ = {};
};

// --- Packets ----------------------------------------------------------------

TEST_F(WindowsCompletionPortCallsTest, APostedPacketHasItsKeyAndNoCall) {
  EXPECT_EQ(ports_.PostQueuedCompletionStatus(port_, 4711), 0);
  const CompletionPacket packet = Take();
  EXPECT_EQ(packet.key, 4711);
  EXPECT_EQ(packet.overlapped, nullptr);
}

TEST_F(WindowsCompletionPortCallsTest, APacketFromAnotherThreadEndsAWait) {
  std::thread other([&] { ports_.PostQueuedCompletionStatus(port_, 1); });
  EXPECT_EQ(Take().key, 1);
  other.join();
}

TEST_F(WindowsCompletionPortCallsTest, SeveralPacketsAreTakenAtOnceInOrder) {
  for (const uint64_t key : {1, 2, 3}) {
    EXPECT_EQ(ports_.PostQueuedCompletionStatus(port_, key), 0);
  }
  std::array<CompletionPacket, 5> packets;
  EXPECT_EQ(ports_.GetQueuedCompletionStatusEx(port_, absl::MakeSpan(packets),
                                               kPatience),
            3);
  EXPECT_EQ(packets[0].key, 1);
  EXPECT_EQ(packets[2].key, 3);
}

TEST_F(WindowsCompletionPortCallsTest, AWaitInVainEndsNotBeforeItsTime) {
  CompletionPacket packet;
  const absl::Time before = absl::Now();
  EXPECT_EQ(ports_.GetQueuedCompletionStatusEx(
                port_, absl::MakeSpan(&packet, 1), absl::Microseconds(20'500)),
            0);
  // Less a tick of Windows' clock.
  EXPECT_GE(absl::Now() - before, absl::Milliseconds(5));
}

TEST_F(WindowsCompletionPortCallsTest, AClosedPortIsABadDescriptor) {
  const int port = ports_.CreateIoCompletionPort();
  EXPECT_EQ(ports_.CloseHandle(port), 0);
  CompletionPacket packet;
  EXPECT_EQ(ports_.GetQueuedCompletionStatusEx(port, absl::MakeSpan(&packet, 1),
                                               absl::ZeroDuration()),
            -EBADF);
  EXPECT_EQ(ports_.PostQueuedCompletionStatus(port, 1), -EBADF);
}

TEST_F(WindowsCompletionPortCallsTest, ASocketKeepsItsPort) {
  const int fd = WithPort(NewTcp());
  EXPECT_EQ(ports_.AssociateWithPort(port_, fd, 7), -EINVAL);
}

// --- Receive and send -------------------------------------------------------

TEST_F(WindowsCompletionPortCallsTest, AReceiveThatWaitsEndsWithAPacket) {
  const Ends ends = Connect();
  Overlapped call;
  BeginReceive(Skipping(ends.client), 100, call);
  EXPECT_TRUE(IsEmpty());
  ASSERT_EQ(calls_.Send(ends.server, "hello", 0), 5);
  const CompletionPacket packet = Take();
  EXPECT_EQ(packet.key, 7);
  EXPECT_EQ(packet.overlapped, &call);
  EXPECT_EQ(packet.result, 5);
  EXPECT_EQ(absl::string_view(room_.data(), 5), "hello");
}

TEST_F(WindowsCompletionPortCallsTest, SuccessAtOnceSendsAPacketAsWell) {
  const Ends ends = Connect();
  Overlapped call;
  EXPECT_EQ(ports_.WsaSend(WithPort(ends.client), "hello", call), 5);
  EXPECT_EQ(Take().result, 5);
}

TEST_F(WindowsCompletionPortCallsTest, SuccessAtOnceSendsNoneIfItIsSkipped) {
  const Ends ends = Connect();
  Overlapped call;
  EXPECT_EQ(ports_.WsaSend(Skipping(ends.client), "hello", call), 5);
  EXPECT_TRUE(IsEmpty());
}

TEST_F(WindowsCompletionPortCallsTest, ASendWithoutRoomIsTakenAllTheSame) {
  const Ends ends = Connect();
  Skipping(ends.client);
  const std::string chunk(1'000'000, 'x');
  Overlapped call;
  int64_t sent = 0;
  size_t total = 0;
  while (sent != kIoPending) {
    call = Overlapped();
    sent = ports_.WsaSend(ends.client, chunk, call);
    ASSERT_TRUE(sent == kIoPending || sent == 1'000'000) << sent;
    total += chunk.size();
  }
  size_t received = 0;
  while (received < total) {
    WaitUntil(ends.server, POLLIN);
    received += Receive(ends.server, chunk.size()).size();
  }
  EXPECT_EQ(received, total);
  EXPECT_EQ(Take().result, 1'000'000);
}

TEST_F(WindowsCompletionPortCallsTest, TheEndOfTheStreamIsNoBytes) {
  const Ends ends = Connect();
  Overlapped call;
  BeginReceive(Skipping(ends.client), 100, call);
  EXPECT_EQ(calls_.Shutdown(ends.server, ShutdownHow::kWrite), 0);
  EXPECT_EQ(Take().result, 0);
}

TEST_F(WindowsCompletionPortCallsTest, AReceiveAfterTheOwnShutdownIsRefused) {
  for (const ShutdownHow how : {ShutdownHow::kRead, ShutdownHow::kBoth}) {
    const Ends ends = Connect();
    Skipping(ends.client);
    ASSERT_EQ(calls_.Shutdown(ends.client, how), 0);
    Overlapped call;
    EXPECT_EQ(ports_.WsaRecv(ends.client, absl::MakeSpan(room_), call), -EPIPE);
    call = Overlapped();
    EXPECT_EQ(ports_.WsaRecv(ends.client, {}, call), -EPIPE);
  }
}

TEST_F(WindowsCompletionPortCallsTest, AResetIsAReset) {
  const Ends ends = Connect();
  Overlapped call;
  BeginReceive(Skipping(ends.client), 100, call);
  EXPECT_EQ(calls_.SetSockOpt(ends.server, SocketOption::kLinger, 0), 0);
  CloseNow(ends.server);
  EXPECT_EQ(Take().result, -ECONNRESET);
}

TEST_F(WindowsCompletionPortCallsTest, AReceiveWithoutABufferTakesNothing) {
  const Ends ends = Connect();
  Overlapped call;
  BeginReceive(Skipping(ends.client), 0, call);
  ASSERT_EQ(calls_.Send(ends.server, "hello", 0), 5);
  EXPECT_EQ(Take().result, 0);
  EXPECT_EQ(Receive(ends.client), "hello");
}

TEST_F(WindowsCompletionPortCallsTest, NobodyWaitsForADatagramWithoutABuffer) {
  Overlapped call;
  EXPECT_EQ(ports_.WsaRecv(WithPort(NewUdp()), absl::Span<char>(), call),
            -EOPNOTSUPP);
}

TEST_F(WindowsCompletionPortCallsTest, DatagramsAlwaysHaveAPacket) {
  EXPECT_EQ(ports_.SkipCompletionPortOnSuccess(WithPort(NewUdp())),
            -EOPNOTSUPP);
}

TEST_F(WindowsCompletionPortCallsTest, ADatagramComesWithAPacket) {
  const int one = NewUdp();
  const int other = WithPort(NewUdp());
  ASSERT_EQ(calls_.Connect(one, NameOf(other)), 0);
  Overlapped call;
  BeginReceive(other, 100, call);
  ASSERT_EQ(calls_.Send(one, "hello", 0), 5);
  EXPECT_EQ(Take().result, 5);
}

// Windows says ENOTCONN; Wine 8.0 takes the EPIPE of Linux for a reset.
TEST_F(WindowsCompletionPortCallsTest, WithoutAConnectionNoSendBegins) {
  Overlapped call;
  const int64_t result = ports_.WsaSend(Skipping(NewTcp()), "x", call);
  EXPECT_TRUE(result == -ENOTCONN || result == -ECONNRESET) << result;
  EXPECT_TRUE(IsEmpty());
}

// --- Cancel -----------------------------------------------------------------

TEST_F(WindowsCompletionPortCallsTest, ACancelledCallSaysSoInItsPacket) {
  const Ends ends = Connect();
  Overlapped call;
  BeginReceive(Skipping(ends.client), 100, call);
  EXPECT_EQ(ports_.CancelIoEx(ends.client, call), 0);
  const CompletionPacket packet = Take();
  EXPECT_EQ(packet.overlapped, &call);
  EXPECT_EQ(packet.result, -ECANCELED);
}

TEST_F(WindowsCompletionPortCallsTest, WhatIsNotPendingIsNotFound) {
  const Ends ends = Connect();
  Overlapped call;
  EXPECT_EQ(ports_.CancelIoEx(WithPort(ends.client), call), -ENOENT);
}

TEST_F(WindowsCompletionPortCallsTest, ACancelledAcceptHandsTheSocketBack) {
  const int listener = Skipping(NewListener());
  Overlapped call;
  std::array<char, kAcceptAddressBytes> addresses;
  EXPECT_EQ(
      ports_.AcceptEx(listener, NewTcp(), absl::MakeSpan(addresses), call),
      kIoPending);
  EXPECT_EQ(ports_.CancelIoEx(listener, call), 0);
  EXPECT_EQ(Take().result, -ECANCELED);
}

// --- Accept and connect -----------------------------------------------------

TEST_F(WindowsCompletionPortCallsTest, AnAcceptAndAConnectFindEachOther) {
  const int listener = Skipping(NewListener());
  const int accepted = NewTcp();
  Overlapped accept;
  std::array<char, kAcceptAddressBytes> addresses;
  EXPECT_EQ(
      ports_.AcceptEx(listener, accepted, absl::MakeSpan(addresses), accept),
      kIoPending);
  const int client = WithPort(NewBound());
  Overlapped connect;
  const int64_t connected = ports_.ConnectEx(client, NameOf(listener), connect);
  EXPECT_TRUE(connected == 0 || connected == kIoPending) << connected;
  // One for each of them, in either order.
  EXPECT_EQ(Take().result, 0);
  EXPECT_EQ(Take().result, 0);
  EXPECT_EQ(ports_.UpdateAcceptContext(accepted, listener), 0);
  EXPECT_EQ(ports_.UpdateConnectContext(client), 0);
  SocketAddress peer;
  ports_.GetAcceptExSockaddrs(addresses, &peer);
  EXPECT_EQ(peer, NameOf(client));
  EXPECT_EQ(PeerOf(accepted), NameOf(client));
  EXPECT_EQ(PeerOf(client), NameOf(listener));
}

TEST_F(WindowsCompletionPortCallsTest, AConnectThatIsRefusedSaysSo) {
  const int nobody = NewBound();
  const int client = Skipping(NewBound());
  Overlapped call;
  const int64_t result = ports_.ConnectEx(client, NameOf(nobody), call);
  EXPECT_EQ(result == kIoPending ? Take().result : result, -ECONNREFUSED);
}

TEST_F(WindowsCompletionPortCallsTest, AConnectWantsASocketThatWasBound) {
  const int listener = NewListener();
  Overlapped call;
  EXPECT_EQ(ports_.ConnectEx(Skipping(NewTcp()), NameOf(listener), call),
            -EINVAL);
}

}  // namespace
}  // namespace cloche

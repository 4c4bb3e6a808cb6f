// The real socket calls: what the interface promises beyond the manual pages.
// That the fake kernel and the real one do the same is what testing/contract is
// for; here is only what the translation could get wrong.

#include "cloche/calls/linux_socket_calls.h"

#include <csignal>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "cloche/calls/linux_calls_test.h"

namespace cloche {
namespace {

class LinuxSocketCallsTest : public LinuxCallsTest {};

// --- How descriptors are born -----------------------------------------------

TEST_F(LinuxSocketCallsTest, ASocketIsBornNonBlockingAndCloseOnExec) {
  for (const int fd : {NewTcp(), NewUdp()}) {
    EXPECT_TRUE(IsNonBlocking(fd));
    EXPECT_TRUE(IsCloseOnExec(fd));
  }
}

TEST_F(LinuxSocketCallsTest, BothOfAPairAreBornNonBlockingAndCloseOnExec) {
  const auto [one, other] = Pair();
  for (const int fd : {one, other}) {
    EXPECT_TRUE(IsNonBlocking(fd));
    EXPECT_TRUE(IsCloseOnExec(fd));
  }
}

TEST_F(LinuxSocketCallsTest, AnAcceptedSocketIsBornNonBlockingAndCloseOnExec) {
  SocketAddress peer;
  const int listener = NewListener();
  for (SocketAddress* wanted : {static_cast<SocketAddress*>(nullptr), &peer}) {
    ASSERT_EQ(calls_.Connect(NewTcp(), NameOf(listener)), -EINPROGRESS);
    WaitUntil(listener, POLLIN);
    const int fd = Own(calls_.Accept4(listener, wanted));
    EXPECT_TRUE(IsNonBlocking(fd));
    EXPECT_TRUE(IsCloseOnExec(fd));
  }
}

// --- Errors -----------------------------------------------------------------

TEST_F(LinuxSocketCallsTest, EveryCallReturnsTheErrnoOfABadDescriptor) {
  int value = 0;
  SocketAddress address = Loopback();
  ReceiveMessage receive;
  EXPECT_EQ(calls_.Bind(-1, address), -EBADF);
  EXPECT_EQ(calls_.Listen(-1, 1), -EBADF);
  EXPECT_EQ(calls_.Accept4(-1, nullptr), -EBADF);
  EXPECT_EQ(calls_.Accept4(-1, &address), -EBADF);
  EXPECT_EQ(calls_.Connect(-1, address), -EBADF);
  EXPECT_EQ(calls_.Recv(-1, {}, 0), -EBADF);
  EXPECT_EQ(calls_.Send(-1, "x", 0), -EBADF);
  EXPECT_EQ(calls_.RecvMsg(-1, receive), -EBADF);
  EXPECT_EQ(calls_.SendMsg(-1, SendMessage()), -EBADF);
  EXPECT_EQ(calls_.Shutdown(-1, ShutdownHow::kBoth), -EBADF);
  EXPECT_EQ(calls_.Close(-1), -EBADF);
  EXPECT_EQ(calls_.GetSockOpt(-1, SocketOption::kError, &value), -EBADF);
  EXPECT_EQ(calls_.SetSockOpt(-1, SocketOption::kNoDelay, 1), -EBADF);
  EXPECT_EQ(calls_.GetSockOpt(-1, SocketOption::kLinger, &value), -EBADF);
  EXPECT_EQ(calls_.SetSockOpt(-1, SocketOption::kLinger, 1), -EBADF);
  EXPECT_EQ(calls_.GetSockName(-1, &address), -EBADF);
  EXPECT_EQ(calls_.GetPeerName(-1, &address), -EBADF);
}

TEST_F(LinuxSocketCallsTest, WhatWouldBlockSaysSoInstead) {
  const auto [one, other] = Pair();
  EXPECT_EQ(Receive(one), Errno(EAGAIN));
  EXPECT_EQ(calls_.Accept4(NewListener(), nullptr), -EAGAIN);
  const std::string chunk(100'000, 'x');
  int64_t sent = 0;
  while (sent >= 0) sent = calls_.Send(one, chunk, 0);
  EXPECT_EQ(sent, -EAGAIN);
}

TEST_F(LinuxSocketCallsTest, AnAddressThatCannotBeTranslatedIsInvalid) {
  SocketAddress too_long;
  too_long.family = AddressFamily::kUnix;
  too_long.path = std::string(200, 'x');
  const int fd =
      Own(calls_.Socket(AddressFamily::kUnix, SocketType::kDatagram));
  const absl::string_view bytes = "x";
  const SendMessage message{.buffers = absl::MakeConstSpan(&bytes, 1),
                            .to = &too_long};
  EXPECT_EQ(calls_.Bind(fd, too_long), -EINVAL);
  EXPECT_EQ(calls_.Connect(fd, too_long), -EINVAL);
  EXPECT_EQ(calls_.SendMsg(fd, message), -EINVAL);
}

// A handler of its own: some parents let their children ignore SIGPIPE.
TEST_F(LinuxSocketCallsTest, SendToAClosedPeerIsAnErrorAndNoSignal) {
  static volatile std::sig_atomic_t signals;
  signals = 0;
  const auto old = std::signal(SIGPIPE, [](int) { signals = signals + 1; });
  const auto [one, other] = Pair();
  EXPECT_EQ(calls_.Shutdown(other, ShutdownHow::kBoth), 0);
  const absl::string_view bytes = "x";
  const SendMessage message{.buffers = absl::MakeConstSpan(&bytes, 1)};
  EXPECT_EQ(calls_.Send(one, bytes, 0), -EPIPE);
  EXPECT_EQ(calls_.SendMsg(one, message), -EPIPE);
  EXPECT_EQ(signals, 0);
  std::signal(SIGPIPE, old);
}

// --- Streams ----------------------------------------------------------------

TEST_F(LinuxSocketCallsTest, ShutdownForWritingLeavesTheOtherDirectionOpen) {
  const auto [one, other] = Pair();
  EXPECT_EQ(calls_.Shutdown(one, ShutdownHow::kWrite), 0);
  EXPECT_EQ(Receive(other), "");
  EXPECT_EQ(calls_.Send(one, "x", 0), -EPIPE);
  EXPECT_EQ(calls_.Send(other, "still", 0), 5);
  EXPECT_EQ(Receive(one), "still");
}

TEST_F(LinuxSocketCallsTest, ShutdownForReadingLeavesTheOtherDirectionOpen) {
  const auto [one, other] = Pair();
  EXPECT_EQ(calls_.Shutdown(one, ShutdownHow::kRead), 0);
  EXPECT_EQ(Receive(one), "");
  EXPECT_EQ(calls_.Send(one, "still", 0), 5);
  EXPECT_EQ(Receive(other), "still");
}

TEST_F(LinuxSocketCallsTest, ShutdownOfBothEndsBoth) {
  const auto [one, other] = Pair();
  EXPECT_EQ(calls_.Shutdown(one, ShutdownHow::kBoth), 0);
  EXPECT_EQ(Receive(one), "");
  EXPECT_EQ(calls_.Send(one, "x", 0), -EPIPE);
}

TEST_F(LinuxSocketCallsTest, CloseFreesTheDescriptor) {
  const int fd = calls_.Socket(AddressFamily::kIpv4, SocketType::kStream);
  EXPECT_EQ(calls_.Close(fd), 0);
  EXPECT_EQ(fcntl(fd, F_GETFD), -1);
}

TEST_F(LinuxSocketCallsTest, PeekLeavesWhatItShows) {
  const auto [one, other] = Pair();
  ASSERT_EQ(calls_.Send(one, "abc", 0), 3);
  EXPECT_EQ(Receive(other, 100, kReceivePeek), "abc");
  EXPECT_EQ(Receive(other), "abc");
}

// --- Names ------------------------------------------------------------------

TEST_F(LinuxSocketCallsTest, WithoutAPeerTheAddressIsLeftAlone) {
  SocketAddress address = Loopback();
  EXPECT_EQ(calls_.GetPeerName(NewTcp(), &address), -ENOTCONN);
  EXPECT_EQ(calls_.Accept4(NewListener(), &address), -EAGAIN);
  EXPECT_EQ(address, Loopback());
}

TEST_F(LinuxSocketCallsTest, ThePairHasNoNames) {
  const auto [one, other] = Pair();
  SocketAddress unnamed;
  unnamed.family = AddressFamily::kUnix;
  EXPECT_EQ(NameOf(one), unnamed);
}

// Bound to no name at all, a UNIX socket gets an abstract one (unix(7)).
TEST_F(LinuxSocketCallsTest, AnAbstractNameLeadsBackToItsSocket) {
  SocketAddress anywhere;
  anywhere.family = AddressFamily::kUnix;
  const int listener = NewTcp(AddressFamily::kUnix);
  ASSERT_EQ(calls_.Bind(listener, anywhere), 0);
  ASSERT_EQ(calls_.Listen(listener, 1), 0);
  const int client = NewTcp(AddressFamily::kUnix);
  EXPECT_EQ(calls_.Connect(client, NameOf(listener)), 0);
  EXPECT_GE(Own(calls_.Accept4(listener, nullptr)), 0);
}

// --- Messages ---------------------------------------------------------------

TEST_F(LinuxSocketCallsTest, AMessageIsGatheredFromItsPiecesInOrder) {
  const auto [one, other] = Pair();
  const std::vector<absl::string_view> pieces = {"ab", "", "cde", "f"};
  EXPECT_EQ(calls_.SendMsg(one, {.buffers = pieces}), 6);
  EXPECT_EQ(Receive(other), "abcdef");
}

TEST_F(LinuxSocketCallsTest, AMessageIsScatteredOverItsBuffersInOrder) {
  const auto [one, other] = Pair();
  ASSERT_EQ(calls_.Send(one, "abcdef", 0), 6);
  std::string first(2, '-');
  std::string second(3, '-');
  std::string third(4, '-');
  const std::vector<absl::Span<char>> buffers = {
      absl::MakeSpan(first), absl::MakeSpan(second), absl::MakeSpan(third)};
  ReceiveMessage message{.buffers = buffers};
  EXPECT_EQ(calls_.RecvMsg(other, message), 6);
  EXPECT_EQ(first + second + third, "abcdef---");
}

TEST_F(LinuxSocketCallsTest, SixtyFourPiecesAreTheMost) {
  const auto [one, other] = Pair();
  std::string room(64, '-');
  std::vector<absl::string_view> pieces(64, "x");
  std::vector<absl::Span<char>> buffers;
  for (char& byte : room) buffers.push_back(absl::MakeSpan(&byte, 1));
  ReceiveMessage message{.buffers = buffers};
  EXPECT_EQ(calls_.SendMsg(one, {.buffers = pieces}), 64);
  EXPECT_EQ(calls_.RecvMsg(other, message), 64);
  EXPECT_EQ(room, std::string(64, 'x'));
}

TEST_F(LinuxSocketCallsTest, OnePieceTooManyIsRefusedAndMovesNothing) {
  const auto [one, other] = Pair();
  const std::vector<absl::string_view> pieces(65, "x");
  EXPECT_EQ(calls_.SendMsg(one, {.buffers = pieces}), -EMSGSIZE);
  EXPECT_EQ(Receive(other), Errno(EAGAIN));
  const std::vector<absl::Span<char>> buffers(65);
  ReceiveMessage message{.buffers = buffers};
  ASSERT_EQ(calls_.Send(one, "x", 0), 1);
  EXPECT_EQ(calls_.RecvMsg(other, message), -EMSGSIZE);
  EXPECT_EQ(Receive(other), "x");
}

TEST_F(LinuxSocketCallsTest, AStreamsMessageHasNoSender) {
  const Ends ends = Connect();
  ASSERT_EQ(calls_.Send(ends.client, "x", 0), 1);
  WaitUntil(ends.server, POLLIN);
  SocketAddress from = Loopback();
  ReceiveMessage message{.buffers = {}, .from = &from};
  EXPECT_EQ(calls_.RecvMsg(ends.server, message), 0);  // No room: no byte.
  EXPECT_EQ(from, SocketAddress());
}

TEST_F(LinuxSocketCallsTest, AMessageTakesFlagsAsTheSimpleFormsDo) {
  const auto [one, other] = Pair();
  ASSERT_EQ(calls_.Send(one, "ab", 0), 2);
  std::string room(1, '-');
  const absl::Span<char> buffer = absl::MakeSpan(room);
  ReceiveMessage message{.buffers = absl::MakeConstSpan(&buffer, 1),
                         .flags = kReceivePeek};
  EXPECT_EQ(calls_.RecvMsg(other, message), 1);
  EXPECT_EQ(Receive(other), "ab");
}

}  // namespace
}  // namespace cloche

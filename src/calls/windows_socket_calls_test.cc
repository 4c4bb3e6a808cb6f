// The real socket calls of Windows: what the interface promises, and what
// Winsock says in other words than Linux.

#include "cloche/calls/windows_socket_calls.h"

#include <climits>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "cloche/calls/windows_calls_test.h"

namespace cloche {
namespace {

class WindowsSocketCallsTest : public WindowsCallsTest {
 protected:
  // What was set, as the system says it.
  int SetAndGet(int fd, SocketOption option, int value) {
    EXPECT_EQ(calls_.SetSockOpt(fd, option, value), 0);
    int got = -4711;
    EXPECT_EQ(calls_.GetSockOpt(fd, option, &got), 0);
    return got;
  }
};

// --- How descriptors are born -----------------------------------------------

TEST_F(WindowsSocketCallsTest, ASocketIsBornNonBlockingAndNotInherited) {
  const int fd = NewUdp();
  EXPECT_EQ(Receive(fd), Errno(EAGAIN));
  EXPECT_FALSE(IsInherited(fd));
  EXPECT_FALSE(IsInherited(NewTcp()));
}

TEST_F(WindowsSocketCallsTest, AnAcceptedSocketIsNonBlockingAndNotInherited) {
  const Ends ends = Connect();
  EXPECT_EQ(Receive(ends.server), Errno(EAGAIN));
  EXPECT_FALSE(IsInherited(ends.server));
}

// --- Errors -----------------------------------------------------------------

TEST_F(WindowsSocketCallsTest, EveryCallSaysThatNoSocketIsNone) {
  int value = 0;
  SocketAddress address = Loopback();
  ReceiveMessage receive;
  EXPECT_EQ(calls_.Bind(-1, address), -ENOTSOCK);
  EXPECT_EQ(calls_.Listen(-1, 1), -ENOTSOCK);
  EXPECT_EQ(calls_.Accept4(-1, nullptr), -ENOTSOCK);
  EXPECT_EQ(calls_.Connect(-1, address), -ENOTSOCK);
  EXPECT_EQ(calls_.Recv(-1, {}, 0), -ENOTSOCK);
  EXPECT_EQ(calls_.Send(-1, "x", 0), -ENOTSOCK);
  EXPECT_EQ(calls_.RecvMsg(-1, receive), -ENOTSOCK);
  EXPECT_EQ(calls_.SendMsg(-1, SendMessage()), -ENOTSOCK);
  EXPECT_EQ(calls_.Shutdown(-1, ShutdownHow::kBoth), -ENOTSOCK);
  EXPECT_EQ(calls_.Close(-1), -ENOTSOCK);
  EXPECT_EQ(calls_.GetSockOpt(-1, SocketOption::kError, &value), -ENOTSOCK);
  EXPECT_EQ(calls_.SetSockOpt(-1, SocketOption::kNoDelay, 1), -ENOTSOCK);
  EXPECT_EQ(calls_.GetSockOpt(-1, SocketOption::kLinger, &value), -ENOTSOCK);
  EXPECT_EQ(calls_.SetSockOpt(-1, SocketOption::kLinger, 1), -ENOTSOCK);
  EXPECT_EQ(calls_.GetSockName(-1, &address), -ENOTSOCK);
  EXPECT_EQ(calls_.GetPeerName(-1, &address), -ENOTSOCK);
}

TEST_F(WindowsSocketCallsTest, AClosedSocketIsNone) {
  const int fd = NewTcp();
  CloseNow(fd);
  EXPECT_EQ(calls_.Listen(fd, 1), -ENOTSOCK);
}

TEST_F(WindowsSocketCallsTest, ThereAreNoUnixSockets) {
  int pair[2];
  EXPECT_EQ(calls_.Socket(AddressFamily::kUnix, SocketType::kStream),
            -EAFNOSUPPORT);
  EXPECT_EQ(calls_.SocketPair(pair), -EAFNOSUPPORT);
}

TEST_F(WindowsSocketCallsTest, WhatWouldBlockSaysSoInstead) {
  const Ends ends = Connect();
  EXPECT_EQ(Receive(ends.server), Errno(EAGAIN));
  EXPECT_EQ(calls_.Accept4(ends.listener, nullptr), -EAGAIN);
  const std::string chunk(100'000, 'x');
  int64_t sent = 0;
  while (sent >= 0) sent = calls_.Send(ends.client, chunk, 0);
  EXPECT_EQ(sent, -EAGAIN);
}

// SO_REUSEADDR would allow it there.
TEST_F(WindowsSocketCallsTest, ReuseOfAnAddressDoesNotTakeAPortAway) {
  const int listener = NewListener();
  const int fd = NewTcp();
  EXPECT_EQ(calls_.SetSockOpt(fd, SocketOption::kReuseAddress, 1), 0);
  EXPECT_EQ(calls_.Bind(fd, NameOf(listener)), -EADDRINUSE);
}

// --- Streams ----------------------------------------------------------------

TEST_F(WindowsSocketCallsTest, ShutdownForWritingLeavesTheOtherDirectionOpen) {
  const Ends ends = Connect();
  EXPECT_EQ(calls_.Shutdown(ends.client, ShutdownHow::kWrite), 0);
  EXPECT_EQ(calls_.Send(ends.client, "x", 0), -EPIPE);
  EXPECT_EQ(calls_.Send(ends.server, "still", 0), 5);
  WaitUntil(ends.client, POLLIN);
  EXPECT_EQ(Receive(ends.client), "still");
}

TEST_F(WindowsSocketCallsTest, PeekLeavesWhatItShows) {
  const Ends ends = Connect();
  ASSERT_EQ(calls_.Send(ends.client, "abc", 0), 3);
  WaitUntil(ends.server, POLLIN);
  EXPECT_EQ(Receive(ends.server, 100, kReceivePeek), "abc");
  EXPECT_EQ(Receive(ends.server), "abc");
}

// --- Names ------------------------------------------------------------------

// --- Messages ---------------------------------------------------------------

TEST_F(WindowsSocketCallsTest, AMessageIsGatheredFromItsPiecesInOrder) {
  const Ends ends = Connect();
  const std::vector<absl::string_view> pieces = {"ab", "", "cde", "f"};
  EXPECT_EQ(calls_.SendMsg(ends.client, {.buffers = pieces}), 6);
  WaitUntil(ends.server, POLLIN);
  EXPECT_EQ(Receive(ends.server), "abcdef");
}

TEST_F(WindowsSocketCallsTest, AMessageIsScatteredOverItsBuffersInOrder) {
  const Ends ends = Connect();
  ASSERT_EQ(calls_.Send(ends.client, "abcdef", 0), 6);
  WaitUntil(ends.server, POLLIN);
  std::string first(2, '-');
  std::string second(5, '-');
  const std::vector<absl::Span<char>> buffers = {absl::MakeSpan(first),
                                                 absl::MakeSpan(second)};
  ReceiveMessage message{.buffers = buffers};
  EXPECT_EQ(calls_.RecvMsg(ends.server, message), 6);
  EXPECT_EQ(first + second, "abcdef-");
}

TEST_F(WindowsSocketCallsTest, OnePieceTooManyIsRefused) {
  const Ends ends = Connect();
  const std::vector<absl::string_view> pieces(65, "x");
  EXPECT_EQ(calls_.SendMsg(ends.client, {.buffers = pieces}), -EMSGSIZE);
  const std::vector<absl::Span<char>> buffers(65);
  ReceiveMessage message{.buffers = buffers};
  EXPECT_EQ(calls_.RecvMsg(ends.server, message), -EMSGSIZE);
}

TEST_F(WindowsSocketCallsTest, ADatagramGoesWhereItIsSentAndSaysFromWhom) {
  const int one = NewUdp();
  const int other = NewUdp();
  const SocketAddress to = NameOf(other);
  const absl::string_view bytes = "hello";
  const SendMessage sent{.buffers = absl::MakeConstSpan(&bytes, 1), .to = &to};
  ASSERT_EQ(calls_.SendMsg(one, sent), 5);
  WaitUntil(other, POLLIN);
  std::string room(100, '\0');
  const absl::Span<char> buffer = absl::MakeSpan(room);
  SocketAddress from;
  ReceiveMessage message{.buffers = absl::MakeConstSpan(&buffer, 1),
                         .from = &from};
  EXPECT_EQ(calls_.RecvMsg(other, message), 5);
  EXPECT_EQ(from, NameOf(one));
  EXPECT_FALSE(message.truncated);
}

TEST_F(WindowsSocketCallsTest, ADatagramThatIsTooLongIsCutAndSaysSo) {
  const int one = NewUdp();
  const int other = NewUdp();
  ASSERT_EQ(calls_.Connect(one, NameOf(other)), 0);
  ASSERT_EQ(calls_.Send(one, "hello", 0), 5);
  ASSERT_EQ(calls_.Send(one, "world", 0), 5);
  WaitUntil(other, POLLIN);
  EXPECT_EQ(Receive(other, 2), "he");
  WaitUntil(other, POLLIN);
  std::string room(3, '\0');
  const absl::Span<char> buffer = absl::MakeSpan(room);
  ReceiveMessage message{.buffers = absl::MakeConstSpan(&buffer, 1)};
  EXPECT_EQ(calls_.RecvMsg(other, message), 3);
  EXPECT_EQ(room, "wor");
  EXPECT_TRUE(message.truncated);
}

// --- Options ----------------------------------------------------------------

TEST_F(WindowsSocketCallsTest, AnOptionIsWhatItWasSetTo) {
  const int fd = NewTcp();
  for (const SocketOption option :
       {SocketOption::kKeepAlive, SocketOption::kNoDelay,
        SocketOption::kOutOfBandInline}) {
    EXPECT_EQ(SetAndGet(fd, option, 1), 1);
    EXPECT_EQ(SetAndGet(fd, option, 0), 0);
  }
}

TEST_F(WindowsSocketCallsTest, TheTimesOfKeepAliveAreWhatTheyWereSetTo) {
  const int fd = NewTcp();
  if (calls_.SetSockOpt(fd, SocketOption::kKeepAliveIdle, 1) == -ENOPROTOOPT) {
    GTEST_SKIP() << "Windows before 10.0.16299, or Wine 8.0";
  }
  EXPECT_EQ(SetAndGet(fd, SocketOption::kKeepAliveIdle, 11), 11);
  EXPECT_EQ(SetAndGet(fd, SocketOption::kKeepAliveInterval, 12), 12);
  EXPECT_EQ(SetAndGet(fd, SocketOption::kKeepAliveCount, 13), 13);
}

TEST_F(WindowsSocketCallsTest, LingerIsSecondsOrOff) {
  const int fd = NewTcp();
  EXPECT_EQ(SetAndGet(fd, SocketOption::kLinger, 7), 7);
  EXPECT_EQ(SetAndGet(fd, SocketOption::kLinger, 0), 0);
  EXPECT_EQ(SetAndGet(fd, SocketOption::kLinger, -1), -1);
}

// Windows has 16 bits for them, and none of these is to become no seconds: that
// throws away what is to be sent.
TEST_F(WindowsSocketCallsTest, LingerIsNoLongerThanWindowsKnows) {
  const int fd = NewTcp();
  for (const int seconds : {65'535, 65'536, 65'537, INT_MAX}) {
    EXPECT_EQ(SetAndGet(fd, SocketOption::kLinger, seconds), 65'535);
  }
}

TEST_F(WindowsSocketCallsTest, WhatWindowsDoesNotHaveIsNoOption) {
  const int fd = NewTcp();
  int value = 0;
  EXPECT_EQ(calls_.SetSockOpt(fd, SocketOption::kReusePort, 1), -ENOPROTOOPT);
  EXPECT_EQ(calls_.GetSockOpt(fd, SocketOption::kReusePort, &value),
            -ENOPROTOOPT);
  EXPECT_EQ(calls_.GetSockOpt(fd, SocketOption::kDeferAccept, &value),
            -ENOPROTOOPT);
}

TEST_F(WindowsSocketCallsTest, DeferredAcceptIsAWishThatIsNotHeard) {
  EXPECT_EQ(calls_.SetSockOpt(NewTcp(), SocketOption::kDeferAccept, 1), 0);
}

}  // namespace
}  // namespace cloche

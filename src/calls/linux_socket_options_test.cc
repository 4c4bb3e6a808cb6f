// Each SocketOption means the kernel's option that its comment names.

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <ostream>
#include <string>

#include "cloche/calls/linux_calls_test.h"

namespace cloche {
namespace {

struct OptionCase {
  SocketOption option;
  std::string name;
  int level;
  int linux_name;
  int set;
  int read;  // What the kernel makes of it.
};

void PrintTo(const OptionCase& option, std::ostream* out) {
  *out << option.name;
}

class LinuxSocketOption : public LinuxCallsTest,
                          public ::testing::WithParamInterface<OptionCase> {
 protected:
  // IPv4, but for the one option that IPv6 alone has.
  int NewSocketForIt() {
    return NewTcp(GetParam().level == IPPROTO_IPV6 ? AddressFamily::kIpv6
                                                   : AddressFamily::kIpv4);
  }
  // As the kernel says it, without our translation.
  static int ReadRaw(int fd) {
    int value = -1;
    socklen_t length = sizeof(value);
    EXPECT_EQ(getsockopt(fd, GetParam().level, GetParam().linux_name, &value,
                         &length),
              0);
    return value;
  }
};

TEST_P(LinuxSocketOption, SetsTheKernelsOptionOfThatName) {
  const int fd = NewSocketForIt();
  if (fd == -EAFNOSUPPORT) GTEST_SKIP() << "this machine has no IPv6";
  EXPECT_NE(ReadRaw(fd), GetParam().read) << "the test would show nothing";
  EXPECT_EQ(calls_.SetSockOpt(fd, GetParam().option, GetParam().set), 0);
  EXPECT_EQ(ReadRaw(fd), GetParam().read);
}

TEST_P(LinuxSocketOption, ReadsTheKernelsOptionOfThatName) {
  const int fd = NewSocketForIt();
  if (fd == -EAFNOSUPPORT) GTEST_SKIP() << "this machine has no IPv6";
  EXPECT_EQ(setsockopt(fd, GetParam().level, GetParam().linux_name,
                       &GetParam().set, sizeof(int)),
            0);
  int value = -1;
  EXPECT_EQ(calls_.GetSockOpt(fd, GetParam().option, &value), 0);
  EXPECT_EQ(value, GetParam().read);
}

// No two of one level have the same value, so that none is taken for another.
// The kernel doubles buffers (socket(7)), and rounds TCP_DEFER_ACCEPT up to a
// number of retransmissions: 1, 3, 7 ... seconds.
INSTANTIATE_TEST_SUITE_P(
    Each, LinuxSocketOption,
    ::testing::Values(
        OptionCase{SocketOption::kReuseAddress, "ReuseAddress", SOL_SOCKET,
                   SO_REUSEADDR, 1, 1},
        OptionCase{SocketOption::kReusePort, "ReusePort", SOL_SOCKET,
                   SO_REUSEPORT, 1, 1},
        OptionCase{SocketOption::kSendBuffer, "SendBuffer", SOL_SOCKET,
                   SO_SNDBUF, 10'000, 20'000},
        OptionCase{SocketOption::kReceiveBuffer, "ReceiveBuffer", SOL_SOCKET,
                   SO_RCVBUF, 11'000, 22'000},
        OptionCase{SocketOption::kKeepAlive, "KeepAlive", SOL_SOCKET,
                   SO_KEEPALIVE, 1, 1},
        OptionCase{SocketOption::kKeepAliveIdle, "KeepAliveIdle", IPPROTO_TCP,
                   TCP_KEEPIDLE, 30, 30},
        OptionCase{SocketOption::kKeepAliveInterval, "KeepAliveInterval",
                   IPPROTO_TCP, TCP_KEEPINTVL, 40, 40},
        OptionCase{SocketOption::kKeepAliveCount, "KeepAliveCount", IPPROTO_TCP,
                   TCP_KEEPCNT, 5, 5},
        OptionCase{SocketOption::kNoDelay, "NoDelay", IPPROTO_TCP, TCP_NODELAY,
                   1, 1},
        OptionCase{SocketOption::kDeferAccept, "DeferAccept", IPPROTO_TCP,
                   TCP_DEFER_ACCEPT, 7, 7},
        OptionCase{SocketOption::kIpv6Only, "Ipv6Only", IPPROTO_IPV6,
                   IPV6_V6ONLY, 1, 1},
        OptionCase{SocketOption::kOutOfBandInline, "OutOfBandInline",
                   SOL_SOCKET, SO_OOBINLINE, 1, 1}),
    [](const auto& info) { return info.param.name; });

class LinuxSocketOptionsTest : public LinuxCallsTest {
 protected:
  int Read(int fd, SocketOption option) {
    int value = -100;
    EXPECT_EQ(calls_.GetSockOpt(fd, option, &value), 0);
    return value;
  }
  static linger ReadRawLinger(int fd) {
    linger value = {};
    socklen_t length = sizeof(value);
    EXPECT_EQ(getsockopt(fd, SOL_SOCKET, SO_LINGER, &value, &length), 0);
    return value;
  }
};

// --- SO_LINGER: a struct there, one int here --------------------------------

TEST_F(LinuxSocketOptionsTest, LingerIsOffAtFirstAndReadsAsMinusOne) {
  EXPECT_EQ(Read(NewTcp(), SocketOption::kLinger), -1);
}

TEST_F(LinuxSocketOptionsTest, LingerIsOnForAsManySecondsAsItIsSetTo) {
  const int fd = NewTcp();
  for (const int seconds : {0, 1, 5}) {
    EXPECT_EQ(calls_.SetSockOpt(fd, SocketOption::kLinger, seconds), 0);
    EXPECT_NE(ReadRawLinger(fd).l_onoff, 0);
    EXPECT_EQ(ReadRawLinger(fd).l_linger, seconds);
    EXPECT_EQ(Read(fd, SocketOption::kLinger), seconds);
  }
}

TEST_F(LinuxSocketOptionsTest, LingerOfMinusOneTurnsItOffAgain) {
  const int fd = NewTcp();
  ASSERT_EQ(calls_.SetSockOpt(fd, SocketOption::kLinger, 5), 0);
  EXPECT_EQ(calls_.SetSockOpt(fd, SocketOption::kLinger, -1), 0);
  EXPECT_EQ(ReadRawLinger(fd).l_onoff, 0);
  EXPECT_EQ(Read(fd, SocketOption::kLinger), -1);
}

TEST_F(LinuxSocketOptionsTest, LingerOfZeroMakesCloseReset) {
  const Ends ends = Connect();
  ASSERT_EQ(calls_.SetSockOpt(ends.server, SocketOption::kLinger, 0), 0);
  CloseNow(ends.server);
  WaitUntil(ends.client, POLLIN);
  EXPECT_EQ(Receive(ends.client), Errno(ECONNRESET));
}

// --- SO_ERROR and the unknown -----------------------------------------------

TEST_F(LinuxSocketOptionsTest, ReadingTheErrorClearsIt) {
  const int nobody = NewTcp();
  ASSERT_EQ(calls_.Bind(nobody, Loopback()), 0);
  const int fd = NewTcp();
  ASSERT_EQ(calls_.Connect(fd, NameOf(nobody)), -EINPROGRESS);
  WaitUntil(fd, POLLOUT);
  EXPECT_EQ(Read(fd, SocketOption::kError), ECONNREFUSED);
  EXPECT_EQ(Read(fd, SocketOption::kError), 0);
}

TEST_F(LinuxSocketOptionsTest, TheErrorIsReadOnly) {
  EXPECT_EQ(calls_.SetSockOpt(NewTcp(), SocketOption::kError, 1), -ENOPROTOOPT);
}

// Linux tells a reader something else than a writer.
TEST_F(LinuxSocketOptionsTest, AnOptionThatDoesNotExistIsRefused) {
  const auto unknown = static_cast<SocketOption>(200);
  int value = 0;
  EXPECT_EQ(calls_.SetSockOpt(NewTcp(), unknown, 1), -ENOPROTOOPT);
  EXPECT_EQ(calls_.GetSockOpt(NewTcp(), unknown, &value), -EOPNOTSUPP);
}

TEST_F(LinuxSocketOptionsTest, AValueThatTheKernelRefusesIsAnError) {
  EXPECT_EQ(calls_.SetSockOpt(NewTcp(), SocketOption::kKeepAliveCount, 0),
            -EINVAL);
}

}  // namespace
}  // namespace cloche

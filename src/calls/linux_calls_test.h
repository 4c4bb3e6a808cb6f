// LinuxCallsTest: sockets of the real kernel, for the tests of src/calls.
//
// Everything is on loopback, at ports that the kernel chooses. A test that
// needs something to have arrived waits for it with poll(2), so it depends on
// no speed.
//
// Main disadvantage: a test whose event never comes ends by Bazel's time limit.

#ifndef CLOCHE_CALLS_LINUX_CALLS_TEST_H_
#define CLOCHE_CALLS_LINUX_CALLS_TEST_H_

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "cloche/calls/linux_socket_calls.h"
#include "cloche/calls/socket_calls.h"
#include "gtest/gtest.h"

namespace cloche {

inline bool IsNonBlocking(int fd) {
  return (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0;
}
inline bool IsCloseOnExec(int fd) {
  return (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0;
}

// Which of `events` (POLLIN ...) are true of `fd` now; also POLLERR, POLLHUP.
inline int PollNow(int fd, int events) {
  pollfd asked = {fd, static_cast<int16_t>(events), /*revents=*/0};
  EXPECT_GE(poll(&asked, 1, /*timeout=*/0), 0);
  return asked.revents;
}

// Waits for one of `events`.
inline void WaitUntil(int fd, int events) {
  pollfd asked = {fd, static_cast<int16_t>(events), /*revents=*/0};
  int count;
  do {
    count = poll(&asked, 1, /*timeout=*/-1);
  } while (count == -1 && errno == EINTR);
  EXPECT_EQ(count, 1);
}

class LinuxCallsTest : public ::testing::Test {
 protected:
  struct Ends {
    int listener = -1;
    int client = -1;
    int server = -1;
  };

  ~LinuxCallsTest() override {
    for (const int fd : open_) calls_.Close(fd);
  }

  // Remembers to close what a call has opened, and passes it on.
  int Own(int fd) {
    if (fd >= 0) open_.push_back(fd);
    return fd;
  }
  // Before the test ends.
  void CloseNow(int fd) {
    std::erase(open_, fd);
    EXPECT_EQ(calls_.Close(fd), 0);
  }

  static SocketAddress Loopback(AddressFamily family = AddressFamily::kIpv4) {
    SocketAddress address;
    address.family = family;
    if (family == AddressFamily::kIpv4) address.ip = {127, 0, 0, 1};
    if (family == AddressFamily::kIpv6) address.ip[15] = 1;
    return address;
  }

  int NewTcp(AddressFamily family = AddressFamily::kIpv4) {
    return Own(calls_.Socket(family, SocketType::kStream));
  }
  // A datagram socket at a port of its own.
  int NewUdp() {
    const int fd =
        Own(calls_.Socket(AddressFamily::kIpv4, SocketType::kDatagram));
    EXPECT_EQ(calls_.Bind(fd, Loopback()), 0);
    return fd;
  }
  int NewListener(AddressFamily family = AddressFamily::kIpv4) {
    const int fd = NewTcp(family);
    EXPECT_EQ(calls_.Bind(fd, Loopback(family)), 0);
    EXPECT_EQ(calls_.Listen(fd, /*backlog=*/16), 0);
    return fd;
  }

  // A TCP connection with itself.
  Ends Connect(AddressFamily family = AddressFamily::kIpv4) {
    Ends ends;
    ends.listener = NewListener(family);
    ends.client = NewTcp(family);
    EXPECT_EQ(calls_.Connect(ends.client, NameOf(ends.listener)), -EINPROGRESS);
    WaitUntil(ends.listener, POLLIN);
    ends.server = Own(calls_.Accept4(ends.listener, nullptr));
    WaitUntil(ends.client, POLLOUT);
    return ends;
  }
  // Two connected UNIX sockets.
  std::pair<int, int> Pair() {
    int pair[2];
    EXPECT_EQ(calls_.SocketPair(pair), 0);
    return {Own(pair[0]), Own(pair[1])};
  }

  SocketAddress NameOf(int fd) {
    SocketAddress address;
    EXPECT_EQ(calls_.GetSockName(fd, &address), 0);
    return address;
  }

  // What Recv says: the bytes, or "" at the end of the stream; errors as text.
  std::string Receive(int fd, size_t most = 100, int flags = 0) {
    std::string bytes(most, '\0');
    const int64_t count =
        calls_.Recv(fd, absl::MakeSpan(bytes.data(), most), flags);
    if (count < 0) return Errno(-count);
    bytes.resize(count);
    return bytes;
  }
  static std::string Errno(int64_t error) {
    return absl::StrCat("errno ", error);
  }

  LinuxSocketCalls calls_;

 private:
  std::vector<int> open_;
};

}  // namespace cloche

#endif  // CLOCHE_CALLS_LINUX_CALLS_TEST_H_

// SystemCallsTest: real sockets, for the tests of src/calls on any system.
//
// Everything is on loopback, at ports that the system chooses. A test that
// needs something to have arrived waits for it, so it depends on no speed.
//
// How it waits is the system's own: poll(2) in system_calls_test_linux.cc,
// WSAPoll in system_calls_test_windows.cc. None of Cloche's calls, which are
// what is tested.
//
// Main disadvantage: a test whose event never comes ends by Bazel's time limit.
//
// Next: calls/linux_calls_test.h and calls/windows_calls_test.h, what only one
// of them has.

#ifndef CLOCHE_CALLS_SYSTEM_CALLS_TEST_H_
#define CLOCHE_CALLS_SYSTEM_CALLS_TEST_H_

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/calls/system_calls.h"
#include "gtest/gtest.h"

namespace cloche {

class SystemCallsTest : public ::testing::Test {
 protected:
  struct Ends {
    int listener = -1;
    int client = -1;
    int server = -1;
  };

  ~SystemCallsTest() override {
    for (const int fd : open_) calls_.Close(fd);
  }

  // Until there is something to read, room to write, an out-of-band byte.
  static void AwaitReadable(int fd);
  static void AwaitWritable(int fd);
  static void AwaitUrgent(int fd);

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
  // A TCP socket at a port of its own, to which nobody listens.
  int NewBound() {
    const int fd = NewTcp();
    EXPECT_EQ(calls_.Bind(fd, Loopback()), 0);
    return fd;
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
    AwaitReadable(ends.listener);
    ends.server = Own(calls_.Accept4(ends.listener, nullptr));
    AwaitWritable(ends.client);
    return ends;
  }

  SocketAddress NameOf(int fd) {
    SocketAddress address;
    EXPECT_EQ(calls_.GetSockName(fd, &address), 0);
    return address;
  }
  SocketAddress PeerOf(int fd) {
    SocketAddress address;
    EXPECT_EQ(calls_.GetPeerName(fd, &address), 0);
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

 private:
  const std::unique_ptr<SystemCalls> system_ = NewSystemCalls();
  std::vector<int> open_;

 protected:
  SocketCalls& calls_ = *system_->kernel_calls().sockets;  // Made before it.
};

}  // namespace cloche

#endif  // CLOCHE_CALLS_SYSTEM_CALLS_TEST_H_

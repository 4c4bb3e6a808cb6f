// FakeKernelTest: the world that the tests of the fake kernel share.
//
// One host for what happens on loopback, at once; two more with a millisecond
// between them for what takes time. Readiness is compared as text, so that a
// test reads like the table in fake_tcp_data.cc.
//
// Next: fakes/fake_tcp_connect_test.cc, its first user.

#ifndef CLOCHE_FAKES_FAKE_KERNEL_TEST_H_
#define CLOCHE_FAKES_FAKE_KERNEL_TEST_H_

#include <cerrno>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "cloche/calls/epoll_calls.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/fakes/fake_addresses.h"
#include "cloche/fakes/fake_clock.h"
#include "cloche/fakes/fake_host.h"
#include "cloche/fakes/fake_network.h"
#include "cloche/testing/epoll_text.h"
#include "gtest/gtest.h"

namespace cloche {

class FakeKernelTest : public ::testing::Test {
 protected:
  // The two ends of a connection on host_: what one does, the other sees at
  // once. `client` connected, `server` was accepted from `listener`.
  struct Ends {
    int listener = -1;
    int client = -1;
    int server = -1;
  };

  static int NewTcp(FakeHost& host) {
    return host.sockets().Socket(AddressFamily::kIpv4, SocketType::kStream);
  }

  // A listening socket on any address of `host`, at `port`.
  static int NewListener(FakeHost& host, uint16_t port = 80, int backlog = 16) {
    const int fd = NewTcp(host);
    EXPECT_EQ(host.sockets().Bind(fd, Ipv4Any(port)), 0);
    EXPECT_EQ(host.sockets().Listen(fd, backlog), 0);
    return fd;
  }

  static int NewConnecting(FakeHost& host, const SocketAddress& address) {
    const int fd = NewTcp(host);
    EXPECT_EQ(host.sockets().Connect(fd, address), -EINPROGRESS);
    return fd;
  }

  Ends Connect() {
    const int listener = NewListener(host_);
    Ends ends = ConnectTo(listener);
    return ends;
  }

  Ends ConnectTo(int listener) {
    Ends ends;
    ends.listener = listener;
    SocketAddress address;
    EXPECT_EQ(calls_.GetSockName(listener, &address), 0);
    ends.client = NewConnecting(host_, Ipv4Loopback(address.port));
    ends.server = calls_.Accept4(listener, nullptr);
    EXPECT_GE(ends.server, 0);
    return ends;
  }

  static int NewUnix(FakeHost& host) {
    return host.sockets().Socket(AddressFamily::kUnix, SocketType::kStream);
  }
  static int NewUnixListener(FakeHost& host, const std::string& path) {
    const int fd = NewUnix(host);
    EXPECT_EQ(host.sockets().Bind(fd, UnixAddress(path)), 0);
    EXPECT_EQ(host.sockets().Listen(fd, /*backlog=*/16), 0);
    return fd;
  }
  // A pair of UNIX sockets; there is no listener.
  Ends NewPair() {
    int pair[2] = {-1, -1};
    EXPECT_EQ(calls_.SocketPair(pair), 0);
    return {.client = pair[0], .server = pair[1]};
  }

  // A new epoll set with `fd` in it, whose event data is `fd`.
  int NewEpoll(int fd, uint32_t events) {
    const int epoll = host_.epoll().EpollCreate1();
    AddTo(epoll, fd, events);
    return epoll;
  }
  void AddTo(int epoll, int fd, uint32_t events) {
    const EpollEvent event{events, static_cast<uint64_t>(fd)};
    EXPECT_EQ(host_.epoll().EpollCtl(epoll, EpollCtlOp::kAdd, fd, &event), 0);
  }
  // What a wait on `epoll` that does not wait says of its one descriptor.
  std::string Edge(int epoll) {
    EpollEvent event;
    const int count =
        host_.epoll().EpollWait(epoll, absl::MakeSpan(&event, 1), 0);
    return count == 1 ? EpollText(event.events) : "nothing";
  }
  // What is true of `fd` now, as a fresh level-triggered epoll set sees it.
  std::string Level(int fd) {
    const int epoll = NewEpoll(fd, kEverything);
    const std::string text = Edge(epoll);
    EXPECT_EQ(host_.epoll().EpollClose(epoll), 0);
    return text;
  }

  // What Recv says: the bytes, or "" at the end of the stream; errors as text.
  std::string Receive(int fd, size_t most = 100, int flags = 0) {
    std::string bytes(most, '\0');
    const int64_t count =
        calls_.Recv(fd, absl::MakeSpan(bytes.data(), most), flags);
    if (count < 0) return absl::StrCat("errno ", -count);
    bytes.resize(count);
    return bytes;
  }
  static std::string Errno(int error) { return absl::StrCat("errno ", error); }

  int TakeError(int fd) {
    int error = -1;
    EXPECT_EQ(calls_.GetSockOpt(fd, SocketOption::kError, &error), 0);
    return error;
  }
  void SetOption(int fd, SocketOption option, int value) {
    EXPECT_EQ(calls_.SetSockOpt(fd, option, value), 0);
  }

  void PassTime(absl::Duration duration) {
    EXPECT_EQ(network_.WaitFor([] { return false; }, clock_.Now() + duration),
              0);
  }

  FakeClock clock_;
  FakeNetwork network_{clock_, /*seed=*/1};
  FakeHost& host_ = network_.AddHost("loopback");  // 10.0.0.1
  FakeHost& server_ = network_.AddHost("server");  // 10.0.0.2
  FakeHost& client_ = network_.AddHost("client");  // 10.0.0.3
  SocketCalls& calls_ = host_.sockets();
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_KERNEL_TEST_H_

#include "cloche/testing/contract/system_call_driver.h"

#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "cloche/fakes/fake_addresses.h"
#include "cloche/testing/epoll_text.h"

namespace cloche {

// Many are closed already, and then it is -EBADF: nothing has been opened in
// between that could have got their numbers.
SystemCallDriver::~SystemCallDriver() {
  for (const int fd : opened_) calls_.Close(fd);
}

int SystemCallDriver::Keep(int fd) {
  EXPECT_GE(fd, 0);
  opened_.push_back(fd);
  return fd;
}

int SystemCallDriver::NewTcp() {
  return Keep(calls_.Socket(AddressFamily::kIpv4, SocketType::kStream));
}

int SystemCallDriver::NewBound() {
  const int fd = NewTcp();
  EXPECT_EQ(calls_.Bind(fd, Ipv4Loopback(0)), 0);
  return fd;
}

int SystemCallDriver::NewListener(int backlog) {
  const int fd = NewBound();
  EXPECT_EQ(calls_.Listen(fd, backlog), 0);
  return fd;
}

int SystemCallDriver::NewConnecting(const SocketAddress& address) {
  const int fd = NewTcp();
  EXPECT_EQ(calls_.Connect(fd, address), -EINPROGRESS);
  return fd;
}

int SystemCallDriver::Accept(int listener, SocketAddress* peer) {
  EXPECT_TRUE(Becomes(listener, "IN"));
  return Keep(calls_.Accept4(listener, peer));
}

SystemCallDriver::Ends SystemCallDriver::ConnectTo(int listener) {
  Ends ends;
  ends.listener = listener;
  ends.client = NewConnecting(AddressOf(listener));
  EXPECT_TRUE(Becomes(ends.client, "OUT"));
  ends.server = Accept(listener);
  return ends;
}

SystemCallDriver::Ends SystemCallDriver::ConnectSmall() {
  const int listener = NewBound();
  Set(listener, SocketOption::kReceiveBuffer, kSmallReceiveBuffer);
  EXPECT_EQ(calls_.Listen(listener, 16), 0);
  const Ends ends = ConnectTo(listener);
  Set(ends.client, SocketOption::kSendBuffer, kLargeSendBuffer);
  return ends;
}

int SystemCallDriver::NewUdp(AddressFamily family) {
  return Keep(calls_.Socket(family, SocketType::kDatagram));
}

int SystemCallDriver::NewBoundUdp() {
  const int fd = NewUdp();
  EXPECT_EQ(calls_.Bind(fd, Ipv4Loopback(0)), 0);
  return fd;
}

int SystemCallDriver::NewUdpTo(int peer) {
  const int fd = NewUdp();
  EXPECT_EQ(calls_.Connect(fd, AddressOf(peer)), 0);
  return fd;
}

SocketAddress SystemCallDriver::NewUnixAddress() {
  return UnixAddress(kernel_->NewPath());
}

int SystemCallDriver::NewUnix() {
  return Keep(calls_.Socket(AddressFamily::kUnix, SocketType::kStream));
}

int SystemCallDriver::NewUnixListener(int backlog) {
  const int fd = NewUnix();
  EXPECT_EQ(calls_.Bind(fd, NewUnixAddress()), 0);
  EXPECT_EQ(calls_.Listen(fd, backlog), 0);
  return fd;
}

int SystemCallDriver::NewUnixClient(const SocketAddress& address) {
  const int fd = NewUnix();
  EXPECT_EQ(calls_.Connect(fd, address), 0);
  return fd;
}

SystemCallDriver::Ends SystemCallDriver::ConnectUnix() {
  Ends ends;
  ends.listener = NewUnixListener();
  ends.client = NewUnixClient(AddressOf(ends.listener));
  ends.server = Accept(ends.listener);
  return ends;
}

SystemCallDriver::Ends SystemCallDriver::NewPair() {
  int pair[2] = {-1, -1};
  EXPECT_EQ(calls_.SocketPair(pair), 0);
  Ends ends;
  ends.client = Keep(pair[0]);
  ends.server = Keep(pair[1]);
  return ends;
}

SystemCallDriver::Ends SystemCallDriver::NewSmallPair() {
  const Ends ends = NewPair();
  Set(ends.client, SocketOption::kSendBuffer, kLargeSendBuffer);
  return ends;
}

SocketAddress SystemCallDriver::AddressOf(int fd) {
  SocketAddress address;
  EXPECT_EQ(calls_.GetSockName(fd, &address), 0);
  return address;
}

SocketAddress SystemCallDriver::PeerOf(int fd) {
  SocketAddress peer;
  EXPECT_EQ(calls_.GetPeerName(fd, &peer), 0);
  return peer;
}

int SystemCallDriver::TakeError(int fd) {
  return Get(fd, SocketOption::kError);
}

void SystemCallDriver::Set(int fd, SocketOption option, int value) {
  EXPECT_EQ(calls_.SetSockOpt(fd, option, value), 0);
}

int SystemCallDriver::Get(int fd, SocketOption option) {
  int value = -1;
  EXPECT_EQ(calls_.GetSockOpt(fd, option, &value), 0);
  return value;
}

void SystemCallDriver::Reset(int fd) {
  Set(fd, SocketOption::kLinger, 0);
  EXPECT_EQ(calls_.Close(fd), 0);
}

std::string SystemCallDriver::Errno(int error) {
  return absl::StrCat("errno ", error);
}

std::string SystemCallDriver::Receive(int fd, size_t most, int flags) {
  std::string bytes(most, '\0');
  const int64_t count =
      calls_.Recv(fd, absl::MakeSpan(bytes.data(), most), flags);
  if (count < 0) return Errno(static_cast<int>(-count));
  bytes.resize(count);
  return bytes;
}

int64_t SystemCallDriver::SendTo(int fd, const SocketAddress& to,
                                 absl::string_view bytes, int flags) {
  return calls_.SendMsg(
      fd,
      {.buffers = absl::MakeConstSpan(&bytes, 1), .to = &to, .flags = flags});
}

std::string SystemCallDriver::ReceiveAll(int fd, size_t size) {
  // Level-triggered: says at once what is there already.
  const int epoll = NewEpoll(fd, kEpollIn);
  std::string all;
  while (all.size() < size && Next(epoll) != "nothing") {
    const std::string part = Receive(fd, size - all.size());
    if (part == Errno(EAGAIN)) continue;
    if (part.empty()) break;
    all += part;
  }
  EXPECT_EQ(epoll_.EpollClose(epoll), 0);
  return all;
}

size_t SystemCallDriver::FillUp(int fd) {
  const std::string bytes(1000, 'x');
  size_t total = 0;
  int64_t sent;
  while ((sent = calls_.Send(fd, bytes, 0)) > 0) total += sent;
  EXPECT_EQ(sent, -EAGAIN);
  return total;
}

int SystemCallDriver::NewEpoll() { return Keep(epoll_.EpollCreate1()); }

int SystemCallDriver::NewEpoll(int fd, uint32_t events) {
  const int epoll = NewEpoll();
  EXPECT_EQ(Control(epoll, EpollCtlOp::kAdd, fd, events), 0);
  return epoll;
}

int SystemCallDriver::Control(int epoll, EpollCtlOp op, int fd,
                              uint32_t events) {
  const EpollEvent event{events, static_cast<uint64_t>(fd)};
  return epoll_.EpollCtl(epoll, op, fd, &event);
}

std::string SystemCallDriver::Wait(int epoll, absl::Duration timeout) {
  EpollEvent event;
  const int count =
      epoll_.EpollWait(epoll, absl::MakeSpan(&event, 1),
                       static_cast<int>(absl::ToInt64Milliseconds(timeout)));
  EXPECT_GE(count, 0);
  return count == 1 ? EpollText(event.events) : "nothing";
}

std::string SystemCallDriver::Next(int epoll) { return Wait(epoll, patience_); }

std::string SystemCallDriver::Now(int epoll) {
  return Wait(epoll, absl::ZeroDuration());
}

std::vector<int> SystemCallDriver::Ready(int epoll, size_t most) {
  std::array<EpollEvent, 8> events;
  const int count =
      epoll_.EpollWait(epoll, absl::MakeSpan(events.data(), most), 0);
  std::vector<int> fds;
  for (int i = 0; i < count; ++i) {
    fds.push_back(static_cast<int>(events[i].data));
  }
  return fds;
}

std::string SystemCallDriver::Level(int fd) {
  const int epoll = NewEpoll(fd, kEverything);
  const std::string text = Now(epoll);
  EXPECT_EQ(epoll_.EpollClose(epoll), 0);
  return text;
}

::testing::AssertionResult SystemCallDriver::Becomes(int fd,
                                                     absl::string_view mask) {
  return Becomes(fd, mask, [&] { return Level(fd); });
}

// Whatever changes is an edge of everything, and then it is asked again.
::testing::AssertionResult SystemCallDriver::Becomes(
    int fd, absl::string_view answer, absl::FunctionRef<std::string()> ask) {
  const int epoll = NewEpoll(fd, kEverything | kEpollEdgeTriggered);
  std::string seen = ask();
  while (seen != answer && Next(epoll) != "nothing") seen = ask();
  EXPECT_EQ(epoll_.EpollClose(epoll), 0);
  if (seen == answer) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "fd " << fd << " was to become "
                                       << answer << " and stayed " << seen;
}

}  // namespace cloche

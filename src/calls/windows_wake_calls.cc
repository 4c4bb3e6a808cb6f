#include "cloche/calls/windows_wake_calls.h"

#include <array>
#include <cerrno>

#include "absl/types/span.h"
#include "cloche/calls/windows_winsock.h"

namespace cloche {
namespace {

int KeepToItself(int fd) {
  const BOOL exclusive = TRUE;
  return OrWindowsError(
      setsockopt(ToSocket(fd), SOL_SOCKET, SO_EXCLUSIVEADDRUSE,
                 reinterpret_cast<const char*>(&exclusive), sizeof(exclusive)));
}

}  // namespace

int WindowsWakeCalls::OpenWake() {
  const int fd = sockets_.Socket(AddressFamily::kIpv4, SocketType::kDatagram);
  if (fd < 0) return fd;
  const int error = ConnectToItself(fd);
  if (error == 0) return fd;
  sockets_.Close(fd);
  return error;
}

int WindowsWakeCalls::ConnectToItself(int fd) {
  SocketAddress name;
  name.family = AddressFamily::kIpv4;
  name.ip = {127, 0, 0, 1};
  int error = KeepToItself(fd);
  if (error == 0) error = sockets_.Bind(fd, name);
  if (error == 0) error = sockets_.GetSockName(fd, &name);
  if (error == 0) error = sockets_.Connect(fd, name);
  return error;
}

int WindowsWakeCalls::SignalWake(int fd) {
  int64_t sent;
  do {
    sent = sockets_.Send(fd, "!", 0);
  } while (sent == -ENOBUFS && !IsReadable(fd));
  if (sent >= 0 || sent == -EAGAIN || sent == -ENOBUFS) return 0;
  return static_cast<int>(sent);
}

bool WindowsWakeCalls::IsReadable(int fd) {
  std::array<char, 1> room;
  return sockets_.Recv(fd, absl::MakeSpan(room), kReceivePeek) > 0;
}

int WindowsWakeCalls::DrainWake(int fd) {
  std::array<char, 1> room;
  int64_t received = 1;
  while (received > 0) received = sockets_.Recv(fd, absl::MakeSpan(room), 0);
  return received == -EAGAIN ? 0 : static_cast<int>(received);
}

int WindowsWakeCalls::CloseWake(int fd) { return sockets_.Close(fd); }

}  // namespace cloche

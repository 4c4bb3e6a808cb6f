#include "cloche/calls/windows_socket_calls.h"

#include <ws2tcpip.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <limits>

#include "cloche/calls/windows_socket_address.h"
#include "cloche/calls/windows_socket_options.h"

namespace cloche {
namespace {

// As on Linux (calls/linux_socket_calls.cc).
constexpr size_t kMaxPieces = 64;

// mingw-w64 10 lacks it. It is of mswsock.h of Windows.
constexpr DWORD kUdpConnReset = _WSAIOW(IOC_VENDOR, 12);

int ToWindowsType(SocketType type) {
  return type == SocketType::kStream ? SOCK_STREAM : SOCK_DGRAM;
}

int ToWindowsReceiveFlags(int flags) {
  return ((flags & kReceivePeek) != 0 ? MSG_PEEK : 0) |
         ((flags & kReceiveOutOfBand) != 0 ? MSG_OOB : 0);
}

int ToWindowsSendFlags(int flags) {
  return (flags & kSendOutOfBand) != 0 ? MSG_OOB : 0;
}

int ToWindowsHow(ShutdownHow how) {
  switch (how) {
    case ShutdownHow::kRead:
      return SD_RECEIVE;
    case ShutdownHow::kWrite:
      return SD_SEND;
    case ShutdownHow::kBoth:
      break;
  }
  return SD_BOTH;
}

// Of the simple calls, which take an int.
int ToWindowsSize(size_t size) {
  constexpr size_t kMost = std::numeric_limits<int>::max();
  return static_cast<int>(std::min(size, kMost));
}

// `error`; no socket is left behind.
int Refuse(SOCKET socket, int error) {
  closesocket(socket);
  return error;
}

// What the interface promises of a socket that was just made.
int Adopt(SOCKET socket) {
  if (socket == INVALID_SOCKET) return LastWindowsError();
  if (!FitsDescriptor(socket)) return Refuse(socket, -EMFILE);
  u_long non_blocking = 1;
  if (ioctlsocket(socket, FIONBIO, &non_blocking) != 0) {
    return Refuse(socket, LastWindowsError());
  }
  return static_cast<int>(socket);
}

// A system that does not know this call does not have the errors either.
void IgnoreUnwantedDatagrams(int fd) {
  BOOL wanted = FALSE;
  DWORD stored = 0;
  WSAIoctl(ToSocket(fd), kUdpConnReset, &wanted, sizeof(wanted), nullptr, 0,
           &stored, nullptr, nullptr);
}

// The pieces of a message, as Winsock takes them. `WSABUF` has no const form.
class Pieces {
 public:
  template <typename Buffers>
  explicit Pieces(const Buffers& buffers) {
    for (const auto& buffer : buffers) {
      pieces_[count_++] = {ToWindowsLength(buffer.size()),
                           const_cast<char*>(buffer.data())};
    }
  }
  WSABUF* data() { return pieces_.data(); }
  // Winsock does not take none.
  DWORD count() const { return std::max<DWORD>(count_, 1); }
  size_t bytes() const {
    size_t sum = 0;
    for (DWORD i = 0; i < count_; ++i) sum += pieces_[i].len;
    return sum;
  }

 private:
  std::array<WSABUF, kMaxPieces> pieces_ = {};
  DWORD count_ = 0;
};

template <typename Call>
int NameBy(Call call, int fd, SocketAddress* address) {
  WindowsSocketAddress name;
  const int result =
      OrWindowsError(call(ToSocket(fd), name.pointer(), &name.length));
  if (result == 0) *address = FromWindows(name.pointer(), name.length);
  return result;
}

}  // namespace

int WindowsSocketCalls::Socket(AddressFamily family, SocketType type) {
  const int windows_family = ToWindowsFamily(family);
  // Winsock would take its first protocol for "none".
  if (windows_family == AF_UNSPEC) return -EAFNOSUPPORT;
  const int fd = Adopt(WSASocketW(
      windows_family, ToWindowsType(type), /*protocol=*/0, nullptr, /*group=*/0,
      WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT));
  if (fd >= 0 && type == SocketType::kDatagram) IgnoreUnwantedDatagrams(fd);
  return fd;
}

int WindowsSocketCalls::SocketPair(int*) { return -EAFNOSUPPORT; }

int WindowsSocketCalls::Bind(int fd, const SocketAddress& address) {
  WindowsSocketAddress to = ToWindows(address);
  return OrWindowsError(bind(ToSocket(fd), to.pointer(), to.length));
}

int WindowsSocketCalls::Listen(int fd, int backlog) {
  return OrWindowsError(listen(ToSocket(fd), backlog));
}

int WindowsSocketCalls::Accept4(int fd, SocketAddress* peer) {
  WindowsSocketAddress from;
  const SOCKET accepted = accept(ToSocket(fd), from.pointer(), &from.length);
  const int result = Adopt(accepted);
  if (result < 0) return result;
  SetHandleInformation(ToHandle(result), HANDLE_FLAG_INHERIT, 0);
  if (peer != nullptr) *peer = FromWindows(from.pointer(), from.length);
  return result;
}

int WindowsSocketCalls::Connect(int fd, const SocketAddress& address) {
  WindowsSocketAddress to = ToWindows(address);
  const int result =
      OrWindowsError(connect(ToSocket(fd), to.pointer(), to.length));
  return result == -EAGAIN ? -EINPROGRESS : result;
}

int64_t WindowsSocketCalls::Recv(int fd, absl::Span<char> buffer, int flags) {
  const int count =
      recv(ToSocket(fd), buffer.data(), ToWindowsSize(buffer.size()),
           ToWindowsReceiveFlags(flags));
  if (count != SOCKET_ERROR) return count;
  const int error = LastWindowsError();
  return error == -EMSGSIZE ? static_cast<int64_t>(buffer.size()) : error;
}

int64_t WindowsSocketCalls::Send(int fd, absl::string_view data, int flags) {
  const int count = send(ToSocket(fd), data.data(), ToWindowsSize(data.size()),
                         ToWindowsSendFlags(flags));
  return count == SOCKET_ERROR ? LastWindowsError() : count;
}

int64_t WindowsSocketCalls::RecvMsg(int fd, ReceiveMessage& message) {
  if (message.buffers.size() > kMaxPieces) return -EMSGSIZE;
  Pieces pieces(message.buffers);
  DWORD count = 0;
  DWORD flags = ToWindowsReceiveFlags(message.flags);
  WindowsSocketAddress from;
  const int error = OrWindowsError(WSARecvFrom(
      ToSocket(fd), pieces.data(), pieces.count(), &count, &flags,
      from.pointer(), &from.length, /*overlapped=*/nullptr, nullptr));
  if (error != 0 && error != -EMSGSIZE) return error;
  message.truncated = error == -EMSGSIZE;
  if (message.from != nullptr) {
    *message.from = FromWindows(from.pointer(), from.length);
  }
  return static_cast<int64_t>(message.truncated ? pieces.bytes() : count);
}

int64_t WindowsSocketCalls::SendMsg(int fd, const SendMessage& message) {
  if (message.buffers.size() > kMaxPieces) return -EMSGSIZE;
  Pieces pieces(message.buffers);
  DWORD count = 0;
  WindowsSocketAddress to;
  if (message.to != nullptr) to = ToWindows(*message.to);
  const int error = OrWindowsError(WSASendTo(
      ToSocket(fd), pieces.data(), pieces.count(), &count,
      ToWindowsSendFlags(message.flags),
      message.to != nullptr ? to.pointer() : nullptr,
      message.to != nullptr ? to.length : 0, /*overlapped=*/nullptr, nullptr));
  return error != 0 ? error : static_cast<int64_t>(count);
}

int WindowsSocketCalls::Shutdown(int fd, ShutdownHow how) {
  return OrWindowsError(shutdown(ToSocket(fd), ToWindowsHow(how)));
}

int WindowsSocketCalls::Close(int fd) {
  return OrWindowsError(closesocket(ToSocket(fd)));
}

int WindowsSocketCalls::GetSockOpt(int fd, SocketOption option, int* value) {
  return GetWindowsOption(fd, option, value);
}

int WindowsSocketCalls::SetSockOpt(int fd, SocketOption option, int value) {
  return SetWindowsOption(fd, option, value);
}

int WindowsSocketCalls::GetSockName(int fd, SocketAddress* address) {
  return NameBy(getsockname, fd, address);
}

int WindowsSocketCalls::GetPeerName(int fd, SocketAddress* address) {
  return NameBy(getpeername, fd, address);
}

}  // namespace cloche

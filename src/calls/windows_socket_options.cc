#include "cloche/calls/windows_socket_options.h"

#include <ws2tcpip.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "cloche/calls/windows_errors.h"
#include "cloche/calls/windows_winsock.h"

namespace cloche {
namespace {

// mingw-w64 10 lacks these. They are of ws2ipdef.h of Windows.
constexpr int kTcpKeepIdle = 3;
constexpr int kTcpKeepCount = 16;
constexpr int kTcpKeepInterval = 17;

struct WindowsOption {
  int level;
  int name;
};
constexpr WindowsOption kNoOption = {-1, -1};

WindowsOption ToWindowsOption(SocketOption option) {
  switch (option) {
    case SocketOption::kReuseAddress:
      return {SOL_SOCKET, SO_REUSEADDR};
    case SocketOption::kError:
      return {SOL_SOCKET, SO_ERROR};
    case SocketOption::kSendBuffer:
      return {SOL_SOCKET, SO_SNDBUF};
    case SocketOption::kReceiveBuffer:
      return {SOL_SOCKET, SO_RCVBUF};
    case SocketOption::kKeepAlive:
      return {SOL_SOCKET, SO_KEEPALIVE};
    case SocketOption::kKeepAliveIdle:
      return {IPPROTO_TCP, kTcpKeepIdle};
    case SocketOption::kKeepAliveInterval:
      return {IPPROTO_TCP, kTcpKeepInterval};
    case SocketOption::kKeepAliveCount:
      return {IPPROTO_TCP, kTcpKeepCount};
    case SocketOption::kLinger:
      return {SOL_SOCKET, SO_LINGER};
    case SocketOption::kNoDelay:
      return {IPPROTO_TCP, TCP_NODELAY};
    case SocketOption::kIpv6Only:
      return {IPPROTO_IPV6, IPV6_V6ONLY};
    case SocketOption::kOutOfBandInline:
      return {SOL_SOCKET, SO_OOBINLINE};
    case SocketOption::kReusePort:
    case SocketOption::kDeferAccept:
      break;
  }
  return kNoOption;
}

template <typename Value>
int GetOption(int fd, WindowsOption option, Value& value) {
  int length = sizeof(value);
  return OrWindowsError(getsockopt(ToSocket(fd), option.level, option.name,
                                   reinterpret_cast<char*>(&value), &length));
}

template <typename Value>
int SetOption(int fd, WindowsOption option, const Value& value) {
  return OrWindowsError(setsockopt(ToSocket(fd), option.level, option.name,
                                   reinterpret_cast<const char*>(&value),
                                   sizeof(value)));
}

// SO_LINGER alone takes a struct; the interface has one int for it. Of more
// seconds than fit, 18 hours, the lower 16 bits would be a short time or none.
int SetLinger(int fd, int seconds) {
  constexpr int kMost = std::numeric_limits<u_short>::max();
  const linger value = {
      .l_onoff = static_cast<u_short>(seconds >= 0),
      .l_linger = static_cast<u_short>(std::clamp(seconds, 0, kMost))};
  return SetOption(fd, {SOL_SOCKET, SO_LINGER}, value);
}

int GetLinger(int fd, int* seconds) {
  linger value = {};
  const int result = GetOption(fd, {SOL_SOCKET, SO_LINGER}, value);
  if (result == 0) *seconds = value.l_onoff != 0 ? value.l_linger : -1;
  return result;
}

}  // namespace

int GetWindowsOption(int fd, SocketOption option, int* value) {
  if (option == SocketOption::kLinger) return GetLinger(fd, value);
  const WindowsOption windows_option = ToWindowsOption(option);
  if (windows_option.level == kNoOption.level) return -ENOPROTOOPT;
  int stored = 0;  // Of some options Windows stores one byte.
  const int result = GetOption(fd, windows_option, stored);
  if (result != 0) return result;
  *value = option == SocketOption::kError
               ? ErrnoOfWindowsError(static_cast<uint32_t>(stored))
               : stored;
  return 0;
}

int SetWindowsOption(int fd, SocketOption option, int value) {
  if (option == SocketOption::kLinger) return SetLinger(fd, value);
  if (option == SocketOption::kReuseAddress) return 0;
  if (option == SocketOption::kDeferAccept) return 0;
  const WindowsOption windows_option = ToWindowsOption(option);
  if (windows_option.level == kNoOption.level) return -ENOPROTOOPT;
  return SetOption(fd, windows_option, value);
}

}  // namespace cloche

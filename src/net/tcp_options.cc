#include "cloche/net/tcp_options.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/base/errors.h"
#include "cloche/calls/socket_calls.h"

namespace cloche {
namespace {

absl::string_view OptionName(SocketOption option) {
  switch (option) {
    case SocketOption::kReuseAddress:
      return "SO_REUSEADDR";
    case SocketOption::kReusePort:
      return "SO_REUSEPORT";
    case SocketOption::kError:
      return "SO_ERROR";
    case SocketOption::kSendBuffer:
      return "SO_SNDBUF";
    case SocketOption::kReceiveBuffer:
      return "SO_RCVBUF";
    case SocketOption::kKeepAlive:
      return "SO_KEEPALIVE";
    case SocketOption::kKeepAliveIdle:
      return "TCP_KEEPIDLE";
    case SocketOption::kKeepAliveInterval:
      return "TCP_KEEPINTVL";
    case SocketOption::kKeepAliveCount:
      return "TCP_KEEPCNT";
    case SocketOption::kLinger:
      return "SO_LINGER";
    case SocketOption::kNoDelay:
      return "TCP_NODELAY";
    case SocketOption::kDeferAccept:
      return "TCP_DEFER_ACCEPT";
    case SocketOption::kIpv6Only:
      return "IPV6_V6ONLY";
    case SocketOption::kOutOfBandInline:
      return "SO_OOBINLINE";
  }
  return "an unknown option";
}

// Rounded up. What is too long for an int is too long for the system as well,
// and it will say so.
int WholeSeconds(absl::Duration duration) {
  const int64_t seconds =
      absl::ToInt64Seconds(absl::Ceil(duration, absl::Seconds(1)));
  constexpr int64_t kMost = std::numeric_limits<int>::max();
  return static_cast<int>(std::min(seconds, kMost));
}

absl::Status ApplyKeepAlive(SocketCalls& calls, int fd, const KeepAlive& keep) {
  absl::Status status = SetSocketOption(calls, fd, SocketOption::kKeepAlive, 1);
  status.Update(SetSocketOption(calls, fd, SocketOption::kKeepAliveIdle,
                                WholeSeconds(keep.idle)));
  status.Update(SetSocketOption(calls, fd, SocketOption::kKeepAliveInterval,
                                WholeSeconds(keep.interval)));
  status.Update(
      SetSocketOption(calls, fd, SocketOption::kKeepAliveCount, keep.count));
  return status;
}

}  // namespace

absl::Status SetDeferAccept(SocketCalls& calls, int fd, absl::Duration most) {
  return SetSocketOption(calls, fd, SocketOption::kDeferAccept,
                         WholeSeconds(most));
}

absl::Status SetSocketOption(SocketCalls& calls, int fd, SocketOption option,
                             int value) {
  const int result = calls.SetSockOpt(fd, option, value);
  if (result >= 0) return absl::OkStatus();
  return ErrnoStatus(result, absl::StrCat("set ", OptionName(option), " to ",
                                          value, " on fd ", fd));
}

absl::Status ApplyTcpOptions(SocketCalls& calls, int fd,
                             const TcpOptions& options) {
  absl::Status status;
  if (options.no_delay) {
    status.Update(SetSocketOption(calls, fd, SocketOption::kNoDelay, 1));
  }
  if (options.keep_alive.has_value()) {
    status.Update(ApplyKeepAlive(calls, fd, *options.keep_alive));
  }
  if (options.send_buffer_bytes.has_value()) {
    status.Update(SetSocketOption(calls, fd, SocketOption::kSendBuffer,
                                  *options.send_buffer_bytes));
  }
  if (options.receive_buffer_bytes.has_value()) {
    status.Update(SetSocketOption(calls, fd, SocketOption::kReceiveBuffer,
                                  *options.receive_buffer_bytes));
  }
  return status;
}

}  // namespace cloche

// Socket options of FakeUnixSocket: socket(7), unix(7).
//
// Facts about options (measured on Linux 6.18)
//   * Those of TCP and IPv6 are EOPNOTSUPP, to set and to get; so is
//     SO_REUSEPORT, but only to set to 1.
//   * All others of SOL_SOCKET can be set, and then mean nothing: SO_KEEPALIVE,
//     SO_LINGER, SO_REUSEADDR. SO_RCVBUF neither: what was sent counts against
//     the sender's SO_SNDBUF until it is read.

#include <cerrno>
#include <utility>

#include "cloche/fakes/fake_buffer_sizes.h"
#include "cloche/fakes/fake_unix.h"

namespace cloche {
namespace {

bool IsOfTheInternet(SocketOption option) {
  switch (option) {
    case SocketOption::kKeepAliveIdle:
    case SocketOption::kKeepAliveInterval:
    case SocketOption::kKeepAliveCount:
    case SocketOption::kNoDelay:
    case SocketOption::kDeferAccept:
    case SocketOption::kIpv6Only:
      return true;
    default:
      return false;
  }
}

}  // namespace

FakeUnixSocket::FakeUnixSocket(FakeUnixNames& names) : names_(names) {
  Option(SocketOption::kSendBuffer) = kDefaultBufferSize;
  Option(SocketOption::kReceiveBuffer) = kDefaultBufferSize;
  Option(SocketOption::kLinger) = -1;
}

int FakeUnixSocket::TakeError() { return std::exchange(error_, 0); }

size_t FakeUnixSocket::send_capacity() const {
  return Option(SocketOption::kSendBuffer) / 2;
}

int FakeUnixSocket::GetOption(SocketOption option, int* value) {
  if (IsOfTheInternet(option)) return -EOPNOTSUPP;
  *value = option == SocketOption::kError ? TakeError() : Option(option);
  return 0;
}

int FakeUnixSocket::SetOption(SocketOption option, int value) {
  if (IsOfTheInternet(option)) return -EOPNOTSUPP;
  switch (option) {
    case SocketOption::kError:
      return -ENOPROTOOPT;  // Read only.
    case SocketOption::kReusePort:
      return value != 0 ? -EOPNOTSUPP : 0;
    case SocketOption::kSendBuffer:
      value = SendBufferSize(value);
      break;
    case SocketOption::kReceiveBuffer:
      value = ReceiveBufferSize(value);
      break;
    case SocketOption::kLinger:
      break;
    default:
      value = value != 0;
      break;
  }
  Option(option) = value;
  return 0;
}

}  // namespace cloche

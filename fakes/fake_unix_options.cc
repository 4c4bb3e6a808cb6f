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

FakeUnixSocket::FakeUnixSocket(FakeUnixNames& names) : names_(names) {}

int FakeUnixSocket::TakeError() { return std::exchange(error_, 0); }

int FakeUnixSocket::GetOption(SocketOption option, int* value) {
  if (IsOfTheInternet(option)) return -EOPNOTSUPP;
  *value = option == SocketOption::kError ? TakeError() : Option(option);
  return 0;
}

int FakeUnixSocket::SetOption(SocketOption option, int value) {
  if (IsOfTheInternet(option)) return -EOPNOTSUPP;
  if (option == SocketOption::kError) return -ENOPROTOOPT;  // Read only.
  if (option == SocketOption::kReusePort) return value != 0 ? -EOPNOTSUPP : 0;
  Option(option) = KeptValue(option, value);
  return 0;
}

}  // namespace cloche

// Socket options of FakeTcpSocket: socket(7), tcp(7), ipv6(7).
//
// What is kept of what was set: fakes/fake_socket_options.h.

#include <cerrno>
#include <utility>

#include "cloche/fakes/fake_tcp.h"

namespace cloche {

FakeTcpSocket::FakeTcpSocket(FakeTcpStack& stack, AddressFamily family)
    : stack_(stack), family_(family) {
  Option(SocketOption::kKeepAliveIdle) = 7200;
  Option(SocketOption::kKeepAliveInterval) = 75;
  Option(SocketOption::kKeepAliveCount) = 9;
}

int FakeTcpSocket::TakeError() { return std::exchange(error_, 0); }

int FakeTcpSocket::GetOption(SocketOption option, int* value) {
  if (option == SocketOption::kIpv6Only && family_ != AddressFamily::kIpv6) {
    return -EOPNOTSUPP;
  }
  *value = option == SocketOption::kError ? TakeError() : Option(option);
  return 0;
}

int FakeTcpSocket::SetOption(SocketOption option, int value) {
  switch (option) {
    case SocketOption::kError:
      return -ENOPROTOOPT;  // Read only.
    case SocketOption::kKeepAliveIdle:
    case SocketOption::kKeepAliveInterval:
      if (value < 1 || value > 32767) return -EINVAL;
      break;
    case SocketOption::kKeepAliveCount:
      if (value < 1 || value > 127) return -EINVAL;
      break;
    case SocketOption::kIpv6Only:
      if (family_ != AddressFamily::kIpv6) return -ENOPROTOOPT;
      // Where it is bound says already what it will be sent.
      if (holds_port_) return -EINVAL;
      break;
    default:
      break;
  }
  Option(option) = KeptValue(option, value);
  return 0;
}

}  // namespace cloche

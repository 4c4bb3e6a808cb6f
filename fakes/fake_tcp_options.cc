// Socket options of FakeTcpSocket: socket(7), tcp(7), ipv6(7).
//
// What SO_SNDBUF and SO_RCVBUF mean: fakes/fake_buffer_sizes.h.

#include <cerrno>
#include <utility>

#include "cloche/fakes/fake_buffer_sizes.h"
#include "cloche/fakes/fake_tcp.h"

namespace cloche {

FakeTcpSocket::FakeTcpSocket(FakeTcpStack& stack, AddressFamily family)
    : stack_(stack), family_(family) {
  Option(SocketOption::kSendBuffer) = kDefaultBufferSize;
  Option(SocketOption::kReceiveBuffer) = kDefaultBufferSize;
  Option(SocketOption::kKeepAliveIdle) = 7200;
  Option(SocketOption::kKeepAliveInterval) = 75;
  Option(SocketOption::kKeepAliveCount) = 9;
  Option(SocketOption::kLinger) = -1;
}

int FakeTcpSocket::TakeError() { return std::exchange(error_, 0); }

size_t FakeTcpSocket::send_capacity() const {
  return Option(SocketOption::kSendBuffer) / 2;
}

size_t FakeTcpSocket::receive_capacity() const {
  return Option(SocketOption::kReceiveBuffer) / 2;
}

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
    case SocketOption::kSendBuffer:
      value = SendBufferSize(value);
      break;
    case SocketOption::kReceiveBuffer:
      value = ReceiveBufferSize(value);
      break;
    case SocketOption::kKeepAliveIdle:
    case SocketOption::kKeepAliveInterval:
      if (value < 1 || value > 32767) return -EINVAL;
      break;
    case SocketOption::kKeepAliveCount:
      if (value < 1 || value > 127) return -EINVAL;
      break;
    case SocketOption::kLinger:
    case SocketOption::kDeferAccept:
      break;
    case SocketOption::kIpv6Only:
      if (family_ != AddressFamily::kIpv6) return -ENOPROTOOPT;
      // Where it is bound says already what it will be sent.
      if (holds_port_) return -EINVAL;
      value = value != 0;
      break;
    case SocketOption::kReuseAddress:
    case SocketOption::kReusePort:
    case SocketOption::kKeepAlive:
    case SocketOption::kNoDelay:
    case SocketOption::kOutOfBandInline:
      value = value != 0;
      break;
  }
  Option(option) = value;
  return 0;
}

}  // namespace cloche

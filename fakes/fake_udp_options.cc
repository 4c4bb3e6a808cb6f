// Socket options of FakeUdpSocket: socket(7), udp(7), ipv6(7).
//
// Facts about options (measured on Linux 6.18)
//   * Those of the socket itself are all there, SO_KEEPALIVE, SO_LINGER and
//     SO_OOBINLINE too, and some mean nothing.
//   * Those of TCP are not there: to set one is ENOPROTOOPT, and so is to read
//     one of an IPv6 socket; of an IPv4 socket it is EOPNOTSUPP.
//   * The buffers have 212,992 bytes at first (net.core.rmem_default).
//
// Next: fakes/fake_socket_options.h; fakes/fake_tcp_options.cc, to compare.

#include <cerrno>
#include <utility>

#include "cloche/fakes/fake_addresses.h"
#include "cloche/fakes/fake_udp.h"

namespace cloche {
namespace {

constexpr int kDefaultBufferBytes = 212992;  // As reported.

bool IsOfTcp(SocketOption option) {
  return option == SocketOption::kKeepAliveIdle ||
         option == SocketOption::kKeepAliveInterval ||
         option == SocketOption::kKeepAliveCount ||
         option == SocketOption::kNoDelay ||
         option == SocketOption::kDeferAccept;
}

}  // namespace

FakeUdpSocket::FakeUdpSocket(FakeUdpStack& stack, AddressFamily family)
    : FakeSocket(kDefaultBufferBytes),
      stack_(stack),
      family_(family),
      local_(Any()) {}

int FakeUdpSocket::TakeError() { return std::exchange(error_, 0); }

int FakeUdpSocket::GetOption(SocketOption option, int* value) {
  const bool v6 = family_ == AddressFamily::kIpv6;
  if (option == SocketOption::kIpv6Only && !v6) return -EOPNOTSUPP;
  if (IsOfTcp(option)) return v6 ? -ENOPROTOOPT : -EOPNOTSUPP;
  *value = option == SocketOption::kError ? TakeError() : Option(option);
  return 0;
}

int FakeUdpSocket::SetOption(SocketOption option, int value) {
  if (IsOfTcp(option) || option == SocketOption::kError) return -ENOPROTOOPT;
  if (option == SocketOption::kIpv6Only) {
    if (family_ != AddressFamily::kIpv6) return -ENOPROTOOPT;
    // Where it is bound says already what it will be sent.
    if (has_port()) return -EINVAL;
  }
  Option(option) = KeptValue(option, value);
  return 0;
}

}  // namespace cloche

#include "cloche/fakes/fake_host.h"

#include <utility>

#include "cloche/fakes/fake_addresses.h"

namespace cloche {

FakeHost::FakeHost(FakeNetwork& network, std::string name, uint8_t number)
    : network_(network),
      name_(std::move(name)),
      number_(number),
      tcp_(network, *this) {}

SocketAddress FakeHost::Address(AddressFamily family, uint16_t port) const {
  if (family == AddressFamily::kIpv4) {
    return Ipv4Address(10, 0, 0, number_, port);
  }
  SocketAddress address = Ipv6Any(port);
  address.ip[0] = 0xfd;
  address.ip[15] = number_;
  return address;
}

bool FakeHost::HasAddress(const SocketAddress& address) const {
  if (IsLoopback(address)) return true;
  const SocketAddress wire = ToWireForm(address);
  return wire.ip == Address(wire.family).ip;
}

int FakeHost::CallClose(CallKind kind, int fd) {
  const int error = faults_.Enter(kind);
  const int result = descriptors_.Close(fd);
  network_.DeliverDue();
  return result == 0 ? -error : result;
}

}  // namespace cloche

// FakeUdpSocket: addresses, peers, and what Poll says.

#include "cloche/fakes/fake_udp.h"

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cloche/calls/epoll_calls.h"
#include "cloche/fakes/fake_addresses.h"
#include "cloche/fakes/fake_host.h"

namespace cloche {

FakeUdpSocket::~FakeUdpSocket() { ReleasePort(); }

// --- Addresses --------------------------------------------------------------

SocketAddress FakeUdpSocket::Any() const {
  return family_ == AddressFamily::kIpv4 ? Ipv4Any() : Ipv6Any();
}

void FakeUdpSocket::TakePort(SocketAddress local) { local_ = std::move(local); }

void FakeUdpSocket::ReleasePort() {
  if (has_port()) stack_.ReleasePort(*this);
  local_.port = 0;
}

// Linux: an IPv4 socket that is given an IPv6 address says EAFNOSUPPORT; the
// other way round the address is too short for it, and it says EINVAL.
int FakeUdpSocket::Bind(const SocketAddress& address) {
  if (address.family != family_) {
    return family_ == AddressFamily::kIpv6 ? -EINVAL : -EAFNOSUPPORT;
  }
  if (has_port()) return -EINVAL;
  const SocketAddress wire = ToWireForm(address);
  if (wire.family != family_ && v6_only()) return -EINVAL;
  const int result = stack_.Bind(*this, wire);
  if (result != 0) {
    local_ = Any();  // Whatever it was before.
    return result;
  }
  keeps_address_ = !IsAny(wire);
  keeps_port_ = wire.port != 0;
  return 0;
}

// Linux's inet_autobind.
int FakeUdpSocket::BindIfUnbound() {
  if (has_port()) return 0;
  return stack_.Bind(*this, local_) == 0 ? 0 : -EAGAIN;
}

// The order of these questions is Linux's. Unlike bind(2), an IPv6 socket takes
// IPv4 addresses here, as if they were mapped ones.
int FakeUdpSocket::FindDestination(const SocketAddress& address,
                                   SocketAddress& destination) const {
  const bool v6 = family_ == AddressFamily::kIpv6;
  if (!v6 && address.family != family_) return -EAFNOSUPPORT;
  destination = ToWireForm(address);
  const bool to_v4 = destination.family == AddressFamily::kIpv4;
  if (to_v4 && v6_only()) return -ENETUNREACH;
  if (IsAny(destination)) {
    destination =
        to_v4 ? Ipv4Loopback(address.port) : Ipv6Loopback(address.port);
  }
  const SocketAddress source = SourceFor(destination);
  if (source.family != destination.family) {
    return to_v4 ? -ENETUNREACH : -EAFNOSUPPORT;
  }
  // An IPv4 address of loopback has no route to another host. That of IPv6 has
  // one, and what is sent on it is lost (FakeNetwork::Transmit).
  const bool leaves = !stack_.host().HasAddress(destination);
  return to_v4 && leaves && IsLoopback(source) ? -EINVAL : 0;
}

SocketAddress FakeUdpSocket::SourceFor(const SocketAddress& destination) const {
  if (!IsAny(local_)) return local_;
  return WithPort(stack_.host().SourceFor(destination), local_.port);
}

int FakeUdpSocket::Connect(const SocketAddress& address) {
  if (address.family == AddressFamily::kUnspecified) {
    Disconnect();
    return 0;
  }
  const int unbound = BindIfUnbound();
  if (unbound != 0) return unbound;
  SocketAddress destination;
  const int error = FindDestination(address, destination);
  if (error != 0) return error;
  local_ = SourceFor(destination);
  peer_ = destination;
  connected_ = true;
  // Linux keeps the addresses of both in one place (inet->cork.fl).
  if (draft_.has_value()) {
    draft_->source = local_;
    draft_->destination = peer_;
  }
  return 0;
}

// Linux's __udp_disconnect: an error and a shutdown stay.
void FakeUdpSocket::Disconnect() {
  connected_ = false;
  peer_ = SocketAddress();
  if (!keeps_port_) ReleasePort();
  if (!keeps_address_) local_ = WithPort(Any(), local_.port);
}

int FakeUdpSocket::GetLocalAddress(SocketAddress* address) {
  *address = ToFamily(local_, family_);
  return 0;
}

// A peer at port 0 can be connected to, and is none.
int FakeUdpSocket::GetPeerAddress(SocketAddress* address) {
  if (!connected_ || peer_.port == 0) return -ENOTCONN;
  *address = ToFamily(peer_, family_);
  return 0;
}

std::string FakeUdpSocket::Describe() const {
  std::string text = absl::StrCat("UDP ", ToText(local_));
  if (connected_) absl::StrAppend(&text, " to ", ToText(peer_));
  return text;
}

// --- Ends -------------------------------------------------------------------

// inet_shutdown: "wake up other listeners, who can poll for EPOLLHUP, even on
// eg. unconnected UDP sockets", as Linux's own comment has it.
int FakeUdpSocket::Shutdown(ShutdownHow how) {
  shutdown_ |= HalvesOf(how);
  Notify(0);
  return connected_ ? 0 : -ENOTCONN;
}

void FakeUdpSocket::OnClosed() {
  FakeSocket::OnClosed();
  ReleasePort();
}

void FakeUdpSocket::OnRefused() { Break(ECONNREFUSED); }

// A refusal is all that can break here, and only who is connected hears of it.
void FakeUdpSocket::Break(int error) {
  if (!connected_ || error != ECONNREFUSED) return;
  error_ = error;
  Notify(kEpollErr);
}

// --- Readiness --------------------------------------------------------------

// Linux's datagram_poll. The table is docs/readiness.md.
uint32_t FakeUdpSocket::Poll() {
  uint32_t mask = kEpollOut;
  if (error_ != 0) mask |= kEpollErr;
  if ((shutdown_ & kShutRead) != 0) mask |= kEpollIn | kEpollRdHup;
  if (shutdown_ == kShutBoth) mask |= kEpollHup;
  if (!queue_.empty()) mask |= kEpollIn;
  return mask;
}

// filt_soreceive and filt_sosend in FreeBSD's uipc_socket.c. The data is that
// of all datagrams together; what makes ready is that there is one at all,
// since its sender's name is in the buffer too.
FakeFilterState FakeUdpSocket::LookForRead() {
  FakeFilterState state;
  for (const FakeDatagram& datagram : queue_) {
    state.data += static_cast<int64_t>(datagram.payload.size());
  }
  state.end = (shutdown_ & kShutRead) != 0;
  state.error = error_;
  state.ready = state.end || state.error != 0 || !queue_.empty();
  return state;
}

FakeFilterState FakeUdpSocket::LookForWrite() {
  return {.ready = true,
          .data = static_cast<int64_t>(send_capacity()),
          .end = (shutdown_ & kShutWrite) != 0,
          .error = error_};
}

}  // namespace cloche

// FakeUdpSocket: datagrams, in and out.

#include <algorithm>
#include <cerrno>
#include <utility>

#include "cloche/calls/epoll_calls.h"
#include "cloche/fakes/fake_addresses.h"
#include "cloche/fakes/fake_udp.h"

namespace cloche {
namespace {

// An IP packet has a length of 16 bits. That of IPv4 counts its own header of
// 20 bytes too; UDP's header has 8 (RFC 768, 791, 8200).
size_t MostBytesTo(const SocketAddress& destination) {
  return destination.family == AddressFamily::kIpv4 ? 65535 - 20 - 8
                                                    : 65535 - 8;
}

// What it takes up in a receive buffer: an empty one is not nothing.
size_t CostOf(const FakeDatagram& datagram) {
  return std::max<size_t>(datagram.payload.size(), 1);
}

size_t CopyOut(absl::string_view bytes, const ReceiveMessage& message) {
  size_t copied = 0;
  for (const absl::Span<char>& buffer : message.buffers) {
    const absl::string_view part = bytes.substr(copied, buffer.size());
    std::copy(part.begin(), part.end(), buffer.begin());
    copied += part.size();
  }
  return copied;
}

}  // namespace

// --- Sending ----------------------------------------------------------------

// The order of the questions, here and in what it calls, is that of Linux's
// udp_sendmsg. It has a port even if it then fails.
int64_t FakeUdpSocket::Send(const SendMessage& message) {
  const int unbound = BindIfUnbound();
  if (unbound != 0) return unbound;
  if ((message.flags & kSendOutOfBand) != 0) return -EOPNOTSUPP;
  int result = draft_.has_value() ? 0 : Begin(message.to);
  if (result != 0) return result;
  const size_t size_before = draft_->payload.size();
  result = Append(message);
  if (result != 0) {
    draft_.reset();
    return result;
  }
  const auto sent = static_cast<int64_t>(draft_->payload.size() - size_before);
  if ((message.flags & kSendMore) != 0) return sent;
  stack_.Transmit(*std::exchange(draft_, std::nullopt));
  Notify(kEpollOut);
  return sent;
}

// A datagram to `to`, or to the peer if that is null, with nothing in it yet.
int FakeUdpSocket::Begin(const SocketAddress* to) {
  FakeDatagram datagram;
  if (to != nullptr) {
    const int error = FindDestination(*to, datagram.destination);
    if (to->port == 0 && error != -EAFNOSUPPORT) return -EINVAL;
    if (error != 0) return error;
  } else {
    if (!connected_) return -EDESTADDRREQ;
    datagram.destination = peer_;
  }
  datagram.source = SourceFor(datagram.destination);
  draft_ = std::move(datagram);
  return 0;
}

int FakeUdpSocket::Append(const SendMessage& message) {
  const bool begins = draft_->payload.empty();
  for (const absl::string_view bytes : message.buffers) {
    draft_->payload.append(bytes.data(), bytes.size());
  }
  if (draft_->payload.size() > MostBytesTo(draft_->destination)) {
    return -EMSGSIZE;
  }
  // Whoever only completes one is not asked again.
  if (!begins) return 0;
  if (error_ != 0) return -TakeError();
  return (shutdown_ & kShutWrite) != 0 ? -EPIPE : 0;
}

// --- Receiving --------------------------------------------------------------

void FakeUdpSocket::OnDatagram(const FakeDatagram& datagram) {
  if (!HasRoomFor(datagram)) return;
  queued_bytes_ += CostOf(datagram);
  queue_.push_back(datagram);
  Notify(kEpollIn | kEpollPri);
}

bool FakeUdpSocket::HasRoomFor(const FakeDatagram& datagram) const {
  return queue_.empty() ||
         queued_bytes_ + CostOf(datagram) <= receive_capacity();
}

// Nothing here is out of band: Linux's UDP does not look at that flag.
int64_t FakeUdpSocket::Receive(ReceiveMessage& message) {
  if (error_ != 0) return -TakeError();
  if (queue_.empty()) return -EAGAIN;
  const FakeDatagram& datagram = queue_.front();
  const size_t copied = CopyOut(datagram.payload, message);
  message.truncated = copied < datagram.payload.size();
  if (message.from != nullptr) {
    *message.from = ToFamily(datagram.source, family_);
  }
  if ((message.flags & kReceivePeek) == 0) {
    queued_bytes_ -= CostOf(datagram);
    queue_.pop_front();
  }
  return static_cast<int64_t>(copied);
}

}  // namespace cloche

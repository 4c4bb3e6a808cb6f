// FakeTcpSocket: connecting.
//
//   connect ─► SYN ── 1, 2, 3, 4, 5, 7, 11 ... s ─► SYN again ── ... ─► 131 s:
//               │                                      │            ETIMEDOUT
//               └─────────────── answered ─────────────┘
//
// Next: OnAnswerToSyn in fakes/fake_tcp_segments.cc, the answer.

#include <cerrno>
#include <iterator>
#include <utility>

#include "cloche/calls/epoll_calls.h"
#include "cloche/fakes/fake_addresses.h"
#include "cloche/fakes/fake_tcp.h"

namespace cloche {
namespace {

// How long after each SYN the next one goes out, in seconds; after the last,
// connect gives up. Linux: tcp_syn_retries 6 on top of tcp_syn_linear_timeouts
// 4 (measured on Linux 6.18).
constexpr int kSynRetrySeconds[] = {1, 1, 1, 1, 1, 2, 4, 8, 16, 32, 64};

// Three unanswered ARP requests, one second apart (arp(7): mcast_solicit).
constexpr absl::Duration kUnreachableAfter = absl::Seconds(3);

}  // namespace

int FakeTcpSocket::Connect(const SocketAddress& address) {
  const int mismatch = CheckFamily(address);
  if (mismatch != 0) return mismatch;
  switch (connect_calls_) {
    case ConnectCalls::kConnected:
      return -EISCONN;
    case ConnectCalls::kOver:
      return -EINVAL;
    case ConnectCalls::kConnecting:
      return ConnectAgain();
    case ConnectCalls::kNone:
      break;
  }
  if (state_ != State::kClosed) return -EISCONN;  // It listens.
  SocketAddress destination = ToWireForm(address);
  if (destination.family != family_ && v6_only()) return -ENETUNREACH;
  if (IsAny(destination)) {
    const bool v4 = destination.family == AddressFamily::kIpv4;
    destination = v4 ? Ipv4Loopback(address.port) : Ipv6Loopback(address.port);
  }
  return StartConnect(destination);
}

// The second connect(2) on a non-blocking socket asks how the first one went.
int FakeTcpSocket::ConnectAgain() {
  if (state_ == State::kSynSent) return -EALREADY;
  if (state_ != State::kClosed) {
    connect_calls_ = ConnectCalls::kConnected;
    return 0;
  }
  // It failed: say so once, and be as new, ready for another attempt.
  const int error = TakeError();
  Disconnect();
  return error != 0 ? -error : -ECONNABORTED;
}

// tcp_disconnect, of a socket that is closed already: as new, but for its
// options and for what bind(2) was told. It is an error report to whoever
// polls, although there is no error.
void FakeTcpSocket::Disconnect() {
  connect_calls_ = ConnectCalls::kNone;
  shutdown_ = 0;
  peer_ = SocketAddress();
  if (!keeps_address_) local_ = WithPort(Any(), local_.port);
  peer_finished_ = false;
  fin_sent_ = false;
  receive_buffer_.Clear();
  urgent_ = Urgent::kNone;
  urgent_end_ = 0;
  Notify(kEpollErr);
}

int FakeTcpSocket::StartConnect(const SocketAddress& destination) {
  const SocketAddress source =
      keeps_address_ ? WithPort(local_, 0) : stack_.SourceFor(destination);
  // An IPv4 address of loopback has no route to another host. That of IPv6 has
  // one, and what is sent on it is lost (FakeNetwork::Transmit).
  const bool from_v4 = source.family == AddressFamily::kIpv4;
  if (from_v4 && IsLoopback(source) && stack_.Leaves(destination)) {
    return -EINVAL;
  }
  if (!holds_port_) {
    const int result = stack_.Bind(*this, source);
    if (result == -EADDRINUSE) return -EADDRNOTAVAIL;  // Ports exhausted.
    if (result != 0) return result;
  } else if (IsAny(local_)) {
    local_ = WithPort(source, local_.port);
  }
  if (stack_.HasConnection(local_, destination)) return -EADDRNOTAVAIL;
  peer_ = destination;
  connect_calls_ = ConnectCalls::kConnecting;
  state_ = State::kSynSent;
  initial_ = unacknowledged_ = next_ = stack_.NextInitialNumber();
  syns_sent_ = 0;
  stack_.AddConnection(shared_from_this());
  if (const int error = stack_.ConnectError(); error != 0) {
    Fail(error);  // Without a SYN.
  } else if (stack_.network().FindRoute(peer_) == FakeNetwork::Route::kNobody) {
    FakeNetwork& network = stack_.network();
    timer_ = network.At(network.clock().Now() + kUnreachableAfter,
                        [this] { Fail(EHOSTUNREACH); });
  } else {
    SendSyn();
  }
  return -EINPROGRESS;
}

void FakeTcpSocket::SendSyn() {
  FakeNetwork& network = stack_.network();
  if (syns_sent_ == std::size(kSynRetrySeconds)) return Fail(ETIMEDOUT);
  FakeSegment syn = MakeSegment();
  syn.syn = true;
  syn.ack = false;
  syn.sequence = initial_;  // Also the second time.
  stack_.Transmit(std::move(syn));
  next_ = initial_ + 1;
  const absl::Time retry =
      network.clock().Now() + absl::Seconds(kSynRetrySeconds[syns_sent_++]);
  timer_ = network.At(retry, [this] { SendSyn(); });
}

}  // namespace cloche

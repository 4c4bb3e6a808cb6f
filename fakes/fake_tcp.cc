// FakeTcpSocket: opening, accepting, closing.

#include "cloche/fakes/fake_tcp.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/time/time.h"
#include "cloche/calls/epoll_calls.h"
#include "cloche/fakes/fake_addresses.h"

namespace cloche {

FakeTcpSocket::~FakeTcpSocket() {
  stack_.network().Cancel(timer_);
  if (holds_port_) stack_.ReleasePort(*this);
}

SocketAddress FakeTcpSocket::Any() const {
  return family_ == AddressFamily::kIpv4 ? Ipv4Any() : Ipv6Any();
}

void FakeTcpSocket::TakePort(SocketAddress local) {
  local_ = std::move(local);
  holds_port_ = true;
}

// Linux: an IPv4 socket that is given an IPv6 address says EAFNOSUPPORT; the
// other way round the address is too short for it, and it says EINVAL.
int FakeTcpSocket::CheckFamily(const SocketAddress& address) const {
  if (address.family == family_) return 0;
  return family_ == AddressFamily::kIpv6 ? -EINVAL : -EAFNOSUPPORT;
}

int FakeTcpSocket::Bind(const SocketAddress& address) {
  const int mismatch = CheckFamily(address);
  if (mismatch != 0) return mismatch;
  if (holds_port_ || state_ != State::kClosed) return -EINVAL;
  const SocketAddress wire = ToWireForm(address);
  if (wire.family != family_ && v6_only()) return -EINVAL;
  const int result = stack_.Bind(*this, wire);
  if (result != 0) {
    local_ = WithPort(Any(), local_.port);  // Whatever it was before.
    return result;
  }
  keeps_address_ = !IsAny(wire);
  keeps_port_ = wire.port != 0;
  return 0;
}

int FakeTcpSocket::Listen(int backlog) {
  const bool unconnected = connect_calls_ == ConnectCalls::kNone;
  if (!unconnected || peer_.port != 0) return -EINVAL;
  backlog_ = BacklogOf(backlog);
  if (state_ == State::kListen) return 0;
  int result = 0;
  if (!holds_port_) {
    result = stack_.Bind(*this, keeps_address_ ? WithPort(local_, 0) : Any());
  } else {
    result = stack_.CheckListen(*this);
  }
  if (result != 0) return result;
  shutdown_ = 0;
  state_ = State::kListen;
  return 0;
}

int FakeTcpSocket::Accept(std::shared_ptr<FakeSocket>* accepted) {
  if (state_ != State::kListen) return -EINVAL;
  if (accept_queue_.empty()) return -EAGAIN;
  *accepted = std::move(accept_queue_.front());
  accept_queue_.pop_front();
  return 0;
}

// shutdown(2). The rules are those of inet_shutdown in Linux, in its order.
int FakeTcpSocket::Shutdown(ShutdownHow how) {
  const int bits = HalvesOf(how);
  if (connect_calls_ == ConnectCalls::kConnecting) {
    const bool failed = state_ == State::kClosed || state_ == State::kSynSent;
    connect_calls_ = failed ? ConnectCalls::kOver : ConnectCalls::kConnected;
  }
  if (state_ == State::kListen) {
    // Only the reading half of a listener means anything: accepting.
    if ((bits & kShutRead) != 0) StopListening();
    Notify(0);
    return 0;
  }
  if (state_ == State::kSynSent) {
    // A connect that is under way is called off.
    Fail(ECONNRESET);
    Disconnect();
    return 0;
  }
  const int result = state_ == State::kClosed ? -ENOTCONN : 0;
  shutdown_ |= bits;
  if ((bits & kShutWrite) != 0) SendFin();
  Notify(0);
  return result;
}

void FakeTcpSocket::StopListening() {
  state_ = State::kClosed;
  // Never accepted means never read: those who wait are reset.
  for (const auto& child : std::exchange(accept_queue_, {})) child->Abort();
  Forget();
}

// close(2).
void FakeTcpSocket::OnClosed() {
  FakeSocket::OnClosed();
  closed_ = true;
  if (state_ == State::kListen) StopListening();
  const bool unread = !receive_buffer_.empty();
  const bool impatient = Option(SocketOption::kLinger) == 0;
  if (state_ == State::kSynSent || unread || impatient) {
    Abort();
  } else {
    shutdown_ = kShutBoth;
    SendFin();
    LimitFinWait2();  // If it had said so before.
    LimitProbes();
  }
  // With a peer still to talk to, the stack's table keeps this alive.
  if (state_ == State::kClosed) Forget();
}

// sk_stream_wait_close: it waits in the states in which our FIN is not
// acknowledged yet.
absl::Duration FakeTcpSocket::Lingers() const {
  if (!Finishing()) return absl::ZeroDuration();
  return absl::Seconds(std::max(Option(SocketOption::kLinger), 0));
}

// Our half is finished: say so once everything before it has been sent.
void FakeTcpSocket::SendFin() {
  if (state_ == State::kEstablished || state_ == State::kSynReceived) {
    state_ = State::kFinWait1;
  } else if (state_ == State::kCloseWait) {
    state_ = State::kLastAck;
  } else {
    return;
  }
  Output();
}

void FakeTcpSocket::SendReset() {
  FakeSegment reset = MakeSegment();
  reset.reset = true;
  stack_.Transmit(std::move(reset));
}

void FakeTcpSocket::Abort() {
  if (state_ == State::kClosed) return;
  if (state_ != State::kSynSent) SendReset();
  Done();
}

void FakeTcpSocket::Done() {
  state_ = State::kClosed;
  shutdown_ = kShutBoth;
  send_buffer_.Clear();
  stack_.network().Cancel(timer_);
  Notify(0);
  Forget();
}

void FakeTcpSocket::Fail(int error) {
  // Held: forgetting a connection that nobody else holds would destroy it.
  const std::shared_ptr<FakeTcpSocket> self = shared_from_this();
  error_ = error;
  Done();
  Notify(kEpollErr);
}

// Whoever gives up on a silent peer (ETIMEDOUT) tells it nothing; otherwise
// both ends learn of it.
void FakeTcpSocket::Break(int error) {
  if (state_ == State::kClosed || state_ == State::kListen) return;
  if (state_ != State::kSynSent && error != ETIMEDOUT) SendReset();
  Fail(error == ECONNRESET ? ErrorOfReset() : error);
}

// tcp_reset. Only who could still send to a peer that has finished has a broken
// pipe.
int FakeTcpSocket::ErrorOfReset() const {
  return state_ == State::kCloseWait ? EPIPE : ECONNRESET;
}

void FakeTcpSocket::Forget() {
  if (peer_.port != 0 || peer_.family != AddressFamily::kUnspecified) {
    stack_.RemoveConnection(*this);
  }
  if (keeps_port_ && !closed_) return;
  // getsockname goes on showing the address; the port is for others now.
  if (holds_port_) stack_.ReleasePort(*this);
  holds_port_ = false;
}

}  // namespace cloche

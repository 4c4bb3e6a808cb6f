// FakeTcpSocket: what an arriving segment does (RFC 9293, 3.10.7, without what
// only loss and reordering would need).
//
// The order of questions is the same for every state: is it of this
// conversation? a reset? of the handshake? what does it acknowledge? what does
// it carry? is it the last?

#include <algorithm>
#include <cerrno>
#include <utility>

#include "cloche/base/check.h"
#include "cloche/calls/epoll_calls.h"
#include "cloche/fakes/fake_tcp.h"

namespace cloche {
namespace {

// The answer to a SYN goes out again after 1, 3, 7, 15 and 31 s, and after 63 s
// the connection is forgotten: tcp_synack_retries (tcp(7)).
constexpr int kSynAckRetries = 5;
constexpr absl::Duration kFirstSynAckTimeout = absl::Seconds(1);

// TCP_TIMEOUT_MIN, two ticks, at 250 ticks a second. Measured on Linux 6.18.
constexpr absl::Duration kStaleAckRetry = absl::Milliseconds(8);

// tcp_fin_timeout (tcp(7)).
constexpr absl::Duration kFinTimeout = absl::Seconds(60);

}  // namespace

// A new connection for this listener. A full backlog drops the SYN without a
// word, so that the other side tries again (tcp_abort_on_overflow off).
void FakeTcpSocket::OnSyn(const FakeSegment& segment) {
  if (!HasRoom()) return;
  auto child = std::make_shared<FakeTcpSocket>(stack_, family_);
  child->InheritOptions(*this);
  child->peer_ = segment.source;
  child->state_ = State::kSynReceived;
  child->connect_calls_ = ConnectCalls::kConnected;
  child->listener_ = weak_from_this();
  child->receive_next_ = segment.sequence + 1;
  child->initial_ = stack_.NextInitialNumber();
  child->unacknowledged_ = child->next_ = child->initial_;
  child->peer_window_end_ = child->initial_ + 1;
  child->local_ = segment.destination;
  stack_.AddConnection(child);
  child->SendSynAck(0);
}

// What was lost of a handshake, its link does not try again. Nobody has heard
// of this connection yet, so nobody is told when it is given up.
void FakeTcpSocket::SendSynAck(int attempt) {
  const std::shared_ptr<FakeTcpSocket> self = shared_from_this();
  const std::shared_ptr<FakeTcpSocket> listener = listener_.lock();
  const bool wanted = listener != nullptr && listener->listening();
  if (!wanted || attempt > kSynAckRetries) return ForgetHandshake();
  TransmitSynAck();
  FakeNetwork& network = stack_.network();
  const absl::Duration patience = kFirstSynAckTimeout * (1 << attempt);
  timer_ = network.At(network.clock().Now() + patience,
                      [this, attempt] { SendSynAck(attempt + 1); });
}

// The peer may believe that it is connected. If it has said something it would
// say it again, and be refused.
void FakeTcpSocket::ForgetHandshake() { early_.empty() ? Done() : Abort(); }

void FakeTcpSocket::TransmitSynAck() {
  FakeSegment reply = MakeSegment();
  reply.syn = true;
  reply.sequence = initial_;
  announced_end_ = receive_next_ + reply.window;
  next_ = initial_ + 1;
  stack_.Transmit(std::move(reply));
}

void FakeTcpSocket::OnSegment(const FakeSegment& segment) {
  if (state_ == State::kSynSent) return OnAnswerToSyn(segment);
  if (segment.syn) return OnSynAgain(segment);
  // Linux would answer with an ACK, which here nobody waits for.
  if (ConversationOf(segment.sequence) != ConversationOf(receive_next_)) return;
  if (segment.reset) return OnReset();
  if (state_ == State::kSynReceived) {
    // The peer has shaken hands with another child, which is forgotten.
    if (segment.acknowledged != next_) return stack_.Refuse(segment);
    OnHandshakeAck();
  }
  if (state_ == State::kSynReceived) return OnEarly(segment);
  OnContent(segment);
}

void FakeTcpSocket::OnContent(const FakeSegment& segment) {
  if (state_ == State::kClosed) return;
  OnAck(segment);
  if (state_ == State::kClosed) return;
  OnUrgent(segment);
  if (!segment.payload.empty() && !OnPayload(segment)) return;
  if (segment.fin && !peer_finished_) OnFin();
}

// Our answer took longer than the other side's patience; or the other side has
// forgotten this connection, and begins a new one. That it asks to be reset is
// up to it (RFC 9293, 3.10.7.4: a "challenge ACK").
void FakeTcpSocket::OnSynAgain(const FakeSegment& segment) {
  const bool is_the_same = segment.sequence + 1 == receive_next_;
  if (state_ == State::kSynReceived && is_the_same) return TransmitSynAck();
  SendAck();
}

void FakeTcpSocket::OnReset() {
  if (state_ == State::kClosed) return;
  Fail(ErrorOfReset());
}

// RFC 9293, 3.10.7.3.
void FakeTcpSocket::OnAnswerToSyn(const FakeSegment& segment) {
  if (!segment.ack) return;
  if (segment.acknowledged != next_) return OnStaleAck(segment);
  if (segment.reset) return Fail(ECONNREFUSED);
  if (segment.syn) OnSynAck(segment);
}

// The other side talks of an earlier connection, which we have forgotten. Once
// it has too, there is no reason to wait a second for the next SYN.
void FakeTcpSocket::OnStaleAck(const FakeSegment& segment) {
  if (segment.reset) return;  // The end of just that.
  stack_.Refuse(segment);
  if (syns_sent_ > 1) return;
  FakeNetwork& network = stack_.network();
  network.Cancel(timer_);
  timer_ =
      network.At(network.clock().Now() + kStaleAckRetry, [this] { SendSyn(); });
}

void FakeTcpSocket::OnSynAck(const FakeSegment& segment) {
  stack_.network().Cancel(timer_);
  state_ = State::kEstablished;
  unacknowledged_ = next_;
  peer_window_end_ = segment.acknowledged + segment.window;
  receive_next_ = segment.sequence + 1;
  SendAck();
  Notify(0);
}

// The third segment of the handshake: the listener's queue gets the child. If
// that is full by now, the segment might as well have been lost: the answer to
// the SYN goes out again, and its acknowledgement is the next chance.
void FakeTcpSocket::OnHandshakeAck() {
  const std::shared_ptr<FakeTcpSocket> listener = listener_.lock();
  if (listener == nullptr || !listener->listening()) {
    Abort();  // It was closed while we shook hands.
    return;
  }
  if (!listener->HasRoom()) return;
  stack_.network().Cancel(timer_);
  state_ = State::kEstablished;
  unacknowledged_ = next_;
  stack_.SharePort(*this, local_);
  listener->PushAccepted(shared_from_this());
  for (const FakeSegment& early : std::exchange(early_, {})) OnContent(early);
}

// Linux throws it away, and the peer sends it again until there is room. Here
// nobody would (fakes/fake_link.h), so it is kept.
void FakeTcpSocket::OnEarly(const FakeSegment& segment) {
  if (!segment.payload.empty() || segment.fin) early_.push_back(segment);
}

void FakeTcpSocket::PushAccepted(std::shared_ptr<FakeTcpSocket> child) {
  accept_queue_.push_back(std::move(child));
  Notify(kEpollIn);
}

void FakeTcpSocket::OnAck(const FakeSegment& segment) {
  peer_window_end_ =
      std::max(peer_window_end_, segment.acknowledged + segment.window);
  const uint64_t newly = segment.acknowledged - unacknowledged_;
  const size_t bytes = std::min<uint64_t>(newly, send_buffer_.size());
  send_buffer_.Consume(bytes);
  unacknowledged_ += bytes;
  const bool fin_acknowledged = fin_sent_ && segment.acknowledged == next_;
  if (wants_space_ && Writable()) {
    wants_space_ = false;
    Notify(kEpollOut);
  }
  if (fin_acknowledged) {
    unacknowledged_ = next_;
    return OnFinAcknowledged();
  }
  Output();
}

void FakeTcpSocket::OnFinAcknowledged() {
  if (state_ == State::kFinWait1) {
    state_ = State::kFinWait2;
    LimitFinWait2();
    Notify(0);
  } else if (state_ == State::kClosing) {
    TimeWaitAndDone();
  } else if (state_ == State::kLastAck) {
    Done();
  }
}

// Nobody has a descriptor for it any more, so nobody else would give it up.
void FakeTcpSocket::LimitFinWait2() {
  if (state_ != State::kFinWait2 || !closed_) return;
  FakeNetwork& network = stack_.network();
  timer_ = network.At(network.clock().Now() + kFinTimeout, [this] {
    const std::shared_ptr<FakeTcpSocket> self = shared_from_this();
    Done();
  });
}

// Returns false if the connection did not survive it.
bool FakeTcpSocket::OnPayload(const FakeSegment& segment) {
  if (peer_finished_) return true;
  const bool finishing =
      state_ == State::kFinWait1 || state_ == State::kFinWait2;
  if (finishing && (shutdown_ & kShutRead) != 0) {
    // Closed, or shut down both ways: nobody will ever read this. The sender
    // must not believe otherwise, so both ends are reset.
    SendReset();
    Fail(ECONNRESET);
    return false;
  }
  CLOCHE_CHECK(segment.sequence == receive_next_,
               "a link must bring the bytes of a connection in their order");
  receive_buffer_.Append(segment.payload);
  receive_next_ += segment.payload.size();
  if (!segment.fin) SendAck();  // The FIN's own ACK covers the bytes too.
  Notify(kEpollIn | kEpollPri);
  return true;
}

void FakeTcpSocket::OnFin() {
  ++receive_next_;
  peer_finished_ = true;
  shutdown_ |= kShutRead;
  SendAck();
  if (state_ == State::kEstablished) {
    state_ = State::kCloseWait;
  } else if (state_ == State::kFinWait1) {
    state_ = State::kClosing;
  } else if (state_ == State::kFinWait2) {
    return TimeWaitAndDone();
  }
  Notify(0);
}

// Whoever finishes first keeps the port for a while, so that a late segment of
// this conversation cannot be taken for one of the next.
void FakeTcpSocket::TimeWaitAndDone() {
  stack_.EnterTimeWait(*this);
  Done();
}

}  // namespace cloche

// FakeTcpSocket: receiving, sending, and what Poll says.

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/time/time.h"
#include "cloche/calls/epoll_calls.h"
#include "cloche/fakes/fake_tcp.h"

namespace cloche {
namespace {

bool AsksForNothing(const ReceiveMessage& message) {
  return std::all_of(message.buffers.begin(), message.buffers.end(),
                     [](const auto& buffer) { return buffer.empty(); });
}

// Of a closed socket (tcp_probe_timer). Linux asks for room after 200 ms, then
// after twice as long each time, though no longer than two minutes; the
// eleventh time-out is the end, and each one after it.
constexpr absl::Duration kProbesOfOrphan = absl::Milliseconds(324600);
constexpr absl::Duration kLongestProbe = absl::Seconds(120);

}  // namespace

// What is reported when (measured on Linux 6.18, all interests on):
//
//   never connected, or bound only          OUT | HUP
//   listening, nobody waits / somebody      nothing / IN
//   connecting                              nothing
//   connected                               OUT
//   ... and data has arrived                IN | OUT
//   ... and an out-of-band byte             PRI | OUT, IN if it is not alone
//   ... and the send buffer is full         no OUT until a third of it is free
//   peer's FIN has arrived                  IN | OUT | RDHUP
//   own FIN sent only                       OUT
//   own SHUT_RD only                        IN | OUT | RDHUP
//   both FINs, or own SHUT_RDWR             IN | OUT | RDHUP | HUP
//   refused or reset                        IN | OUT | RDHUP | ERR | HUP
//   ... after SO_ERROR was read             IN | OUT | RDHUP | HUP
//
// The rules behind the table are these few lines of Linux's tcp_poll.
uint32_t FakeTcpSocket::Poll() {
  if (state_ == State::kListen) return accept_queue_.empty() ? 0 : kEpollIn;
  uint32_t mask = 0;
  if (shutdown_ == kShutBoth || state_ == State::kClosed) mask |= kEpollHup;
  if ((shutdown_ & kShutRead) != 0) mask |= kEpollIn | kEpollRdHup;
  if (state_ != State::kSynSent) {
    const size_t unreadable = AtHole() ? 1 : 0;
    if (receive_buffer_.size() > unreadable) mask |= kEpollIn;
    if (urgent_ == Urgent::kHere) mask |= kEpollPri;
    // A closed half is "writable": the write will say EPIPE without waiting.
    const bool writable = (shutdown_ & kShutWrite) != 0 || Writable();
    if (writable) mask |= kEpollOut;
    if (!writable) wants_space_ = true;
  }
  if (error_ != 0) mask |= kEpollErr;
  return mask;
}

// Linux's sk_stream_is_writeable: free space is at least half of what is
// queued, that is at least a third of the buffer. So a writer is woken for a
// worthwhile amount and not for each acknowledged byte.
bool FakeTcpSocket::Writable() const {
  return SendSpace() * 2 >= send_buffer_.size() && SendSpace() > 0;
}

size_t FakeTcpSocket::SendSpace() const {
  const size_t used = send_buffer_.size();
  return used >= send_capacity() ? 0 : send_capacity() - used;
}

// Why nothing may be sent now; 0 if something may.
int FakeTcpSocket::SendObstacle() {
  if (error_ != 0 && (shutdown_ & kShutWrite) != 0) return -TakeError();
  if ((shutdown_ & kShutWrite) != 0) return -EPIPE;
  if (state_ == State::kSynSent) return -EAGAIN;
  const bool open = state_ != State::kClosed && state_ != State::kListen;
  return open ? 0 : -EPIPE;
}

int64_t FakeTcpSocket::Send(const SendMessage& message) {
  const int obstacle = SendObstacle();
  if (obstacle != 0) return obstacle;
  size_t taken = 0;
  size_t wanted = 0;
  for (absl::string_view bytes : message.buffers) {
    wanted += bytes.size();
    const absl::string_view fitting = bytes.substr(0, SendSpace());
    send_buffer_.Append(fitting);
    taken += fitting.size();
  }
  // Who did not get everything in is woken when there is space again.
  if (taken < wanted) wants_space_ = true;
  if (taken == 0 && wanted > 0) return -EAGAIN;
  if (taken > 0 && (message.flags & kSendOutOfBand) != 0) {
    urgent_end_ = unacknowledged_ + send_buffer_.size();
  }
  Output();
  return static_cast<int64_t>(taken);
}

int64_t FakeTcpSocket::Receive(ReceiveMessage& message) {
  if (state_ == State::kListen) return -ENOTCONN;
  if ((message.flags & kReceiveOutOfBand) != 0) return ReceiveUrgent(message);
  if (receive_buffer_.empty()) return NothingToReceive();
  // Who asks for no bytes does not step over an out-of-band byte either.
  const size_t hole = AtHole() && !AsksForNothing(message) ? 1 : 0;
  const size_t count = CopyOut(message, hole, BytesBeforeMark());
  const bool only_a_hole = hole == receive_buffer_.size();
  if ((message.flags & kReceivePeek) == 0) {
    receive_buffer_.Consume(hole + count);
    ForgetPassedMark();
    AnnounceSpace();
  }
  return only_a_hole ? NothingToReceive() : static_cast<int64_t>(count);
}

// The order of these questions is that of Linux's tcp_recvmsg.
int64_t FakeTcpSocket::NothingToReceive() {
  if (peer_finished_) return 0;
  if (error_ != 0) return -TakeError();
  if ((shutdown_ & kShutRead) != 0) return 0;
  if (state_ == State::kClosed) return -ENOTCONN;
  return -EAGAIN;  // Also when no byte was asked for.
}

size_t FakeTcpSocket::CopyOut(ReceiveMessage& message, size_t begin,
                              size_t end) const {
  size_t next = begin;
  for (const absl::Span<char>& buffer : message.buffers) {
    next += receive_buffer_.CopyTo(buffer.subspan(0, end - next), next);
  }
  return next - begin;
}

uint64_t FakeTcpSocket::ReceiveSpace() const {
  const size_t used = receive_buffer_.size();
  return used >= receive_capacity() ? 0 : receive_capacity() - used;
}

// Tells the sender that there is room again, but not for every byte that was
// read: only once the window has at least doubled, as Linux's
// tcp_cleanup_rbuf ("silly windows", RFC 9293, 3.8.6.2.2).
void FakeTcpSocket::AnnounceSpace() {
  const bool open = state_ == State::kEstablished ||
                    state_ == State::kFinWait1 || state_ == State::kFinWait2;
  if (!open) return;
  const uint64_t announced = announced_end_ - receive_next_;
  const uint64_t space = ReceiveSpace();
  if (space < receive_capacity() / 16 || space < 2 * announced) return;
  if (2 * announced > receive_capacity()) return;
  SendAck();
}

FakeSegment FakeTcpSocket::MakeSegment() const {
  FakeSegment segment;
  segment.source = local_;
  segment.destination = peer_;
  segment.ack = true;
  segment.sequence = next_;
  segment.acknowledged = receive_next_;
  segment.window = ReceiveSpace();
  segment.urgent_end = next_ < urgent_end_ ? urgent_end_ : 0;
  return segment;
}

bool FakeTcpSocket::AwaitsAnswer() const {
  if (state_ == State::kSynSent || state_ == State::kSynReceived) return false;
  const bool fin_waits = Finishing() && !fin_sent_;
  return next_ > unacknowledged_ || !send_buffer_.empty() || fin_waits;
}

void FakeTcpSocket::SendAck() {
  FakeSegment ack = MakeSegment();
  announced_end_ = receive_next_ + ack.window;
  stack_.Transmit(std::move(ack));
}

bool FakeTcpSocket::Finishing() const {
  return state_ == State::kFinWait1 || state_ == State::kClosing ||
         state_ == State::kLastAck;
}

// Sends what the peer's window lets through, and the FIN behind the last byte.
// The FIN rides on the last segment if that has not left yet. It takes a byte
// of the window, as it takes a number (Linux's tcp_snd_wnd_test).
void FakeTcpSocket::Output() {
  SendWhatFits();
  LimitProbes();
}

void FakeTcpSocket::SendWhatFits() {
  while (!fin_sent_) {
    const uint64_t sent = next_ - unacknowledged_;
    const uint64_t unsent = send_buffer_.size() - sent;
    const uint64_t window =
        peer_window_end_ > next_ ? peer_window_end_ - next_ : 0;
    const size_t most = stack_.MaxSegmentBytes(peer_);
    const size_t count =
        std::min<uint64_t>({unsent, window, static_cast<uint64_t>(most)});
    const bool fin = Finishing() && count == unsent && count < window;
    if (count == 0 && !fin) return;
    FakeSegment segment = MakeSegment();
    segment.payload = std::string(send_buffer_.view().substr(sent, count));
    segment.fin = fin;
    next_ += count + (fin ? 1 : 0);
    fin_sent_ = fin;
    announced_end_ = receive_next_ + segment.window;
    stack_.Transmit(std::move(segment));
  }
}

// Nothing but the peer's lack of room holds back what is left. Whoever has the
// socket may wait for that as long as it likes.
void FakeTcpSocket::LimitProbes() {
  FakeNetwork& network = stack_.network();
  const absl::Time now = network.clock().Now();
  const bool probes = AwaitsAnswer() && next_ == unacknowledged_;
  full_since_ = probes ? std::min(full_since_, now) : absl::InfiniteFuture();
  if (!closed_ || !Finishing()) return;
  network.Cancel(timer_);
  if (!probes) return;
  absl::Time end = full_since_ + kProbesOfOrphan;
  while (end < now) end += kLongestProbe;
  timer_ = network.At(end, [this] { Fail(ETIMEDOUT); });
}

}  // namespace cloche

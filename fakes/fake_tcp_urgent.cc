// FakeTcpSocket: the out-of-band byte.
//
// TCP has no second channel. The sender says in its segments "byte number N is
// urgent" (segment.urgent_end is N + 1), and that is all: a mark in the stream,
// which may arrive long before the byte. The sockets API makes of it one byte
// beside the stream, with a hole in the stream where it was.
//
//     sent:      send("abc")  send("!", MSG_OOB)  send("def")
//
//     stream:    a  b  c [!] d  e  f
//                         ▲ the mark
//
//     received:  recv -> "abc"     it stops at the mark, though there is more
//                recv -> "def"     it steps over the hole
//                recv(MSG_OOB) -> "!"    any time before that second recv
//
// Facts about the out-of-band byte (tcp(7), tcp_input.c; measured on
// Linux 6.18)
//   * Of a longer send with MSG_OOB, the last byte that was taken is urgent.
//   * There is one mark. A later urgent byte takes it over, and the earlier one
//     becomes an ordinary byte; or is lost, if all before it had been read.
//   * PRI is reported from the arrival of the byte until it is taken, or until
//     a read went past the mark. The byte alone does not make a socket
//     readable.
//   * recv(MSG_OOB) never waits: EINVAL if there is no mark, or the byte was
//     taken; EAGAIN if it was announced and has not arrived.
//   * With SO_OOBINLINE the byte is read with all others and recv(MSG_OOB) is
//     EINVAL. The mark and PRI stay, so a read still stops before the byte.
//   * For close(2) the byte is unread data, taken or not.
//
// Next: fakes/fake_tcp_data.cc, where reads stop at the mark.

#include <algorithm>
#include <cerrno>

#include "cloche/calls/epoll_calls.h"
#include "cloche/fakes/fake_tcp.h"

namespace cloche {

// Linux's copied_seq. The FIN has a number too, but is never in the buffer.
uint64_t FakeTcpSocket::NextToRead() const {
  return receive_next_ - (peer_finished_ ? 1 : 0) - receive_buffer_.size();
}

// Whether the next byte is one that a read steps over.
bool FakeTcpSocket::AtHole() const {
  return urgent_ != Urgent::kNone && urgent_at_ == NextToRead() &&
         Option(SocketOption::kOutOfBandInline) == 0;
}

// How many bytes are before the mark, or all if it is not ahead.
size_t FakeTcpSocket::BytesBeforeMark() const {
  const size_t all = receive_buffer_.size();
  if (urgent_ == Urgent::kNone || urgent_at_ <= NextToRead()) return all;
  return std::min<uint64_t>(all, urgent_at_ - NextToRead());
}

// tcp_check_urg: is this mark news?
void FakeTcpSocket::OnUrgentPointer(uint64_t at) {
  if (at < receive_next_) return;
  if (urgent_ != Urgent::kNone && at <= urgent_at_) return;
  // The hole of the old mark would become a byte that was read out of band.
  if (AtHole() && !receive_buffer_.empty()) receive_buffer_.Consume(1);
  urgent_ = Urgent::kAnnounced;
  urgent_at_ = at;
}

// tcp_urg. Before the payload is put into the buffer.
void FakeTcpSocket::OnUrgent(const FakeSegment& segment) {
  if (segment.urgent_end != 0) OnUrgentPointer(segment.urgent_end - 1);
  if (urgent_ != Urgent::kAnnounced) return;
  const uint64_t offset = urgent_at_ - segment.sequence;
  if (offset >= segment.payload.size()) return;
  urgent_ = Urgent::kHere;
  urgent_byte_ = segment.payload[offset];
}

// A read went on to NextToRead().
void FakeTcpSocket::ForgetPassedMark() {
  if (NextToRead() > urgent_at_) urgent_ = Urgent::kNone;
}

// tcp_recv_urg, and the order of its questions.
int64_t FakeTcpSocket::ReceiveUrgent(ReceiveMessage& message) {
  const bool none = urgent_ == Urgent::kNone || urgent_ == Urgent::kTaken;
  if (none || Option(SocketOption::kOutOfBandInline) != 0) return -EINVAL;
  if (state_ == State::kClosed && !peer_finished_) return -ENOTCONN;
  if (urgent_ == Urgent::kAnnounced) {
    return (shutdown_ & kShutRead) != 0 ? 0 : -EAGAIN;
  }
  if ((message.flags & kReceivePeek) == 0) urgent_ = Urgent::kTaken;
  for (const absl::Span<char>& buffer : message.buffers) {
    if (buffer.empty()) continue;
    buffer[0] = urgent_byte_;
    return 1;
  }
  message.truncated = true;
  return 0;
}

}  // namespace cloche

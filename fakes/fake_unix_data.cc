// FakeUnixSocket: receiving, sending, and what Poll and kqueue's filters say.

#include <algorithm>
#include <cerrno>
#include <string>

#include "absl/strings/str_join.h"
#include "cloche/calls/epoll_calls.h"
#include "cloche/fakes/fake_unix.h"

namespace cloche {

// What is reported when (measured on Linux 6.18, all interests on):
//
//   never connected, or bound only          OUT | HUP
//   listening, nobody waits / somebody      nothing / IN
//   ... and shut down for reading           IN | RDHUP
//   connected                               OUT
//   ... and data has arrived                IN | OUT
//   ... and a quarter of the send buffer    no OUT
//       is in use
//   peer's SHUT_WR, or own SHUT_RD          IN | OUT | RDHUP
//   peer's SHUT_RD, or own SHUT_WR          OUT
//   peer closed; own or peer's SHUT_RDWR    IN | OUT | RDHUP | HUP
//   peer closed with unread data            IN | OUT | RDHUP | ERR | HUP
//
// The rules behind the table are these few lines of Linux's unix_poll.
uint32_t FakeUnixSocket::Poll() {
  uint32_t mask = 0;
  if (error_ != 0) mask |= kEpollErr;
  if (shutdown_ == kShutBoth) mask |= kEpollHup;
  if ((shutdown_ & kShutRead) != 0) mask |= kEpollIn | kEpollRdHup;
  if (!received_.empty() || !accept_queue_.empty()) mask |= kEpollIn;
  if (state_ == State::kUnconnected) mask |= kEpollHup;
  if (Writable()) mask |= kEpollOut;
  return mask;
}

// As in fake_tcp_filters.cc: the questions of filt_soreceive and filt_sosend in
// FreeBSD's uipc_socket.c, over a state that is Linux's.
FakeFilterState FakeUnixSocket::LookForRead() {
  if (state_ == State::kListening) {
    const auto waiting = static_cast<int64_t>(accept_queue_.size());
    return {.ready = waiting > 0, .data = waiting};
  }
  FakeFilterState state;
  state.data = static_cast<int64_t>(received_.size());
  state.end = (shutdown_ & kShutRead) != 0;
  state.error = error_;
  state.ready = state.end || state.error != 0 || state.data > 0;
  return state;
}

FakeFilterState FakeUnixSocket::LookForWrite() {
  const bool connected = state_ == State::kConnected;
  FakeFilterState state;
  state.end = (shutdown_ & kShutWrite) != 0;
  state.error = error_;
  state.data = connected ? static_cast<int64_t>(SendSpace()) : 0;
  state.ready = state.end || state.error != 0 || (connected && Writable());
  return state;
}

// How much of what this end has sent is still charged to it.
size_t FakeUnixSocket::Unread() const {
  const std::shared_ptr<FakeUnixSocket> peer = peer_.lock();
  return peer == nullptr ? 0 : peer->received_.charged();
}

size_t FakeUnixSocket::SendSpace() const {
  const size_t used = Unread();
  return used >= send_capacity() ? 0 : send_capacity() - used;
}

// Linux's unix_writable. It does not ask who is shut down: see the facts in
// fake_unix.h for what comes of that.
bool FakeUnixSocket::Writable() const {
  return state_ != State::kListening && Unread() * 4 <= send_capacity();
}

int64_t FakeUnixSocket::Send(const SendMessage& message) {
  const bool connected = state_ == State::kConnected;
  if ((message.flags & kSendOutOfBand) != 0) return -EOPNOTSUPP;
  if (message.to != nullptr) return connected ? -EISCONN : -EOPNOTSUPP;
  if (!connected) return -ENOTCONN;
  const std::shared_ptr<FakeUnixSocket> peer = peer_.lock();
  if (peer == nullptr || (shutdown_ & kShutWrite) != 0) return -EPIPE;
  const std::string bytes = absl::StrJoin(message.buffers, "");
  if (bytes.empty()) return 0;
  const size_t taken = std::min(bytes.size(), SendSpace());
  if (taken == 0) return -EAGAIN;
  if ((peer->shutdown_ & kShutRead) != 0) return Discard();
  // Linux: "keep two messages in the pipe so it schedules better".
  peer->Arrive(absl::string_view(bytes).substr(0, taken), send_capacity() / 2);
  return static_cast<int64_t>(taken);
}

// The peer was shut down before it connected, and has told nobody. Linux finds
// out with the chunk in its hands, and to throw it away is to make space.
int64_t FakeUnixSocket::Discard() {
  if (Writable()) Notify(kEpollOut);
  return -EPIPE;
}

void FakeUnixSocket::Arrive(absl::string_view bytes, size_t most_at_once) {
  while (!bytes.empty()) {
    received_.Append(bytes.substr(0, most_at_once));
    bytes.remove_prefix(std::min(bytes.size(), most_at_once));
  }
  Notify(kEpollIn | kEpollPri);
}

int64_t FakeUnixSocket::Receive(ReceiveMessage& message) {
  if (state_ != State::kConnected) return -EINVAL;
  if ((message.flags & kReceiveOutOfBand) != 0) return -EOPNOTSUPP;
  if (received_.empty()) {
    const int64_t result = NothingToReceive();
    if (result == 0 && message.from != nullptr) *message.from = {};
    return result;
  }
  size_t count = 0;
  for (const absl::Span<char>& buffer : message.buffers) {
    count += received_.CopyTo(buffer, count);
  }
  NameSender(message);
  if ((message.flags & kReceivePeek) == 0) Consume(count);
  return static_cast<int64_t>(count);
}

// The order of these questions is that of Linux's unix_stream_read_generic.
int64_t FakeUnixSocket::NothingToReceive() {
  if (error_ != 0) return -TakeError();
  if ((shutdown_ & kShutRead) != 0) return 0;
  return -EAGAIN;  // Also when no byte was asked for.
}

// Linux names a sender that has a name, and leaves others out.
void FakeUnixSocket::NameSender(ReceiveMessage& message) const {
  if (message.from == nullptr) return;
  const SocketAddress peer = Peer();
  *message.from = peer.path.empty() ? SocketAddress() : peer;
}

// The sender is told of each chunk that was read to its end, whether or not it
// has ever been full: sock_wfree.
void FakeUnixSocket::Consume(size_t count) {
  if (!received_.Consume(count)) return;
  const std::shared_ptr<FakeUnixSocket> peer = peer_.lock();
  if (peer != nullptr && peer->Writable()) peer->Notify(kEpollOut);
}

}  // namespace cloche

// FakeTcpSocket: what kqueue's two filters say of it.
//
// The questions are those of filt_soreceive and filt_sosend in FreeBSD's
// uipc_socket.c, in their order; the state is this kernel's. Which of Linux's
// bits they correspond to is the table of docs/readiness.md.
//
// Next: fakes/fake_kqueue.h; Poll in fakes/fake_tcp_data.cc, to compare.

#include "cloche/fakes/fake_tcp.h"

namespace cloche {

// BSD takes an out-of-band byte out of the stream as soon as it arrives.
int64_t FakeTcpSocket::BytesInStream() const {
  const size_t bytes = receive_buffer_.size();
  const bool has_hole = urgent_ != Urgent::kNone &&
                        urgent_at_ >= NextToRead() &&
                        urgent_at_ < NextToRead() + bytes &&
                        Option(SocketOption::kOutOfBandInline) == 0;
  return static_cast<int64_t>(has_hole ? bytes - 1 : bytes);
}

FakeFilterState FakeTcpSocket::LookForRead() {
  if (state_ == State::kListen) {
    const auto waiting = static_cast<int64_t>(accept_queue_.size());
    return {.ready = waiting > 0, .data = waiting};
  }
  FakeFilterState state;
  state.data = BytesInStream();
  state.end = (shutdown_ & kShutRead) != 0;
  state.error = error_;
  state.ready = state.end || state.error != 0 || state.data > 0;
  return state;
}

FakeFilterState FakeTcpSocket::LookForWrite() {
  const bool connected = state_ != State::kListen && state_ != State::kClosed &&
                         state_ != State::kSynSent;
  FakeFilterState state;
  state.end = (shutdown_ & kShutWrite) != 0;
  state.error = error_;
  state.data = connected ? static_cast<int64_t>(SendSpace()) : 0;
  state.ready = state.end || state.error != 0 || (connected && Writable());
  // As in Poll: someone wants to know when there is space.
  if (connected && !state.ready) wants_space_ = true;
  return state;
}

}  // namespace cloche

// FakeTcpSocket: what completion ports ask of it.
//
// Next: fakes/fake_overlapped_call.h, which asks, for the facts; Send in
// fakes/fake_tcp_data.cc, to compare.

#include <cerrno>

#include "cloche/fakes/fake_tcp.h"

namespace cloche {

int FakeTcpSocket::Queue(absl::string_view data) {
  const int obstacle = SendObstacle();
  if (obstacle != 0) return obstacle == -EAGAIN ? -ENOTCONN : obstacle;
  const bool had_room = SendSpace() > 0;
  if (!had_room) wants_space_ = true;
  send_buffer_.Append(data);
  Output();
  return had_room ? 0 : -EAGAIN;
}

// What was queued goes, whatever the program does to its own half.
int FakeTcpSocket::LookAtQueue() {
  if (error_ != 0) return -error_;
  if (state_ == State::kClosed) return -ECONNRESET;
  if (Writable()) return 0;
  wants_space_ = true;
  return -EAGAIN;
}

}  // namespace cloche

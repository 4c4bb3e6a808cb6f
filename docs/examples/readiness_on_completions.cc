#include "cloche/docs/examples/readiness_on_completions.h"

#include <algorithm>
#include <cerrno>

#include "cloche/base/check.h"

using namespace cloche;

ReadySocket::ReadySocket(Loop& loop, int fd, ReadySocketOptions options,
                         std::function<void()> on_ready)
    : loop_(loop),
      options_(options),
      on_ready_(std::move(on_ready)),
      fd_(fd),
      receive_([this] {
        OnReceived();
        on_ready_();
      }),
      room_(options.read_bytes, '\0'),
      send_([this] {
        sending_now_ = false;
        OnSent();
        GoOnSending();
        on_ready_();
      }) {
  receive_.kind =
      room_.empty() ? OperationKind::kWaitReadable : OperationKind::kReceive;
  receive_.fd = send_.fd = fd;
  send_.kind = OperationKind::kSend;
  Ask();
}

ReadySocket::~ReadySocket() {
  CLOCHE_CHECK(!InFlight(), "the kernel has buffers of it; await closed()");
  CloseNow();
}

bool ReadySocket::InFlight() const {
  return receive_.state == OperationState::kInFlight ||
         send_.state == OperationState::kInFlight;
}

// --- Reading: one receive, ahead of the reader ------------------------------

void ReadySocket::Ask() {
  reading_ = Reading::kAsked;
  receive_.kind =
      room_.empty() ? OperationKind::kWaitReadable : OperationKind::kReceive;
  receive_.buffer = room_.data();
  receive_.size = room_.size();
  if (loop_.Start(receive_)) OnReceived();
}

void ReadySocket::OnReceived() {
  const bool cancelled = receive_.result == -ECANCELED;
  reading_ = cancelled ? Reading::kNotAsked : Reading::kThere;
  read_ = 0;
}

int64_t ReadySocket::Recv(absl::Span<char> to) {
  if (closing_) return -EBADF;
  if (reading_ == Reading::kNotAsked) Ask();
  while (readable()) {
    const int64_t result =
        room_.empty() ? RecvFromKernel(to) : RecvFromRoom(to);
    if (result != -EAGAIN) return result;
    // It gave nothing, so it was a false alarm, and the next might come at
    // once. A byte is no hint.
    if (read_ == 0) room_.resize(1);
    Ask();
  }
  return -EAGAIN;
}

int64_t ReadySocket::RecvFromRoom(absl::Span<char> to) {
  if (receive_.result <= 0) return receive_.result;
  const auto there = static_cast<size_t>(receive_.result) - read_;
  const size_t size = std::min(to.size(), there);
  std::copy_n(room_.data() + read_, size, to.data());
  read_ += size;
  if (size == there) {
    room_.resize(options_.read_bytes);
    Ask();
  }
  return static_cast<int64_t>(size);
}

// Nothing was lent to the kernel before, so the bytes are still there.
int64_t ReadySocket::RecvFromKernel(absl::Span<char> to) {
  if (receive_.result < 0) return receive_.result;
  Transfer receive([] {});
  receive.kind = OperationKind::kReceive;
  receive.only_try = true;
  receive.fd = fd_;
  receive.buffer = to.data();
  receive.size = to.size();
  loop_.backend().Start(receive);
  if (receive.result > 0) read_ += static_cast<size_t>(receive.result);
  return receive.result;
}

void ReadySocket::CancelReceive() {
  if (reading_ == Reading::kAsked) loop_.Cancel(receive_);
}

// --- Writing: one send, and the writes behind it ----------------------------

int64_t ReadySocket::Send(absl::string_view bytes) {
  if (closing_) return -EBADF;
  if (write_error_ != 0) return write_error_;
  if (!writable()) return -EAGAIN;
  const absl::string_view taken = bytes.substr(0, options_.most_bytes);
  waiting_.emplace_back(taken);
  if (!sending_now_) GoOnSending();
  return static_cast<int64_t>(taken.size());
}

// Until nothing is left, or the kernel has to wait for room.
void ReadySocket::GoOnSending() {
  while (HasMoreToSend()) {
    send_.buffer = sending_.data() + sent_;
    send_.size = sending_.size() - sent_;
    sending_now_ = !loop_.Start(send_);
    if (sending_now_) return;
    OnSent();
  }
  if (closing_) CloseNow();
}

// The rest of what the kernel has taken a part of comes first.
bool ReadySocket::HasMoreToSend() {
  if (fd_ < 0) return false;
  if (joined_ == 0 && !waiting_.empty()) TakeWaiting();
  return joined_ != 0;
}

void ReadySocket::TakeWaiting() {
  do {
    sending_ += waiting_.front();
    waiting_.pop_front();
    ++joined_;
  } while (options_.joins && !waiting_.empty());
}

// What was behind a write that failed must not be sent: there is a gap.
void ReadySocket::OnSent() {
  if (send_.result < 0) {
    write_error_ = send_.result;
    waiting_.clear();
  } else {
    sent_ += static_cast<size_t>(send_.result);
    if (sent_ < sending_.size()) return;
  }
  sending_.clear();
  sent_ = joined_ = 0;
}

// --- Closing ----------------------------------------------------------------

void ReadySocket::Close() {
  closing_ = true;
  if (pending() == 0) CloseNow();
}

void ReadySocket::Abort() {
  closing_ = true;
  waiting_.clear();
  CloseNow();
}

// The backend hands back what is in flight, and closes then.
void ReadySocket::CloseNow() {
  if (fd_ >= 0) loop_.backend().Close(std::exchange(fd_, -1));
}

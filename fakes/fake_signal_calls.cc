#include "cloche/fakes/fake_signal_calls.h"

#include <algorithm>
#include <cerrno>
#include <memory>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cloche/base/check.h"
#include "cloche/fakes/errno_table.h"
#include "cloche/fakes/fake_wake.h"

namespace cloche {

int FakeSignalCalls::OpenSignals() {
  return host_.Call(CallKind::kOpenSignals, [this] {
    const int fd = host_.descriptors().Open(NewDescriptor());
    if (fd >= 0) fd_ = fd;
    return fd;
  });
}

std::shared_ptr<FakeFile> FakeSignalCalls::NewDescriptor() {
  if (!host_.signals_by_socket()) return std::make_shared<FakeWake>();
  const auto socket = std::make_shared<FakeUnixSocket>(host_.unix_names());
  sender_ = std::make_shared<FakeUnixSocket>(host_.unix_names());
  FakeUnixSocket::Join(*socket, *sender_);
  return socket;
}

FakeFile& FakeSignalCalls::descriptor() const {
  return *host_.descriptors().Find(fd_);
}

int FakeSignalCalls::TakeSignal(int fd, Signal* signal) {
  return host_.Call(
      CallKind::kTakeSignal, [&] { return Take(fd, signal); }, fd);
}

int FakeSignalCalls::Take(int fd, Signal* signal) {
  if (take_error_ != 0) return -take_error_;
  if (fd != fd_) return -EBADF;
  const int error = sender_ == nullptr ? 0 : TakeByte();
  if (error != 0) return error;
  if (pending_.empty()) return -EAGAIN;
  *signal = pending_.front();
  pending_.pop_front();
  if (sender_ == nullptr && pending_.empty()) descriptor().AsWake()->Drain();
  return 0;
}

// 0, or a negative errno: a connection may break, this one too.
int FakeSignalCalls::TakeByte() {
  char byte = 0;
  const absl::Span<char> room(&byte, 1);
  ReceiveMessage message;
  message.buffers = absl::MakeConstSpan(&room, 1);
  const int64_t count = descriptor().AsSocket()->Receive(message);
  if (count == 0) return -ECONNRESET;
  return count < 0 ? static_cast<int>(count) : 0;
}

int FakeSignalCalls::CloseSignals(int fd) {
  fd_ = -1;
  sender_ = nullptr;
  pending_.clear();
  return host_.CallClose(CallKind::kCloseSignals, fd);
}

void FakeSignalCalls::Send(Signal signal) {
  CLOCHE_CHECK(open(),
               "a signal that nobody reads ends the program; wait until the "
               "signals are open, or use TestHost::Kill");
  if (std::find(pending_.begin(), pending_.end(), signal) != pending_.end()) {
    return;
  }
  pending_.push_back(signal);
  if (sender_ == nullptr) return descriptor().AsWake()->Signal();
  const absl::string_view byte = "!";
  SendMessage message;
  message.buffers = absl::MakeConstSpan(&byte, 1);
  sender_->Send(message);
}

}  // namespace cloche

#include "cloche/fakes/fake_signal_calls.h"

#include <algorithm>
#include <cerrno>
#include <memory>

#include "cloche/base/check.h"
#include "cloche/fakes/errno_table.h"
#include "cloche/fakes/fake_wake.h"

namespace cloche {

int FakeSignalCalls::OpenSignals() {
  return host_.Call(CallKind::kOpenSignals, [this] {
    const int fd = host_.descriptors().Open(std::make_shared<FakeWake>());
    if (fd >= 0) fd_ = fd;
    return fd;
  });
}

FakeWake& FakeSignalCalls::descriptor() const {
  return *host_.descriptors().Find(fd_)->AsWake();
}

int FakeSignalCalls::TakeSignal(int fd, Signal* signal) {
  return host_.Call(
      CallKind::kTakeSignal, [&] { return Take(fd, signal); }, fd);
}

int FakeSignalCalls::Take(int fd, Signal* signal) {
  if (take_error_ != 0) return -take_error_;
  if (fd != fd_) return -EBADF;
  if (pending_.empty()) return -EAGAIN;
  *signal = pending_.front();
  pending_.pop_front();
  if (pending_.empty()) descriptor().Drain();
  return 0;
}

int FakeSignalCalls::CloseSignals(int fd) {
  fd_ = -1;
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
  descriptor().Signal();
}

}  // namespace cloche

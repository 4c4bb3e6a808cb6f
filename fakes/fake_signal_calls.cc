#include "cloche/fakes/fake_signal_calls.h"

#include <algorithm>
#include <cerrno>

#include "cloche/base/check.h"

namespace cloche {

int FakeSignalCalls::OpenSignals() {
  if (open_error_ != 0) return -open_error_;
  const int fd = host_.wake().OpenWake();
  if (fd >= 0) fd_ = fd;
  return fd;
}

int FakeSignalCalls::TakeSignal(int fd, Signal* signal) {
  if (take_error_ != 0) return -take_error_;
  if (pending_.empty()) return -EAGAIN;
  *signal = pending_.front();
  pending_.pop_front();
  return pending_.empty() ? host_.wake().DrainWake(fd) : 0;
}

int FakeSignalCalls::CloseSignals(int fd) {
  fd_ = -1;
  pending_.clear();
  return host_.wake().CloseWake(fd);
}

void FakeSignalCalls::Send(Signal signal) {
  CLOCHE_CHECK(open(),
               "a signal that nobody reads ends the program; wait until the "
               "signals are open, or use TestHost::Kill");
  if (std::find(pending_.begin(), pending_.end(), signal) != pending_.end()) {
    return;
  }
  pending_.push_back(signal);
  host_.wake().SignalWake(fd_);
}

}  // namespace cloche

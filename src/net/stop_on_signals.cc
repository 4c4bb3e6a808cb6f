#include "cloche/net/stop_on_signals.h"

#include <cerrno>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cloche/base/errors.h"
#include "cloche/tasks/readiness.h"
#include "cloche/tasks/try.h"

namespace cloche {
namespace {

absl::string_view NameOf(Signal signal) {
  return signal == Signal::kInterrupt ? "SIGINT" : "SIGTERM";
}

// The open descriptor; destroying it gives the signals back.
class SignalDescriptor {
 public:
  explicit SignalDescriptor(SignalCalls& calls)
      : calls_(calls), fd_(calls.OpenSignals()) {}
  SignalDescriptor(const SignalDescriptor&) = delete;
  SignalDescriptor& operator=(const SignalDescriptor&) = delete;
  ~SignalDescriptor() {
    if (fd_ >= 0) calls_.CloseSignals(fd_);
  }

  absl::Status status() const {
    return fd_ >= 0 ? absl::OkStatus() : ErrnoStatus(fd_, "open signals");
  }

  // Waits for the next signal.
  Task<Signal> Next() {
    Signal signal;
    int result = calls_.TakeSignal(fd_, &signal);
    while (result == -EAGAIN || result == -EINTR) {
      co_await Try(WaitReadable(fd_));
      result = calls_.TakeSignal(fd_, &signal);
    }
    if (result < 0) co_return ErrnoStatus(result, "take a signal");
    co_return signal;
  }

 private:
  SignalCalls& calls_;
  const int fd_;
};

}  // namespace

Task<> StopOnSignals(Started<>& started, SignalCalls& calls, StopSource& stop) {
  SignalDescriptor signals(calls);
  co_await Try(signals.status());
  started.Set();
  co_await Try(signals.Next());
  stop.Stop();
  const Signal second = co_await Try(signals.Next());
  co_return absl::AbortedError(absl::StrCat("a second signal, ", NameOf(second),
                                            ": ended before it had stopped"));
}

}  // namespace cloche

// LinuxSignalCalls: SignalCalls by signalfd(2).
//
// Facts about signalfd (signalfd(2), signal(7))
//   * It takes only signals that are blocked: one that is not is delivered the
//     usual way before anybody can read it.
//   * The mask of blocked signals belongs to a thread. New threads copy it, and
//     so do programs over fork and exec.
//   * Ordinary signals do not queue: pending is pending, however often.
//   * A read gives a 128-byte record for each signal taken, or EAGAIN.
//
// What this means for us: OpenSignals blocks, and CloseSignals restores what
// was blocked before. One descriptor at a time, therefore.
//
// Main disadvantage: Linux only.
//
// Next: net/stop_on_signals.h.

#ifndef CLOCHE_CALLS_LINUX_SIGNAL_CALLS_H_
#define CLOCHE_CALLS_LINUX_SIGNAL_CALLS_H_

#include <signal.h>

#include "cloche/calls/signal_calls.h"

namespace cloche {

class LinuxSignalCalls final : public SignalCalls {
 public:
  int OpenSignals() override;
  int TakeSignal(int fd, Signal* signal) override;
  int CloseSignals(int fd) override;

 private:
  sigset_t blocked_before_ = {};
};

}  // namespace cloche

#endif  // CLOCHE_CALLS_LINUX_SIGNAL_CALLS_H_

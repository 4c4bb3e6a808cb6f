// LinuxWakeCalls: WakeCalls by eventfd(2).
//
// Facts about eventfd (eventfd(2))
//   * It is a 64-bit counter behind a descriptor: write adds to it, read takes
//     all of it and leaves 0; it is readable while it is not 0.
//   * A write that would overflow the counter fails with EAGAIN when
//     non-blocking; the counter is not 0 then, so it is readable already.
//   * A read of 0 fails with EAGAIN.
//
// What this means for us: a thousand wakes are one event and one read, and
// neither EAGAIN is an error.
//
// Main disadvantage: Linux only; kqueue systems have EVFILT_USER or a pipe.
//
// Next: calls/pipe_wake_calls.h, which works anywhere; poller/epoll_poller.h.

#ifndef CLOCHE_CALLS_LINUX_WAKE_CALLS_H_
#define CLOCHE_CALLS_LINUX_WAKE_CALLS_H_

#include "cloche/calls/wake_calls.h"

namespace cloche {

// Thread safety: any thread; it has no state of its own.
class LinuxWakeCalls final : public WakeCalls {
 public:
  int OpenWake() override;
  int SignalWake(int fd) override;
  int DrainWake(int fd) override;
  int CloseWake(int fd) override;
};

}  // namespace cloche

#endif  // CLOCHE_CALLS_LINUX_WAKE_CALLS_H_

// WakeCalls: a descriptor that another thread can make readable.
//
// A loop that sleeps in a poller which knows nothing but descriptors is woken
// by one of them. Linux has eventfd(2) for it; elsewhere a pipe does, and under
// Windows a datagram socket that is its own peer. kqueue (EVFILT_USER) and
// completion ports (a packet) need none.
//
// Main disadvantage: a wake costs two system calls, one on each side, so it is
// for crossing threads and never for talking to oneself.
//
// Next: poller/epoll_poller.cc, whose Wake() uses it.

#ifndef CLOCHE_CALLS_WAKE_CALLS_H_
#define CLOCHE_CALLS_WAKE_CALLS_H_

#include <cerrno>

namespace cloche {

class WakeCalls {
 public:
  virtual ~WakeCalls() = default;

  // A new descriptor, not readable yet, or a negative errno. Close it with
  // CloseWake.
  virtual int OpenWake() = 0;

  // Makes `fd` readable until the next DrainWake, however often it is called
  // before. Thread safety: any thread; async-signal-safe. Returns 0 or a
  // negative errno.
  virtual int SignalWake(int fd) = 0;

  // Makes `fd` not readable again. 0, also when it was not readable.
  virtual int DrainWake(int fd) = 0;

  virtual int CloseWake(int fd) = 0;
};

// Signals until that is done: an interrupted call would lose the wake. Any
// other failure is of no use to the caller, who may be a signal handler and has
// seen to it that `fd` is open. Async-signal-safe.
inline void SignalWakeForSure(WakeCalls& calls, int fd) {
  while (calls.SignalWake(fd) == -EINTR) {
  }
}

}  // namespace cloche

#endif  // CLOCHE_CALLS_WAKE_CALLS_H_

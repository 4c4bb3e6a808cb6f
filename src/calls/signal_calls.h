// SignalCalls: the two signals that ask a program to end, as a descriptor.
//
// A signal handler runs in the middle of anything and may do next to nothing.
// A descriptor that becomes readable is an event like all others, so a loop
// needs no handler: Linux has signalfd(2) for it, kqueue EVFILT_SIGNAL.
//
// Main disadvantage: to be read, a signal must be blocked, and programs started
// from this one inherit that.
//
// Next: net/stop_on_signals.h, which waits for them.

#ifndef CLOCHE_CALLS_SIGNAL_CALLS_H_
#define CLOCHE_CALLS_SIGNAL_CALLS_H_

#include <cstdint>

namespace cloche {

enum class Signal : uint8_t {
  kInterrupt,  // SIGINT: Ctrl-C.
  kTerminate,  // SIGTERM: kill(1), service managers.
};

// Thread safety: one thread, the one that other threads are started from.
class SignalCalls {
 public:
  virtual ~SignalCalls() = default;

  // From now on these signals do not end the process, but make the descriptor
  // that this returns readable; or a negative errno. Other threads must be
  // started after it, or they go on to receive the signals.
  virtual int OpenSignals() = 0;

  // Takes one signal that has come. 0, or -EAGAIN if none has. The same signal
  // sent twice before it is taken counts once.
  virtual int TakeSignal(int fd, Signal* signal) = 0;

  // The signals do again what they did before OpenSignals; one that has come
  // and was not taken does it now.
  virtual int CloseSignals(int fd) = 0;
};

}  // namespace cloche

#endif  // CLOCHE_CALLS_SIGNAL_CALLS_H_

// WindowsSignalCalls: SignalCalls by SetConsoleCtrlHandler.
//
//   Ctrl-C ──► a thread of the system's ──► a byte ──► fd is readable
//                                                          │
//   TakeSignal ◄── receives it ────────────────────────────┘
//
// Facts (Microsoft's documentation: SetConsoleCtrlHandler, HandlerRoutine)
//   * There are no signals. Ctrl-C and Ctrl-Break, and the end of the console,
//     of the session or of the system, call a function of the program in a
//     thread that is made for it.
//   * When that function returns after such an end, the process is ended at
//     once; if it does not return, some seconds later.
//   * The function is given nothing but which.
//
// What this means for us
//   * Ctrl-C and Ctrl-Break are kInterrupt, the ends are kTerminate. There is
//     no other way to ask a process to end: TerminateProcess does not ask.
//   * After an end the function sleeps, so that the process has those seconds
//     for its open requests.
//   * What the function needs is global, so there is one descriptor at a time.
//   * The byte comes over a connection of this process with itself: no backend
//     here can wait for anything but sockets.
//
// Main disadvantage: that global state.
//
// Next: calls/windows_loopback_pair.h; net/stop_on_signals.h.

#ifndef CLOCHE_CALLS_WINDOWS_SIGNAL_CALLS_H_
#define CLOCHE_CALLS_WINDOWS_SIGNAL_CALLS_H_

#include "cloche/calls/signal_calls.h"
#include "cloche/calls/windows_socket_calls.h"

namespace cloche {

class WindowsSignalCalls final : public SignalCalls {
 public:
  // -EBUSY: there is a descriptor already.
  int OpenSignals() override;
  int TakeSignal(int fd, Signal* signal) override;
  int CloseSignals(int fd) override;

 private:
  WindowsSocketCalls sockets_;
};

}  // namespace cloche

#endif  // CLOCHE_CALLS_WINDOWS_SIGNAL_CALLS_H_

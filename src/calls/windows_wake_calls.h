// WindowsWakeCalls: WakeCalls by a datagram socket that is connected to itself.
//
//     SignalWake ──► send ──► [ 127.0.0.1:port, the same socket ] ──► readable
//
// Windows has events for waking, but Winsock's select takes sockets only. A
// datagram socket that is its own peer needs no second one, so that one
// descriptor is all there is to know, and it hears nobody else: datagrams of
// strangers are dropped before they are seen.
//
// Facts (Microsoft's documentation: send, connect)
//   * A datagram is there as a whole, or it is not.
//   * When there is no room for one more, it is dropped without a word, or
//     send says WSAEWOULDBLOCK or WSAENOBUFS. The last is also what it says
//     when the system has no memory.
//
// What this means for us
//   * What is dropped was not needed: the socket is readable already. After
//     WSAENOBUFS that is looked at, and if it is not, the wake is sent again
//     until there is memory. A wake that is lost is a loop that sleeps on.
//   * DrainWake receives until there is nothing more, so that many wakes cost
//     many receives, where an eventfd has one.
//
// Main disadvantage: a port of the machine for each. And whoever takes it away
// with SO_REUSEADDR could hear the wakes, hence SO_EXCLUSIVEADDRUSE.
//
// Next: poller/select_poller.h; calls/linux_wake_calls.h, to compare.

#ifndef CLOCHE_CALLS_WINDOWS_WAKE_CALLS_H_
#define CLOCHE_CALLS_WINDOWS_WAKE_CALLS_H_

#include "cloche/calls/wake_calls.h"
#include "cloche/calls/windows_socket_calls.h"

namespace cloche {

// Thread safety: any thread; it has no state of its own. There are no signal
// handlers.
class WindowsWakeCalls final : public WakeCalls {
 public:
  int OpenWake() override;
  int SignalWake(int fd) override;
  int DrainWake(int fd) override;
  int CloseWake(int fd) override;

 private:
  int ConnectToItself(int fd);
  bool IsReadable(int fd);

  WindowsSocketCalls sockets_;
};

}  // namespace cloche

#endif  // CLOCHE_CALLS_WINDOWS_WAKE_CALLS_H_

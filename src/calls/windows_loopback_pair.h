// OpenLoopbackPair: what socketpair(2) would be, over TCP.
//
//     listener at a port of 127.0.0.1 ◄── connect ── pair[1]
//          └── accept ──► pair[0]                    the listener is closed
//
// Main disadvantage: while the listener is open, another program of this
// machine may connect to it first. Who was accepted is looked at, and then this
// fails.
//
// Next: calls/windows_signal_calls.cc, which has one.

#ifndef CLOCHE_CALLS_WINDOWS_LOOPBACK_PAIR_H_
#define CLOCHE_CALLS_WINDOWS_LOOPBACK_PAIR_H_

namespace cloche {

// 0, and two connected descriptors as WindowsSocketCalls makes them; else the
// negative errno of what failed, -ECONNABORTED for a stranger. It waits until
// they are connected, which on this machine nothing hinders.
int OpenLoopbackPair(int pair[2]);

}  // namespace cloche

#endif  // CLOCHE_CALLS_WINDOWS_LOOPBACK_PAIR_H_

// WindowsSelectCalls: SelectCalls on Winsock.
//
//     sets     read {a}   write {b, c}   except {d}
//     select   read {a}   write {b, c}   except {b, c, d}
//     answers             write {}       except {b, c}
//     getpeername         b: yes         c: no             b has an out-of-band
//     sets                write {c}                        byte, c has failed
//                                                          to connect
//
// Facts about Winsock's select (Microsoft's documentation: select, getpeername;
// "W": measured under Wine 8.0)
//   * A set is a count and an array of handles, of whatever size its program
//     was compiled with (FD_SETSIZE). The first parameter is ignored.
//   * A connect that failed is in the third set alone. So is an out-of-band
//     byte, for as long as nobody has read it.
//   * getpeername is for connected sockets only: else it is WSAENOTCONN. W:
//     which it is after a connect that failed; it is 0 while there is an
//     out-of-band byte.
//   * Three empty sets are WSAEINVAL; a closed socket is WSAENOTSOCK.
//   * Its timeout has microseconds, of which the system's clock makes
//     milliseconds.
//
// What this means for us
//   * No descriptor is too large; more than kSelectSetSize in a set are too
//     many (HasRoom).
//   * Whoever waits for `write` waits for the third set too, until it is seen
//     there that he is connected. If nobody else is ready, select is asked once
//     more, without him, for the time that is left. Else one byte of the peer,
//     and no room to write, would make a wait that never sleeps.
//   * Without any socket the wait is a sleep.
//
// Main disadvantage: 24 KiB of sets for each call, and those of `write` twice;
// two calls for each wait with an out-of-band byte at a writer.
//
// Next: poller/select_poller.h; calls/linux_select_calls.h, to compare.

#ifndef CLOCHE_CALLS_WINDOWS_SELECT_CALLS_H_
#define CLOCHE_CALLS_WINDOWS_SELECT_CALLS_H_

#include <cstddef>

#include "cloche/calls/select_calls.h"
#include "cloche/calls/windows_winsock.h"

namespace cloche {

// Thread safety: any thread; it has no state of its own.
class WindowsSelectCalls final : public SelectCalls {
 public:
  int Select(SelectSets& sets, absl::Duration timeout) override;
  bool HasRoom(int fd, size_t others) const override;

 private:
  const WinsockUser winsock_;
};

}  // namespace cloche

#endif  // CLOCHE_CALLS_WINDOWS_SELECT_CALLS_H_

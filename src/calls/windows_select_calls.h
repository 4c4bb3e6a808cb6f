// WindowsSelectCalls: SelectCalls on Winsock.
//
//     sets     read {a}   write {b, c}   except {d}
//     select   read {a}   write {b, c}   except {b, c, d}
//     answers             write {b}      except {c}        c has failed
//     sets                write {b, c}                     to connect
//
// Facts about Winsock's select (Microsoft's documentation: select)
//   * A set is a count and an array of handles, of whatever size its program
//     was compiled with (FD_SETSIZE). The first parameter is ignored.
//   * A connect that failed is in the third set alone.
//   * Three empty sets are WSAEINVAL; a closed socket is WSAENOTSOCK.
//   * Its timeout has microseconds, of which the system's clock makes
//     milliseconds.
//
// What this means for us
//   * No descriptor is too large; more than kSelectSetSize in a set are too
//     many (HasRoom).
//   * Whoever waits for `write` waits for the third set too. An out-of-band
//     byte is there as well, so that it may say "write" too early: a false
//     alarm.
//   * Without any socket the wait is a sleep.
//
// Main disadvantage: 24 KiB of sets for each call, and those of `write` twice.
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

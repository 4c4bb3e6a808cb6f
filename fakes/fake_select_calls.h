// FakeSelectCalls: select(2) of one fake host.
//
// Facts about select (select(2); Linux's fs/select.c; measured on Linux 6.18)
//   * A descriptor stays in a set if the file says one of these:
//       read     IN, HUP or ERR     a read would not wait: it may fail
//       write    OUT or ERR         likewise; HUP alone is not enough
//       except   PRI                an out-of-band byte; never an error
//   * The result counts bits, not descriptors.
//   * A closed descriptor in any set is EBADF for the whole call, and so is
//     not told which one.
//   * On an error the sets are left as they were. After the timeout they are
//     empty.
//   * Three empty sets are a way to sleep.
//
// A wait is where virtual time passes.
//
// Main disadvantage: a closed descriptor is always EBADF here. Linux overlooks
// those above what its table of descriptors has room for (select(2), BUGS).
//
// Next: fakes/fake_poll_table.h, how it waits; fakes/fake_poll_calls.h.

#ifndef CLOCHE_FAKES_FAKE_SELECT_CALLS_H_
#define CLOCHE_FAKES_FAKE_SELECT_CALLS_H_

#include "cloche/calls/select_calls.h"

namespace cloche {

class FakeHost;

class FakeSelectCalls final : public SelectCalls {
 public:
  explicit FakeSelectCalls(FakeHost& host) : host_(host) {}

  int Select(SelectSets& sets, absl::Duration timeout) override;

 private:
  int Wait(SelectSets& sets, absl::Duration timeout);

  FakeHost& host_;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_SELECT_CALLS_H_

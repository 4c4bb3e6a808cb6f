// FakePollCalls: poll(2) of one fake host.
//
// Facts about poll (poll(2); measured on Linux 6.18)
//   * ERR and HUP are reported whether asked for or not, as by epoll.
//   * A negative descriptor is skipped: nothing is reported of it. So a program
//     silences an entry by negating its descriptor.
//   * A closed descriptor is no error of the call: its entry reports NVAL,
//     whether asked for or not, and that counts as ready.
//   * One descriptor may stand in several entries; each is asked by itself.
//   * More entries than RLIMIT_NOFILE are EINVAL, even if all are skipped.
//   * There is no memory between two calls: every call is level-triggered.
//   * A descriptor that is closed during the call is waited for as before.
//
// A wait is where virtual time passes.
//
// Not modelled yet: the older spellings RDNORM, RDBAND, WRNORM, WRBAND.
//
// Next: fakes/fake_poll_table.h, how it waits; fakes/fake_select_calls.h.

#ifndef CLOCHE_FAKES_FAKE_POLL_CALLS_H_
#define CLOCHE_FAKES_FAKE_POLL_CALLS_H_

#include "cloche/calls/poll_calls.h"

namespace cloche {

class FakeHost;

class FakePollCalls final : public PollCalls {
 public:
  explicit FakePollCalls(FakeHost& host) : host_(host) {}

  int Poll(absl::Span<PollEntry> entries, absl::Duration timeout) override;

 private:
  int Wait(absl::Span<PollEntry> entries, absl::Duration timeout);

  FakeHost& host_;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_POLL_CALLS_H_

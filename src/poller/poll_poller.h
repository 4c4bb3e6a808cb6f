// PollPoller: the Poller over poll(2).
//
// How it works: the kernel keeps nothing between two calls, so the set of
// descriptors is kept here and handed over at every wait. One more descriptor,
// known to nobody else, stands for Wake.
//
//     Add ----> [ table: wake fd, fd 7, fd 9, ... ]
//                    | all of it, each time
//     Wait ----> poll(2) ----> goes through all of it again: who reports?
//
// Facts about poll (poll(2); fakes/fake_poll_calls.h)
//   * The kernel asks every descriptor of the list, in every call. A call costs
//     as much as there are descriptors, however few are ready.
//   * Reported at every call while it is true: there is no memory in which an
//     edge could be kept.
//   * POLLERR and POLLHUP are reported whether asked for or not, and so is
//     POLLNVAL: the descriptor is closed. The call itself does not fail.
//   * POLLRDHUP says that the peer's FIN was seen. It must be asked for, and
//     Linux alone has it.
//   * More entries than RLIMIT_NOFILE are EINVAL.
//   * Regular files can be watched, and are always ready.
//   * ppoll(2) takes nanoseconds. A signal ends the wait with EINTR.
//
// What this means for us
//   * Level-triggered, and nothing else: edges would have to be made up here.
//   * Add and Remove make no system call, so they cannot say that a descriptor
//     is closed. The next wait does, as kPollError, until it is removed.
//   * Remove comes before close: the table does not notice a close, and would
//     report whoever gets the number next under the old token.
//   * RDHUP is asked for together with IN, and never alone: it stays true, so
//     a writer would spin on it.
//   * When more is ready than the caller has room for, the next wait goes on
//     where this one stopped. Else those at the end might never have a turn.
//
// Main disadvantage: O(descriptors) for each wait, in the kernel and here.
//
// Next: poller/select_poller.h, the older sister; poller/epoll_poller.h, which
// remembers; docs/backends.md, all of them side by side.

#ifndef CLOCHE_POLLER_POLL_POLLER_H_
#define CLOCHE_POLLER_POLL_POLLER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/calls/poll_calls.h"
#include "cloche/calls/wake_calls.h"
#include "cloche/poller/interest_table.h"
#include "cloche/poller/poller.h"

namespace cloche {

// Thread safety: one thread, Wake excepted.
//
// Invariants:
//   1. wake_fd_ is open, and in the table, for the whole life of the object.
//   2. kWakeToken is never reported to the caller.
class PollPoller final : public Poller {
 public:
  // "poll". Errors: those of the calls (RESOURCE_EXHAUSTED when descriptors run
  // out). Lifetime: the calls must outlive the poller.
  static absl::StatusOr<std::unique_ptr<PollPoller>> Create(PollCalls& poll,
                                                            WakeCalls& wake);

  PollPoller(const PollPoller&) = delete;
  PollPoller& operator=(const PollPoller&) = delete;
  ~PollPoller() override;

  absl::string_view name() const override { return "poll"; }
  bool edge_triggered() const override { return false; }
  bool reports_priority() const override { return true; }
  int Add(int fd, uint8_t interest, uint64_t token) override;
  int Modify(int fd, uint8_t interest, uint64_t token) override;
  int Remove(int fd) override;
  int Wait(absl::Span<PollEvent> events, absl::Duration timeout) override;
  void Wake() override;

 private:
  PollPoller(PollCalls& poll, WakeCalls& wake) : poll_(poll), wake_(wake) {}

  absl::Status Open();
  void FillList();
  int Translate(size_t count, absl::Span<PollEvent> events);

  PollCalls& poll_;
  WakeCalls& wake_;
  int wake_fd_ = -1;
  InterestTable table_;
  std::vector<PollEntry> list_;  // The table as poll(2) wants it.
};

}  // namespace cloche

#endif  // CLOCHE_POLLER_POLL_POLLER_H_

// SelectPoller: the Poller over select(2).
//
// How it works: the kernel keeps nothing between two calls, so the set of
// descriptors is kept here and sorted into three sets at every wait. One more
// descriptor, known to nobody else, stands for Wake.
//
//     Add ----> [ table: wake fd, fd 7, fd 9, ... ]
//                    | each time: read {wake, 7, 9}, write {9}, except {}
//     Wait ----> select(2) ----> what is left in the sets: read {7}
//
// Facts about select (select(2); fakes/fake_select_calls.h)
//   * It knows three words. Read: a read would not wait, which includes data,
//     the end, a hang-up and an error. Write: likewise, a hang-up excepted.
//     Except: an out-of-band byte, and never an error.
//   * Reported at every call while it is true: there is no memory in which an
//     edge could be kept.
//   * Descriptors from FD_SETSIZE on, 1,024 mostly, cannot be asked about. In
//     C they are written beyond the end of the set.
//   * One closed descriptor fails the whole call with EBADF, and is not named.
//   * Regular files can be watched, and are always ready.
//   * pselect(2) takes nanoseconds. A signal ends the wait with EINTR.
//   * On Windows a set is an array of handles, its size limits how many there
//     are, and a connect that failed is in the third set alone.
//
// What this means for us
//   * Level-triggered, and nothing else: edges would have to be made up here.
//   * kPollHangUp and kPollPeerClosedWrite are never reported: readable is all
//     that is known, and the call that follows says which.
//   * A descriptor that is too large, or on Windows one too many, is refused by
//     Add with ERANGE, whose explanation says that another backend would do.
//   * After EBADF each descriptor is asked by itself, at every wait until those
//     that are closed, which are reported as kPollError, are removed. Else one
//     of them would make the others deaf. If none is closed any more, because
//     another thread has got the number, that wait is over and nothing was.
//   * Remove comes before close: the table does not notice a close, and would
//     report whoever gets the number next under the old token.
//   * When more is ready than the caller has room for, the next wait goes on
//     where this one stopped. Else those at the end might never have a turn.
//   * There is no arithmetic with bits here, and failed connects of Windows are
//     for its SelectCalls to put into the write set: this file fits there too.
//
// Main disadvantage: O(descriptors) for each wait, and not many descriptors.
//
// Next: poller/poll_poller.h, which has neither the limit nor the EBADF;
// docs/backends.md, all of them side by side.

#ifndef CLOCHE_POLLER_SELECT_POLLER_H_
#define CLOCHE_POLLER_SELECT_POLLER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/calls/select_calls.h"
#include "cloche/calls/wake_calls.h"
#include "cloche/poller/interest_table.h"
#include "cloche/poller/poller.h"

namespace cloche {

// Thread safety: one thread, Wake excepted.
//
// Invariants:
//   1. wake_fd_ is open, and in the table, for the whole life of the object.
//   2. kWakeToken is never reported to the caller.
//   3. Every descriptor of the table has room in a set.
class SelectPoller final : public Poller {
 public:
  // "select". Errors: those of the calls (RESOURCE_EXHAUSTED when descriptors
  // run out, those that fit into a set included). Lifetime: the calls must
  // outlive the poller.
  static absl::StatusOr<std::unique_ptr<SelectPoller>> Create(
      SelectCalls& select, WakeCalls& wake);

  SelectPoller(const SelectPoller&) = delete;
  SelectPoller& operator=(const SelectPoller&) = delete;
  ~SelectPoller() override;

  absl::string_view name() const override { return "select"; }
  bool edge_triggered() const override { return false; }
  bool reports_priority() const override { return true; }
  // -ERANGE: the descriptor does not fit into a set.
  int Add(int fd, uint8_t interest, uint64_t token) override;
  int Modify(int fd, uint8_t interest, uint64_t token) override;
  int Remove(int fd) override;
  int Wait(absl::Span<PollEvent> events, absl::Duration timeout) override;
  void Wake() override;

 private:
  SelectPoller(SelectCalls& select, WakeCalls& wake)
      : select_(select), wake_(wake) {}

  absl::Status Open();
  void ClearSets();
  void FillSets();
  // What is true of entries of the table, into flags_; how many have something
  // to report. -EBADF: nobody can be woken any more.
  int ReadSets();
  int AskEach();
  int Note(const std::vector<int>& fds, uint8_t flag);
  int Translate(size_t count, absl::Span<PollEvent> events);

  SelectCalls& select_;
  WakeCalls& wake_;
  int wake_fd_ = -1;
  InterestTable table_;
  SelectSets sets_;             // The table as select(2) wants it.
  std::vector<uint8_t> flags_;  // By place in the table.
};

}  // namespace cloche

#endif  // CLOCHE_POLLER_SELECT_POLLER_H_

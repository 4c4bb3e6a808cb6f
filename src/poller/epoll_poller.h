// EpollPoller: the Poller over epoll(7).
//
// How it works: one epoll instance holds the descriptors, the kernel keeps a
// list of those that became ready, and a wait takes from that list. One more
// descriptor, known to nobody else, stands for Wake.
//
//     Add ----> [ epoll instance: fd 7, fd 9, ..., wake fd ]
//                        | ready list, first come first served
//     Wait <-------------+           Wake (any thread) ----> wake fd
//
// Facts about epoll (epoll(7), epoll_ctl(2), epoll_wait(2))
//   * EPOLLERR and EPOLLHUP are reported whether asked for or not.
//   * EPOLLHUP may come without EPOLLIN. On TCP it means that both directions
//     are shut; on a UNIX socket that the peer closed. A socket that was never
//     connected has OUT|HUP.
//   * EPOLLRDHUP says that the peer's FIN was seen. It must be asked for. It
//     does not mean "closed": the socket may still be written.
//   * EPOLLET: one report for each time that something happens; EPOLL_CTL_MOD
//     looks again and reports what is true at that moment.
//   * Without EPOLLET: reported at every wait while it is true.
//   * Regular files cannot be watched: EPERM.
//   * The set holds open files, not descriptors. close(2) takes a file out
//     only if no other descriptor (dup, fork) refers to it; if one does,
//     reports go on under the old token and EPOLL_CTL_DEL says EBADF.
//   * The instance is a file that can be polled itself: readable while its
//     ready list has something that is still true. To whoever watches it for
//     edges, each wake-up of a member is one; what a wait leaves in the list
//     is none.
//   * The timeout is in whole milliseconds; -1 is for ever. A signal ends the
//     wait with EINTR.
//
// What this means for us
//   * RDHUP is asked for together with IN, and never alone: it stays true, so
//     a level-triggered writer would spin on it.
//   * Whoever is level-triggered must Remove a descriptor that has hung up and
//     that nobody waits for: an interest of 0 does not silence it.
//   * Remove comes before close, while the descriptor still names the file. Who
//     knows that there is no copy of it may leave that to close(2), as
//     backend/readiness_backend.h does of Cloche's own, edge-triggered.
//   * Timeouts round up. Rounded down, a deadline 0.4 ms away would be a loop
//     that polls with timeout 0 until it has come.
//
// Main disadvantage: a change of interest is one system call per descriptor;
// kqueue takes a list of changes along with the wait.
//
// Next: poller/poll_poller.h and poller/kqueue_poller.h, to compare;
// backend/readiness_backend.h; fakes/fake_epoll.h for epoll as a model;
// docs/backends.md, all of them side by side.

#ifndef CLOCHE_POLLER_EPOLL_POLLER_H_
#define CLOCHE_POLLER_EPOLL_POLLER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/calls/epoll_calls.h"
#include "cloche/calls/wake_calls.h"
#include "cloche/poller/poller.h"

namespace cloche {

enum class EpollTrigger : uint8_t { kEdge, kLevel };

// Thread safety: one thread, Wake excepted.
//
// Invariants:
//   1. epoll_fd_ and wake_fd_ are open, and wake_fd_ is in the set, for the
//      whole life of the object.
//   2. kWakeToken is never reported to the caller.
class EpollPoller final : public Poller {
 public:
  // "epoll" or, level-triggered, "epoll-level". Errors: those of the calls
  // (RESOURCE_EXHAUSTED when descriptors run out). Lifetime: the calls must
  // outlive the poller.
  static absl::StatusOr<std::unique_ptr<EpollPoller>> Create(
      EpollCalls& epoll, WakeCalls& wake,
      EpollTrigger trigger = EpollTrigger::kEdge);

  EpollPoller(const EpollPoller&) = delete;
  EpollPoller& operator=(const EpollPoller&) = delete;
  ~EpollPoller() override;

  absl::string_view name() const override;
  bool edge_triggered() const override;
  bool reports_priority() const override { return true; }
  int Add(int fd, uint8_t interest, uint64_t token) override;
  int Modify(int fd, uint8_t interest, uint64_t token) override;
  int Remove(int fd) override;
  int Wait(absl::Span<PollEvent> events, absl::Duration timeout) override;
  void Wake() override;
  int pollable_descriptor() const override { return epoll_fd_; }

 private:
  // Events taken out of the kernel at once. 256 of them are 3 KB, and a busy
  // server's wait then costs each event a few nanoseconds.
  static constexpr size_t kMaxEvents = 256;

  EpollPoller(EpollCalls& epoll, WakeCalls& wake, EpollTrigger trigger)
      : epoll_(epoll), wake_(wake), trigger_(trigger) {}

  absl::Status Open();
  int Control(EpollCtlOp op, int fd, uint8_t interest, uint64_t token);
  int Translate(size_t count, absl::Span<PollEvent> events);

  EpollCalls& epoll_;
  WakeCalls& wake_;
  const EpollTrigger trigger_;
  int epoll_fd_ = -1;
  int wake_fd_ = -1;
  std::array<EpollEvent, kMaxEvents> buffer_;
};

}  // namespace cloche

#endif  // CLOCHE_POLLER_EPOLL_POLLER_H_

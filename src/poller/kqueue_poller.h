// KqueuePoller: the Poller over kqueue(2) of macOS and the BSDs.
//
// How it works: one kqueue holds a knote for each direction of a descriptor,
// the kernel keeps a list of those that became ready, and a wait takes from
// that list. A knote of its own, behind which there is no descriptor, stands
// for Wake.
//
//     Add ----> [ kqueue: fd 7 READ, fd 7 WRITE, fd 9 READ, ..., USER ]
//                        | ready list, first come first served
//     Wait <-------------+           Wake (any thread) ----> USER
//
// Facts about kqueue (kqueue(2); fakes/fake_kqueue.h)
//   * READ and WRITE of a descriptor are two knotes, independent in everything,
//     and come as two events.
//   * EV_CLEAR: one report for each time that something happens. EV_ADD of a
//     knote that exists replaces its user data, looks again and reports what is
//     true at that moment.
//   * EV_EOF on READ: the peer's FIN was seen; unread data may be left. On
//     WRITE: the own half is shut. A reset is EV_EOF on both, with the error in
//     fflags, which leaves SO_ERROR where it is.
//   * Nothing is reported unasked. A socket that was never connected is silent,
//     and so are out-of-band bytes.
//   * Changes are a list. The first that fails ends it, unless there is room
//     for events or EV_RECEIPT is set: then each gets its own answer.
//   * An answer is the change once more: EV_ERROR in flags, an errno or 0 in
//     data. Only macOS leaves the other flags in it. FreeBSD, NetBSD, OpenBSD
//     and DragonFly overwrite them (`flags = EV_ERROR` in their kern_event.c):
//     it does not say what was asked.
//   * EV_DELETE of a knote that does not exist is ENOENT; of a descriptor that
//     is closed, EBADF.
//   * close(2) takes the knotes of that descriptor along, without a word; those
//     of a dup'ed one stay.
//   * EVFILT_USER is missing on old NetBSD and OpenBSD: EINVAL.
//   * The timeout is in nanoseconds. A signal ends the wait with EINTR, when
//     all changes have been applied.
//
// What this means for us
//   * Add and Modify are the same, and Modify may delete what is not there: all
//     changes ask for receipts, and an ENOENT of EV_DELETE is no error. Which
//     change was one is looked up in what was sent, by descriptor and filter.
//   * One descriptor may be in two events of a wait.
//   * EOF is never taken for an error: unread data comes first. Whoever tries
//     the call hears what it is.
//   * A receive stops at the mark of an out-of-band byte, and nobody says that
//     there is one: reports_priority is false (backend/readiness_backend.h).
//   * Without EVFILT_USER a descriptor of WakeCalls does what it does on epoll:
//     there a pipe (calls/pipe_wake_calls.h).
//   * The loop has its own timers; EVFILT_TIMER is not needed.
//
// Main disadvantage: no system that Cloche is tested on has kqueue. It has run
// on a model with the BSDs' rules, and never yet on BSD or macOS. The model has
// one thread: a wake by EVFILT_USER has never come from another one. What
// ThreadSanitizer has looked at is the pipe (poller/kqueue_pipe_test.cc).
//
// Next: poller/epoll_poller.h, to compare; fakes/fake_kqueue.h, the model;
// docs/backends.md, all of them side by side.

#ifndef CLOCHE_POLLER_KQUEUE_POLLER_H_
#define CLOCHE_POLLER_KQUEUE_POLLER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/calls/kqueue_calls.h"
#include "cloche/calls/wake_calls.h"
#include "cloche/poller/poller.h"

namespace cloche {

// Thread safety: one thread, Wake excepted.
//
// Invariants:
//   1. kqueue_fd_ is open, and the knote for Wake is in it, for the whole life
//      of the object: of kUser, or READ of wake_fd_ if that is not -1.
//   2. kWakeToken is never reported to the caller.
class KqueuePoller final : public Poller {
 public:
  // "kqueue". Errors: those of the calls (RESOURCE_EXHAUSTED when descriptors
  // run out). Lifetime: the calls must outlive the poller.
  static absl::StatusOr<std::unique_ptr<KqueuePoller>> Create(
      KqueueCalls& kqueue, WakeCalls& wake);

  KqueuePoller(const KqueuePoller&) = delete;
  KqueuePoller& operator=(const KqueuePoller&) = delete;
  ~KqueuePoller() override;

  absl::string_view name() const override { return "kqueue"; }
  bool edge_triggered() const override { return true; }
  bool reports_priority() const override { return false; }
  // Of a descriptor that is watched already it is Modify, and the reverse.
  int Add(int fd, uint8_t interest, uint64_t token) override;
  int Modify(int fd, uint8_t interest, uint64_t token) override;
  int Remove(int fd) override;
  int Wait(absl::Span<PollEvent> events, absl::Duration timeout) override;
  void Wake() override;
  int pollable_descriptor() const override { return kqueue_fd_; }

 private:
  // Events taken out of the kernel at once.
  static constexpr size_t kMaxEvents = 256;
  static constexpr size_t kMaxChanges = 2;

  KqueuePoller(KqueueCalls& kqueue, WakeCalls& wake)
      : kqueue_(kqueue), wake_(wake) {}

  absl::Status Open();
  absl::Status OpenWakeDescriptor();
  // All of them, whatever becomes of the others; the first error, for which
  // that something is not there to be deleted does not count.
  int Control(absl::Span<const KernelEvent> changes);
  int Translate(size_t count, absl::Span<PollEvent> events);

  KqueueCalls& kqueue_;
  WakeCalls& wake_;
  int kqueue_fd_ = -1;
  int wake_fd_ = -1;  // -1: EVFILT_USER does it.
  std::array<KernelEvent, kMaxEvents> buffer_;
};

}  // namespace cloche

#endif  // CLOCHE_POLLER_KQUEUE_POLLER_H_

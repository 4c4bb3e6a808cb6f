// BsdKqueueCalls: KqueueCalls on the real kernels of macOS and the BSDs.
//
// Facts about their differences (sys/event.h of each)
//   * The fields of struct kevent have other types and another order on NetBSD,
//     and FreeBSD has more of them, so events are translated one by one.
//   * EVFILT_READ is -1 on most systems and 0 on NetBSD; EVFILT_USER is -11 on
//     FreeBSD, -10 on macOS, -9 on DragonFly and 8 on NetBSD. EV_... bits are
//     the same.
//   * Old OpenBSD, NetBSD and DragonFly have no EVFILT_USER, nor the
//     NOTE_TRIGGER that goes with it. A change of kUser is EINVAL there.
//   * OpenBSD of 2012 had no EV_RECEIPT either. There this does not compile:
//     the poller would take events for receipts.
//   * udata is a pointer, or on old NetBSD an intptr_t. It holds 64 bits where
//     pointers do; elsewhere this does not compile.
//   * A kqueue is not inherited by fork(2), but by exec, unless it is marked.
//   * macOS takes no timeout above 100 million seconds, three years: EINVAL
//     (apple/swift-nio#1642, bitcoin/bitcoin#12375). FreeBSD makes a day of
//     what is longer than a day (its kqueue(2), "BUGS").
//
// What this means for us
//   * A wait that has a timeout lasts for a day at most, everywhere. Waking
//     early is allowed, as epoll does after 24 days: who waits looks at the
//     clock in any case.
//
// Main disadvantage: never run, nor even compiled, on one of these systems;
// only over a stand-in for the two functions (calls/bsd_kqueue_calls_test.cc).
//
// Next: poller/kqueue_poller.h, its user; fakes/fake_kqueue_calls.h, the model.

#ifndef CLOCHE_CALLS_BSD_KQUEUE_CALLS_H_
#define CLOCHE_CALLS_BSD_KQUEUE_CALLS_H_

#include "cloche/calls/kqueue_calls.h"

namespace cloche {

// Thread safety: any thread; it has no state of its own. Kevent without events
// leaves errno as it was and allocates nothing: a signal handler may call it.
class BsdKqueueCalls final : public KqueueCalls {
 public:
  int Kqueue() override;
  // At most 256 events at once; CHECKs that there are no more than 16 changes.
  // 0 also after a day, if `timeout` is longer and not infinite.
  int Kevent(int kqueue_fd, absl::Span<const KernelEvent> changes,
             absl::Span<KernelEvent> events, absl::Duration timeout) override;
  int KqueueClose(int kqueue_fd) override;
};

}  // namespace cloche

#endif  // CLOCHE_CALLS_BSD_KQUEUE_CALLS_H_

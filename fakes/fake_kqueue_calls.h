// FakeKqueueCalls: the kqueue system calls of one fake host.
//
// It looks up the descriptors, gives errors and receipts of changes their place
// in the event list, and lets virtual time pass in a wait; the rules of knotes
// are in fakes/fake_kqueue.h.
//
// Facts about kevent (kqueue(2); FreeBSD's kern_event.c; not measured here)
//   * A change that fails, or that has EV_RECEIPT, takes a slot of the event
//     list for its receipt. The other changes are applied all the same.
//   * If there is no slot left for it, the call ends there: with that error (or
//     0, for a receipt), and without the rest of the changes.
//   * If any slot was taken so, nothing is waited for.
//   * An event list without room is no wait either, whatever the timeout.
//   * When a signal ends the wait, the changes have been applied.
//   * What a receipt has for flags differs: fakes/kqueue_receipt.h. Here it is
//     as on the BSDs, unless set_receipts says macOS.
//   * An EV_ADD that makes a knote fails with ENOMEM where there is no memory
//     for it; one that changes a knote does not.

#ifndef CLOCHE_FAKES_FAKE_KQUEUE_CALLS_H_
#define CLOCHE_FAKES_FAKE_KQUEUE_CALLS_H_

#include <optional>

#include "cloche/calls/kqueue_calls.h"
#include "cloche/fakes/kqueue_receipt.h"

namespace cloche {

class FakeHost;
class FakeKqueue;

class FakeKqueueCalls final : public KqueueCalls {
 public:
  explicit FakeKqueueCalls(FakeHost& host) : host_(host) {}

  int Kqueue() override;
  int Kevent(int kqueue_fd, absl::Span<const KernelEvent> changes,
             absl::Span<KernelEvent> events, absl::Duration timeout) override;
  int KqueueClose(int kqueue_fd) override;

  // For tests: whose receipts they are from now on.
  void set_receipts(ReceiptFlags way) { receipts_ = way; }

 private:
  std::optional<int> Apply(FakeKqueue& kqueue,
                           absl::Span<const KernelEvent> changes,
                           absl::Span<KernelEvent> events);
  int Change(FakeKqueue& kqueue, const KernelEvent& change);
  int Wait(FakeKqueue& kqueue, absl::Span<KernelEvent> events,
           absl::Duration timeout);

  FakeHost& host_;
  ReceiptFlags receipts_ = ReceiptFlags::kErrorAlone;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_KQUEUE_CALLS_H_

// KqueueReceipt: how kevent answers a change that has failed, or that asked to
// be answered.
//
// Facts about receipts (kern_event.c of FreeBSD, NetBSD, OpenBSD and DragonFly,
// and of XNU; read, not measured)
//   * A receipt is the change itself, with EV_ERROR in flags, and data = errno,
//     or 0 for what went well. EV_RECEIPT asks for one in that case too.
//   * The BSDs put EV_ERROR in the place of the flags: who looks at such a
//     receipt cannot tell whether something was to be added or to be deleted.
//   * macOS adds EV_ERROR to the flags: who compares instead of masking does
//     not see it.
//
// So there are two ways, each of which shows another mistake. The fake kernel
// has either; it is told which.
//
// Next: fakes/fake_kqueue_calls.h; testing/kqueue_receipts.h, tests both ways.

#ifndef CLOCHE_FAKES_KQUEUE_RECEIPT_H_
#define CLOCHE_FAKES_KQUEUE_RECEIPT_H_

#include <cstdint>

#include "cloche/calls/kqueue_calls.h"

namespace cloche {

// What a receipt has for flags.
enum class ReceiptFlags {
  kErrorAlone,  // The BSDs.
  kErrorAdded,  // macOS: beside those of the change.
};

// The receipt of `change`. `error`: a positive errno, or 0.
inline KernelEvent KqueueReceipt(const KernelEvent& change, int64_t error,
                                 ReceiptFlags way) {
  KernelEvent receipt = change;
  const int kept = way == ReceiptFlags::kErrorAdded ? change.flags : 0;
  receipt.flags = static_cast<uint16_t>(kept | kEvError);
  receipt.data = error;
  return receipt;
}

}  // namespace cloche

#endif  // CLOCHE_FAKES_KQUEUE_RECEIPT_H_

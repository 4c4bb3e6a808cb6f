// LinuxRingCalls: RingCalls on the real kernel, through liburing.
//
// Facts about io_uring that matter here (io_uring_setup(2), io_uring_enter(2),
// io_uring_prep_connect(3), io_uring_prep_accept(3))
//   * The kernel reads a connect's address when it is submitted, and writes an
//     accept's when it completes.
//   * IORING_SETUP_DEFER_TASKRUN (Linux 6.1): what a request still has to do
//     when its socket has become ready is done inside io_uring_enter, not
//     whenever the kernel interrupts the program. It asks for
//     IORING_SETUP_SINGLE_ISSUER: one thread enters.
//   * That thread is the one that made the ring, unless the ring is born
//     disabled: then it is the one that enables it.
//   * IORING_SETUP_SUBMIT_ALL: one bad submission does not hold up the others.
//
// What this means for us: addresses live in the ring object; older kernels have
// no ring for us, and their users take epoll; a loop may be made on one thread
// and run on another.
//
// Main disadvantage: the length of a wait is relative and starts when the call
// is made, so a signal that ends it makes the next one a new, full wait, if the
// caller does not count.
//
// Next: backend/ring_backend.h.

#ifndef CLOCHE_CALLS_LINUX_RING_CALLS_H_
#define CLOCHE_CALLS_LINUX_RING_CALLS_H_

#include <memory>

#include "cloche/calls/ring_calls.h"

namespace cloche {

// Thread safety: any thread; it has no state of its own. Its rings have one.
class LinuxRingCalls final : public RingCalls {
 public:
  int Open(unsigned depth, std::unique_ptr<Ring>& ring) override;
};

}  // namespace cloche

#endif  // CLOCHE_CALLS_LINUX_RING_CALLS_H_

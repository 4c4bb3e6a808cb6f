// RingCalls: io_uring(7) as an interface.
//
// A ring is two queues in memory that a program and the kernel share. The
// program writes down what it wants, tells the kernel once, and later reads
// what came of it:
//
//     Push ──► [ submissions ] ──┐               ┌──► Reap
//                                ▼ Enter         │
//                             kernel ──► [ completions ]
//
// So a submission is no system call and a completion is none; Enter is, one for
// as many of both as there are.
//
// What is asked for stands in plain structs. Of the sixty operations that there
// are, these are those that Cloche needs.
//
// Main disadvantage: what is submitted is the kernel's until its completion has
// been reaped: buffers stay where they are, and nobody looks at them.
//
// Next: backend/ring_backend.h, its one user; fakes/fake_ring.h, the same rules
// as a model; calls/linux_ring_calls.h, the real thing.

#ifndef CLOCHE_CALLS_RING_CALLS_H_
#define CLOCHE_CALLS_RING_CALLS_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/calls/socket_address.h"

namespace cloche {

// What is asked for, and the call whose result the completion has.
enum class RingOp : uint8_t {
  kAccept,   // accept4(2); the new descriptor is non-blocking, close-on-exec.
  kConnect,  // connect(2), to its end: never EINPROGRESS.
  kReceive,  // recv(2)
  kSend,     // send(2), with MSG_NOSIGNAL
  kPoll,     // poll(2) of one descriptor; result: what is true of it.
  kCancel,   // 0, -ENOENT: it is over already, -EALREADY: it cannot be stopped.
};

struct RingSubmission {
  RingOp op = RingOp::kPoll;
  int fd = -1;         // Not for kCancel.
  uint64_t token = 0;  // Comes back with the completion.
  // kReceive and kSend, which only reads from it. The kernel's until then.
  char* buffer = nullptr;
  size_t size = 0;
  // kConnect: whom to call; copied by Push. kAccept: set to the peer by Reap,
  // if not null.
  SocketAddress* address = nullptr;
  uint32_t events = 0;  // kPoll: bits of calls/poll_calls.h.
  uint64_t target = 0;  // kCancel: the token of what is to end.
};

struct RingCompletion {
  uint64_t token = 0;
  int32_t result = 0;  // As the call returns it, or a negative errno.
};

// Thread safety: one thread, that of the first Enter. Lifetime: at most that of
// the RingCalls that opened it. Whoever destroys it has reaped the completion
// of everything that has a buffer: the kernel would go on writing.
class Ring {
 public:
  virtual ~Ring() = default;

  // Notes a submission for the next Enter. False: the queue is full until then.
  virtual bool Push(const RingSubmission& submission) = 0;

  // Submits what was pushed and waits up to `timeout` for a completion. 0, also
  // when the time is up. -EINTR: a signal came; -EAGAIN: no memory; -EBUSY:
  // completions wait to be reaped. What was not submitted then is kept for the
  // next Enter. The fake kernel says -EDEADLK where nothing can happen any
  // more.
  virtual int Enter(absl::Duration timeout) = 0;

  // Takes completions out of the queue, as many as there are and fit.
  virtual size_t Reap(absl::Span<RingCompletion> completions) = 0;
};

class RingCalls {
 public:
  virtual ~RingCalls() = default;

  // A ring with room for `depth` submissions, at least, and for twice as many
  // completions. 0, or a negative errno: -ENOSYS where the kernel has no
  // io_uring, -EPERM where somebody has forbidden it (a container's rules, the
  // sysctl kernel.io_uring_disabled), -EINVAL where it is too old.
  virtual int Open(unsigned depth, std::unique_ptr<Ring>& ring) = 0;
};

}  // namespace cloche

#endif  // CLOCHE_CALLS_RING_CALLS_H_

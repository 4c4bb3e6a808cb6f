// KqueueCalls: kqueue(2) of macOS and the BSDs as an interface.
//
// A kqueue keeps knotes: one for each pair of a descriptor and a filter, which
// says what about the descriptor is of interest. One call, kevent, does both
// things that epoll has two calls for: it applies a list of changes, then waits
// and fills a list of events.
//
// Constants and the struct are Cloche's own. Values are those that macOS and
// FreeBSD share (EVFILT_USER is -10 on macOS); the struct is not laid out as
// theirs, so the calls on those systems have to translate.
//
// Main disadvantage: no system that Cloche is tested on has kqueue. What is
// written over it runs over the fake one, which follows what was read in the
// BSDs' sources; never yet on the real thing.
//
// Next: fakes/fake_kqueue.h, the rules as a model; poller/kqueue_poller.h, its
// user; calls/bsd_kqueue_calls.h, the real ones; calls/epoll_calls.h.

#ifndef CLOCHE_CALLS_KQUEUE_CALLS_H_
#define CLOCHE_CALLS_KQUEUE_CALLS_H_

#include <cstdint>

#include "absl/time/time.h"
#include "absl/types/span.h"

namespace cloche {

// What about `ident` is of interest.
enum class KernelFilter : int16_t {
  kRead = -1,   // EVFILT_READ
  kWrite = -2,  // EVFILT_WRITE
  kUser = -11,  // EVFILT_USER: kNoteTrigger sets it off; `ident` is any number.
};

// Actions: what a change asks for (EV_...).
inline constexpr uint16_t kEvAdd = 0x0001;
inline constexpr uint16_t kEvDelete = 0x0002;
inline constexpr uint16_t kEvEnable = 0x0004;
inline constexpr uint16_t kEvDisable = 0x0008;
// How to report; they stay with the knote.
inline constexpr uint16_t kEvOneShot = 0x0010;  // Once, then it is deleted.
inline constexpr uint16_t kEvClear = 0x0020;  // Once for each thing that comes.
// Report the change itself, with kEvError and data = errno or 0.
inline constexpr uint16_t kEvReceipt = 0x0040;
// In an event only.
inline constexpr uint16_t kEvError = 0x4000;  // A bit among others: mask it.
inline constexpr uint16_t kEvEof = 0x8000;

// kUser's fflags.
inline constexpr uint32_t kNoteTrigger = 0x01000000;

// struct kevent, as a change and as an event.
struct KernelEvent {
  int ident = -1;
  KernelFilter filter = KernelFilter::kRead;
  uint16_t flags = 0;
  uint32_t filter_flags = 0;  // `fflags`; with kEvEof the socket's error.
  // kRead: bytes, or connections, that are there. kWrite: bytes of free space.
  // With kEvError: the errno, positive.
  int64_t data = 0;
  uint64_t user_data = 0;  // `udata`: comes back with the event.
};

// Thread safety: as the kernel's calls for the real ones; the fakes belong to
// one thread.
class KqueueCalls {
 public:
  virtual ~KqueueCalls() = default;

  // A new kqueue (close-on-exec), or a negative errno. Closed with KqueueClose.
  virtual int Kqueue() = 0;
  // Applies `changes` in order. If one fails, or asks for a receipt, that is
  // reported in `events`, and nothing is waited for; if there is no room for
  // it, the call ends with that errno and the changes behind it are not
  // applied. Else it waits for events. How many were stored; 0 at the timeout,
  // and at once if `events` is empty; or a negative errno. After -EINTR all
  // changes are applied.
  // `timeout`: absl::InfiniteDuration() waits for ever, zero not at all, less
  // than zero is -EINVAL. The fake kernel returns -EDEADLK when waiting for
  // ever would be just that.
  virtual int Kevent(int kqueue_fd, absl::Span<const KernelEvent> changes,
                     absl::Span<KernelEvent> events,
                     absl::Duration timeout) = 0;
  virtual int KqueueClose(int kqueue_fd) = 0;
};

}  // namespace cloche

#endif  // CLOCHE_CALLS_KQUEUE_CALLS_H_

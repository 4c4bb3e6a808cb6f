// PollCalls: poll(2) as an interface.
//
// One call, with a list of descriptors each time: the kernel keeps nothing
// between two calls, and asks every file of the list in each of them.
//
// Constants and the struct are Cloche's own with Linux's values, so that a
// poller over poll compiles and runs (over the fake kernel) on every system;
// calls/linux_poll_calls.cc static_asserts that they are the same. Windows and
// the BSDs have other values and no RDHUP: their pass-through has to translate.
//
// Main disadvantage: poll(2)'s own. A call costs as much as there are
// descriptors, however few are ready.
//
// Next: fakes/fake_poll_calls.h, the rules as a model; calls/select_calls.h,
// the older sister; calls/epoll_calls.h, which remembers.

#ifndef CLOCHE_CALLS_POLL_CALLS_H_
#define CLOCHE_CALLS_POLL_CALLS_H_

#include <cstdint>

#include "absl/time/time.h"
#include "absl/types/span.h"

namespace cloche {

// Event bits, from poll(2): the same numbers as epoll's.
inline constexpr int16_t kPollIn = 0x001;
inline constexpr int16_t kPollPri = 0x002;
inline constexpr int16_t kPollOut = 0x004;
inline constexpr int16_t kPollErr = 0x008;   // always reported
inline constexpr int16_t kPollHup = 0x010;   // always reported
inline constexpr int16_t kPollNval = 0x020;  // always reported: no such fd
inline constexpr int16_t kPollRdHup = 0x2000;

// struct pollfd.
struct PollEntry {
  int fd = -1;           // Negative: the entry is skipped.
  int16_t interest = 0;  // `events`: what to look for.
  int16_t reported = 0;  // `revents`: what is true of it, set by the call.
};

// Thread safety: as the kernel's calls for the real ones; the fakes belong to
// one thread.
class PollCalls {
 public:
  virtual ~PollCalls() = default;

  // Waits until something is true of an entry, and sets `reported` of them all.
  // How many entries have something to report; 0 at the timeout, or a negative
  // errno. A closed descriptor is no error: kPollNval is reported of it.
  // `timeout`: absl::InfiniteDuration() waits for ever, zero not at all, less
  // than zero is -EINVAL; rounded up to nanoseconds, as ppoll(2). The fake
  // kernel returns -EDEADLK when waiting for ever would be just that.
  virtual int Poll(absl::Span<PollEntry> entries, absl::Duration timeout) = 0;
};

}  // namespace cloche

#endif  // CLOCHE_CALLS_POLL_CALLS_H_

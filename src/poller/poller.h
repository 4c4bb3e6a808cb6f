// Poller: "which descriptors are ready?"
//
// The reactor's half of the world. A poller is told which descriptors to
// watch and reports which of them became ready; it moves no bytes itself.
// Each implementation is one small file with these functions in this order, so
// that any two can be read side by side.
//
//        Add(fd) ----> [ watched ] ----> Wait() ----> {token, flags} ...
//                           |
//                       Remove(fd)
//
// The contract: false positives are allowed, false negatives never. A reported
// descriptor may turn out not to be ready (another reader was faster, a
// checksum failed), so the caller tries its call and takes EAGAIN for an
// answer. A descriptor that is ready is always reported.
//
// Main disadvantage: being told that a call would work and then making it are
// two steps; a completion port (backend/backend.h) does them in one.
//
// Next: poller/epoll_poller.cc, and poll_, select_ or kqueue_poller.cc beside
// it; then backend/readiness_backend.h, which turns any Poller into a Backend.

#ifndef CLOCHE_POLLER_POLLER_H_
#define CLOCHE_POLLER_POLLER_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace cloche {

// What is asked for and what is reported, as bits.
inline constexpr uint8_t kPollReadable = 1;
inline constexpr uint8_t kPollWritable = 2;
inline constexpr uint8_t kPollPriority = 4;  // Out-of-band data.
// Reported only, asked for or not, by those pollers that know:
inline constexpr uint8_t kPollPeerClosedWrite = 8;  // The peer's FIN was seen.
// Both halves are shut; or the peer of a UNIX socket has closed it; or it was
// never connected. docs/readiness.md says who reports what.
inline constexpr uint8_t kPollHangUp = 16;
inline constexpr uint8_t kPollError = 32;  // SO_ERROR has something.

struct PollEvent {
  uint64_t token = 0;  // As given to Add or Modify.
  uint8_t flags = 0;
};

// Results are 0 or a count, or a negative errno. Thread safety: one thread,
// Wake excepted.
class Poller {
 public:
  // What stands for Wake in a poller. No caller's token may be this one.
  static constexpr uint64_t kWakeToken = ~uint64_t{0};

  virtual ~Poller() = default;

  // "epoll", "epoll-level", "kqueue" ...: what --backend and messages say.
  virtual absl::string_view name() const = 0;

  // Edge-triggered: readiness is reported when it begins or is renewed, once,
  // so a descriptor is registered once for everything and then left alone.
  // Level-triggered: it is reported at every Wait for as long as it lasts, so
  // the interest must always be just what somebody waits for.
  virtual bool edge_triggered() const = 0;

  // Whether kPollPriority is ever reported. A receive stops short at the mark
  // of an out-of-band byte; who hears of none cannot know why it was short.
  virtual bool reports_priority() const = 0;

  // Watches `fd` for `interest` bits. What is ready already is reported by
  // the next Wait. -EPERM: this kind of descriptor cannot be polled. -ERANGE:
  // this poller is not made for so large a number. A closed descriptor is
  // -EBADF, or kPollError is reported of it. To add what is watched is a
  // mistake that not every poller tells.
  virtual int Add(int fd, uint8_t interest, uint64_t token) = 0;

  // Replaces interest and token. What is ready at this moment is reported by
  // the next Wait, edge-triggered or not: Modify re-arms.
  virtual int Modify(int fd, uint8_t interest, uint64_t token) = 0;

  // Stops watching; to be called before close(2), which need not do it. The
  // exception: of an edge-triggered poller close(2) does, if nobody has a copy
  // of the descriptor (dup, fork), and then Remove may be left out. Events
  // already returned by Wait are the caller's to drop.
  virtual int Remove(int fd) = 0;

  // Waits until something is ready, Wake is called or `timeout` is over
  // (InfiniteDuration: no limit; rounded up to what the system can do), and
  // stores up to events.size() events; of one descriptor there may be two. What
  // has no room comes with the next Wait. 0 on timeout, wake or EINTR. -EDEADLK
  // comes only from a fake kernel: the wait would last for ever.
  virtual int Wait(absl::Span<PollEvent> events, absl::Duration timeout) = 0;

  // Makes the current or else the next Wait return early. Any thread,
  // async-signal-safe. Several wakes may merge into one.
  virtual void Wake() = 0;

  // A descriptor that poll(2), or another poller, reports readable whenever a
  // Wait would bring something or Wake was called: for a loop inside another
  // one. -1: this poller's set is in the program, and no descriptor stands for
  // it. Lifetime: the poller's, who alone reads and closes it.
  virtual int pollable_descriptor() const { return -1; }
};

}  // namespace cloche

#endif  // CLOCHE_POLLER_POLLER_H_

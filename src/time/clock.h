// Clock: what time is it, for deadlines.
//
// A monotonic clock expressed as absl::Time: it starts somewhere, never goes
// back and never jumps, whatever the wall clock does (NTP, daylight saving, an
// administrator). So its values are for comparing with each other, and not for
// printing to people.
//
// Main disadvantage: its zero is meaningless; two processes cannot exchange
// its values. For time stamps in a log ask for the wall time instead.
//
// Next: time/timer_queue.h; fakes/fake_clock.h for the one that tests use.

#ifndef CLOCHE_TIME_CLOCK_H_
#define CLOCHE_TIME_CLOCK_H_

#include "absl/time/time.h"

namespace cloche {

class Clock {
 public:
  virtual ~Clock() = default;

  // Monotonic now. Thread safety: any thread.
  virtual absl::Time Now() = 0;

  // Wall-clock now, for people: log lines, the Date header. It may jump.
  virtual absl::Time WallNow() = 0;
};

// The system's own clock: std::chrono::steady_clock for deadlines, with the
// Unix epoch as its arbitrary zero, and absl::Now() for people.
class SystemClock final : public Clock {
 public:
  absl::Time Now() override;
  absl::Time WallNow() override;
};

}  // namespace cloche

#endif  // CLOCHE_TIME_CLOCK_H_

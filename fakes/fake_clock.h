// FakeClock: the time of a simulated world, which moves only when told to.
//
// Every loop and every host of one FakeNetwork share one FakeClock. Between
// two moves nothing takes any time at all, so a test that waits for an hour
// runs in microseconds and sees the same instants on every machine.
//
// Main disadvantage: code that spins until the time passes never ends here;
// time passes only inside a wait (FakeNetwork::WaitFor).
//
// Next: fakes/fake_event_queue.h, what moves it.

#ifndef CLOCHE_FAKES_FAKE_CLOCK_H_
#define CLOCHE_FAKES_FAKE_CLOCK_H_

#include "absl/time/time.h"
#include "cloche/base/check.h"
#include "cloche/time/clock.h"

namespace cloche {

// Thread safety: none; a simulated world belongs to one thread.
//
// Invariants:
//   1. Now() never goes back.
//   2. The wall clock differs from Now() by what JumpWallClock() added up to,
//      and by nothing else.
class FakeClock final : public Clock {
 public:
  // A round, recognisable instant: 2030-01-01 00:00:00 UTC. A test that fails
  // prints times that a person can subtract in the head.
  static absl::Time Start() { return absl::FromUnixSeconds(1893456000); }

  FakeClock() = default;
  FakeClock(const FakeClock&) = delete;
  FakeClock& operator=(const FakeClock&) = delete;

  absl::Time Now() override { return now_; }
  absl::Time WallNow() override { return now_ + wall_offset_; }

  // Moves the clock to `time`, which must be finite and must not lie in the
  // past. It delivers nothing: events that became due wait for the next call
  // of FakeNetwork::DeliverDue or WaitFor.
  void AdvanceTo(absl::Time time) {
    CLOCHE_CHECK(time >= now_, "a monotonic clock does not go back");
    CLOCHE_CHECK(time < absl::InfiniteFuture(), "the end of time never comes");
    now_ = time;
  }

  // Does to the wall clock what an administrator or NTP does. Deadlines must
  // not notice.
  void JumpWallClock(absl::Duration by) { wall_offset_ += by; }

 private:
  absl::Time now_ = Start();
  absl::Duration wall_offset_;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_CLOCK_H_

// Standstill: sees that time does not come on, though things happen.
//
// Whoever drives loops in virtual time goes round and round as long as there is
// something to do at this instant. A program that always has something, or a
// test that does, would keep it there for ever:
//
//     a turn, a turn, a turn, ...       all at 3 ms    it spins
//     a turn, a sleep of 1 ms, a turn   3 ms, 4 ms     the count begins anew
//
// Main disadvantage: what goes round inside a single turn never comes here.
//
// Next: testing/test_world.h and testing/test_loop.h, who use it.

#ifndef CLOCHE_TESTING_STANDSTILL_H_
#define CLOCHE_TESTING_STANDSTILL_H_

#include "absl/time/time.h"
#include "cloche/fakes/fake_clock.h"

namespace cloche {

// Thread safety: one thread. Lifetime: at most the clock's.
class Standstill {
 public:
  // No program needs `most_rounds` at one instant but one that spins.
  Standstill(FakeClock& clock, int most_rounds)
      : clock_(clock), most_rounds_(most_rounds) {}

  // Of each round, whatever it brought; whether these are too many.
  bool IsTooLong() {
    const absl::Time now = clock_.Now();
    if (now != since_) rounds_ = 0;
    since_ = now;
    return ++rounds_ > most_rounds_;
  }

 private:
  FakeClock& clock_;
  const int most_rounds_;
  absl::Time since_ = absl::InfinitePast();
  int rounds_ = 0;
};

}  // namespace cloche

#endif  // CLOCHE_TESTING_STANDSTILL_H_

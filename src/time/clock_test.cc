// Tests of SystemClock: what can be said of a real clock without waiting.
// Next: time/clock.h.

#include "cloche/time/clock.h"

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

TEST(SystemClock, NowNeverGoesBack) {
  SystemClock clock;
  absl::Time previous = clock.Now();
  for (int i = 0; i < 10000; ++i) {
    const absl::Time now = clock.Now();
    ASSERT_GE(now, previous);
    previous = now;
  }
}

// Ends only if time passes at all, and then after a microsecond or so.
TEST(SystemClock, NowGoesOn) {
  SystemClock clock;
  const absl::Time start = clock.Now();
  while (clock.Now() == start) {
  }
  EXPECT_GT(clock.Now(), start);
}

TEST(SystemClock, TwoClocksOfOneProcessCanBeCompared) {
  SystemClock one;
  SystemClock other;
  const absl::Time before = one.Now();
  const absl::Time between = other.Now();
  EXPECT_LE(before, between);
  EXPECT_LE(between, one.Now());
}

TEST(SystemClock, WallNowIsTheTimeOfDayAndNotTheMonotonicOne) {
  SystemClock clock;
  const absl::Time before = absl::Now();
  const absl::Time wall = clock.WallNow();
  // Loose on purpose: the wall clock may be set at any moment, back too.
  EXPECT_LT(absl::AbsDuration(wall - before), absl::Hours(48));
  EXPECT_GT(wall, absl::FromUnixSeconds(1600000000));
}

}  // namespace
}  // namespace cloche

// Tests of TimerQueue: each rule of its interface, and the wheel's edges.
// Next: timer_queue_model_test.cc, a million random operations.

#include "cloche/time/timer_queue.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// All digits below the highest are zero here, so a deadline of 64^L ticks
// after it is the first one on level L.
const absl::Time kStart = absl::UnixEpoch();

absl::Time At(int64_t ticks) { return kStart + absl::Microseconds(ticks); }

class TimerQueueTest : public ::testing::Test {
 protected:
  // Writes its name down when it fires, then does what it is told.
  class NamedTimer : public Timer {
   public:
    NamedTimer(std::string name, TimerQueueTest& test)
        : name_(std::move(name)), test_(test) {}
    void OnDeadline() override {
      test_.fired_.push_back(name_);
      if (then) then();
    }
    std::function<void()> then;

   private:
    std::string name_;
    TimerQueueTest& test_;
  };

  std::vector<std::string> FireAt(int64_t ticks) {
    fired_.clear();
    EXPECT_EQ(queue_.Fire(At(ticks)), fired_.size());
    return fired_;
  }

  std::vector<std::string> fired_;
  TimerQueue queue_{kStart};
  NamedTimer a_{"a", *this}, b_{"b", *this}, c_{"c", *this};
};

TEST_F(TimerQueueTest, AnEmptyQueueHasNoDeadlineAndFiresNothing) {
  EXPECT_TRUE(queue_.empty());
  EXPECT_EQ(queue_.NextDeadline(), absl::InfiniteFuture());
  EXPECT_EQ(queue_.Fire(absl::InfiniteFuture()), 0u);
}

TEST_F(TimerQueueTest, FiresAtTheTickItWasAskedForAndNotBefore) {
  queue_.Insert(a_, At(1000));
  EXPECT_THAT(FireAt(999), IsEmpty());
  EXPECT_THAT(FireAt(1000), ElementsAre("a"));
}

TEST_F(TimerQueueTest, FiresOnce) {
  queue_.Insert(a_, At(1000));
  FireAt(1000);
  EXPECT_TRUE(queue_.empty());
  EXPECT_THAT(FireAt(2000), IsEmpty());
}

TEST_F(TimerQueueTest, ADeadlineBetweenTwoTicksIsRoundedUp) {
  const absl::Time deadline = At(10) + absl::Nanoseconds(1);
  queue_.Insert(a_, deadline);
  EXPECT_EQ(a_.deadline(), At(11));
  EXPECT_EQ(queue_.Fire(deadline), 0u);
  EXPECT_THAT(FireAt(11), ElementsAre("a"));
}

TEST_F(TimerQueueTest, ADeadlineBeforeTheEpochIsRoundedUpToo) {
  queue_.Insert(a_, At(-10) + absl::Nanoseconds(1));
  EXPECT_EQ(a_.deadline(), At(-9));
}

TEST_F(TimerQueueTest, NowBetweenTwoTicksCountsAsTheEarlierOne) {
  queue_.Insert(a_, At(11));
  EXPECT_EQ(queue_.Fire(At(11) - absl::Nanoseconds(1)), 0u);
}

TEST_F(TimerQueueTest, ANewTimerHasNoDeadline) {
  EXPECT_EQ(a_.deadline(), absl::InfiniteFuture());
}

TEST_F(TimerQueueTest, TimersFireInTheOrderOfTheirDeadlines) {
  queue_.Insert(a_, At(500000));
  queue_.Insert(b_, At(70));
  queue_.Insert(c_, At(5));
  EXPECT_THAT(FireAt(1000000), ElementsAre("c", "b", "a"));
}

TEST_F(TimerQueueTest, TimersOfOneTickFireInTheOrderOfInsertion) {
  queue_.Insert(a_, At(5000));
  FireAt(4990);  // from here, 5000 is on a lower level than it was
  queue_.Insert(b_, At(5000));
  EXPECT_THAT(FireAt(5000), ElementsAre("a", "b"));
}

TEST_F(TimerQueueTest, PassedDeadlinesFireFirstInTheOrderOfInsertion) {
  FireAt(100);
  queue_.Insert(a_, At(101));
  queue_.Insert(b_, At(100));
  queue_.Insert(c_, absl::InfinitePast());
  EXPECT_THAT(FireAt(101), ElementsAre("b", "c", "a"));
}

TEST_F(TimerQueueTest, ADeadlineOfNowFiresWithoutTimePassing) {
  queue_.Insert(a_, kStart);
  EXPECT_THAT(FireAt(0), ElementsAre("a"));
}

TEST_F(TimerQueueTest, NextDeadlineIsThatOfTheEarliestTimer) {
  queue_.Insert(a_, At(5000));
  EXPECT_EQ(queue_.NextDeadline(), At(5000));
  queue_.Insert(b_, At(4999));
  EXPECT_EQ(queue_.NextDeadline(), At(4999));
  queue_.Insert(c_, At(-7));
  EXPECT_EQ(queue_.NextDeadline(), At(-7));
}

TEST_F(TimerQueueTest, AfterACancelNextDeadlineMayBeEarlyButCatchesUp) {
  queue_.Insert(a_, At(5000));
  queue_.Insert(b_, At(5001));  // in the slot of a
  queue_.Cancel(a_);
  EXPECT_EQ(queue_.NextDeadline(), At(5000));
  EXPECT_THAT(FireAt(5000), IsEmpty());
  EXPECT_EQ(queue_.NextDeadline(), At(5001));
}

TEST_F(TimerQueueTest, ASlotThatWasEmptyForgetsItsEarlierDeadlines) {
  queue_.Insert(a_, At(5000));
  queue_.Cancel(a_);
  queue_.Insert(a_, At(5001));
  EXPECT_EQ(queue_.NextDeadline(), At(5001));
}

TEST_F(TimerQueueTest, ACancelledTimerDoesNotFire) {
  queue_.Insert(a_, At(10));
  queue_.Insert(b_, At(10));
  queue_.Cancel(a_);
  EXPECT_THAT(FireAt(10), ElementsAre("b"));
}

TEST_F(TimerQueueTest, CancellingTheLastTimerLeavesAnEmptyQueue) {
  queue_.Insert(a_, At(10));
  queue_.Cancel(a_);
  EXPECT_TRUE(queue_.empty());
  EXPECT_EQ(queue_.NextDeadline(), absl::InfiniteFuture());
}

TEST_F(TimerQueueTest, CancellingWhatIsNotQueuedDoesNothing) {
  queue_.Cancel(a_);
  queue_.Insert(b_, At(10));
  EXPECT_THAT(FireAt(10), ElementsAre("b"));
  queue_.Cancel(b_);
  EXPECT_TRUE(queue_.empty());
}

TEST_F(TimerQueueTest, ADestroyedTimerDoesNotFire) {
  auto mortal = std::make_unique<NamedTimer>("mortal", *this);
  queue_.Insert(*mortal, At(10));
  queue_.Insert(a_, At(20));
  mortal.reset();
  EXPECT_EQ(queue_.NextDeadline(), At(20));
  EXPECT_THAT(FireAt(20), ElementsAre("a"));
}

TEST_F(TimerQueueTest, ATimerMayOutliveItsQueue) {
  {
    TimerQueue mortal(kStart);
    mortal.Insert(a_, At(10));
  }
  EXPECT_FALSE(a_.linked());
  queue_.Insert(a_, At(10));
  EXPECT_THAT(FireAt(10), ElementsAre("a"));
}

TEST_F(TimerQueueTest, ATimerCanBeArmedAgainAfterItFired) {
  queue_.Insert(a_, At(10));
  FireAt(10);
  queue_.Insert(a_, At(20));
  EXPECT_THAT(FireAt(20), ElementsAre("a"));
}

TEST_F(TimerQueueTest, ATimerThatArmsItselfForThePastWaitsForTheNextFire) {
  a_.then = [&] { queue_.Insert(a_, At(5)); };
  queue_.Insert(a_, At(10));
  EXPECT_THAT(FireAt(10), ElementsAre("a"));
  EXPECT_EQ(queue_.NextDeadline(), At(5));
  EXPECT_THAT(FireAt(10), ElementsAre("a"));
}

TEST_F(TimerQueueTest, ATimerCancelledByOneThatFiresBeforeItDoesNotFire) {
  a_.then = [&] { queue_.Cancel(b_); };
  queue_.Insert(a_, At(10));
  queue_.Insert(b_, At(10));
  queue_.Insert(c_, At(11));
  EXPECT_THAT(FireAt(20), ElementsAre("a", "c"));
}

TEST_F(TimerQueueTest, ATimerDestroyedByOneThatFiresBeforeItDoesNotFire) {
  auto mortal = std::make_unique<NamedTimer>("mortal", *this);
  a_.then = [&] { mortal.reset(); };
  queue_.Insert(a_, At(10));
  queue_.Insert(*mortal, At(10));
  queue_.Insert(b_, At(10));
  EXPECT_THAT(FireAt(10), ElementsAre("a", "b"));
}

TEST_F(TimerQueueTest, ADueTimerThatIsPutOffByAnotherFiresAtItsNewDeadline) {
  a_.then = [&] {
    queue_.Cancel(b_);
    queue_.Insert(b_, At(30));
  };
  queue_.Insert(a_, At(10));
  queue_.Insert(b_, At(10));
  EXPECT_THAT(FireAt(10), ElementsAre("a"));
  EXPECT_THAT(FireAt(30), ElementsAre("b"));
}

// Deletes itself when it fires, as a timer in a coroutine frame may.
class SelfDestroyingTimer : public Timer {
 public:
  void OnDeadline() override { delete this; }
};

TEST_F(TimerQueueTest, ATimerMayDestroyItself) {
  queue_.Insert(*new SelfDestroyingTimer, At(10));
  queue_.Insert(a_, At(10));
  EXPECT_EQ(queue_.Fire(At(10)), 2u);
  EXPECT_TRUE(queue_.empty());
}

TEST_F(TimerQueueTest, InfiniteFutureIsQueuedAndNeverFires) {
  queue_.Insert(a_, absl::InfiniteFuture());
  EXPECT_FALSE(queue_.empty());
  EXPECT_EQ(queue_.NextDeadline(), absl::InfiniteFuture());
  EXPECT_EQ(queue_.Fire(absl::InfiniteFuture()), 0u);
  EXPECT_EQ(a_.deadline(), absl::InfiniteFuture());
  queue_.Cancel(a_);
  EXPECT_TRUE(queue_.empty());
}

TEST_F(TimerQueueTest, WhatIsTooFarForATickNeverFires) {
  const absl::Time too_far = kStart + absl::Hours(24) * 365 * 300000.0;
  ASSERT_LT(too_far, absl::InfiniteFuture());
  queue_.Insert(a_, too_far);
  EXPECT_EQ(a_.deadline(), absl::InfiniteFuture());
  EXPECT_EQ(queue_.Fire(too_far), 0u);
}

TEST_F(TimerQueueTest, TheFutureIsReachedInOneJump) {
  queue_.Insert(a_, At(int64_t{1} << 60));  // 36,000 years
  queue_.Insert(b_, At(1));
  queue_.Insert(c_, absl::InfiniteFuture());
  EXPECT_THAT(FireAt((int64_t{1} << 60) - 1), ElementsAre("b"));
  EXPECT_THAT(FireAt(int64_t{1} << 60), ElementsAre("a"));
}

TEST_F(TimerQueueTest, TimeThatGoesBackCountsAsStandingStill) {
  FireAt(1000);
  queue_.Insert(a_, At(900));
  queue_.Insert(b_, At(1001));
  EXPECT_THAT(FireAt(500), ElementsAre("a"));
  EXPECT_THAT(FireAt(1000), IsEmpty());
  EXPECT_THAT(FireAt(1001), ElementsAre("b"));
}

TEST_F(TimerQueueTest, AQueueMayStartAtAnyTimeAtAll) {
  for (absl::Time start :
       {absl::InfinitePast(), At(-1), absl::InfiniteFuture()}) {
    TimerQueue queue(start);
    queue.Insert(a_, start);
    queue.Cancel(a_);
    EXPECT_TRUE(queue.empty());
  }
}

TEST_F(TimerQueueTest, InsertingAQueuedTimerIsABugAndAborts) {
  queue_.Insert(a_, At(10));
  EXPECT_DEATH(queue_.Insert(a_, At(20)), "queued already");
}

// --- In an order that somebody chooses --------------------------------------

TEST_F(TimerQueueTest, InOrderAnyOfThoseOfOneDeadlineMayBeFirst) {
  for (NamedTimer* timer : {&a_, &b_, &c_}) queue_.Insert(*timer, At(5));
  const auto last = [](size_t count) { return count - 1; };
  EXPECT_EQ(queue_.FireInOrder(At(5), last), 3u);
  EXPECT_THAT(fired_, ElementsAre("c", "b", "a"));
}

TEST_F(TimerQueueTest, InOrderALaterDeadlineIsNoChoice) {
  queue_.Insert(a_, At(2));
  queue_.Insert(b_, At(1));
  std::vector<size_t> counts;
  const auto first = [&](size_t count) {
    counts.push_back(count);
    return size_t{0};
  };
  EXPECT_EQ(queue_.FireInOrder(At(5), first), 2u);
  EXPECT_THAT(fired_, ElementsAre("b", "a"));
  EXPECT_THAT(counts, ElementsAre(1, 1));
}

TEST_F(TimerQueueTest, InOrderThoseThatHaveToWaitStayDue) {
  queue_.Insert(a_, At(5));
  queue_.Insert(b_, At(5));
  // The first one inserts another; then nobody else may fire.
  a_.then = [&] { queue_.Insert(c_, At(4)); };
  const auto one = [&](size_t count) { return fired_.empty() ? 0 : count; };
  EXPECT_EQ(queue_.FireInOrder(At(5), one), 1u);
  EXPECT_EQ(queue_.NextDeadline(), At(4));
  EXPECT_THAT(FireAt(5), ElementsAre("b", "c"));
}

}  // namespace
}  // namespace cloche

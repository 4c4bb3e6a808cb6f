// TimerQueue against a model so plain that it is right by inspection.
//
// The model is a sorted map from (tick, order of insertion) to the timer: what
// one would write without a wheel. Both get the same random operations and
// must agree on what fires, in which order, and (as far as is promised) on the
// next deadline. Where they part, the seed and the step are printed.
//
// Main disadvantage: a failure shows that they differ, not which rule broke.
// timer_queue_test.cc has one small test for each rule.

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "cloche/testing/effort.h"
#include "cloche/time/timer_queue.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

// In ticks, that is microseconds, since the Unix epoch.
using Ticks = int64_t;

absl::Time At(Ticks ticks) { return absl::FromUnixMicros(ticks); }

class NumberedTimer : public Timer {
 public:
  NumberedTimer(int number, std::vector<int>& fired)
      : number_(number), fired_(fired) {}
  void OnDeadline() override { fired_.push_back(number_); }

 private:
  int number_;
  std::vector<int>& fired_;
};

// The plain queue. What had passed when inserted counts as "now", so that the
// order among such timers is that of insertion.
class Model {
 public:
  explicit Model(Ticks start) : now_(start) {}

  void Insert(int number, Ticks deadline) {
    places_[number] = {std::max(deadline, now_), ++insertions_};
    queue_[places_[number]] = number;
    asked_[number] = deadline;
  }

  void Cancel(int number) {
    const auto place = places_.find(number);
    if (place == places_.end()) return;
    queue_.erase(place->second);
    places_.erase(place);
    asked_.erase(number);
  }

  std::vector<int> Fire(Ticks now) {
    now_ = std::max(now_, now);
    std::vector<int> fired;
    while (!queue_.empty() && queue_.begin()->first.first <= now_) {
      fired.push_back(queue_.begin()->second);
      Cancel(fired.back());
    }
    return fired;
  }

  bool queued(int number) const { return places_.contains(number); }
  bool empty() const { return queue_.empty(); }
  Ticks now() const { return now_; }

  // A time before which nothing fires, and the earliest deadline asked for.
  Ticks Earliest() const {
    Ticks earliest = queue_.begin()->first.first;
    if (earliest > now_) return earliest;
    for (const auto& [place, number] : queue_) {
      if (place.first > now_) break;
      earliest = std::min(earliest, asked_.at(number));
    }
    return earliest;
  }

 private:
  using PlaceInQueue = std::pair<Ticks, int64_t>;
  Ticks now_;
  int64_t insertions_ = 0;
  std::map<PlaceInQueue, int> queue_;
  std::map<int, PlaceInQueue> places_;
  std::map<int, Ticks> asked_;
};

class Comparison {
 public:
  Comparison(uint64_t seed, Ticks start)
      : random_(seed), model_(start), wheel_(At(start)) {
    for (int i = 0; i < kTimers; ++i) Replace(i);
  }

  void Step() {
    const int number = static_cast<int>(Below(kTimers));
    switch (Below(8)) {
      case 0:
      case 1:
      case 2:
        return Arm(number);
      case 3:
        return Cancel(number);
      case 4:
        return Replace(number);
      case 5:
        return FireTo(model_.now() + SomeDistance());
      case 6:
        return FireAtNextDeadline();
      case 7:
        return CompareDeadlines();
    }
  }

 private:
  // Few enough that they meet in slots and at ticks.
  static constexpr int kTimers = 60;

  // Not std::uniform_int_distribution: its results differ between libraries.
  uint64_t Below(uint64_t bound) { return random_() % bound; }

  // Mostly of one digit or two, now and then of any length; sometimes exactly
  // at the edge of a level; never so far that `now` would leave int64_t.
  Ticks SomeDistance() {
    const int bits = static_cast<int>(Below(4) == 0 ? Below(44) : Below(13));
    const Ticks edge = Ticks{1} << bits;
    if (Below(4) == 0) return edge - 1 + static_cast<Ticks>(Below(3));
    return static_cast<Ticks>(Below(static_cast<uint64_t>(edge)));
  }

  Ticks SomeDeadline() {
    if (Below(8) == 0) return model_.now() - SomeDistance();
    return model_.now() + SomeDistance();
  }

  void Arm(int number) {
    Cancel(number);
    const Ticks deadline = SomeDeadline();
    model_.Insert(number, deadline);
    // Any part of a tick, to be rounded up to the deadline again.
    const auto early = absl::Nanoseconds(static_cast<int64_t>(Below(1000)));
    wheel_.Insert(*timers_[number], At(deadline) - early);
    ASSERT_EQ(timers_[number]->deadline(), At(deadline));
  }

  void Cancel(int number) {
    ASSERT_EQ(timers_[number]->linked(), model_.queued(number));
    wheel_.Cancel(*timers_[number]);
    model_.Cancel(number);
  }

  // Destroys a timer, queued or not, and puts a new one in its place.
  void Replace(int number) {
    timers_[number] = std::make_unique<NumberedTimer>(number, fired_);
    model_.Cancel(number);
  }

  void FireTo(Ticks now) {
    fired_.clear();
    const auto late = absl::Nanoseconds(static_cast<int64_t>(Below(1000)));
    const size_t count = wheel_.Fire(At(now) + late);
    ASSERT_EQ(fired_, model_.Fire(now));
    ASSERT_EQ(count, fired_.size());
  }

  // As a loop does; so time passes also in the smallest steps that matter.
  void FireAtNextDeadline() {
    const absl::Time next = wheel_.NextDeadline();
    if (next == absl::InfiniteFuture()) return;
    FireTo(std::max(model_.now(), absl::ToUnixMicros(next)));
    ASSERT_TRUE(wheel_.NextDeadline() > At(model_.now()));
  }

  void CompareDeadlines() {
    ASSERT_EQ(wheel_.empty(), model_.empty());
    if (model_.empty()) {
      ASSERT_EQ(wheel_.NextDeadline(), absl::InfiniteFuture());
    } else {
      ASSERT_LE(wheel_.NextDeadline(), At(model_.Earliest()));
    }
  }

  std::mt19937_64 random_;
  Model model_;
  std::vector<int> fired_;
  TimerQueue wheel_;
  std::vector<std::unique_ptr<NumberedTimer>> timers_ =
      std::vector<std::unique_ptr<NumberedTimer>>(kTimers);
};

// Several runs: one alone would soon be carried away from `start` by its few
// very long steps.
void CompareRuns(uint64_t first_seed, Ticks start) {
  const uint64_t runs = 25 * Effort();
  for (uint64_t seed = first_seed; seed < first_seed + runs; ++seed) {
    Comparison comparison(seed, start);
    for (int step = 0; step < 10000; ++step) {
      comparison.Step();
      if (::testing::Test::HasFatalFailure()) {
        FAIL() << "seed " << seed << ", step " << step;
      }
    }
  }
}

TEST(TimerQueueModel, AgreesWithASortedMapFromTheEpochOnwards) {
  CompareRuns(1, 0);
}

TEST(TimerQueueModel, AgreesWithASortedMapFromATimeOfToday) {
  CompareRuns(1000, 1669158500123457);
}

TEST(TimerQueueModel, AgreesWithASortedMapAcrossTheEpoch) {
  CompareRuns(2000, -1000000007);
}

TEST(TimerQueueModel, AgreesWithASortedMapFromLongAgo) {
  CompareRuns(3000, std::numeric_limits<Ticks>::min() / 2 + 12345);
}

}  // namespace
}  // namespace cloche

// Loop: an order of the environment's, of tasks that are ready and of timers of
// one instant. Without one: loop_test.cc.

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/loop/loop.h"
#include "cloche/loop/loop_test.h"
#include "cloche/testing/event_log.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/test_loop.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;

class LastFirst final : public TaskOrder {
 public:
  size_t Choose(absl::Span<Runnable* const> ready) override {
    counts.push_back(ready.size());
    return ready.size() - 1;
  }
  std::vector<size_t> counts;
};

TEST(LoopOrder, RunsInTheOrderThatTheEnvironmentChooses) {
  EventLog log;
  LastFirst order;
  TestLoop test(&order);
  CallingRunnable first([&] { log.Add("first"); });
  CallingRunnable second([&] { log.Add("second"); });
  CallingRunnable third([&] { log.Add("third"); });
  for (Runnable* each : {&first, &second, &third}) test.loop().Schedule(*each);
  EXPECT_THAT(test.loop().RunOnce(absl::InfiniteFuture()), IsOk());
  EXPECT_THAT(log.events(), ElementsAre("third", "second", "first"));
  EXPECT_THAT(order.counts, ElementsAre(3, 2, 1));
}

TEST(LoopOrder, CountsAnewForTheOrderWhenOneOfTheReadyWasDestroyed) {
  EventLog log;
  LastFirst order;
  TestLoop test(&order);
  CallingRunnable first([&] { log.Add("first"); });
  auto second = std::make_unique<CallingRunnable>([&] { log.Add("second"); });
  CallingRunnable third([&] { second.reset(); });
  test.loop().Schedule(first);
  test.loop().Schedule(*second);
  test.loop().Schedule(third);
  EXPECT_THAT(test.loop().RunOnce(absl::InfiniteFuture()), IsOk());
  EXPECT_THAT(log.events(), ElementsAre("first"));
  EXPECT_THAT(order.counts, ElementsAre(3, 1));
}

// Of the timers the last one first; and none while it may wait.
class LastTimerLate final : public TaskOrder {
 public:
  size_t Choose(absl::Span<Runnable* const> /*ready*/) override { return 0; }
  size_t ChooseTimer(size_t count, bool may_wait) override {
    return may_wait ? count : count - 1;
  }
};

TEST(LoopOrder, FiresTimersOfOneInstantInTheOrderThatTheEnvironmentChooses) {
  EventLog log;
  LastTimerLate order;
  TestLoop test(&order);
  CallingTimer first([&] { log.Add("first"); });
  CallingTimer second([&] { log.Add("second"); });
  for (Timer* each : {&first, &second}) {
    test.loop().timers().Insert(*each, test.clock().Now() + absl::Seconds(1));
  }
  EXPECT_THAT(test.loop().RunOnce(absl::InfiniteFuture()), IsOk());
  EXPECT_THAT(log.events(), ElementsAre("second", "first"));
}

TEST(LoopOrder, LetsTimersWaitForTheNextTurnIfTheEnvironmentChoosesSo) {
  EventLog log;
  LastTimerLate order;
  TestLoop test(&order);
  CallingTimer timer([&] { log.Add("timer"); });
  CallingRunnable ready([&] { log.Add("ready"); });
  test.loop().timers().Insert(timer, test.clock().Now());
  test.loop().Schedule(ready);
  EXPECT_THAT(test.loop().RunOnce(absl::InfiniteFuture()), IsOk());
  EXPECT_THAT(log.events(), ElementsAre("ready"));
  EXPECT_THAT(test.loop().RunOnce(absl::InfiniteFuture()), IsOk());
  EXPECT_THAT(log.events(), ElementsAre("ready", "timer"));
}

}  // namespace
}  // namespace cloche

// Loop::Wake, the one call that may come from another thread.

#include <atomic>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "cloche/loop/system_loop_test.h"

namespace cloche {
namespace {

using LoopWake = SystemLoopTest;

TEST_P(LoopWake, BeforeALoopSleepsKeepsItAwake) {
  loop_.Wake();
  EXPECT_THAT(loop_.RunOnce(absl::InfiniteFuture()), IsOk());
}

TEST_P(LoopWake, FromAnotherThreadEndsASleep) {
  std::thread waker([this] { loop_.Wake(); });
  EXPECT_THAT(loop_.RunOnce(absl::InfiniteFuture()), IsOk());
  waker.join();
}

// Each sleep needs a wake of its own, whether that comes before it, during it
// or while it begins; one that got lost would stop the test for good.
TEST_P(LoopWake, IsNeverLostHoweverItMeetsTheSleep) {
  constexpr int kTurns = 2000;
  std::atomic<int> turns = 0;
  std::thread waker([&] {
    for (int i = 0; i < kTurns; ++i) {
      loop_.Wake();
      while (turns.load() <= i) std::this_thread::yield();
    }
  });
  while (turns.load() < kTurns) {
    EXPECT_THAT(loop_.RunOnce(absl::InfiniteFuture()), IsOk());
    ++turns;
  }
  waker.join();
}

TEST_P(LoopWake, FromManyThreadsDisturbsNoOperation) {
  std::vector<std::thread> wakers;
  for (int i = 0; i < 4; ++i) {
    wakers.emplace_back([this] {
      for (int n = 0; n < 500; ++n) loop_.Wake();
    });
  }
  for (int i = 0; i < 100; ++i) {
    TestReceive receive(pair_[0]);
    ASSERT_FALSE(loop_.Start(receive));
    ASSERT_EQ(system_->sockets().Send(pair_[1], "x", 0), 1);
    RunUntilHandedBack(receive);
    EXPECT_EQ(receive.bytes(), "x");
  }
  for (std::thread& waker : wakers) waker.join();
}

INSTANTIATE_OVER_BACKENDS(LoopWake);

}  // namespace
}  // namespace cloche

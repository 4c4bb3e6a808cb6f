// Sequencer: that steps happen in the order of their numbers, and what becomes
// of those behind one that never comes.

#include "cloche/testing/sequencer.h"

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/tasks/nursery.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/task_handle.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/event_log.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/test_loop.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;

class SequencerTest : public ::testing::Test {
 protected:
  // Takes the turn, waits a while with it, and says so.
  Task<> TakeTurn(uint64_t number) {
    const SequencerTurn turn = co_await Try(sequencer_.At(number));
    co_await Try(Sleep(absl::Seconds(10 - number)));
    log_.Add(std::to_string(number));
    co_return absl::OkStatus();
  }

  std::function<Task<>()> Turn(uint64_t number) {
    return [this, number] { return TakeTurn(number); };
  }

  EventLog log_;
  Sequencer sequencer_;
  TestLoop loop_;
};

TEST_F(SequencerTest, LetsStepsHappenInTheOrderOfTheirNumbers) {
  EXPECT_THAT(loop_.Run(WithNursery([&](Nursery& nursery) -> Task<> {
    for (const uint64_t number : {2, 0, 3, 1}) nursery.Start(Turn(number));
    co_return absl::OkStatus();
  })),
              IsOk());
  EXPECT_THAT(log_.events(), ElementsAre("0", "1", "2", "3"));
}

TEST_F(SequencerTest, GivesATurnAtOnceToWhoComesLate) {
  EXPECT_THAT(loop_.Run([&]() -> Task<> {
    co_await Try(TakeTurn(0));
    co_return co_await TakeTurn(1);
  }),
              IsOk());
}

TEST_F(SequencerTest, GivesEachNumberOnce) {
  EXPECT_THAT(loop_.Run([&]() -> Task<> {
    co_await Try(TakeTurn(0));
    co_return co_await TakeTurn(0);
  }),
              StatusIs(absl::StatusCode::kAlreadyExists, "turn 0"));
}

TEST_F(SequencerTest, TellsWhoIsBehindOneThatWasCancelled) {
  EXPECT_THAT(loop_.Run(WithNursery([&](Nursery& nursery) -> Task<> {
    TaskHandle<> first = nursery.Start(Turn(1));
    nursery.Start([&]() -> Task<> {
      EXPECT_THAT(co_await TakeTurn(2),
                  StatusIs(absl::StatusCode::kAborted, "turn 1 was cancelled"));
      co_return absl::OkStatus();
    });
    co_await Try(Yield());
    first.Cancel();
    co_return absl::OkStatus();
  })),
              IsOk());
}

TEST_F(SequencerTest, TellsWhoComesAfterOneWasCancelled) {
  EXPECT_THAT(loop_.Run(WithNursery([&](Nursery& nursery) -> Task<> {
    TaskHandle<> first = nursery.Start(Turn(1));
    co_await Try(Yield());
    first.Cancel();
    co_await Try(Yield());
    EXPECT_THAT(co_await TakeTurn(0), StatusIs(absl::StatusCode::kAborted));
    co_return absl::OkStatus();
  })),
              IsOk());
}

TEST_F(SequencerTest, LeavesADeadlockWhereATurnIsMissing) {
  EXPECT_THAT(
      loop_.Run(TakeTurn(1)),
      StatusIs(absl::StatusCode::kFailedPrecondition, "waits for an event"));
  loop_.Destroy();
}

}  // namespace
}  // namespace cloche

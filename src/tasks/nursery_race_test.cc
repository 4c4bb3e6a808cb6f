// Nursery: NurseryPolicy::kFirstSuccess, a race.

#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/tasks/nursery.h"
#include "cloche/tasks/nursery_test.h"
#include "cloche/tasks/timeout.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/test_loop.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::Not;

constexpr absl::StatusCode kAborted = absl::StatusCode::kAborted;

class NurseryRace : public NurseryTest {
 protected:
  template <typename Body>
  absl::Status Race(Body body) {
    return RunNursery(std::move(body), NurseryPolicy::kFirstSuccess);
  }
};

TEST_F(NurseryRace, CancelsTheRestAndForgetsFailures) {
  EXPECT_THAT(Race([&](Nursery& nursery) -> Task<> {
                nursery.Start(Sleeper("loses", 1, absl::AbortedError("no")));
                nursery.Start(Sleeper("wins", 2));
                nursery.Start(Sleeper("too slow", 3));
                co_return co_await Child("body", 4);
              }),
              IsOk());
  EXPECT_THAT(log_.events(),
              ElementsAre("loses slept", "wins slept", "body cancelled",
                          "too slow cancelled"));
}

TEST_F(NurseryRace, DoesNotCountTheBodysOwn) {
  EXPECT_THAT(Race([&](Nursery& nursery) -> Task<> {
                nursery.Start(Sleeper("child", 1, absl::AbortedError("child")));
                co_return absl::OkStatus();
              }),
              StatusIs(kAborted, "child"));
}

TEST_F(NurseryRace, GivesTheFirstErrorIfEveryChildFails) {
  const absl::Status status = Race([&](Nursery& nursery) -> Task<> {
    nursery.Start(Sleeper("a", 2, absl::AbortedError("late")));
    nursery.Start(Sleeper("b", 1, absl::InternalError("early")));
    co_return absl::OkStatus();
  });
  EXPECT_THAT(MessagesOf(status), ElementsAre("early", "late"));
}

TEST_F(NurseryRace, WithoutAChildCannotSucceed) {
  EXPECT_THAT(Race([](Nursery&) -> Task<> { co_return absl::OkStatus(); }),
              StatusIs(absl::StatusCode::kFailedPrecondition, "first success"));
}

TEST_F(NurseryRace, WithEachChildCancelledAloneSaysNoSuccess) {
  EXPECT_THAT(Race([&](Nursery& nursery) -> Task<> {
                nursery.Start(Sleeper("child", 5)).Cancel();
                co_return absl::OkStatus();
              }),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       "each was cancelled by its handle"));
}

TEST_F(NurseryRace, IsNotSpoiledByAChildThatIsStartedLater) {
  EXPECT_THAT(
      Race([&](Nursery& nursery) -> Task<> {
        nursery.Start(Sleeper("winner", 1));
        EXPECT_THAT(co_await Child("body", 2), Not(IsOk()));
        nursery.Start([]() -> Task<> { co_return absl::AbortedError("l"); });
        co_return absl::OkStatus();
      }),
      IsOk());
}

TEST_F(NurseryRace, CancelledFromOutsideSaysWhoCancelled) {
  EXPECT_THAT(loop_.Run(WithTimeout(absl::Seconds(1),
                                    WithNursery(
                                        [&](Nursery& nursery) -> Task<> {
                                          nursery.Start(Sleeper("child", 5));
                                          co_return absl::OkStatus();
                                        },
                                        NurseryPolicy::kFirstSuccess))),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

}  // namespace
}  // namespace cloche

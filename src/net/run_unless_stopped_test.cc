// RunUnlessStopped: the stop ends what runs in it, and nothing around it.

#include "cloche/net/run_unless_stopped.h"

#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/base/errors.h"
#include "cloche/tasks/cancel_scope.h"
#include "cloche/tasks/run.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/task.h"
#include "cloche/tasks/timeout.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/event_log.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/test_loop.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pointee;

constexpr absl::StatusCode kAborted = absl::StatusCode::kAborted;
constexpr absl::StatusCode kCancelled = absl::StatusCode::kCancelled;
constexpr absl::StatusCode kLate = absl::StatusCode::kDeadlineExceeded;
constexpr absl::Duration kSecond = absl::Seconds(1);

Task<std::unique_ptr<int>> SevenAfter(absl::Duration duration) {
  co_await Try(Sleep(duration));
  co_return std::make_unique<int>(7);
}

// A stop after one second.
class RunUnlessStoppedTest : public ::testing::Test {
 protected:
  RunUnlessStoppedTest() {
    loop_.At(kSecond, [this] { stop_.Stop(); });
  }

  StopSource stop_;
  TestLoop loop_;
};

TEST_F(RunUnlessStoppedTest, GivesTheResultOfWhatWasQuicker) {
  EXPECT_THAT(loop_.Run(RunUnlessStopped(stop_, SevenAfter(kSecond / 2))),
              IsOkAndHolds(Pointee(7)));
}

TEST_F(RunUnlessStoppedTest, IsAbortedWhenTheStopComesFirst) {
  const absl::Status status =
      loop_.Run(RunUnlessStopped(stop_, SevenAfter(2 * kSecond))).status();
  EXPECT_THAT(status, StatusIs(kAborted, "the server is stopping"));
  EXPECT_EQ(loop_.elapsed(), kSecond);
}

TEST_F(RunUnlessStoppedTest, SaysWhatWasGoingOnAndWhereTheStopIsHeeded) {
  const absl::Status status =
      loop_.Run(RunUnlessStopped(stop_, SevenAfter(2 * kSecond))).status();
  EXPECT_THAT(CauseOf(status), StatusIs(kCancelled,
                                        "cancelled by the stop heeded at "
                                        "src/net/run_unless_stopped_test.cc"));
  EXPECT_THAT(FormatError(CauseOf(status)), HasSubstr("SevenAfter"));
}

TEST_F(RunUnlessStoppedTest, DeliversWhatWasReadyAtTheMomentOfTheStop) {
  // Both wake at the same time, and this one runs first.
  auto stopping = Start(loop_.loop(), [this]() -> Task<> {
    co_await Try(Sleep(kSecond / 2));
    stop_.Stop();
    co_return absl::OkStatus();
  });
  EXPECT_THAT(loop_.Run(RunUnlessStopped(stop_, SevenAfter(kSecond / 2))),
              IsOkAndHolds(Pointee(7)));
  EXPECT_TRUE(stop_.requested());
}

Task<> Note(EventLog& log) {
  co_await Try(Yield());
  log.Add("past a checkpoint");
  co_return absl::OkStatus();
}

TEST_F(RunUnlessStoppedTest, BeginsNothingAfterTheStop) {
  EventLog log;
  stop_.Stop();
  EXPECT_THAT(loop_.Run(RunUnlessStopped(stop_, Note(log))),
              StatusIs(kAborted));
  EXPECT_THAT(log.events(), IsEmpty());
}

TEST_F(RunUnlessStoppedTest, LeavesTheCodeAroundItAlone) {
  EXPECT_THAT(loop_.Run([this]() -> Task<> {
    EXPECT_THAT(co_await RunUnlessStopped(stop_, Sleep(absl::Hours(1))),
                StatusIs(kAborted));
    co_return co_await Sleep(kSecond);
  }),
              IsOk());
  EXPECT_EQ(loop_.elapsed(), 2 * kSecond);
}

TEST_F(RunUnlessStoppedTest, PassesOnAnErrorThatIsNotTheStops) {
  const auto fails = []() -> Task<> {
    co_await Try(Sleep(kSecond / 2));
    co_return absl::DataLossError("mine");
  };
  EXPECT_THAT(loop_.Run(RunUnlessStopped(stop_, fails())),
              StatusIs(absl::StatusCode::kDataLoss, "mine"));
}

TEST_F(RunUnlessStoppedTest, DoesNotTakeATimeoutInsideForTheStop) {
  EXPECT_THAT(loop_.Run(RunUnlessStopped(
                  stop_, WithTimeout(kSecond / 2, Sleep(2 * kSecond)))),
              StatusIs(kLate));
}

TEST_F(RunUnlessStoppedTest, DoesNotTakeATimeoutOutsideForTheStop) {
  EXPECT_THAT(loop_.Run(WithTimeout(
                  kSecond / 2, RunUnlessStopped(stop_, Sleep(2 * kSecond)))),
              StatusIs(kLate));
}

TEST_F(RunUnlessStoppedTest, LetsTheOuterCancelSpeakIfBothCome) {
  // The timeout and the stop, at the same moment.
  EXPECT_THAT(loop_.Run(WithTimeout(
                  kSecond, RunUnlessStopped(stop_, Sleep(2 * kSecond)))),
              StatusIs(kLate));
}

TEST_F(RunUnlessStoppedTest, StopsNoShieldedCode) {
  EXPECT_THAT(loop_.Run(RunUnlessStopped(stop_, Shield(Sleep(2 * kSecond)))),
              IsOk());
  EXPECT_EQ(loop_.elapsed(), 2 * kSecond);
}

TEST_F(RunUnlessStoppedTest, MayBeRepeatedForEachWait) {
  EXPECT_THAT(loop_.Run([this]() -> Task<> {
    while (true) {
      co_await Try(RunUnlessStopped(stop_, Sleep(kSecond / 4)));
    }
  }),
              StatusIs(kAborted));
  EXPECT_EQ(loop_.elapsed(), kSecond);
}

TEST_F(RunUnlessStoppedTest, LeavesNoListenerBehindWhenTornDown) {
  auto task = Start(loop_.loop(), [this]() -> Task<> {
    co_return co_await RunUnlessStopped(stop_, Sleep(2 * kSecond));
  });
  loop_.RunTurns(1);
  loop_.Destroy();
  stop_.Stop();  // AddressSanitizer would see it touch the dead.
}

}  // namespace
}  // namespace cloche

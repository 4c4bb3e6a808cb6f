#include "cloche/tasks/within.h"

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/backend/operation.h"
#include "cloche/base/errors.h"
#include "cloche/tasks/readiness.h"
#include "cloche/tasks/task.h"
#include "cloche/tasks/timeout.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/test_loop.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::HasSubstr;

constexpr absl::StatusCode kLate = absl::StatusCode::kDeadlineExceeded;
constexpr absl::Duration kTimeout = absl::Seconds(3);

class WithinTest : public ::testing::Test {
 protected:
  Task<> Wait(absl::Duration timeout) {
    const absl::Status status = co_await Within(timeout, WaitReadable(7));
    passed_ = loop_.elapsed();
    co_return status;
  }
  void CompleteAt(absl::Duration when) {
    loop_.At(when, [this] {
      loop_.backend().Complete(7, OperationKind::kWaitReadable, 0);
    });
  }

  absl::Duration passed_;
  TestLoop loop_;
};

TEST_F(WithinTest, GivesTheResultThatComesInTime) {
  CompleteAt(absl::Seconds(2));
  EXPECT_THAT(loop_.Run(Wait(kTimeout)), IsOk());
  EXPECT_EQ(passed_, absl::Seconds(2));
}

TEST_F(WithinTest, EndsTheWaitWhenTheTimeIsUp) {
  const absl::Status status = loop_.Run(Wait(kTimeout));
  EXPECT_THAT(status, StatusIs(kLate, "not done within 3s"));
  EXPECT_EQ(passed_, kTimeout);
  EXPECT_THAT(CauseOf(status).message(), HasSubstr("fd 7"));
}

TEST_F(WithinTest, LeavesNoTimerBehind) {
  CompleteAt(absl::Seconds(1));
  EXPECT_THAT(loop_.Run(Wait(kTimeout)), IsOk());
  EXPECT_TRUE(loop_.loop().timers().empty());
}

TEST_F(WithinTest, WaitsForEverIfThatIsTheTimeout) {
  CompleteAt(absl::Hours(1000));
  EXPECT_THAT(loop_.Run(Wait(absl::InfiniteDuration())), IsOk());
}

TEST_F(WithinTest, LetsACancellationThroughAsWhatItIs) {
  const absl::Status status =
      loop_.Run(WithTimeout(absl::Seconds(1), Wait(kTimeout)));
  EXPECT_THAT(status, StatusIs(kLate, "not done within 1s"));
}

TEST_F(WithinTest, InsideATimeoutOfTheSameMomentIsStillOneError) {
  EXPECT_THAT(loop_.Run(WithTimeout(kTimeout, Wait(kTimeout))),
              StatusIs(kLate));
}

TEST_F(WithinTest, CanBeTried) {
  const absl::Status status = loop_.Run([]() -> Task<> {
    co_await Try(Within(kTimeout, WaitReadable(7)));
    co_return absl::OkStatus();
  }());
  EXPECT_THAT(status, StatusIs(kLate));
}

}  // namespace
}  // namespace cloche

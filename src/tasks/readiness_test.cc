// WaitReadable, WaitWritable, and what becomes of an operation's result.

#include "cloche/tasks/readiness.h"

#include <cerrno>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/base/errors.h"
#include "cloche/tasks/nursery.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/timeout.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/test_loop.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::Contains;

TEST(WaitReadable, EndsWhenTheDescriptorIsReadable) {
  TestLoop loop;
  loop.At(absl::Seconds(3),
          [&] { loop.backend().Complete(7, OperationKind::kWaitReadable, 0); });
  EXPECT_THAT(loop.Run(WaitReadable(7)), IsOk());
  EXPECT_EQ(loop.elapsed(), absl::Seconds(3));
}

TEST(WaitWritable, EndsWhenTheDescriptorIsWritable) {
  TestLoop loop;
  loop.At(absl::Seconds(3),
          [&] { loop.backend().Complete(7, OperationKind::kWaitWritable, 0); });
  EXPECT_THAT(loop.Run(WaitWritable(7)), IsOk());
}

TEST(WaitReadable, TellsTheBackendThatTheDescriptorIsForeign) {
  TestLoop loop;
  bool foreign = false;
  loop.backend().SetOnStart([&](const Operation& operation) {
    foreign = operation.foreign_descriptor;
    return 0;
  });
  EXPECT_THAT(loop.Run(WaitReadable(7)), IsOk());
  EXPECT_TRUE(foreign);
}

TEST(WaitReadable, GivesTheErrorOfTheSystem) {
  TestLoop loop;
  loop.backend().SetOnStart([](const Operation&) { return -EPERM; });
  const absl::Status status = loop.Run(WaitReadable(7));
  EXPECT_EQ(ErrnoOf(status), EPERM);
  EXPECT_THAT(status, StatusIs(status.code(), "fd 7"));
}

TEST(WaitReadable, TwiceOnOneDescriptorIsAFailedPrecondition) {
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithNursery([&](Nursery& nursery) -> Task<> {
    nursery.Start([]() -> Task<> { co_return co_await WaitReadable(7); });
    co_await Try(Yield());
    EXPECT_THAT(co_await WaitReadable(7),
                StatusIs(absl::StatusCode::kFailedPrecondition,
                         "another task waits for the same direction"));
    loop.backend().Complete(7, OperationKind::kWaitReadable, 0);
    co_return absl::OkStatus();
  })),
              IsOk());
}

TEST(WaitReadable, AndWaitWritableMayWaitAtTheSameTime) {
  TestLoop loop;
  loop.At(absl::Seconds(1), [&] {
    loop.backend().Complete(7, OperationKind::kWaitReadable, 0);
    loop.backend().Complete(7, OperationKind::kWaitWritable, 0);
  });
  EXPECT_THAT(loop.Run(WithNursery([](Nursery& nursery) -> Task<> {
    nursery.Start([]() -> Task<> { co_return co_await WaitReadable(7); });
    nursery.Start([]() -> Task<> { co_return co_await WaitWritable(7); });
    co_return absl::OkStatus();
  })),
              IsOk());
}

TEST(Operation, OfADescriptorThatIsClosedMeanwhileIsAborted) {
  TestLoop loop;
  loop.At(absl::Seconds(1), [&] { loop.backend().Close(7); });
  EXPECT_THAT(loop.Run(WaitReadable(7)),
              StatusIs(absl::StatusCode::kAborted, "closed locally"));
}

TEST(Operation, IsCancelledInTheBackendWhenItsScopeIs) {
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithTimeout(absl::Seconds(1), WaitReadable(7))),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(loop.backend().calls(), Contains("cancel readable 7").Times(1));
}

}  // namespace
}  // namespace cloche

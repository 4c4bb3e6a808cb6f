// WaitReadable, WaitWritable, either of them, and what becomes of an
// operation's result.

#include "cloche/tasks/readiness.h"

#include <cerrno>
#include <cstdint>
#include <optional>

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
using ::testing::SizeIs;

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

TEST(WaitReadable, OfARegularFileSaysWhatToDoInstead) {
  TestLoop loop;
  loop.backend().SetOnStart([](const Operation&) { return -EPERM; });
  const absl::Status status = loop.Run(WaitReadable(7));
  EXPECT_THAT(status, StatusIs(status.code(), "read or write it as it is"));
  EXPECT_THAT(TracebackOf(status), SizeIs(1));  // Nothing was lost.
}

// --- Either -----------------------------------------------------------------

TEST(WaitReadableOrWritable, EndsWithTheFirstAndCancelsTheOther) {
  TestLoop loop;
  loop.At(absl::Seconds(3),
          [&] { loop.backend().Complete(7, OperationKind::kWaitWritable, 0); });
  const auto ready = loop.Run(WaitReadableOrWritable(7));
  ASSERT_THAT(ready, IsOk());
  EXPECT_TRUE(ready->writable);
  EXPECT_FALSE(ready->readable);
  EXPECT_EQ(loop.elapsed(), absl::Seconds(3));
  EXPECT_THAT(loop.backend().calls(), Contains("cancel readable 7"));
  EXPECT_EQ(loop.backend().in_flight(), 0u);
}

TEST(WaitReadableOrWritable, TellsOfBothIfBothHaveEnded) {
  TestLoop loop;
  loop.At(absl::Seconds(3), [&] {
    loop.backend().Complete(7, OperationKind::kWaitReadable, 0);
    loop.backend().Complete(7, OperationKind::kWaitWritable, 0);
  });
  const auto ready = loop.Run(WaitReadableOrWritable(7));
  ASSERT_THAT(ready, IsOk());
  EXPECT_TRUE(ready->readable && ready->writable);
}

TEST(WaitReadableOrWritable, CancelsBothWhenItsScopeIs) {
  TestLoop loop;
  EXPECT_THAT(
      loop.Run(WithTimeout(absl::Seconds(1), WaitReadableOrWritable(7))),
      StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(loop.backend().in_flight(), 0u);
}

TEST(WaitReadableOrWritable, FailsIfOneCannotBeWaitedFor) {
  TestLoop loop;
  loop.backend().SetOnStart(
      [](const Operation& wait) -> std::optional<int64_t> {
        if (wait.kind == OperationKind::kWaitReadable) return std::nullopt;
        return -EOPNOTSUPP;
      });
  EXPECT_THAT(loop.Run(WaitReadableOrWritable(7)),
              StatusIs(absl::StatusCode::kUnimplemented, "completion port"));
  EXPECT_EQ(loop.backend().in_flight(), 0u);
}

TEST(WaitReadableOrWritable, IsAFailedPreconditionIfAnotherTaskReads) {
  TestLoop loop;
  loop.backend().SetOnStart([](const Operation&) { return -EBUSY; });
  EXPECT_THAT(loop.Run(WaitReadableOrWritable(7)),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       "another task waits for the same direction"));
}

TEST(WaitReadableOrWritable, IsAbortedIfTheDescriptorIsClosedByTheLoop) {
  TestLoop loop;
  loop.At(absl::Seconds(1), [&] { loop.backend().Close(7); });
  EXPECT_THAT(loop.Run(WaitReadableOrWritable(7)),
              StatusIs(absl::StatusCode::kAborted, "closed locally"));
}

// --- Any operation ----------------------------------------------------------

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

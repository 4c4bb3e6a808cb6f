// Foreign descriptors on every backend of the fake kernel: what their owners
// may do with them, and when.

#include <array>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/backend/backends.h"
#include "cloche/tasks/nursery.h"
#include "cloche/tasks/readiness.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/timeout.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/backend_kinds.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/test_world.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

// A pair of UNIX sockets that a library has opened; the loop knows nothing of
// either until somebody waits for `ours_`.
class ForeignDescriptorTest : public ::testing::TestWithParam<BackendKind> {
 protected:
  ForeignDescriptorTest() { OpenPair(); }
  ~ForeignDescriptorTest() override { ClosePair(); }

  void OpenPair() {
    std::array<int, 2> pair;
    EXPECT_EQ(calls_.SocketPair(pair.data()), 0);
    ours_ = pair[0];
    theirs_ = pair[1];
  }
  // As their owner does it, without telling anybody.
  void ClosePair() {
    EXPECT_EQ(calls_.Close(ours_), 0);
    EXPECT_EQ(calls_.Close(theirs_), 0);
  }
  void Say(absl::string_view words) {
    EXPECT_EQ(calls_.Send(theirs_, words, 0),
              static_cast<int64_t>(words.size()));
  }
  Task<> SayAfter(absl::Duration pause) {
    co_await Try(Sleep(pause));
    Say("x");
    co_return absl::OkStatus();
  }
  void FillUp() {
    const std::string bytes(4096, 'x');
    while (calls_.Send(ours_, bytes, 0) > 0) {
    }
  }

  TestWorld world_{/*seed=*/1, GetParam()};
  TestHost& host_ = world_.AddHost("host");
  SocketCalls& calls_ = host_.kernel().sockets();
  int ours_ = -1;
  int theirs_ = -1;
};

// For room to write a completion port has no call.
#define SKIP_ON_COMPLETION_PORTS() \
  if (GetParam() == BackendKind::kIocp) GTEST_SKIP() << "cannot wait for room"

TEST_P(ForeignDescriptorTest, IsWaitedForUntilSomethingCanBeRead) {
  Start(host_.loop(), [this] { return SayAfter(absl::Seconds(3)); });
  EXPECT_THAT(world_.Run(host_, WaitReadable(ours_)), IsOk());
  EXPECT_EQ(world_.elapsed(), absl::Seconds(3));
}

TEST_P(ForeignDescriptorTest, IsReadyAgainForAsLongAsNobodyHasRead) {
  Say("x");
  EXPECT_THAT(world_.Run(host_, WaitReadable(ours_)), IsOk());
  EXPECT_THAT(world_.Run(host_, WaitReadable(ours_)), IsOk());
  EXPECT_EQ(world_.elapsed(), absl::ZeroDuration());
}

TEST_P(ForeignDescriptorTest, IsLeftAloneWhenTheWaitIsGivenUp) {
  EXPECT_THAT(
      world_.Run(host_, WithTimeout(absl::Seconds(3), WaitReadable(ours_))),
      StatusIs(absl::StatusCode::kDeadlineExceeded));
  Say("x");
  EXPECT_THAT(world_.Run(host_, WaitReadable(ours_)), IsOk());
}

TEST_P(ForeignDescriptorTest, MayBeWritableWhileThereIsNothingToRead) {
  SKIP_ON_COMPLETION_PORTS();
  const auto ready = world_.Run(host_, WaitReadableOrWritable(ours_));
  ASSERT_THAT(ready, IsOk());
  EXPECT_TRUE(ready->writable);
  EXPECT_FALSE(ready->readable);
}

TEST_P(ForeignDescriptorTest, MayBeReadableWhileThereIsNoRoomToWrite) {
  SKIP_ON_COMPLETION_PORTS();
  FillUp();
  Start(host_.loop(), [this] { return SayAfter(absl::Seconds(3)); });
  const auto ready = world_.Run(host_, WaitReadableOrWritable(ours_));
  ASSERT_THAT(ready, IsOk());
  EXPECT_TRUE(ready->readable);
  EXPECT_FALSE(ready->writable);
  EXPECT_EQ(world_.elapsed(), absl::Seconds(3));
}

TEST_P(ForeignDescriptorTest, HasNoRoomToWaitForOnACompletionPort) {
  if (GetParam() != BackendKind::kIocp) GTEST_SKIP() << "can wait for room";
  EXPECT_THAT(world_.Run(host_, WaitWritable(ours_)),
              StatusIs(absl::StatusCode::kUnimplemented,
                       "make the socket a stream of Cloche's"));
}

// --- Closing ----------------------------------------------------------------

TEST_P(ForeignDescriptorTest, MayBeClosedBetweenWaitsWithoutTelling) {
  Say("x");
  ASSERT_THAT(world_.Run(host_, WaitReadable(ours_)), IsOk());
  const int before = ours_;
  ClosePair();
  OpenPair();
  ASSERT_EQ(ours_, before);  // Something new, with the same number.
  Start(host_.loop(), [this] { return SayAfter(absl::Seconds(3)); });
  EXPECT_THAT(world_.Run(host_, WaitReadable(ours_)), IsOk());
  EXPECT_EQ(world_.elapsed(), absl::Seconds(3));
}

TEST_P(ForeignDescriptorTest, MayBeClosedAsSoonAsItsWaitIsCancelled) {
  EXPECT_THAT(
      world_.Run(host_, WithNursery([&](Nursery& nursery) -> Task<> {
                   TaskHandle<> old = nursery.Start([this]() -> Task<> {
                     co_return co_await WaitReadable(ours_);
                   });
                   co_await Try(Sleep(absl::Seconds(1)));
                   old.Cancel();
                   ClosePair();
                   OpenPair();  // With the same number.
                   (void)co_await old.Join();
                   nursery.Start([this] { return SayAfter(absl::Seconds(3)); });
                   co_return co_await WaitReadable(ours_);
                 })),
      IsOk());
  EXPECT_EQ(world_.elapsed(), absl::Seconds(4));
}

// What the header says will happen to who does not keep the rule.
TEST_P(ForeignDescriptorTest, ClosedDuringItsWaitIsBusyOrOver) {
  EXPECT_THAT(
      world_.Run(
          host_, WithNursery([&](Nursery& nursery) -> Task<> {
            TaskHandle<> old = nursery.Start(
                [this]() -> Task<> { co_return co_await WaitReadable(ours_); });
            co_await Try(Sleep(absl::Seconds(1)));
            ClosePair();
            OpenPair();
            const absl::Status status =
                co_await WithTimeout(absl::Seconds(1), WaitReadable(ours_));
            EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition,
                                         "another task waits"));
            old.Cancel();
            (void)co_await old.Join();
            Say("x");
            co_return co_await WaitReadable(ours_);
          })),
      IsOk());
}

INSTANTIATE_ON_FAKE_BACKENDS(ForeignDescriptorTest);

}  // namespace
}  // namespace cloche

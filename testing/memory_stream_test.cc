// What is special in memory streams. That they are byte streams at all is
// testing/check_stream_test.cc's.

#include "cloche/testing/memory_stream.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/tasks/nursery.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/timeout.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/stream_tasks.h"
#include "cloche/testing/test_loop.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

constexpr absl::StatusCode kBroken = absl::StatusCode::kUnavailable;
constexpr absl::StatusCode kLate = absl::StatusCode::kDeadlineExceeded;

TEST(MemoryStream, TakesAsMuchAsItHasRoomFor) {
  const StreamPair pair = NewMemoryStreams(3);
  EXPECT_THAT(pair.near->WriteNow("hello"), IsOkAndHolds(3u));
  EXPECT_THAT(pair.near->WriteNow("lo"), IsOkAndHolds(0u));
}

TEST(MemoryStream, AWriteEndsWhenTheLastOfItHasRoom) {
  TestLoop loop;
  StreamPair pair = NewMemoryStreams(3);
  EXPECT_THAT(
      loop.Run(WithTimeout(absl::Seconds(1), WriteAll(*pair.near, "hello"))),
      StatusIs(kLate));
}

TEST(MemoryStream, AWriteThatIsCutShortSaysHowMuchIsOnItsWay) {
  TestLoop loop;
  StreamPair pair = NewMemoryStreams(3);
  EXPECT_THAT(loop.Run([&]() -> Task<> {
    co_return co_await WithNursery([&](Nursery& nursery) -> Task<> {
      auto write = nursery.Start(WriteAll, std::ref(*pair.near), "hello");
      co_await Try(Yield());
      pair.far->Abort();
      co_return co_await write.Join();
    });
  }),
              StatusIs(kBroken, "ended after 3 of 5 bytes"));
}

TEST(MemoryStream, ACloseWithBytesUnreadIsAReset) {
  TestLoop loop;
  StreamPair pair = NewMemoryStreams();
  ASSERT_THAT(loop.Run(WriteAll(*pair.near, "unread")), IsOk());
  ASSERT_THAT(loop.Run(WriteAll(*pair.far, "lost")), IsOk());
  pair.far->Close();
  EXPECT_THAT(loop.Run(ReadOnce(*pair.near)), StatusIs(kBroken, "a reset"));
}

TEST(MemoryStream, OutlivesItsPeer) {
  TestLoop loop;
  StreamPair pair = NewMemoryStreams();
  ASSERT_THAT(loop.Run(WriteAll(*pair.far, "heritage")), IsOk());
  pair.far.reset();
  EXPECT_THAT(loop.Run(ReadToEnd(*pair.near)), IsOkAndHolds("heritage"));
}

TEST(MemoryStream, ShutdownAfterTheReaderHasGoneIsNoError) {
  TestLoop loop;
  StreamPair pair = NewMemoryStreams();
  pair.far->Abort();
  EXPECT_THAT(loop.Run(ShutDownWriting(*pair.near)), IsOk());
}

TEST(MemoryStream, SaysThatItIsClosed) {
  const StreamPair pair = NewMemoryStreams();
  EXPECT_EQ(pair.near->Description(), "memory (near end)");
  pair.near->Close();
  EXPECT_EQ(pair.near->Description(), "memory (near end) (closed)");
}

TEST(MemoryStream, IsReadableWhereThereIsSomething) {
  TestLoop loop;
  StreamPair pair = NewMemoryStreams();
  ASSERT_THAT(pair.far->WriteNow("x"), IsOkAndHolds(1u));
  const WaitLimits limits;
  EXPECT_THAT(loop.Run(pair.near->WaitReadable(limits)), IsOk());
}

TEST(MemoryStreamDeathTest, CannotBeWaitedForWithoutReading) {
  const StreamPair pair = NewMemoryStreams();
  const WaitLimits limits;
  EXPECT_DEATH((void)pair.near->WaitReadable(limits),
               "no descriptor to wait for; Read from it");
}

TEST(MemoryStream, IsTornDownWithTheLoopInTheMiddleOfEverything) {
  TestLoop loop;
  auto pair = std::make_shared<StreamPair>(NewMemoryStreams(3));
  auto main = [pair](Nursery& nursery) -> Task<> {
    nursery.Start(WriteAll, std::ref(*pair->near), "hello");
    nursery.Start(ShutDownWriting, std::ref(*pair->near));
    nursery.Start(ReadToEnd, std::ref(*pair->near));
    co_return absl::OkStatus();
  };
  EXPECT_THAT(
      loop.Run([&]() -> Task<> { co_return co_await WithNursery(main); }),
      StatusIs(absl::StatusCode::kFailedPrecondition));
  loop.Destroy();
}

// --- In lock step -----------------------------------------------------------

TEST(LockStepStreams, HaveNoRoom) {
  const StreamPair pair = NewLockStepStreams();
  EXPECT_THAT(pair.near->WriteNow("x"), IsOkAndHolds(0u));
}

TEST(LockStepStreams, AWriteIsOverWhenThePeerHasReadAllOfIt) {
  TestLoop loop;
  StreamPair pair = NewLockStepStreams();
  EXPECT_THAT(loop.Run([&]() -> Task<> {
    co_return co_await WithNursery([&](Nursery& nursery) -> Task<> {
      auto write = nursery.Start(WriteAll, std::ref(*pair.near), "ab");
      co_await Try(Yield());
      EXPECT_THAT(co_await ReadOnce(*pair.far, 1), IsOkAndHolds("a"));
      co_await Try(Yield());
      EXPECT_FALSE(write.ended()) << "b has not been read";
      EXPECT_THAT(co_await ReadOnce(*pair.far, 1), IsOkAndHolds("b"));
      co_await Try(Yield());
      EXPECT_TRUE(write.ended());
      co_return absl::OkStatus();
    });
  }),
              IsOk());
}

TEST(LockStepStreams, ReadNowTakesFromTheWriterThatWaits) {
  TestLoop loop;
  StreamPair pair = NewLockStepStreams();
  std::string room(5, '\0');
  EXPECT_THAT(loop.Run([&]() -> Task<> {
    co_return co_await WithNursery([&](Nursery& nursery) -> Task<> {
      nursery.Start(WriteAll, std::ref(*pair.near), "hello");
      co_await Try(Yield());
      EXPECT_THAT(pair.far->ReadNow(absl::MakeSpan(room.data(), 5)),
                  IsOkAndHolds(std::optional<size_t>(5)));
      co_return absl::OkStatus();
    });
  }),
              IsOk());
  EXPECT_EQ(room, "hello");
}

}  // namespace
}  // namespace cloche

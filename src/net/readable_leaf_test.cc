// WaitReadable and ReadNow of a TcpStream: to wait with nothing in hand, and to
// take what is there.

#include "cloche/net/readable_leaf.h"

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/net/stop_source.h"
#include "cloche/net/tcp_stream_test.h"

namespace cloche {
namespace {

using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Optional;

class WaitReadableTest : public TcpStreamTest {
 protected:
  // Connected, and near_ is known to be drained.
  void SetUp() override {
    Connect();
    ASSERT_THAT(ReadNow(), IsOkAndHolds(std::nullopt));
    limits_.stop = &stop_;
  }
  // The tasks go before what they refer to.
  void TearDown() override {
    near_.reset();
    client_.Kill();
  }

  TaskHandle<> Waits() {
    return Start(client_.loop(), [this]() -> Task<> {
      co_return co_await near_->WaitReadable(limits_);
    });
  }
  absl::StatusOr<std::optional<size_t>> ReadNow(size_t most = 100) {
    return near_->ReadNow(absl::MakeSpan(room_, most));
  }

  char room_[100];
  StopSource stop_;
  WaitLimits limits_;
};
class ReadNowTest : public WaitReadableTest {};

TEST_P(WaitReadableTest, EndsWhenDataComes) {
  auto wait = Waits();
  world_.Pass(kWhile);
  EXPECT_FALSE(wait.ended());
  ASSERT_THAT(FarWrites("hello"), IsOk());
  EXPECT_THAT(EndOf(wait), IsOk());
  EXPECT_THAT(ReadNow(), IsOkAndHolds(Optional(5)));
}

TEST_P(WaitReadableTest, EndsWithTheStream) {
  auto wait = Waits();
  far_.reset();
  EXPECT_THAT(EndOf(wait), IsOk());
  EXPECT_THAT(ReadNow(), IsOkAndHolds(Optional(0)));
}

TEST_P(WaitReadableTest, EndsWithAReset) {
  auto wait = Waits();
  far_->Abort();
  EXPECT_THAT(EndOf(wait), IsOk());
  EXPECT_THAT(ReadNow(), StatusIs(kUnavailable, "read from TCP"));
}

TEST_P(WaitReadableTest, EndsWhenItsTimeIsUp) {
  limits_.timeout = absl::Seconds(7);
  const absl::Duration begin = world_.elapsed();
  EXPECT_THAT(EndOf(Waits()), StatusIs(kLate, "within 7s"));
  EXPECT_EQ(world_.elapsed() - begin, absl::Seconds(7));
}

TEST_P(WaitReadableTest, HasNoTimerLeftWhenDataCame) {
  limits_.timeout = absl::Hours(1);
  auto wait = Waits();
  world_.Pass(kWhile);
  ASSERT_THAT(FarWrites("x"), IsOk());
  EXPECT_THAT(EndOf(wait), IsOk());
  EXPECT_TRUE(client_.loop().timers().empty());
}

TEST_P(WaitReadableTest, EndsWithTheStop) {
  auto wait = Waits();
  world_.Pass(kWhile);
  stop_.Stop();
  EXPECT_THAT(EndOf(wait), StatusIs(kAborted, "the stop"));
}

TEST_P(WaitReadableTest, DoesNotBeginAfterTheStopWhateverIsThere) {
  ASSERT_THAT(FarWrites("x"), IsOk());
  world_.Pass(kWhile);
  stop_.Stop();
  EXPECT_THAT(EndOf(Waits()), StatusIs(kAborted, "the stop"));
}

TEST_P(WaitReadableTest, EndsWithACancellation) {
  auto wait = Waits();
  world_.Pass(kWhile);
  wait.Cancel();
  EXPECT_THAT(EndOf(wait), StatusIs(kCancelled, "its TaskHandle"));
}

TEST_P(WaitReadableTest, EndsWhenTheStreamIsClosedOrDestroyed) {
  auto wait = Waits();
  world_.Pass(kWhile);
  near_.reset();
  EXPECT_THAT(EndOf(wait), StatusIs(kAborted, "closed locally"));
}

TEST_P(WaitReadableTest, CanNotBeWhileAnotherTaskReads) {
  auto read = Reads();
  world_.Pass(kWhile);
  EXPECT_THAT(EndOf(Waits()), StatusIs(kPrecondition, "another task"));
  EXPECT_THAT(ReadNow(), StatusIs(kPrecondition, "reading already"));
}

TEST_P(WaitReadableTest, OfWhatMayBeThereIsOverAtOnce) {
  EXPECT_THAT(world_.Run(server_, far_->WaitReadable(limits_)), IsOk());
  EXPECT_THAT(far_->ReadNow(absl::MakeSpan(room_)), IsOkAndHolds(std::nullopt));
}

TEST_P(WaitReadableTest, OfAClosedStreamIsOverAtOnce) {
  near_->Close();
  EXPECT_THAT(EndOf(Waits()), IsOk());
  EXPECT_THAT(ReadNow(), StatusIs(kAborted, "closed locally"));
}

TEST_P(WaitReadableTest, SaysInADumpWhatWillEndIt) {
  limits_.timeout = absl::Minutes(1);
  auto wait = Waits();
  world_.Pass(absl::Seconds(1));
  EXPECT_THAT(DumpTasks(client_.loop()),
              HasSubstr("is readable, for another 59s, or the stop"));
}

TEST_P(WaitReadableTest, CostsNoSystemCallOfADrainedStream) {
  ASSERT_THAT(FarWrites("x"), IsOk());
  EXPECT_THAT(EndOf(Waits()), IsOk());
  ASSERT_THAT(ReadNow(), IsOkAndHolds(Optional(1)));
  const uint64_t receives = Calls(CallKind::kRecv);
  const uint64_t controls = Calls(CallKind::kEpollCtl);
  auto wait = Waits();
  world_.Pass(kWhile);
  EXPECT_EQ(Calls(CallKind::kRecv), receives);
  // Level-triggered interest was dropped when nobody waited, and is back now.
  const uint64_t expected = GetParam() == BackendKind::kEpollLevel ? 1 : 0;
  EXPECT_EQ(Calls(CallKind::kEpollCtl), controls + expected);
}

TEST_P(ReadNowTest, TakesNoMoreThanThereIsRoomFor) {
  ASSERT_THAT(FarWrites("hello"), IsOk());
  world_.Pass(kWhile);
  EXPECT_THAT(ReadNow(0), IsOkAndHolds(Optional(0)));
  EXPECT_THAT(ReadNow(3), IsOkAndHolds(Optional(3)));
  EXPECT_THAT(ReadNow(3), IsOkAndHolds(Optional(2)));
  EXPECT_THAT(ReadNow(3), IsOkAndHolds(Eq(std::nullopt)));
}

INSTANTIATE_ON_FAKE_BACKENDS(WaitReadableTest);
INSTANTIATE_ON_FAKE_BACKENDS(ReadNowTest);

}  // namespace
}  // namespace cloche

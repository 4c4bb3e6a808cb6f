// BodyReader: how long it waits, what it does before, and what it skips without
// waiting.

#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/http/body_reader_test.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/timeout.h"

namespace cloche {
namespace {

constexpr char kThreeChunks[] =
    "3\r\nabc\r\n2;x=y\r\nde\r\n1\r\nf\r\n0\r\nSum: 6\r\nT: 7\r\n\r\n";

// --- Skipping ---------------------------------------------------------------

using BodySkip = BodyReaderTest;

TEST_P(BodySkip, GoesToTheEndIfAllHasArrived) {
  Begin(kChunked, absl::StrCat(kThreeChunks, "GET"));
  EXPECT_TRUE(reader_->SkipArrived());
  EXPECT_EQ(reader_->arrived_used(), arrived_.size() - 3);
}

TEST_P(BodySkip, WaitsForNothing) {
  Begin(Length(4), "abc");
  EXPECT_FALSE(reader_->SkipArrived());
  Begin(kChunked, "4\r\nabc");
  EXPECT_FALSE(reader_->SkipArrived());
}

TEST_P(BodySkip, StopsAtWhatIsWrong) {
  Begin(kChunked, "1\r\na\r\nx");
  EXPECT_FALSE(reader_->SkipArrived());
  EXPECT_EQ(RefusalCode(), 400);
}

INSTANTIATE_ON_FAKE_BACKENDS(BodySkip);

// --- Time -------------------------------------------------------------------

class BodyTime : public BodyReaderTest {
 protected:
  void SetUp() override {
    limits_.timeout = absl::Seconds(10);
    limits_.min_bytes_per_second = 2;
  }

  // far_ says the bytes one by one, with so much time between them.
  void Drips(std::string bytes, absl::Duration pause) {
    drips_ = Start(server_.loop(), [this, bytes, pause]() -> Task<> {
      for (const char byte : bytes) {
        co_await Try(Sleep(pause));
        co_await Try(far_->Write(absl::string_view(&byte, 1)));
      }
      co_return absl::OkStatus();
    });
  }

  // The drip ends before what it refers to does.
  void TearDown() override {
    near_.reset();
    far_.reset();
    server_.Kill();
  }

  std::optional<TaskHandle<>> drips_;
};

TEST_P(BodyTime, IsUpIfNothingComes) {
  Begin(Length(3));
  EXPECT_THAT(All(), StatusIs(kLate, "took too long"));
  EXPECT_EQ(RefusalCode(), 408);
}

// A byte a second is less than two.
TEST_P(BodyTime, IsUpForASlowDripThoughSomethingComesAllTheTime) {
  Begin(Length(kMuch));
  const absl::Duration begin = world_.elapsed();
  Drips(std::string(kMuch, 'a'), absl::Seconds(1));
  EXPECT_THAT(All(), StatusIs(kLate));
  EXPECT_GT(world_.elapsed() - begin, absl::Seconds(18));
  EXPECT_LT(world_.elapsed() - begin, absl::Seconds(21));
}

TEST_P(BodyTime, IsLongEnoughForWhatKeepsTheRate) {
  Begin(Length(100));
  Drips(std::string(100, 'a'), absl::Milliseconds(499));
  EXPECT_THAT(All(), IsOkAndHolds(std::string(100, 'a')));
}

TEST_P(BodyTime, IsForTheWholeBodyIfThereIsNoRate) {
  limits_.min_bytes_per_second = 0;
  Begin(Length(kMuch));
  const absl::Duration begin = world_.elapsed();
  Drips(std::string(kMuch, 'a'), absl::Milliseconds(3));
  EXPECT_THAT(Part(), IsOk());
  EXPECT_THAT(All(), IsOk());
  Begin(Length(kMuch));
  EXPECT_THAT(All(), StatusIs(kLate));
  EXPECT_LT(world_.elapsed() - begin, absl::Seconds(14));
}

// It is the reader who takes his time, and not the peer.
TEST_P(BodyTime, DoesNotPassWhileNobodyReads) {
  Begin(Length(6), "ab");
  world_.Pass(absl::Hours(1));
  EXPECT_THAT(Part(), IsOkAndHolds("ab"));
  world_.Pass(absl::Hours(1));
  Comes("cd");
  EXPECT_THAT(Part(), IsOkAndHolds("cd"));
}

TEST_P(BodyTime, MayBeForEver) {
  limits_.timeout = absl::InfiniteDuration();
  world_.set_patience(absl::InfiniteDuration());
  Begin(Length(1));
  Drips("a", absl::Hours(24 * 365));
  EXPECT_THAT(All(), IsOkAndHolds("a"));
}

INSTANTIATE_ON_FAKE_BACKENDS(BodyTime);

// --- Before it waits --------------------------------------------------------

class BodyWait : public BodyReaderTest, public BeforeBodyWait {
 protected:
  BodyWait() { before_wait_ = this; }
  Task<> PrepareToWait() override {
    ++waits_;
    co_await Try(Sleep(preparation_));
    co_return prepared_;
  }

  int waits_ = 0;
  absl::Status prepared_;
  absl::Duration preparation_;
};

TEST_P(BodyWait, IsPreparedForOnce) {
  Begin(Length(4));
  Comes("ab");
  EXPECT_THAT(Part(), IsOk());
  EXPECT_EQ(waits_, 1);
  Comes("cd");
  EXPECT_THAT(Part(), IsOk());
  EXPECT_EQ(waits_, 1);
}

TEST_P(BodyWait, IsNotPreparedForIfTheBodyIsThere) {
  Begin(Length(2), "ab");
  EXPECT_THAT(All(), IsOkAndHolds("ab"));
  EXPECT_EQ(waits_, 0);
}

TEST_P(BodyWait, IsNotBegunIfItCannotBePreparedFor) {
  prepared_ = absl::UnavailableError("gone");
  Begin(Length(2));
  EXPECT_THAT(All(), StatusIs(kUnavailable, "gone"));
  EXPECT_THAT(All(), StatusIs(kUnavailable, "gone"));
  EXPECT_EQ(waits_, 1);
}

// What was to be sent may have been sent in part: there is no way on.
TEST_P(BodyWait, IsNotBegunIfItsPreparationWasCancelled) {
  preparation_ = absl::Seconds(2);
  Begin(Length(2));
  char room[2];
  EXPECT_THAT(
      world_.Run(client_, WithTimeout(absl::Seconds(1),
                                      reader_->Read(absl::MakeSpan(room)))),
      StatusIs(kLate));
  EXPECT_THAT(All(), StatusIs(kCancelled));
  EXPECT_EQ(waits_, 1);
}

TEST_P(BodyReaderTest, MayBeAskedAgainAfterAWaitThatWasCancelled) {
  Begin(Length(2));
  char room[2];
  EXPECT_THAT(
      world_.Run(client_, WithTimeout(absl::Seconds(1),
                                      reader_->Read(absl::MakeSpan(room)))),
      StatusIs(kLate));
  Comes("ab");
  EXPECT_THAT(All(), IsOkAndHolds("ab"));
}

INSTANTIATE_ON_FAKE_BACKENDS(BodyReaderTest);
INSTANTIATE_ON_FAKE_BACKENDS(BodyWait);

}  // namespace
}  // namespace cloche

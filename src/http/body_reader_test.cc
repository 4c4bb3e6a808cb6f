// BodyReader: what it makes of a body that arrives in whatever way, and of one
// that does not.

#include "cloche/http/body_reader.h"

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cloche/http/body_reader_test.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

// --- None -------------------------------------------------------------------

TEST_P(BodyReaderTest, IsAtItsEndWhereThereIsNoBody) {
  Begin({}, "GET");
  EXPECT_TRUE(reader_->finished());
  EXPECT_EQ(reader_->content_length(), 0u);
  EXPECT_THAT(Part(), IsOkAndHolds(""));
  EXPECT_THAT(All(), IsOkAndHolds(""));
  EXPECT_EQ(reader_->arrived_used(), 0u);
}

TEST_P(BodyReaderTest, IsAtItsEndIfTheLengthIsZero) {
  Begin(Length(0));
  EXPECT_TRUE(reader_->finished());
  EXPECT_EQ(reader_->content_length(), 0u);
  EXPECT_THAT(All(), IsOkAndHolds(""));
}

// --- Of known length --------------------------------------------------------

TEST_P(BodyReaderTest, GivesWhatArrivedWithTheHeadAndNoMore) {
  Begin(Length(3), "abcGET");
  EXPECT_EQ(reader_->content_length(), 3u);
  EXPECT_THAT(Part(), IsOkAndHolds("abc"));
  EXPECT_TRUE(reader_->finished());
  EXPECT_THAT(Part(), IsOkAndHolds(""));
  EXPECT_EQ(reader_->arrived_used(), 3u);
  EXPECT_TRUE(reader_->surplus().empty());
}

TEST_P(BodyReaderTest, GivesWhatIsThereBeforeItWaits) {
  Begin(Length(6), "ab");
  EXPECT_THAT(Part(), IsOkAndHolds("ab"));
  Comes("cdef");
  EXPECT_THAT(Part(), IsOkAndHolds("cdef"));
  EXPECT_TRUE(reader_->finished());
}

TEST_P(BodyReaderTest, GivesNoMoreThanThereIsRoomFor) {
  Begin(Length(6), "abc");
  EXPECT_THAT(Part(2), IsOkAndHolds("ab"));
  EXPECT_THAT(Part(2), IsOkAndHolds("c"));
  Comes("def");
  EXPECT_THAT(Part(2), IsOkAndHolds("de"));
  EXPECT_THAT(Part(2), IsOkAndHolds("f"));
}

TEST_P(BodyReaderTest, LeavesInTheStreamWhatIsBehindTheBody) {
  Begin(Length(3));
  Comes("abcGET");
  EXPECT_THAT(All(), IsOkAndHolds("abc"));
  EXPECT_THAT(NearReads(), IsOkAndHolds("GET"));
}

TEST_P(BodyReaderTest, GivesNothingForNoRoomAndDoesNotWait) {
  Begin(Length(3));
  EXPECT_THAT(Part(0), IsOkAndHolds(""));
  EXPECT_FALSE(reader_->finished());
}

TEST_P(BodyReaderTest, GivesABodyThatComesByteByByte) {
  const std::string body = Pattern(100);
  Begin(Length(100));
  for (const char byte : body) {
    Comes(std::string(1, byte));
    EXPECT_THAT(Part(), IsOkAndHolds(std::string(1, byte)));
  }
  EXPECT_TRUE(reader_->finished());
}

// --- In chunks --------------------------------------------------------------

constexpr char kThreeChunks[] =
    "3\r\nabc\r\n2;x=y\r\nde\r\n1\r\nf\r\n0\r\nSum: 6\r\nT: 7\r\n\r\n";

TEST_P(BodyReaderTest, GivesTheContentOfChunksThatArrivedWithTheHead) {
  Begin(kChunked, absl::StrCat(kThreeChunks, "GET"));
  EXPECT_EQ(reader_->content_length(), std::nullopt);
  EXPECT_THAT(All(), IsOkAndHolds("abcdef"));
  EXPECT_THAT(reader_->trailers(),
              ElementsAre(Pair("Sum", "6"), Pair("T", "7")));
  EXPECT_EQ(reader_->arrived_used(), arrived_.size() - 3);
}

TEST_P(BodyReaderTest, KeepsWhatItReadBehindTheBody) {
  Begin(kChunked);
  Comes(absl::StrCat(kThreeChunks, "GET"));
  EXPECT_THAT(All(), IsOkAndHolds("abcdef"));
  EXPECT_EQ(reader_->surplus().data(), "GET");
}

TEST_P(BodyReaderTest, GivesTheSameWhereverTheHeadsBufferEnds) {
  const std::string body = absl::StrCat(kThreeChunks, "GET");
  for (size_t split = 0; split <= body.size() && !HasFailure(); ++split) {
    SCOPED_TRACE(split);
    Begin(kChunked, body.substr(0, split));
    Comes(body.substr(split));
    Ends();
    EXPECT_THAT(All(), IsOkAndHolds("abcdef"));
    EXPECT_THAT(reader_->trailers(),
                ElementsAre(Pair("Sum", "6"), Pair("T", "7")));
    reader_.reset();
  }
}

TEST_P(BodyReaderTest, GivesChunksThatComeByteByByte) {
  Begin(kChunked);
  auto all = Start(client_.loop(), [this] { return reader_->ReadAll(kMuch); });
  for (const char byte : std::string(kThreeChunks)) {
    Comes(std::string(1, byte));
    world_.Pass(kWhile);
  }
  EXPECT_THAT(EndOf(all), IsOkAndHolds("abcdef"));
}

TEST_P(BodyReaderTest, FinishesWithTheLastContentIfTheEndHasArrived) {
  Begin(kChunked, "3\r\nabc\r\n0\r\n\r\n");
  EXPECT_THAT(Part(3), IsOkAndHolds("abc"));
  EXPECT_TRUE(reader_->finished());
}

TEST_P(BodyReaderTest, GivesAChunkThatIsLargerThanAllBuffers) {
  const std::string body = Pattern(kTooMuch);
  Begin(kChunked, absl::StrFormat("%x\r\n", kTooMuch));
  auto writes = Start(server_.loop(), WriteAll, std::ref(*far_),
                      absl::StrCat(body, "\r\n0\r\n\r\n"));
  const absl::StatusOr<std::string> all = All(kTooMuch);
  ASSERT_THAT(all, IsOk());
  EXPECT_TRUE(*all == body);
}

// --- Until the end of the connection -----------------------------------------

TEST_P(BodyReaderTest, GivesEverythingUntilTheConnectionEnds) {
  Begin(kUntilClose, "ab");
  Comes("cd");
  Ends();
  EXPECT_FALSE(reader_->finished());
  EXPECT_EQ(reader_->content_length(), std::nullopt);
  EXPECT_THAT(All(), IsOkAndHolds("abcd"));
  EXPECT_TRUE(reader_->finished());
}

// --- What is wrong ----------------------------------------------------------

TEST_P(BodyReaderTest, FailsIfABodyOfKnownLengthEndsTooEarly) {
  Begin(Length(3), "a");
  Comes("b");
  Ends();
  EXPECT_THAT(All(), StatusIs(kInvalid, "ends before its time"));
  EXPECT_EQ(RefusalCode(), 400);
  EXPECT_THAT(Part(), StatusIs(kInvalid));  // Again.
  EXPECT_FALSE(reader_->finished());
}

TEST_P(BodyReaderTest, FailsWhereverChunksEndTooEarly) {
  const std::string body = kThreeChunks;
  for (size_t size = 0; size < body.size() && !HasFailure(); ++size) {
    SCOPED_TRACE(size);
    Begin(kChunked, body.substr(0, size / 2));
    Comes(body.substr(size / 2, size - size / 2));
    Ends();
    EXPECT_THAT(All(), StatusIs(kInvalid, "ends before its time"));
    reader_.reset();
  }
}

TEST_P(BodyReaderTest, FailsAtAMalformedChunkBehindTheContentBeforeIt) {
  Begin(kChunked, "1\r\na\r\nx\r\n");
  EXPECT_THAT(Part(), IsOkAndHolds("a"));
  EXPECT_THAT(Part(), StatusIs(kInvalid, "not a hexadecimal number"));
  EXPECT_EQ(RefusalCode(), 400);
}

TEST_P(BodyReaderTest, GivesTheContentBeforeAReset) {
  Begin(Length(3), "a");
  far_->Abort();
  EXPECT_THAT(Part(), IsOkAndHolds("a"));
  EXPECT_THAT(Part(), StatusIs(kUnavailable));
  EXPECT_EQ(RefusalCode(), 0);
}

TEST_P(BodyReaderTest, KnowsFromTheBeginningThatABodyIsSaidToBeTooLong) {
  limits_.max_bytes = 10;
  Begin(Length(11), "a");
  EXPECT_EQ(RefusalCode(), 413);
  EXPECT_THAT(Part(), StatusIs(kExhausted));
}

TEST_P(BodyReaderTest, TakesABodyOfTheLargestSize) {
  limits_.max_bytes = 3;
  Begin(Length(3), "abc");
  EXPECT_THAT(All(), IsOkAndHolds("abc"));
  Begin(kChunked, "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n");
  EXPECT_THAT(All(), IsOkAndHolds("abc"));
}

TEST_P(BodyReaderTest, RefusesTheChunkThatWouldMakeTheBodyTooLong) {
  limits_.max_bytes = 3;
  Begin(kChunked, "2\r\nab\r\n2\r\n");
  EXPECT_THAT(Part(), IsOkAndHolds("ab"));
  EXPECT_THAT(Part(), StatusIs(kExhausted, "longer than is allowed"));
  EXPECT_EQ(RefusalCode(), 413);
}

TEST_P(BodyReaderTest, RefusesABodyUntilTheEndThatIsTooLong) {
  limits_.max_bytes = 3;
  Begin(kUntilClose, "abcd");
  EXPECT_THAT(All(), StatusIs(kExhausted));
}

// --- All of it --------------------------------------------------------------

TEST_P(BodyReaderTest, DoesNotBeginToReadAllOfWhatIsSaidToBeTooMuch) {
  Begin(Length(4), "ab");
  EXPECT_THAT(All(3), StatusIs(kExhausted));
  EXPECT_EQ(RefusalCode(), 413);
}

TEST_P(BodyReaderTest, ReadsAllUpToTheLargestSizeAndNotMore) {
  Begin(kChunked, "4\r\nabcd\r\n0\r\n\r\n");
  EXPECT_THAT(All(4), IsOkAndHolds("abcd"));
  Begin(kChunked, "4\r\nabcd\r\n0\r\n\r\n");
  EXPECT_THAT(All(3), StatusIs(kExhausted));
}

TEST_P(BodyReaderTest, ReadsAllThatIsLeft) {
  Begin(Length(6), "abcdef");
  EXPECT_THAT(Part(2), IsOkAndHolds("ab"));
  EXPECT_THAT(All(4), IsOkAndHolds("cdef"));
}

TEST_P(BodyReaderTest, ReadsAllWithoutALimit) {
  Begin(kUntilClose, "abc");
  Ends();
  EXPECT_THAT(All(std::string::npos), IsOkAndHolds("abc"));
}

INSTANTIATE_ON_FAKE_BACKENDS(BodyReaderTest);

}  // namespace
}  // namespace cloche

// BodyWriter: what it sends, byte for byte, and when.

#include "cloche/http/body_writer.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/net/tcp_stream_test.h"

namespace cloche {
namespace {

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr char kHead[] = "HEAD\r\n\r\n";

constexpr BodyFraming kChunked{BodyKind::kChunked};
constexpr BodyFraming kUntilClose{BodyKind::kUntilClose};
constexpr BodyFraming Length(uint64_t length) {
  return {BodyKind::kLength, length};
}

// near_ sends a body, and far_ sees what comes.
class BodyWriterTest : public TcpStreamTest, public BeforeBodyWrite {
 protected:
  void Begin(const BodyFraming& framing) {
    Connect();
    writer_.emplace(*near_, output_, framing, absl::Seconds(30), this);
  }
  void AppendHead() override { output_.Append(kHead); }

  absl::Status Write(absl::string_view part) {
    return world_.Run(client_, writer_->Write(part));
  }
  // Ends the body and sends what the connection would send later.
  absl::Status Finish() {
    absl::Status finished = writer_->Finish();
    EXPECT_THAT(NearWrites(std::string(output_.data())), IsOk());
    output_.Clear();
    near_->Close();
    return finished;
  }
  // What comes next.
  std::string Comes() { return FarReads().value(); }
  std::string AllThatCame() {
    return world_.Run(server_, ReadToEnd(*far_)).value();
  }

  ByteBuffer output_;
  std::optional<BodyWriter> writer_;
};

// --- Framing ----------------------------------------------------------------

TEST_P(BodyWriterTest, SendsABodyOfKnownLengthAsItIs) {
  Begin(Length(5));
  EXPECT_THAT(Write("he"), IsOk());
  EXPECT_THAT(Write("llo"), IsOk());
  EXPECT_THAT(Finish(), IsOk());
  EXPECT_EQ(AllThatCame(), absl::StrCat(kHead, "hello"));
}

// Some fit with the head into one buffer, some only alone, some not at all.
TEST_P(BodyWriterTest, SendsTheHeadBeforeAPartOfAnySize) {
  for (const size_t size :
       {kPieceBytes - 1, kPieceBytes, kPieceBytes + 1, kPieceBytes + 500,
        kPieceBytes + 1100, 3 * kPieceBytes}) {
    Begin(Length(size));
    EXPECT_THAT(Write(Pattern(size)), IsOk());
    EXPECT_THAT(Finish(), IsOk());
    EXPECT_TRUE(AllThatCame() == absl::StrCat(kHead, Pattern(size))) << size;
  }
}

TEST_P(BodyWriterTest, SendsABodyUntilTheEndAsItIs) {
  Begin(kUntilClose);
  EXPECT_THAT(Write("hello"), IsOk());
  EXPECT_THAT(Finish(), IsOk());
  EXPECT_EQ(AllThatCame(), absl::StrCat(kHead, "hello"));
}

TEST_P(BodyWriterTest, SendsPartsAsChunks) {
  Begin(kChunked);
  EXPECT_THAT(Write("he"), IsOk());
  EXPECT_THAT(Write(std::string(26, 'l')), IsOk());
  EXPECT_THAT(Finish(), IsOk());
  EXPECT_EQ(AllThatCame(), absl::StrCat(kHead, "2\r\nhe\r\n1a\r\n",
                                        std::string(26, 'l'), "\r\n0\r\n\r\n"));
}

// An empty chunk would be the end.
TEST_P(BodyWriterTest, SendsNoChunkForAnEmptyPart) {
  Begin(kChunked);
  EXPECT_THAT(Write(""), IsOk());
  EXPECT_THAT(Write("a"), IsOk());
  EXPECT_THAT(Write(""), IsOk());
  EXPECT_THAT(Finish(), IsOk());
  EXPECT_EQ(AllThatCame(), absl::StrCat(kHead, "1\r\na\r\n0\r\n\r\n"));
}

TEST_P(BodyWriterTest, SendsAnEmptyBodyToo) {
  Begin(kChunked);
  EXPECT_THAT(Finish(), IsOk());
  EXPECT_EQ(AllThatCame(), absl::StrCat(kHead, "0\r\n\r\n"));
}

TEST_P(BodyWriterTest, SendsNoBodyWhereThereIsNone) {
  Begin({});
  EXPECT_THAT(Write("hello"), IsOk());
  EXPECT_THAT(Finish(), IsOk());
  EXPECT_EQ(AllThatCame(), kHead);
}

TEST_P(BodyWriterTest, CutsAPartThatIsTooLargeForOneChunk) {
  const std::string part = Pattern(2 * kPieceBytes);
  Begin(kChunked);
  EXPECT_THAT(Write(part), IsOk());
  EXPECT_THAT(Finish(), IsOk());
  const absl::string_view all = part;
  EXPECT_TRUE(AllThatCame() ==
              absl::StrCat(kHead, "3c00\r\n", all.substr(0, kPieceBytes),
                           "\r\n3c00\r\n", all.substr(kPieceBytes),
                           "\r\n0\r\n\r\n"));
}

// --- Trailers ---------------------------------------------------------------

TEST_P(BodyWriterTest, SendsTrailersBehindTheChunks) {
  Begin(kChunked);
  EXPECT_THAT(writer_->SetTrailer("Sum", "7"), IsOk());
  EXPECT_THAT(Write("a"), IsOk());
  EXPECT_THAT(writer_->SetTrailer("Empty", ""), IsOk());
  EXPECT_THAT(Finish(), IsOk());
  EXPECT_EQ(AllThatCame(),
            absl::StrCat(kHead, "1\r\na\r\n0\r\nSum: 7\r\nEmpty: \r\n\r\n"));
}

TEST_P(BodyWriterTest, TakesTrailersThatHttp10CannotBeTold) {
  Begin(kUntilClose);
  EXPECT_THAT(writer_->SetTrailer("Sum", "7"), IsOk());
  EXPECT_THAT(Finish(), IsOk());
  EXPECT_EQ(AllThatCame(), kHead);
}

TEST_P(BodyWriterTest, TakesNoTrailersForABodyOfKnownLength) {
  Begin(Length(0));
  EXPECT_THAT(writer_->SetTrailer("Sum", "7"),
              StatusIs(kPrecondition, "leave content_length out"));
}

TEST_P(BodyWriterTest, TakesNoTrailerThatWouldBeSomethingElse) {
  Begin(kChunked);
  EXPECT_THAT(writer_->SetTrailer("Sum", "7\r\nSet-Cookie: a"),
              StatusIs(kInvalid, "control character"));
  EXPECT_THAT(writer_->SetTrailer("S um", "7"), StatusIs(kInvalid, "name"));
  EXPECT_THAT(writer_->SetTrailer("", "7"), StatusIs(kInvalid, "name"));
  EXPECT_THAT(writer_->SetTrailer("Content-Length", "7"),
              StatusIs(kInvalid, "send it as a header"));
  EXPECT_THAT(Finish(), IsOk());
  EXPECT_EQ(AllThatCame(), absl::StrCat(kHead, "0\r\n\r\n"));
}

// --- Length -----------------------------------------------------------------

TEST_P(BodyWriterTest, RefusesMoreThanWasSaidAndSendsNoneOfIt) {
  Begin(Length(3));
  EXPECT_THAT(Write("ab"), IsOk());
  EXPECT_THAT(Write("cd"), StatusIs(kPrecondition, "than the 3 that"));
  EXPECT_THAT(Write("c"), StatusIs(kPrecondition));  // Again.
  EXPECT_THAT(Finish(), StatusIs(kPrecondition));
  EXPECT_EQ(AllThatCame(), absl::StrCat(kHead, "ab"));
}

TEST_P(BodyWriterTest, FailsIfThereWasLessThanWasSaid) {
  Begin(Length(3));
  EXPECT_THAT(Write("ab"), IsOk());
  EXPECT_THAT(Finish(), StatusIs(kPrecondition, "it ends after 2 bytes"));
}

// So that another answer can take its place.
TEST_P(BodyWriterTest, HasNotBegunIfThereWasNoneOfWhatWasSaid) {
  Begin(Length(3));
  EXPECT_THAT(writer_->Finish(), StatusIs(kPrecondition));
  EXPECT_FALSE(writer_->begun());
  EXPECT_TRUE(output_.empty());
}

// --- When -------------------------------------------------------------------

TEST_P(BodyWriterTest, SendsTheHeadWithTheFirstPartAndEachPartAtOnce) {
  Begin(kChunked);
  const uint64_t before = Calls(SendCallOf(GetParam()));
  EXPECT_FALSE(writer_->begun());
  EXPECT_THAT(Write("a"), IsOk());
  EXPECT_TRUE(writer_->begun());
  EXPECT_EQ(Calls(SendCallOf(GetParam())), before + 1);
  EXPECT_EQ(Comes(), absl::StrCat(kHead, "1\r\na\r\n"));
  EXPECT_THAT(Write("b"), IsOk());
  EXPECT_EQ(Comes(), "1\r\nb\r\n");
}

TEST_P(BodyWriterTest, CopiesNoLargePartOfABodyOfKnownLength) {
  Begin(Length(kTooMuch));
  auto reads = Start(server_.loop(), [this] { return ReadToEnd(*far_); });
  EXPECT_THAT(Write(Pattern(kTooMuch)), IsOk());
  EXPECT_THAT(Finish(), IsOk());
  EXPECT_TRUE(world_.Run(server_, reads.Join()).value() ==
              absl::StrCat(kHead, Pattern(kTooMuch)));
}

TEST_P(BodyWriterTest, WaitsForAPeerThatDoesNotRead) {
  Begin(kChunked);
  const std::string part = Pattern(kTooMuch);
  auto writes = Start(client_.loop(), [&] { return writer_->Write(part); });
  world_.Pass(absl::Seconds(29));
  EXPECT_FALSE(writes.ended());
  auto reads = Start(server_.loop(), [this] { return ReadToEnd(*far_); });
  EXPECT_THAT(EndOf(writes), IsOk());
}

TEST_P(BodyWriterTest, CutsOffAPeerThatNeverReads) {
  Begin(Length(2 * kTooMuch));
  const absl::Duration begin = world_.elapsed();
  EXPECT_THAT(Write(Pattern(kTooMuch)), StatusIs(kLate));
  EXPECT_EQ(world_.elapsed() - begin, absl::Seconds(30));
  EXPECT_THAT(Write("a"), StatusIs(kLate));  // Again.
  world_.Pass(kWhile);
  EXPECT_THAT(world_.Run(server_, ReadToEnd(*far_)), StatusIs(kUnavailable));
}

TEST_P(BodyWriterTest, FailsIfThePeerIsGone) {
  Begin(kChunked);
  far_->Abort();
  world_.Pass(kWhile);
  EXPECT_THAT(Write("a"), StatusIs(kUnavailable));
  EXPECT_THAT(writer_->Finish(), StatusIs(kUnavailable));
}

INSTANTIATE_ON_FAKE_BACKENDS(BodyWriterTest);

}  // namespace
}  // namespace cloche

// TcpStream::Write: all of it, in order, at the reader's pace.

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/base/errors.h"
#include "cloche/net/tcp_stream_test.h"
#include "cloche/tasks/timeout.h"

namespace cloche {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

using TcpStreamWrite = TcpStreamTest;

// On Windows the regular expressions of GoogleTest have no [1-9].
auto SoManyOfAMillion() {
  return AllOf(ContainsRegex("ended after .+ of 1000000 bytes"),
               Not(HasSubstr("after 0 of")));
}

TEST_P(TcpStreamWrite, LargerThanAllBuffersArrivesWholeAndInOrder) {
  Connect();
  auto write = Writes(Pattern(kTooMuch));
  auto shutdown = ShutsDown();
  // EQ and not a matcher, which would print a million bytes.
  EXPECT_TRUE(world_.Run(server_, ReadToEnd(*far_)).value() ==
              Pattern(kTooMuch));
  EXPECT_THAT(EndOf(write), IsOk());
  EXPECT_THAT(EndOf(shutdown), IsOk());
}

TEST_P(TcpStreamWrite, WaitsForAReaderWhoTakesHisTime) {
  Connect();
  auto write = Writes(Pattern(kTooMuch));
  world_.Pass(absl::Hours(1));
  EXPECT_FALSE(write.ended());
  auto reader = Start(server_.loop(), ReadToEnd, std::ref(*far_));
  EXPECT_THAT(EndOf(write), IsOk());
}

TEST_P(TcpStreamWrite, ThatFitsIntoTheBuffersDoesNotWaitForTheReader) {
  Connect();
  const absl::Duration before = world_.elapsed();
  EXPECT_THAT(NearWrites(Pattern(50000)), IsOk());
  EXPECT_EQ(world_.elapsed(), before);
}

TEST_P(TcpStreamWrite, ToAPeerThatNeverReadsHoldsUpNobodyElse) {
  Connect();
  auto blocked = Writes(Pattern(kTooMuch));
  std::optional<TcpStream> first = std::move(far_);  // Read by nobody.
  // A second connection between the very same loops.
  auto accepted = Start(client_.loop(), AcceptOne, client_.EndpointAt(7001),
                        TcpListenOptions());
  TcpStream other =
      world_.Run(server_, TcpStream::Connect(client_.EndpointAt(7001))).value();
  TcpStream other_end = EndOf(accepted).value();
  EXPECT_THAT(world_.Run(client_, WriteAll(other_end, "quick")), IsOk());
  EXPECT_THAT(world_.Run(server_, ReadOnce(other)), IsOkAndHolds("quick"));
  EXPECT_FALSE(blocked.ended());
}

// Reads all there is, and says so each time it has read something.
Task<std::string> ReadAndConfirm(ByteStream& stream) {
  std::string all;
  while (true) {
    const std::string part = co_await Try(ReadOnce(stream, 10000));
    if (part.empty()) co_return all;
    all += part;
    co_await Try(stream.Write("+"));
  }
}

// Something to read and room to write arrive together, so that both operations
// are handed back in one wait. The end of the read is none of the write.
TEST_P(TcpStreamWrite, GoesOnThoughReadsEndInTheSameTurns) {
  Connect();
  auto far = Start(server_.loop(), ReadAndConfirm, std::ref(*far_));
  auto read = Start(client_.loop(), ReadToEnd, std::ref(*near_));
  EXPECT_THAT(NearWrites(Pattern(kTooMuch)), IsOk());
  EXPECT_THAT(EndOf(ShutsDown()), IsOk());
  EXPECT_TRUE(world_.Run(server_, far.Join()).value() == Pattern(kTooMuch));
}

TEST_P(TcpStreamWrite, OfNothingIsOverAtOnceWithoutASystemCall) {
  Connect();
  const uint64_t before = Calls(CallKind::kSend);
  EXPECT_THAT(NearWrites(""), IsOk());
  EXPECT_EQ(Calls(CallKind::kSend), before);
}

TEST_P(TcpStreamWrite, ThatFitsCostsOneSend) {
  SKIP_WITHOUT_POLLER();
  Connect();
  const uint64_t sends = Calls(CallKind::kSend);
  const uint64_t controls = Calls(CallKind::kEpollCtl);
  EXPECT_THAT(NearWrites("hello"), IsOk());
  EXPECT_EQ(Calls(CallKind::kSend), sends + 1);
  EXPECT_EQ(Calls(CallKind::kEpollCtl), controls);
}

TEST_P(TcpStreamWrite, RefusesASecondWriterAndLeavesTheFirstUnharmed) {
  Connect();
  auto first = Writes(Pattern(kTooMuch));
  world_.Pass(kWhile);
  EXPECT_THAT(NearWrites("in between"),
              StatusIs(kPrecondition, "another task is writing already"));
  auto shutdown = ShutsDown();
  EXPECT_TRUE(world_.Run(server_, ReadToEnd(*far_)).value() ==
              Pattern(kTooMuch));
  EXPECT_THAT(EndOf(first), IsOk());
}

// --- Cancelled --------------------------------------------------------------

TEST_P(TcpStreamWrite, CancelledMidwaySaysHowMuchWentAndWhatThatMeans) {
  Connect();
  auto write = Writes(Pattern(kTooMuch));
  world_.Pass(kWhile);
  write.Cancel();
  const absl::Status status = EndOf(write);
  EXPECT_THAT(status, StatusIs(kCancelled, SoManyOfAMillion()));
  EXPECT_THAT(status, StatusIs(kCancelled, "fit only to be closed"));
}

TEST_P(TcpStreamWrite, CancelledMidwayHasSentJustAsMuchAsItSays) {
  Connect();
  auto write = Writes(Pattern(kTooMuch));
  world_.Pass(kWhile);
  write.Cancel();
  const absl::Status status = EndOf(write);
  near_->Close();
  const std::string sent = world_.Run(server_, ReadToEnd(*far_)).value();
  EXPECT_THAT(status, StatusIs(kCancelled, HasSubstr(absl::StrCat(
                                               "after ", sent.size(), " of"))));
  EXPECT_TRUE(sent == Pattern(kTooMuch).substr(0, sent.size()));
}

TEST_P(TcpStreamWrite, CancelledMidwayByATimeoutIsThatTimeoutsDeadline) {
  Connect();
  const absl::Status status = world_.Run(
      client_,
      WithTimeout(absl::Seconds(5), WriteAll(*near_, Pattern(kTooMuch))));
  EXPECT_THAT(status, StatusIs(kLate));
  EXPECT_THAT(CauseOf(status), StatusIs(kCancelled, SoManyOfAMillion()));
}

TEST_P(TcpStreamWrite, CancelledMidwayFromFurtherOutIsNotTheInnerTimeouts) {
  Connect();
  const absl::Status status = world_.Run(
      client_, WithTimeout(absl::Seconds(1),
                           WithTimeout(absl::Seconds(5),
                                       WriteAll(*near_, Pattern(kTooMuch)))));
  EXPECT_THAT(status, StatusIs(kLate, "1s"));
}

TEST_P(TcpStreamWrite, CancelledBeforeItBeginsWritesNothing) {
  Connect();
  const uint64_t before = Calls(CallKind::kSend);
  const absl::Status status = world_.Run(
      client_, WithTimeout(absl::ZeroDuration(), WriteAll(*near_, "hello")));
  EXPECT_THAT(status, StatusIs(kLate));
  EXPECT_THAT(FormatError(status), Not(HasSubstr("fit only")));
  EXPECT_EQ(Calls(CallKind::kSend), before);
}

TEST_P(TcpStreamWrite, CancelledWhenAllIsSentIsNoCancelAtAll) {
  Connect();
  auto write = Writes(Pattern(kTooMuch));
  world_.Pass(kWhile);
  auto reader = Start(server_.loop(), ReadToEnd, std::ref(*far_));
  ASSERT_THAT(world_.DriveUntil([&] { return write.ended(); }), IsOk());
  write.Cancel();
  EXPECT_THAT(EndOf(write), IsOk());
}

// --- The peer goes away -----------------------------------------------------

TEST_P(TcpStreamWrite, CutOffByAResetSaysHowMuchWentAndWhy) {
  Connect();
  auto write = Writes(Pattern(kTooMuch));
  world_.Pass(kWhile);
  far_->Abort();
  const absl::Status status = EndOf(write);
  EXPECT_THAT(status, StatusIs(kUnavailable, SoManyOfAMillion()));
  EXPECT_THAT(CauseOf(status), StatusIs(kUnavailable, "ECONNRESET"));
}

TEST_P(TcpStreamWrite, AfterAResetIsUnavailableAndNamesThePeer) {
  Connect();
  far_->Abort();
  world_.Pass(kWhile);
  EXPECT_THAT(NearWrites("anybody there?"),
              StatusIs(kUnavailable, "write to TCP 10.0.0.1:7000 (fd "));
}

TEST_P(TcpStreamWrite, ToAPeerThatClosedSucceedsOnceAndThenFails) {
  Connect();
  far_->Close();
  world_.Pass(kWhile);
  EXPECT_THAT(NearWrites("it cannot know yet"), IsOk());
  world_.Pass(kWhile);
  EXPECT_THAT(NearWrites("but now"), StatusIs(kUnavailable, "EPIPE"));
}

// --- Without waiting --------------------------------------------------------

TEST_P(TcpStreamWrite, NowGivesWhatTheSystemTook) {
  Connect();
  EXPECT_THAT(near_->WriteNow("hello"), IsOkAndHolds(5u));
  EXPECT_THAT(FarReads(), IsOkAndHolds("hello"));
}

TEST_P(TcpStreamWrite, NowGivesAPartIfThereIsNoRoomForMoreAndThenNone) {
  // An overlapped send takes all.
  SKIP_WITHOUT_POLLER();
  Connect();
  const std::string bytes = Pattern(kTooMuch);
  const absl::StatusOr<size_t> taken = near_->WriteNow(bytes);
  ASSERT_THAT(taken, IsOk());
  EXPECT_GT(*taken, 0u);
  EXPECT_LT(*taken, kTooMuch);
  EXPECT_THAT(near_->WriteNow(bytes), IsOkAndHolds(0u));
}

TEST_P(TcpStreamWrite, NowOfNothingIsNothing) {
  Connect();
  EXPECT_THAT(near_->WriteNow(""), IsOkAndHolds(0u));
}

TEST_P(TcpStreamWrite, NowFailsWhileAnotherTaskWrites) {
  Connect();
  auto write = Writes(Pattern(kTooMuch));
  world_.Pass(kWhile);
  EXPECT_THAT(near_->WriteNow("x"),
              StatusIs(kPrecondition, "another task is writing"));
}

TEST_P(TcpStreamWrite, NowFailsAfterTheEndOfWritingAndOfTheStream) {
  Connect();
  EXPECT_THAT(world_.Run(client_, near_->ShutdownWrite()), IsOk());
  EXPECT_THAT(near_->WriteNow("x"), StatusIs(kPrecondition, "ShutdownWrite"));
  far_->Close();
  EXPECT_THAT(far_->WriteNow("x"), StatusIs(kAborted, "closed locally"));
}

TEST_P(TcpStreamWrite, NowFailsOnceThePeerIsGone) {
  Connect();
  far_->Abort();
  world_.Pass(kWhile);
  EXPECT_THAT(near_->WriteNow("x"), StatusIs(kUnavailable, "write to TCP"));
}

INSTANTIATE_ON_FAKE_BACKENDS(TcpStreamWrite);

}  // namespace
}  // namespace cloche

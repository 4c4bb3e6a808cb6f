// The ends of a TcpStream: closed, aborted, destroyed, moved away, reset by
// the peer; each also while others are using it.

#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include "cloche/net/tcp_stream_test.h"

namespace cloche {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

using TcpStreamClose = TcpStreamTest;
using TcpStreamMove = TcpStreamTest;
using TcpStreamReset = TcpStreamTest;

// --- Close ------------------------------------------------------------------

TEST_P(TcpStreamClose, EndsWhatIsInFlightWithAborted) {
  Connect();
  auto read = Reads();
  auto write = Writes(Pattern(kTooMuch));
  auto shutdown = ShutsDown();
  world_.Pass(kWhile);
  near_->Close();
  EXPECT_THAT(EndOf(read), StatusIs(kAborted, "closed locally"));
  const absl::Status written = EndOf(write);
  EXPECT_THAT(written, StatusIs(kAborted, "of 1000000 bytes"));
  EXPECT_THAT(CauseOf(written), StatusIs(kAborted, "closed locally"));
  EXPECT_THAT(EndOf(shutdown), StatusIs(kAborted, "closed locally"));
}

TEST_P(TcpStreamClose, ClosesTheDescriptorOnlyAfterTheLastIsHandedBack) {
  Connect();
  auto read = Reads();
  world_.Pass(kWhile);
  near_->Close();
  const auto open = [&] { return client_.kernel().OpenDescriptors(); };
  EXPECT_THAT(open(), Contains(HasSubstr("TCP")));
  EXPECT_THAT(EndOf(read), StatusIs(kAborted));
  EXPECT_THAT(open(), Not(Contains(HasSubstr("TCP"))));
}

TEST_P(TcpStreamClose, WithNothingInFlightClosesTheDescriptorAtOnce) {
  Connect();
  near_->Close();
  EXPECT_THAT(client_.kernel().OpenDescriptors(),
              Not(Contains(HasSubstr("TCP"))));
}

TEST_P(TcpStreamClose, ClosesOnceHoweverOftenItIsAsked) {
  Connect();
  const uint64_t before = Calls(CallKind::kClose);
  near_->Close();
  near_->Close();
  near_->Abort();
  near_.reset();
  EXPECT_EQ(Calls(CallKind::kClose), before + 1);
}

TEST_P(TcpStreamClose, IsTheEndOfReadingWritingAndShuttingDown) {
  Connect();
  near_->Close();
  EXPECT_THAT(NearReads(), StatusIs(kAborted, "closed locally"));
  EXPECT_THAT(NearWrites("x"), StatusIs(kAborted, "closed locally"));
  EXPECT_THAT(world_.Run(client_, near_->ShutdownWrite()),
              StatusIs(kAborted, "closed locally"));
}

TEST_P(TcpStreamClose, StillDeliversWhatWasWritten) {
  Connect();
  ASSERT_THAT(NearWrites(Pattern(50000)), IsOk());
  near_->Close();
  EXPECT_TRUE(world_.Run(server_, ReadToEnd(*far_)).value() == Pattern(50000));
}

TEST_P(TcpStreamClose, WithDataUnreadResetsThePeer) {
  Connect();
  ASSERT_THAT(FarWrites("never read"), IsOk());
  world_.Pass(kWhile);
  near_->Close();
  EXPECT_THAT(FarReads(), StatusIs(kUnavailable, "ECONNRESET"));
}

TEST_P(TcpStreamClose, AfterACancelLeavesTheCancelItsWord) {
  Connect();
  auto read = Reads();
  world_.Pass(kWhile);
  read.Cancel();
  near_->Close();
  EXPECT_THAT(EndOf(read), StatusIs(kCancelled));
}

TEST_P(TcpStreamClose, ByTheDestructorAfterACancelLeavesTheCancelItsWord) {
  Connect();
  auto read = Reads();
  world_.Pass(kWhile);
  read.Cancel();
  near_.reset();
  EXPECT_THAT(EndOf(read), StatusIs(kCancelled));
}

TEST_P(TcpStreamClose, ByTheDestructorEndsWhatOthersDoWithIt) {
  Connect();
  auto read = Reads();
  auto write = Writes(Pattern(kTooMuch));
  auto shutdown = ShutsDown();
  world_.Pass(kWhile);
  near_.reset();
  EXPECT_THAT(EndOf(read), StatusIs(kAborted, "closed locally"));
  EXPECT_THAT(EndOf(write), StatusIs(kAborted, "closed locally"));
  EXPECT_THAT(EndOf(shutdown), StatusIs(kAborted, "closed locally"));
}

TEST_P(TcpStreamClose, ByTheDestructorMayBeFollowedByACancel) {
  Connect();
  auto read = Reads();
  world_.Pass(kWhile);
  near_.reset();
  read.Cancel();
  EXPECT_THAT(EndOf(read), StatusIs(kAborted));
}

TEST_P(TcpStreamClose, ByTheEndOfTheLoopLeavesNothingBehind) {
  Connect();
  Reads();
  Writes(Pattern(kTooMuch));
  ShutsDown();
  world_.Pass(kWhile);
  near_.reset();   // A stream lives no longer than its loop, its users may.
  client_.Kill();  // The fixture sees that no descriptor is left.
  EXPECT_THAT(client_.kernel().OpenDescriptors(), ::testing::IsEmpty());
}

// --- Abort, and being reset -------------------------------------------------

TEST_P(TcpStreamClose, ByAbortSendsAReset) {
  Connect();
  near_->Abort();
  world_.Pass(kWhile);
  EXPECT_THAT(FarReads(), StatusIs(kUnavailable, "ECONNRESET"));
}

TEST_P(TcpStreamClose, ByAbortThrowsAwayWhatIsOnItsWay) {
  Connect();
  auto write = Writes(Pattern(kTooMuch));
  world_.Pass(kWhile);
  near_->Abort();
  EXPECT_THAT(EndOf(write), StatusIs(kAborted));
  world_.Pass(kWhile);
  EXPECT_THAT(world_.Run(server_, ReadToEnd(*far_)), StatusIs(kUnavailable));
}

TEST_P(TcpStreamReset, EndsReaderAndWriterAlike) {
  Connect();
  auto read = Reads();
  auto write = Writes(Pattern(kTooMuch));
  world_.Pass(kWhile);
  far_->Abort();
  const absl::Status reader = EndOf(read).status();
  const absl::Status writer = EndOf(write);
  EXPECT_THAT(reader, StatusIs(kUnavailable));
  EXPECT_THAT(writer, StatusIs(kUnavailable));
  // The kernel tells it once; the other hears what is true from then on.
  EXPECT_THAT(absl::StrCat(FormatError(reader), FormatError(writer)),
              HasSubstr("ECONNRESET"));
}

TEST_P(TcpStreamReset, IsReportedToTheReaderWithThePeersName) {
  Connect();
  far_->Abort();
  world_.Pass(kWhile);
  const absl::Status status = NearReads().status();
  EXPECT_THAT(status,
              StatusIs(kUnavailable, "read from TCP 10.0.0.1:7000 (fd "));
  EXPECT_EQ(ErrnoOf(status), ECONNRESET);
}

// --- Moving -----------------------------------------------------------------

TEST_P(TcpStreamMove, TakesTheConnectionAlongAndLeavesAClosedStream) {
  Connect();
  TcpStream moved = *std::move(near_);
  EXPECT_THAT(NearReads(), StatusIs(kAborted));
  EXPECT_THAT(world_.Run(client_, WriteAll(moved, "still here")), IsOk());
  EXPECT_THAT(FarReads(), IsOkAndHolds("still here"));
  EXPECT_EQ(moved.peer(), where_);
}

TEST_P(TcpStreamMove, RemembersThatWritingIsOver) {
  Connect();
  ASSERT_THAT(world_.Run(client_, near_->ShutdownWrite()), IsOk());
  TcpStream moved = *std::move(near_);
  EXPECT_THAT(world_.Run(client_, WriteAll(moved, "x")),
              StatusIs(kPrecondition));
}

TEST_P(TcpStreamMove, IntoAnotherStreamClosesThatOne) {
  Connect();
  TcpStream first = *std::move(near_);
  TcpStream first_end = *std::move(far_);
  Connect();
  first = *std::move(near_);
  EXPECT_THAT(world_.Run(server_, ReadOnce(first_end)), IsOkAndHolds(""));
  EXPECT_THAT(world_.Run(client_, WriteAll(first, "the second")), IsOk());
  EXPECT_THAT(FarReads(), IsOkAndHolds("the second"));
}

TEST_P(TcpStreamMove, WhileAReadIsInFlightIsABug) {
  Connect();
  Reads();
  world_.Pass(kWhile);
  EXPECT_DEATH(TcpStream moved = *std::move(near_),
               "moved while a read or write was in flight");
}

TEST_P(TcpStreamClose, LeavesNothingToAskAbout) {
  Connect();
  near_->Close();
  EXPECT_THAT(near_->LocalEndpoint(),
              StatusIs(absl::StatusCode::kInternal,
                       "getsockname of TCP 10.0.0.1:7000 (closed): EBADF"));
  EXPECT_THAT(near_->GetOption(SocketOption::kNoDelay),
              StatusIs(absl::StatusCode::kInternal,
                       "getsockopt of TCP 10.0.0.1:7000 (closed): EBADF"));
  EXPECT_THAT(near_->SetOption(SocketOption::kLinger, 0),
              StatusIs(absl::StatusCode::kInternal, "set SO_LINGER to 0"));
}

INSTANTIATE_ON_FAKE_BACKENDS(TcpStreamClose);
INSTANTIATE_ON_FAKE_BACKENDS(TcpStreamMove);
INSTANTIATE_ON_FAKE_BACKENDS(TcpStreamReset);

}  // namespace
}  // namespace cloche

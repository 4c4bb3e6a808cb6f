// Contract: reading from and writing to a TcpStream.

#include "cloche/testing/contract/stream_contract.h"

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/net/tcp_options.h"
#include "cloche/tasks/timeout.h"

namespace cloche {
namespace {

constexpr absl::StatusCode kCancelled = absl::StatusCode::kCancelled;
constexpr absl::StatusCode kLate = absl::StatusCode::kDeadlineExceeded;
constexpr absl::StatusCode kPrecondition =
    absl::StatusCode::kFailedPrecondition;

constexpr size_t kMegabyte = 1 << 20;

// --- Reading and writing ----------------------------------------------------

TEST_P(StreamContract, ReadGivesWhatIsThereAndWaitsForNoMore) {
  Connect();
  ASSERT_THAT(Run(WriteAll(*far_, "hello")), IsOk());
  EXPECT_THAT(Run(ReadOnce(*near_)), IsOkAndHolds("hello"));
}

TEST_P(StreamContract, ReadWaitsForTheFirstByte) {
  Connect();
  auto read = Reads(*near_);
  LetBegin();
  EXPECT_FALSE(read.ended());
  ASSERT_THAT(Run(WriteAll(*far_, "x")), IsOk());
  EXPECT_THAT(Run(read.Join()), IsOkAndHolds("x"));
}

TEST_P(StreamContract, ReadIntoNoRoomGivesNothingAtOnce) {
  Connect();
  EXPECT_THAT(Run(near_->Read({})), IsOkAndHolds(0u));
}

TEST_P(StreamContract, AMegabyteArrivesWholeAtASlowReader) {
  ConnectSmall();
  auto write = Writes(*near_, Pattern(kMegabyte));
  std::string received = Run(ReadAll(*far_, 1000)).value();
  EXPECT_FALSE(write.ended()) << "who has taken all that?";
  received += Run(ReadAll(*far_, kMegabyte - 1000, /*most=*/777)).value();
  EXPECT_THAT(Run(write.Join()), IsOk());
  EXPECT_TRUE(received == Pattern(kMegabyte));
}

TEST_P(StreamContract, AMegabyteEachWayArrivesWhole) {
  ConnectSmall();
  auto there = Writes(*near_, Pattern(kMegabyte));
  auto back = Writes(*far_, Pattern(kMegabyte));
  auto far_reads = Start(*loop_, ReadAll, std::ref(*far_), kMegabyte, 10000);
  const std::string received = Run(ReadAll(*near_, kMegabyte)).value();
  EXPECT_TRUE(received == Pattern(kMegabyte));
  EXPECT_TRUE(Run(far_reads.Join()).value() == Pattern(kMegabyte));
  EXPECT_THAT(Run(there.Join()), IsOk());
  EXPECT_THAT(Run(back.Join()), IsOk());
}

TEST_P(StreamContract, ASecondReaderIsRefusedAndTheFirstGoesOn) {
  Connect();
  auto first = Reads(*near_);
  LetBegin();
  EXPECT_THAT(Run(ReadOnce(*near_)), StatusIs(kPrecondition));
  ASSERT_THAT(Run(WriteAll(*far_, "for the first")), IsOk());
  EXPECT_THAT(Run(first.Join()), IsOkAndHolds("for the first"));
}

TEST_P(StreamContract, ASecondWriterIsRefusedAndTheFirstGoesOn) {
  ConnectSmall();
  auto first = Writes(*near_, Pattern(kMegabyte));
  LetBegin();
  EXPECT_THAT(Run(WriteAll(*near_, "x")), StatusIs(kPrecondition));
  EXPECT_TRUE(Run(ReadAll(*far_, kMegabyte)).value() == Pattern(kMegabyte));
  EXPECT_THAT(Run(first.Join()), IsOk());
}

// --- Half closed ------------------------------------------------------------

TEST_P(StreamContract, AQuestionThatEndsInAHalfCloseGetsItsAnswer) {
  Connect();
  ASSERT_THAT(Run(WriteAll(*near_, "question")), IsOk());
  ASSERT_THAT(Run(near_->ShutdownWrite()), IsOk());
  EXPECT_THAT(Run(ReadToEnd(*far_)), IsOkAndHolds("question"));
  ASSERT_THAT(Run(WriteAll(*far_, "answer")), IsOk());
  far_->Close();
  EXPECT_THAT(Run(ReadToEnd(*near_)), IsOkAndHolds("answer"));
}

TEST_P(StreamContract, AShutdownComesAfterTheWriteThatIsInFlight) {
  ConnectSmall();
  auto write = Writes(*near_, Pattern(kMegabyte));
  auto shutdown = Start(*loop_, ShutDownWriting, std::ref(*near_));
  LetBegin();
  EXPECT_FALSE(shutdown.ended());
  EXPECT_TRUE(Run(ReadToEnd(*far_)).value() == Pattern(kMegabyte));
  EXPECT_THAT(Run(write.Join()), IsOk());
  EXPECT_THAT(Run(shutdown.Join()), IsOk());
}

TEST_P(StreamContract, AfterAShutdownNothingMoreIsWritten) {
  Connect();
  EXPECT_THAT(Run(near_->ShutdownWrite()), IsOk());
  EXPECT_THAT(Run(near_->ShutdownWrite()), IsOk());
  EXPECT_THAT(Run(WriteAll(*near_, "x")), StatusIs(kPrecondition));
}

// --- Cancelled, timed out ---------------------------------------------------

TEST_P(StreamContract, ACancelledReadLeavesAllToTheNextOne) {
  Connect();
  auto read = Reads(*near_);
  LetBegin();
  read.Cancel();
  ASSERT_THAT(Run(WriteAll(*far_, "not lost")), IsOk());
  EXPECT_THAT(Run(read.Join()), StatusIs(kCancelled));
  EXPECT_THAT(Run(ReadOnce(*near_)), IsOkAndHolds("not lost"));
}

// Whichever comes first: what was read and what is left make the whole.
TEST_P(StreamContract, ACancelThatRacesDataLosesNoByte) {
  Connect();
  std::string received;
  for (int i = 0; i < 20; ++i) {
    auto read = Reads(*near_);
    LetBegin();
    auto write = Writes(*far_, std::string(1, static_cast<char>('a' + i)));
    if (i % 2 == 0) LetBegin();
    read.Cancel();
    EXPECT_THAT(Run(write.Join()), IsOk());
    received += Run(read.Join()).value_or("");
  }
  ASSERT_THAT(Run(far_->ShutdownWrite()), IsOk());
  received += Run(ReadToEnd(*near_)).value();
  EXPECT_EQ(received, "abcdefghijklmnopqrst");
}

TEST_P(StreamContract, ACancelledWriteSaysHowFarItCame) {
  ConnectSmall();
  auto write = Writes(*near_, Pattern(kMegabyte));
  LetBegin();
  write.Cancel();
  EXPECT_THAT(Run(write.Join()), StatusIs(kCancelled, "of 1048576 bytes"));
}

TEST_P(StreamContract, AReadThatIsLateLeavesTheStreamAsItWas) {
  Connect();
  EXPECT_THAT(Run(WithTimeout(absl::Milliseconds(1), ReadOnce(*near_))),
              StatusIs(kLate));
  ASSERT_THAT(Run(WriteAll(*far_, "still here")), IsOk());
  EXPECT_THAT(Run(ReadOnce(*near_)), IsOkAndHolds("still here"));
}

TEST_P(StreamContract, ATimeoutThatIsFarAwayDisturbsNobody) {
  Connect();
  ASSERT_THAT(Run(WriteAll(*far_, "in time")), IsOk());
  EXPECT_THAT(Run(WithTimeout(absl::Hours(1), ReadOnce(*near_))),
              IsOkAndHolds("in time"));
}

// --- Options ----------------------------------------------------------------

TEST_P(StreamContract, OptionsAreSetOnBothEnds) {
  if (kernel_->IsWine()) GTEST_SKIP() << "no times of keep-alive";
  TcpOptions options;
  options.keep_alive = KeepAlive{
      .idle = absl::Seconds(60), .interval = absl::Seconds(10), .count = 3};
  options.send_buffer_bytes = 20000;
  options.receive_buffer_bytes = 30000;
  TcpListenOptions listen_options;
  listen_options.stream = options;
  Connect(options, listen_options);
  for (const TcpStream* end : {&*near_, &*far_}) {
    EXPECT_THAT(end->GetOption(SocketOption::kNoDelay), IsOkAndHolds(1));
    EXPECT_THAT(end->GetOption(SocketOption::kKeepAlive), IsOkAndHolds(1));
    EXPECT_THAT(end->GetOption(SocketOption::kKeepAliveIdle), IsOkAndHolds(60));
    EXPECT_THAT(end->GetOption(SocketOption::kKeepAliveCount), IsOkAndHolds(3));
    // Linux reports twice what was set.
    const int times = kernel_->kernel_calls().epoll != nullptr ? 2 : 1;
    EXPECT_THAT(end->GetOption(SocketOption::kSendBuffer),
                IsOkAndHolds(times * 20000));
    EXPECT_THAT(end->GetOption(SocketOption::kReceiveBuffer),
                IsOkAndHolds(times * 30000));
  }
}

INSTANTIATE_IN_EVERY_WORLD(StreamContract);

}  // namespace
}  // namespace cloche

// Contract: how TcpStreams begin and end: listening, accepting, connecting,
// closing, aborting.

#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/base/errors.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/net/endpoint.h"
#include "cloche/testing/contract/stream_contract.h"

namespace cloche {
namespace {

using ::testing::AnyOf;

constexpr absl::StatusCode kAborted = absl::StatusCode::kAborted;
constexpr absl::StatusCode kCancelled = absl::StatusCode::kCancelled;
constexpr absl::StatusCode kUnavailable = absl::StatusCode::kUnavailable;

constexpr size_t kMegabyte = 1 << 20;

using StreamEndContract = StreamContract;

Task<TcpStream> AcceptOne(TcpListener& listener) {
  co_return co_await listener.Accept();
}

// Writes until it fails, and gives that failure.
Task<> WriteForEver(ByteStream& stream) {
  while (true) co_await Try(stream.Write("x"));
}

// --- Listening and connecting -----------------------------------------------

TEST_P(StreamEndContract, AListenerWithoutAPortIsGivenOne) {
  Listen();
  EXPECT_NE(listener_->local_endpoint().port(), 0);
}

TEST_P(StreamEndContract, APortThatIsTakenExistsAlready) {
  Listen();
  const auto second = Run(TcpListener::Listen(listener_->local_endpoint()));
  EXPECT_THAT(second, StatusIs(absl::StatusCode::kAlreadyExists,
                               listener_->local_endpoint().ToString().c_str()));
}

TEST_P(StreamEndContract, BothEndsKnowEachOther) {
  Connect();
  EXPECT_EQ(near_->peer(), listener_->local_endpoint());
  EXPECT_THAT(near_->LocalEndpoint(), IsOkAndHolds(far_->peer()));
  EXPECT_THAT(far_->LocalEndpoint(), IsOkAndHolds(near_->peer()));
}

TEST_P(StreamEndContract, ConnectWhereNobodyListensIsRefused) {
  // Bound, so that it is nobody else's, and not listening.
  SocketCalls& calls = kernel_->sockets();
  const int fd = calls.Socket(AddressFamily::kIpv4, SocketType::kStream);
  SocketAddress address = Endpoint::Loopback(0).address();
  ASSERT_EQ(calls.Bind(fd, address), 0);
  ASSERT_EQ(calls.GetSockName(fd, &address), 0);
  const auto stream = Run(TcpStream::Connect(Endpoint(address)));
  EXPECT_THAT(stream, StatusIs(kUnavailable));
  EXPECT_EQ(ErrnoOf(stream.status()), ECONNREFUSED);
  calls.Close(fd);
}

TEST_P(StreamEndContract, AcceptWaitsForAConnection) {
  Listen();
  auto accept = Start(*loop_, AcceptOne, std::ref(*listener_));
  LetBegin();
  EXPECT_FALSE(accept.ended());
  near_ = Run(TcpStream::Connect(listener_->local_endpoint())).value();
  EXPECT_THAT(Run(accept.Join()), IsOk());
}

TEST_P(StreamEndContract, ACancelledAcceptLosesNoConnection) {
  Listen();
  auto accept = Start(*loop_, AcceptOne, std::ref(*listener_));
  LetBegin();
  accept.Cancel();
  near_ = Run(TcpStream::Connect(listener_->local_endpoint())).value();
  EXPECT_THAT(Run(accept.Join()), StatusIs(kCancelled));
  EXPECT_THAT(Run(listener_->Accept()), IsOk());
}

TEST_P(StreamEndContract, ManyConnectionsAreAllAccepted) {
  Listen();
  std::vector<TaskHandle<TcpStream>> connecting;
  for (int i = 0; i < 30; ++i) {
    connecting.push_back(Start(*loop_, &TcpStream::Connect,
                               listener_->local_endpoint(), TcpOptions()));
  }
  std::vector<TcpStream> ends;
  for (int i = 0; i < 30; ++i) {
    ends.push_back(Run(listener_->Accept()).value());
  }
  for (const auto& handle : connecting) {
    EXPECT_THAT(Run(handle.Join()), IsOk());
  }
}

TEST_P(StreamEndContract, CloseOfAListenerEndsItsAccept) {
  Listen();
  auto accept = Start(*loop_, AcceptOne, std::ref(*listener_));
  LetBegin();
  listener_->Close();
  EXPECT_THAT(Run(accept.Join()), StatusIs(kAborted, "closed locally"));
}

TEST_P(StreamEndContract, CloseOfAListenerResetsWhoWasNotAccepted) {
  SKIP_IF_RESETS_ARE_LOST();
  Listen();
  near_ = Run(TcpStream::Connect(listener_->local_endpoint())).value();
  listener_->Close();
  const auto read = Run(ReadOnce(*near_));
  EXPECT_THAT(read, StatusIs(kUnavailable));
  EXPECT_EQ(ErrnoOf(read.status()), ECONNRESET);
}

// --- The peer ends ----------------------------------------------------------

TEST_P(StreamEndContract, AtTheEndOfTheStreamEveryReadSaysSo) {
  Connect();
  ASSERT_THAT(Run(WriteAll(*far_, "last words")), IsOk());
  far_->Close();
  EXPECT_THAT(Run(ReadOnce(*near_)), IsOkAndHolds("last words"));
  EXPECT_THAT(Run(ReadOnce(*near_)), IsOkAndHolds(""));
  EXPECT_THAT(Run(ReadOnce(*near_)), IsOkAndHolds(""));
}

TEST_P(StreamEndContract, AReaderIsWokenByTheEndOfTheStream) {
  Connect();
  auto read = Reads(*near_);
  LetBegin();
  far_->Close();
  EXPECT_THAT(Run(read.Join()), IsOkAndHolds(""));
}

TEST_P(StreamEndContract, AnAbortIsAResetOnceAndThenTheEnd) {
  SKIP_IF_RESETS_ARE_LOST_ON_POLLERS();
  Connect();
  auto read = Reads(*near_);
  LetBegin();
  far_->Abort();
  const auto result = Run(read.Join());
  EXPECT_THAT(result, StatusIs(kUnavailable));
  EXPECT_EQ(ErrnoOf(result.status()), ECONNRESET);
  EXPECT_THAT(Run(ReadOnce(*near_)), IsOkAndHolds(""));
}

TEST_P(StreamEndContract, AnAbortEndsAWriterToo) {
  ConnectSmall();
  auto write = Writes(*near_, Pattern(kMegabyte));
  LetBegin();
  far_->Abort();
  EXPECT_THAT(Run(write.Join()), StatusIs(kUnavailable));
}

TEST_P(StreamEndContract, ACloseWithDataUnreadIsAReset) {
  SKIP_IF_RESETS_ARE_LOST();
  Connect();
  ASSERT_THAT(Run(WriteAll(*near_, "read and unread")), IsOk());
  ASSERT_THAT(Run(ReadOnce(*far_, 4)), IsOkAndHolds("read"));
  far_->Close();
  const auto read = Run(ReadOnce(*near_));
  EXPECT_EQ(ErrnoOf(read.status()), ECONNRESET);
}

TEST_P(StreamEndContract, WritingToAPeerThatHasGoneFailsInTheEnd) {
  Connect();
  far_->Close();
  const absl::Status status = Run(WriteForEver(*near_));
  EXPECT_THAT(status, StatusIs(kUnavailable));
  EXPECT_THAT(ErrnoOf(status), AnyOf(EPIPE, ECONNRESET));
}

TEST_P(StreamEndContract, ShutdownAfterAResetIsNoError) {
  SKIP_IF_RESETS_ARE_LOST();
  Connect();
  far_->Abort();
  EXPECT_THAT(Run(ReadOnce(*near_)), StatusIs(kUnavailable));
  EXPECT_THAT(Run(near_->ShutdownWrite()), IsOk());
}

// --- This side ends ---------------------------------------------------------

TEST_P(StreamEndContract, AClosedStreamIsOfNoUse) {
  Connect();
  near_->Close();
  EXPECT_THAT(Run(ReadOnce(*near_)), StatusIs(kAborted, "closed locally"));
  EXPECT_THAT(Run(WriteAll(*near_, "x")), StatusIs(kAborted, "closed locally"));
  EXPECT_THAT(Run(near_->ShutdownWrite()),
              StatusIs(kAborted, "closed locally"));
}

TEST_P(StreamEndContract, CloseEndsWhatIsInFlight) {
  ConnectSmall();
  auto read = Reads(*near_);
  auto write = Writes(*near_, Pattern(kMegabyte));
  LetBegin();
  near_->Close();
  EXPECT_THAT(Run(read.Join()), StatusIs(kAborted, "closed locally"));
  EXPECT_THAT(Run(write.Join()), StatusIs(kAborted, "of 1048576 bytes"));
}

TEST_P(StreamEndContract, CloseDeliversWhatWasWritten) {
  Connect();
  ASSERT_THAT(Run(WriteAll(*near_, Pattern(50000))), IsOk());
  near_->Close();
  EXPECT_TRUE(Run(ReadToEnd(*far_)).value() == Pattern(50000));
}

// A write is over when the system has the bytes, sent or not.
TEST_P(StreamEndContract, CloseDeliversWhatHadNoRoomOnTheWayYet) {
  ConnectSmall();
  auto write = Writes(*near_, Pattern(kMegabyte));
  std::string received;
  while (!write.ended()) received += Run(ReadOnce(*far_, 10000)).value();
  near_->Close();
  received += Run(ReadToEnd(*far_)).value();
  EXPECT_TRUE(received == Pattern(kMegabyte)) << received.size();
}

TEST_P(StreamEndContract, AbortThrowsAwayWhatIsOnItsWay) {
  SKIP_IF_RESETS_ARE_LOST();
  ConnectSmall();
  auto write = Writes(*near_, Pattern(kMegabyte));
  LetBegin();
  near_->Abort();
  EXPECT_THAT(Run(write.Join()), StatusIs(kAborted));
  EXPECT_THAT(Run(ReadToEnd(*far_)), StatusIs(kUnavailable));
}

TEST_P(StreamEndContract, TheEndOfTheLoopGivesEverythingBack) {
  ConnectSmall();
  Reads(*near_);
  Writes(*near_, Pattern(kMegabyte));
  Start(*loop_, AcceptOne, std::ref(*listener_));
  LetBegin();
  EndLoop();
  EXPECT_EQ(kernel_->CountOpenDescriptors(), open_before_);
}

INSTANTIATE_IN_EVERY_WORLD(StreamEndContract);

}  // namespace
}  // namespace cloche

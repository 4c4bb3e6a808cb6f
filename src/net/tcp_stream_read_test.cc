// TcpStream::Read: what it gives, when it waits, and what it costs.

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/net/tcp_stream_test.h"
#include "cloche/tasks/timeout.h"

namespace cloche {
namespace {

using TcpStreamRead = TcpStreamTest;

TEST_P(TcpStreamRead, GivesWhatIsThereWithoutWaitingForMore) {
  Connect();
  ASSERT_THAT(FarWrites("hello"), IsOk());
  world_.Pass(kWhile);
  const absl::Duration before = world_.elapsed();
  EXPECT_THAT(NearReads(), IsOkAndHolds("hello"));
  EXPECT_EQ(world_.elapsed(), before);
}

TEST_P(TcpStreamRead, TakesNoMoreThanThereIsRoomFor) {
  Connect();
  ASSERT_THAT(FarWrites("hello"), IsOk());
  EXPECT_THAT(world_.Run(client_, ReadOnce(*near_, 2)), IsOkAndHolds("he"));
  EXPECT_THAT(NearReads(), IsOkAndHolds("llo"));
}

TEST_P(TcpStreamRead, WaitsForTheFirstByte) {
  Connect();
  auto read = Reads();
  world_.Pass(absl::Hours(1));
  EXPECT_FALSE(read.ended());
  ASSERT_THAT(FarWrites("x"), IsOk());
  EXPECT_THAT(EndOf(read), IsOkAndHolds("x"));
}

TEST_P(TcpStreamRead, GivesNothingAtTheEndOfTheStreamHoweverOftenAsked) {
  Connect();
  ASSERT_THAT(FarWrites("last words"), IsOk());
  far_->Close();
  world_.Pass(kWhile);
  EXPECT_THAT(NearReads(), IsOkAndHolds("last words"));
  EXPECT_THAT(NearReads(), IsOkAndHolds(""));
  EXPECT_THAT(NearReads(), IsOkAndHolds(""));
}

TEST_P(TcpStreamRead, IsWokenByTheEndOfTheStream) {
  Connect();
  auto read = Reads();
  world_.Pass(kWhile);
  far_->Close();
  EXPECT_THAT(EndOf(read), IsOkAndHolds(""));
}

TEST_P(TcpStreamRead, IntoAnEmptyRoomIsOverAtOnceWithoutASystemCall) {
  Connect();
  const uint64_t before = Calls(CallKind::kRecv);
  EXPECT_THAT(world_.Run(client_, near_->Read({})), IsOkAndHolds(0u));
  EXPECT_EQ(Calls(CallKind::kRecv), before);
}

TEST_P(TcpStreamRead, RefusesASecondReaderAndLeavesTheFirstUnharmed) {
  Connect();
  auto first = Reads();
  world_.Pass(kWhile);
  EXPECT_THAT(NearReads(),
              StatusIs(kPrecondition, "another task is reading already"));
  EXPECT_FALSE(first.ended());
  ASSERT_THAT(FarWrites("for the first"), IsOk());
  EXPECT_THAT(EndOf(first), IsOkAndHolds("for the first"));
  // And whoever comes later is a first one again.
  ASSERT_THAT(FarWrites("more"), IsOk());
  EXPECT_THAT(NearReads(), IsOkAndHolds("more"));
}

TEST_P(TcpStreamRead, GoesOnBesideAWriteThatWaits) {
  Connect();
  auto write = Writes(Pattern(kTooMuch));
  auto read = Reads();
  world_.Pass(kWhile);
  ASSERT_THAT(FarWrites("the other way"), IsOk());
  EXPECT_THAT(EndOf(read), IsOkAndHolds("the other way"));
  EXPECT_FALSE(write.ended());
}

// --- Cancelled --------------------------------------------------------------

TEST_P(TcpStreamRead, CancelledBeforeAnythingCameLeavesAllToTheNextOne) {
  Connect();
  auto read = Reads();
  world_.Pass(kWhile);
  read.Cancel();
  EXPECT_THAT(EndOf(read), StatusIs(kCancelled));
  ASSERT_THAT(FarWrites("not lost"), IsOk());
  EXPECT_THAT(NearReads(), IsOkAndHolds("not lost"));
}

TEST_P(TcpStreamRead, CancelledJustBeforeDataComesLeavesItToTheNextOne) {
  Connect();
  world_.network().SetLink({.latency = absl::ZeroDuration()});
  auto read = Reads();
  world_.Pass(kWhile);
  read.Cancel();  // The server's loop runs first, so the data comes next ...
  Start(server_.loop(), WriteAll, std::ref(*far_), std::string("late"));
  EXPECT_THAT(EndOf(read), StatusIs(kCancelled));  // ... and this the last.
  EXPECT_THAT(NearReads(), IsOkAndHolds("late"));
}

TEST_P(TcpStreamRead, CancelledAtTheMomentThatDataComesDeliversIt) {
  Connect();
  // One millisecond's way, and one millisecond's patience.
  Start(server_.loop(), WriteAll, std::ref(*far_), std::string("in time"));
  EXPECT_THAT(
      world_.Run(client_, WithTimeout(absl::Milliseconds(1), ReadOnce(*near_))),
      IsOkAndHolds("in time"));
}

TEST_P(TcpStreamRead, CancelledBeforeItBeginsReadsNothing) {
  Connect();
  ASSERT_THAT(FarWrites("for later"), IsOk());
  world_.Pass(kWhile);
  EXPECT_THAT(
      world_.Run(client_, WithTimeout(absl::ZeroDuration(), ReadOnce(*near_))),
      StatusIs(kLate));
  EXPECT_THAT(NearReads(), IsOkAndHolds("for later"));
}

// --- What it costs ----------------------------------------------------------

TEST_P(TcpStreamRead, OfDataThatIsThereCostsOneRecvAndNoEpollCtl) {
  Connect();
  ASSERT_THAT(FarWrites("hello"), IsOk());
  world_.Pass(kWhile);
  const uint64_t receives = Calls(CallKind::kRecv);
  const uint64_t controls = Calls(CallKind::kEpollCtl);
  EXPECT_THAT(NearReads(), IsOkAndHolds("hello"));
  EXPECT_EQ(Calls(CallKind::kRecv), receives + 1);
  EXPECT_EQ(Calls(CallKind::kEpollCtl), controls);
}

// The first has to ask whether there is anything; after a short read it is
// known that there is not; on kqueue it is not (backend/readiness_backend.h).
TEST_P(TcpStreamRead, ThatWaitsCostsOneRecvOnceTheStreamIsDrained) {
  Connect();
  for (int i = 0; i < 3; ++i) {
    const bool asks = i == 0 || GetParam() == BackendKind::kKqueue;
    const uint64_t before = Calls(CallKind::kRecv);
    auto read = Reads();
    world_.Pass(kWhile);
    EXPECT_EQ(Calls(CallKind::kRecv), before + (asks ? 1 : 0));  // EAGAIN.
    ASSERT_THAT(FarWrites("x"), IsOk());
    EXPECT_THAT(EndOf(read), IsOkAndHolds("x"));
    EXPECT_EQ(Calls(CallKind::kRecv), before + (asks ? 2 : 1));
  }
}

TEST_P(TcpStreamRead, ThatWaitsRegistersTheDescriptorOnceAndForAll) {
  auto accepted = Start(server_.loop(), AcceptOne, where_, TcpListenOptions());
  near_ = world_.Run(client_, TcpStream::Connect(where_)).value();
  far_ = world_.Run(server_, accepted.Join()).value();
  const auto controls = [&] {
    return server_.kernel().CallCount(CallKind::kEpollCtl);
  };
  const bool epoll = GetParam() == BackendKind::kEpoll ||
                     GetParam() == BackendKind::kEpollLevel;
  const uint64_t before = controls();  // far_ never had to wait so far.
  for (int i = 0; i < 3; ++i) {
    auto read = Start(server_.loop(), [this] { return ReadOnce(*far_); });
    world_.Pass(kWhile);
    ASSERT_THAT(NearWrites("x"), IsOk());
    EXPECT_THAT(world_.Run(server_, read.Join()), IsOkAndHolds("x"));
    EXPECT_EQ(controls(), before + (epoll ? 1 : 0));
  }
}

INSTANTIATE_ON_FAKE_BACKENDS(TcpStreamRead);

}  // namespace
}  // namespace cloche

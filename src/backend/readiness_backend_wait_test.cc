// ReadinessBackend, the way out: what Wait hands back and when it returns,
// and what Cancel does and does not.

#include <cerrno>
#include <deque>

#include "cloche/backend/readiness_backend_test.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using ReadinessBackendWait = ReadinessBackendTest;

// --- When it returns --------------------------------------------------------

TEST_P(ReadinessBackendWait, WithNothingToHandBackReturnsAtItsTimeout) {
  EXPECT_THAT(WaitOnce(absl::Seconds(1)), IsEmpty());
  EXPECT_THAT(status_, IsOk());
  EXPECT_EQ(clock_.Now(), FakeClock::Start() + absl::Seconds(1));
}

TEST_P(ReadinessBackendWait, ReturnsWhenItIsWoken) {
  const Ends ends = Connect();
  Receiving reader(ends.client);
  EXPECT_EQ(Start(reader), "in flight");
  EXPECT_THAT(HandedBack(), IsEmpty());
  backend_->Wake();
  EXPECT_THAT(WaitOnce(absl::InfiniteDuration()), IsEmpty());
  EXPECT_THAT(status_, IsOk());
}

TEST_P(ReadinessBackendWait, IsWokenFromTheMiddleOfIt) {
  network_.At(clock_.Now() + absl::Seconds(1), [&] { backend_->Wake(); });
  EXPECT_THAT(WaitOnce(absl::Hours(1)), IsEmpty());
  EXPECT_EQ(clock_.Now(), FakeClock::Start() + absl::Seconds(1));
}

TEST_P(ReadinessBackendWait, ReturnsWhenItIsInterrupted) {
  host_.FailCall(WaitCallOf(GetParam()), EINTR);
  EXPECT_THAT(WaitOnce(absl::InfiniteDuration()), IsEmpty());
  EXPECT_THAT(status_, IsOk());
}

TEST_P(ReadinessBackendWait, ThatWouldLastForEverOnAFakeKernelSaysSo) {
  const Ends ends = Connect();
  Receiving reader(ends.client);
  EXPECT_EQ(Start(reader), "in flight");
  EXPECT_THAT(HandedBack(), IsEmpty());
  EXPECT_THAT(status_, StatusIs(absl::StatusCode::kFailedPrecondition,
                                "nothing can happen any more"));
}

TEST_P(ReadinessBackendWait, GoesByTheNameOfItsPoller) {
  EXPECT_EQ(backend_->name(), NameOf(GetParam()));
}

// Else a loop that is driven by hand would be taken to rest.
TEST_P(ReadinessBackendWait, HandsBackWhatIsBehindManyReportsThatEndNothing) {
  const int listener = NewListener(host_);
  std::deque<Receiving> readers;  // Over edges, each is reported as writable.
  Ends last;
  for (int i = 0; i < 300; ++i) {
    last = ConnectTo(listener);
    EXPECT_EQ(Start(readers.emplace_back(last.client)), "in flight");
  }
  calls_.Send(last.server, "x", 0);
  EXPECT_THAT(WaitOnce(), ElementsAre("receive: x"));
}

// --- Cancel -----------------------------------------------------------------

TEST_P(ReadinessBackendWait, HandsBackWhatWasCancelledAndNotCancelItself) {
  const Ends ends = Connect();
  Receiving reader(ends.client);
  EXPECT_EQ(Start(reader), "in flight");
  backend_->Cancel(reader);
  EXPECT_EQ(reader.state, OperationState::kInFlight);
  EXPECT_THAT(WaitOnce(absl::Hours(1)), ElementsAre("receive: ECANCELED"));
  EXPECT_EQ(clock_.Now(), FakeClock::Start()) << "it waited";
}

TEST_P(ReadinessBackendWait, HandsBackOnceWhatWasCancelledTwice) {
  const Ends ends = Connect();
  Receiving reader(ends.client);
  EXPECT_EQ(Start(reader), "in flight");
  backend_->Cancel(reader);
  backend_->Cancel(reader);
  EXPECT_THAT(WaitOnce(), ElementsAre("receive: ECANCELED"));
  EXPECT_THAT(WaitOnce(), IsEmpty());
}

TEST_P(ReadinessBackendWait, CancelOfWhatIsNotInFlightIsNothing) {
  const Ends ends = Connect();
  Receiving in_flight(ends.client);
  Receiving never_started(ends.client);
  Receiving no_descriptor(-1);
  EXPECT_EQ(Start(in_flight), "in flight");
  backend_->Cancel(never_started);
  backend_->Cancel(no_descriptor);
  EXPECT_THAT(HandedBack(), IsEmpty());
  calls_.Send(ends.server, "x", 0);
  EXPECT_THAT(HandedBack(), ElementsAre("receive: x"));
}

TEST_P(ReadinessBackendWait, LeavesTheBytesThatACancelledReaderDidNotTake) {
  const Ends ends = Connect();
  Receiving cancelled(ends.client);
  EXPECT_EQ(Start(cancelled), "in flight");
  calls_.Send(ends.server, "not lost", 0);
  backend_->Cancel(cancelled);
  EXPECT_THAT(WaitOnce(), ElementsAre("receive: ECANCELED"));
  Receiving next(ends.client);
  EXPECT_EQ(Start(next), "receive: not lost");
}

TEST_P(ReadinessBackendWait, CompletedBeatsCancelled) {
  const Ends ends = Connect();
  Receiving reader(ends.client);
  EXPECT_EQ(Start(reader), "in flight");
  calls_.Send(ends.server, "in time", 0);
  EXPECT_THAT(HandedBack(), ElementsAre("receive: in time"));
  backend_->Cancel(reader);
  EXPECT_EQ(reader.Text(), "receive: in time");
  EXPECT_THAT(HandedBack(), IsEmpty());
}

TEST_P(ReadinessBackendWait, ACancelledReaderMakesRoomForTheNextAtOnce) {
  const Ends ends = Connect();
  Receiving cancelled(ends.client);
  Receiving next(ends.client);
  EXPECT_EQ(Start(cancelled), "in flight");
  backend_->Cancel(cancelled);
  EXPECT_EQ(Start(next), "in flight");
  calls_.Send(ends.server, "x", 0);
  EXPECT_THAT(HandedBack(), ElementsAre("receive: ECANCELED", "receive: x"));
}

TEST_P(ReadinessBackendWait, CancelOfOneDirectionLeavesTheOtherAlone) {
  const Ends ends = Connect();
  FillUp(ends.client);
  Receiving reader(ends.client);
  Sending writer(ends.client);
  EXPECT_EQ(Start(reader), "in flight");
  EXPECT_EQ(Start(writer), "in flight");
  backend_->Cancel(reader);
  EXPECT_THAT(HandedBack(), ElementsAre("receive: ECANCELED"));
  ReadAll(ends.server);
  EXPECT_THAT(HandedBack(), ElementsAre("send: 1"));
}

TEST_P(ReadinessBackendWait, HandsBackInTheOrderInWhichTheyEnded) {
  const Ends ends = Connect();
  FillUp(ends.client);
  Accepting acceptor(ends.listener);
  Receiving reader(ends.client);
  Sending writer(ends.client);
  EXPECT_EQ(Start(acceptor), "in flight");
  EXPECT_EQ(Start(reader), "in flight");
  EXPECT_EQ(Start(writer), "in flight");
  backend_->Cancel(writer);
  backend_->Cancel(acceptor);
  calls_.Send(ends.server, "x", 0);
  EXPECT_THAT(WaitOnce(), ElementsAre("send: ECANCELED", "accept: ECANCELED",
                                      "receive: x"));
}

INSTANTIATE_ON_FAKE_POLLERS(ReadinessBackendWait);

// --- A poller that fails ----------------------------------------------------

using ReadinessBackendWaitFails = ScriptedReadinessTest;

TEST_P(ReadinessBackendWaitFails, WithThePollersNameAndError) {
  poller_->FailWait(-EBADF);
  EXPECT_THAT(WaitOnce(), IsEmpty());
  EXPECT_THAT(status_,
              StatusIs(absl::StatusCode::kInternal, "scripted wait: EBADF"));
}

TEST_P(ReadinessBackendWaitFails, AndHandsBackAllTheSame) {
  const Ends ends = Connect();
  Receiving reader(ends.client);
  EXPECT_EQ(Start(reader), "in flight");
  backend_->Cancel(reader);
  poller_->FailWait(-EBADF);
  EXPECT_THAT(WaitOnce(), ElementsAre("receive: ECANCELED"));
  EXPECT_EQ(ErrnoOf(status_), EBADF);
}

INSTANTIATE_OVER_TRIGGERS(ReadinessBackendWaitFails);

// --- A poller that raises false alarms --------------------------------------

using ReadinessBackendWaitInVain = ScriptedReadinessTest;

// More than can be taken at once, again and again.
TEST_P(ReadinessBackendWaitInVain, EndsThoughAllAreReportedForEver) {
  const int listener = NewListener(host_);
  std::deque<Receiving> readers;
  for (int i = 0; i < 256; ++i) {
    const Ends ends = ConnectTo(listener);
    EXPECT_EQ(Start(readers.emplace_back(ends.client)), "in flight");
    poller_->Report(ends.client, kPollReadable);
  }
  poller_->RepeatReports();
  EXPECT_THAT(WaitOnce(), IsEmpty());
  EXPECT_THAT(status_, IsOk());
}

INSTANTIATE_OVER_TRIGGERS(ReadinessBackendWaitInVain);

}  // namespace
}  // namespace cloche

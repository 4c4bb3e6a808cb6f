// ReadinessBackend::Close: who is told, when the number is free again, and what
// becomes of events that were meant for the old descriptor.

#include <cerrno>

#include "cloche/backend/readiness_backend_test.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using ReadinessBackendClose = ReadinessBackendTest;

TEST_P(ReadinessBackendClose, WithNobodyWaitingClosesAtOnce) {
  const Ends ends = Connect();
  backend_->Close(ends.client);
  EXPECT_FALSE(IsOpen(ends.client));
}

TEST_P(ReadinessBackendClose, HandsBackWhoWaitsAndSaysWhy) {
  const Ends ends = Connect();
  FillUp(ends.client);
  Receiving reader(ends.client);
  Sending writer(ends.client);
  EXPECT_EQ(Start(reader), "in flight");
  EXPECT_EQ(Start(writer), "in flight");
  backend_->Close(ends.client);
  EXPECT_EQ(reader.state, OperationState::kInFlight);
  EXPECT_THAT(WaitOnce(absl::Hours(1)),
              ElementsAre("receive: ECANCELED, closed locally",
                          "send: ECANCELED, closed locally"));
  EXPECT_EQ(clock_.Now(), FakeClock::Start()) << "it waited";
}

// Otherwise a new socket could get the number while the old one's reader still
// believes that it is on it.
TEST_P(ReadinessBackendClose, FreesTheNumberOnlyAfterHandingBack) {
  const Ends ends = Connect();
  Receiving reader(ends.client);
  EXPECT_EQ(Start(reader), "in flight");
  backend_->Close(ends.client);
  EXPECT_TRUE(IsOpen(ends.client));
  EXPECT_NE(NewTcp(host_), ends.client);
  WaitOnce();
  EXPECT_EQ(NewTcp(host_), ends.client);
}

TEST_P(ReadinessBackendClose, WhileClosingFinishesAtOnceWhatStarts) {
  const Ends ends = Connect();
  Receiving reader(ends.client);
  Receiving late(ends.client);
  Sending late_writer(ends.client);
  EXPECT_EQ(Start(reader), "in flight");
  backend_->Close(ends.client);
  calls_.Send(ends.server, "x", 0);
  EXPECT_EQ(Start(late), "receive: ECANCELED, closed locally");
  EXPECT_EQ(Start(late_writer), "send: ECANCELED, closed locally");
  EXPECT_EQ(Calls(CallKind::kRecv), 1u);
}

TEST_P(ReadinessBackendClose, AfterACancelWaitsForItsHandingBackToo) {
  const Ends ends = Connect();
  Receiving reader(ends.client);
  EXPECT_EQ(Start(reader), "in flight");
  backend_->Cancel(reader);
  backend_->Close(ends.client);
  EXPECT_TRUE(IsOpen(ends.client));
  // It was cancelled first; that it would have been closed changes nothing.
  EXPECT_THAT(WaitOnce(), ElementsAre("receive: ECANCELED"));
  EXPECT_FALSE(IsOpen(ends.client));
}

TEST_P(ReadinessBackendClose, BeforeACancelIsWhatTheOperationSays) {
  const Ends ends = Connect();
  Receiving reader(ends.client);
  EXPECT_EQ(Start(reader), "in flight");
  backend_->Close(ends.client);
  backend_->Cancel(reader);
  EXPECT_THAT(WaitOnce(), ElementsAre("receive: ECANCELED, closed locally"));
  EXPECT_THAT(WaitOnce(), IsEmpty());
}

TEST_P(ReadinessBackendClose, LeavesOtherDescriptorsAlone) {
  const Ends ends = Connect();
  Receiving reader(ends.client);
  Accepting acceptor(ends.listener);
  EXPECT_EQ(Start(reader), "in flight");
  EXPECT_EQ(Start(acceptor), "in flight");
  backend_->Close(ends.listener);
  EXPECT_THAT(HandedBack(), ElementsAre("accept: ECANCELED, closed locally"));
  calls_.Send(ends.server, "x", 0);
  EXPECT_THAT(HandedBack(), ElementsAre("receive: x"));
}

TEST_P(ReadinessBackendClose, LetsTheNextOwnerOfTheNumberWaitAnew) {
  const Ends old = Connect();
  Receiving on_old(old.client);
  EXPECT_EQ(Start(on_old), "in flight");
  backend_->Close(old.client);
  WaitOnce();
  const Ends ends = ConnectTo(old.listener);
  ASSERT_EQ(ends.client, old.client);
  Receiving reader(ends.client);
  EXPECT_EQ(Start(reader), "in flight");
  EXPECT_THAT(HandedBack(), IsEmpty());
  calls_.Send(ends.server, "for the new one", 0);
  EXPECT_THAT(HandedBack(), ElementsAre("receive: for the new one"));
}

// On Linux the descriptor is gone after EINTR too (close(2)).
TEST_P(ReadinessBackendClose, ThatIsInterruptedIsNotDoneAgain) {
  const Ends ends = Connect();
  host_.FailCall(CallKind::kClose, EINTR);
  backend_->Close(ends.client);
  EXPECT_EQ(Calls(CallKind::kClose), 1u);
  EXPECT_FALSE(IsOpen(ends.client));
}

TEST_P(ReadinessBackendClose, IsDoneByTheDestructorIfItHadToWait) {
  const Ends ends = Connect();
  Receiving reader(ends.client);
  EXPECT_EQ(Start(reader), "in flight");
  backend_->Close(ends.client);
  backend_ = nullptr;
  EXPECT_FALSE(IsOpen(ends.client));
}

TEST_P(ReadinessBackendClose, OnceMoreWhileItWaitsIsAMistake) {
  const Ends ends = Connect();
  Receiving reader(ends.client);
  EXPECT_EQ(Start(reader), "in flight");
  backend_->Close(ends.client);
  EXPECT_DEATH(backend_->Close(ends.client), "twice: the second would close");
}

TEST_P(ReadinessBackendClose, OfNoDescriptorIsAMistake) {
  EXPECT_DEATH(backend_->Close(-1), "Close\\(-1\\): not a descriptor");
}

INSTANTIATE_ON_FAKE_BACKENDS(ReadinessBackendClose);

// --- Events that come too late ----------------------------------------------

using ReadinessBackendStale = ScriptedReadinessTest;

// Edge-triggered, close(2) is left to do it.
TEST_P(ReadinessBackendStale, RemovesFromALevelTriggeredPollerBeforeItCloses) {
  const Ends ends = Connect();
  Receiving reader(ends.client);
  EXPECT_EQ(Start(reader), "in flight");
  poller_->TakeCalls();
  backend_->Close(ends.client);
  const auto calls = poller_->TakeCalls();
  if (edge()) {
    EXPECT_THAT(calls, IsEmpty());
  } else {
    EXPECT_THAT(calls, ElementsAre("remove 4"));
  }
  EXPECT_TRUE(IsOpen(ends.client));
  EXPECT_EQ(WaitOnce().size(), 1u);
  EXPECT_THAT(poller_->TakeCalls(), IsEmpty());
}

TEST_P(ReadinessBackendStale, DropsAnEventOfAnEarlierOwnerOfTheNumber) {
  const Ends old = Connect();
  Receiving on_old(old.client);
  EXPECT_EQ(Start(on_old), "in flight");
  const uint64_t old_token = poller_->TokenOf(old.client);
  backend_->Close(old.client);
  WaitOnce();
  const Ends ends = ConnectTo(old.listener);
  ASSERT_EQ(ends.client, old.client);
  WaitingReadable reader(ends.client);
  EXPECT_EQ(Start(reader), "in flight");
  poller_->ReportToken(old_token, kPollReadable | kPollHangUp);
  EXPECT_THAT(WaitOnce(), IsEmpty());
  poller_->Report(ends.client, kPollReadable);
  EXPECT_THAT(WaitOnce(), ElementsAre("wait-readable: 0"));
}

TEST_P(ReadinessBackendStale, DropsAnEventOfADescriptorThatIsClosing) {
  const Ends ends = Connect();
  Receiving reader(ends.client);
  EXPECT_EQ(Start(reader), "in flight");
  calls_.Send(ends.server, "x", 0);
  poller_->Report(ends.client, kPollReadable);
  backend_->Close(ends.client);
  EXPECT_THAT(WaitOnce(), ElementsAre("receive: ECANCELED, closed locally"));
}

TEST_P(ReadinessBackendStale, DropsAnEventOfADescriptorItNeverHeardOf) {
  poller_->ReportToken(/*token=*/1000, kPollReadable);
  EXPECT_THAT(WaitOnce(), IsEmpty());
  EXPECT_THAT(status_, IsOk());
}

INSTANTIATE_OVER_TRIGGERS(ReadinessBackendStale);

}  // namespace
}  // namespace cloche

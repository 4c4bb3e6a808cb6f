// ReadinessBackend: what the poller is asked to watch, and for how long. Waits
// without a call of their own, foreign descriptors, and hang-ups that nobody
// waits for.

#include "cloche/backend/readiness_backend_test.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ReadinessBackendInterest : public ReadinessBackendTest {
 protected:
  // Has been waited on, so that the poller knows it.
  void LetAReaderPass(const Ends& ends) {
    Receiving reader(ends.client);
    EXPECT_EQ(Start(reader), "in flight");
    calls_.Send(ends.server, "x", 0);
    EXPECT_THAT(HandedBack(), ElementsAre("receive: x"));
  }
  // How many waits it takes until the world has come to rest. The last of them
  // is the one that would last for ever.
  uint64_t WaitsUntilRest() {
    const uint64_t before = Calls(WaitCallOf(GetParam()));
    EXPECT_THAT(HandedBack(), IsEmpty());
    return Calls(WaitCallOf(GetParam())) - before;
  }
};

// --- Waits without a call of their own --------------------------------------

TEST_P(ReadinessBackendInterest, OnlyThePollerSaysThatAWaitIsOver) {
  const Ends ends = Connect();
  calls_.Send(ends.server, "x", 0);
  WaitingReadable reader(ends.client);
  WaitingWritable writer(ends.server);
  EXPECT_EQ(Start(reader), "in flight");
  EXPECT_EQ(Start(writer), "in flight");
  EXPECT_THAT(HandedBack(),
              ElementsAre("wait-readable: 0", "wait-writable: 0"));
  EXPECT_EQ(Calls(CallKind::kRecv), 0u);
}

TEST_P(ReadinessBackendInterest, AWaitLastsUntilItIsTrue) {
  const Ends ends = Connect();
  FillUp(ends.client);
  WaitingReadable reader(ends.client);
  WaitingWritable writer(ends.client);
  EXPECT_EQ(Start(reader), "in flight");
  EXPECT_EQ(Start(writer), "in flight");
  EXPECT_THAT(HandedBack(), IsEmpty());
  calls_.Send(ends.server, "x", 0);
  EXPECT_THAT(HandedBack(), ElementsAre("wait-readable: 0"));
  ReadAll(ends.server);
  EXPECT_THAT(HandedBack(), ElementsAre("wait-writable: 0"));
}

// The edge for "ab" is over when the wait begins; "b" makes no other.
TEST_P(ReadinessBackendInterest, AWaitLooksAgainThoughTheEdgeHasPassed) {
  const Ends ends = Connect();
  Receiving reader(ends.client, /*most=*/1);
  EXPECT_EQ(Start(reader), "in flight");
  calls_.Send(ends.server, "ab", 0);
  EXPECT_THAT(HandedBack(), ElementsAre("receive: a"));
  WaitingReadable waiter(ends.client);
  EXPECT_EQ(Start(waiter), "in flight");
  EXPECT_THAT(HandedBack(), ElementsAre("wait-readable: 0"));
}

TEST_P(ReadinessBackendInterest, AWaitForWritingLooksAgainToo) {
  const Ends ends = Connect();
  LetAReaderPass(ends);
  EXPECT_EQ(WaitsUntilRest(), 1u);
  WaitingWritable waiter(ends.client);
  EXPECT_EQ(Start(waiter), "in flight");
  EXPECT_THAT(HandedBack(), ElementsAre("wait-writable: 0"));
}

// --- Foreign descriptors ----------------------------------------------------

TEST_P(ReadinessBackendInterest,
       AForeignDescriptorIsWatchedWhileItIsWaitedFor) {
  const Ends ends = Connect();
  const uint64_t before = Calls(CallKind::kEpollCtl);
  WaitingReadable reader(ends.client, /*foreign=*/true);
  EXPECT_EQ(Start(reader), "in flight");
  EXPECT_EQ(Calls(CallKind::kEpollCtl), before + (epoll() ? 1 : 0));
  calls_.Send(ends.server, "x", 0);
  EXPECT_THAT(HandedBack(), ElementsAre("wait-readable: 0"));
  EXPECT_EQ(Calls(CallKind::kEpollCtl), before + (epoll() ? 2 : 0));
  Reset(ends.server);
  EXPECT_EQ(WaitsUntilRest(), 1u);
}

TEST_P(ReadinessBackendInterest, AForeignDescriptorIsLeftAloneAfterACancel) {
  const Ends ends = Connect();
  WaitingWritable writer(ends.client, /*foreign=*/true);
  EXPECT_EQ(Start(writer), "in flight");
  backend_->Cancel(writer);
  EXPECT_THAT(HandedBack(), ElementsAre("wait-writable: ECANCELED"));
  EXPECT_EQ(WaitsUntilRest(), 1u);
}

TEST_P(ReadinessBackendInterest, AForeignDescriptorMayBeClosedBetweenWaits) {
  const Ends old = Connect();
  WaitingReadable first(old.client, /*foreign=*/true);
  EXPECT_EQ(Start(first), "in flight");
  calls_.Send(old.server, "x", 0);
  EXPECT_THAT(HandedBack(), ElementsAre("wait-readable: 0"));
  calls_.Close(old.client);  // By its owner; the number comes back.
  const Ends ends = ConnectTo(old.listener);
  ASSERT_EQ(ends.client, old.client);
  WaitingReadable second(ends.client, /*foreign=*/true);
  EXPECT_EQ(Start(second), "in flight");
  EXPECT_THAT(HandedBack(), IsEmpty());
  calls_.Send(ends.server, "x", 0);
  EXPECT_THAT(HandedBack(), ElementsAre("wait-readable: 0"));
}

TEST_P(ReadinessBackendInterest, AForeignDescriptorIsWatchedForTheLastOfTwo) {
  const Ends ends = Connect();
  FillUp(ends.client);
  WaitingReadable reader(ends.client, /*foreign=*/true);
  WaitingWritable writer(ends.client, /*foreign=*/true);
  EXPECT_EQ(Start(reader), "in flight");
  EXPECT_EQ(Start(writer), "in flight");
  calls_.Send(ends.server, "x", 0);
  EXPECT_THAT(HandedBack(), ElementsAre("wait-readable: 0"));
  ReadAll(ends.server);
  EXPECT_THAT(HandedBack(), ElementsAre("wait-writable: 0"));
  Reset(ends.server);
  EXPECT_EQ(WaitsUntilRest(), 1u);
}

// poll and select tell of it, and end that wait; the others say nothing.
TEST_P(ReadinessBackendInterest,
       AForeignDescriptorThatIsClosedMeanwhileMakesNoOtherDeaf) {
  const Ends ends = Connect();
  const Ends other = ConnectTo(ends.listener);
  WaitingReadable closed(ends.client, /*foreign=*/true);
  WaitingReadable waits(other.client, /*foreign=*/true);
  EXPECT_EQ(Start(closed), "in flight");
  EXPECT_EQ(Start(waits), "in flight");
  calls_.Close(ends.client);
  calls_.Send(other.server, "x", 0);
  for (int i = 0; i < 2 && waits.state == OperationState::kInFlight; ++i) {
    EXPECT_THAT(HandedBack(), ::testing::Each("wait-readable: 0"));
  }
  EXPECT_EQ(waits.state, OperationState::kHandedBack);
  backend_->Cancel(closed);
  WaitOnce();
  EXPECT_EQ(closed.state, OperationState::kHandedBack);
  EXPECT_EQ(WaitsUntilRest(), 1u);
}

// --- Hang-ups and other things that nobody waits for ------------------------

TEST_P(ReadinessBackendInterest, AHangUpWakesBothDirections) {
  const Ends ends = Connect();
  FillUp(ends.client);
  Receiving reader(ends.client);
  Sending writer(ends.client);
  EXPECT_EQ(Start(reader), "in flight");
  EXPECT_EQ(Start(writer), "in flight");
  Reset(ends.server);
  EXPECT_THAT(HandedBack(), ElementsAre("receive: ECONNRESET", "send: EPIPE"));
}

// At 100 % CPU, for as long as the program runs (seastar#64, bun#37920).
TEST_P(ReadinessBackendInterest, AHangUpWithNobodyWaitingDoesNotSpin) {
  const Ends ends = Connect();
  LetAReaderPass(ends);
  Reset(ends.server);
  EXPECT_EQ(WaitsUntilRest(), 2u);  // One that reports it, and rest.
}

TEST_P(ReadinessBackendInterest, AHangUpThatOneDirectionHeardDoesNotSpin) {
  const Ends ends = Connect();
  Receiving reader(ends.client);
  EXPECT_EQ(Start(reader), "in flight");
  Reset(ends.server);
  EXPECT_THAT(HandedBack(), ElementsAre("receive: ECONNRESET"));
  // select has no word for it, and says once more that one may read.
  EXPECT_LE(WaitsUntilRest(), 2u);
  Receiving next(ends.client);
  EXPECT_EQ(Start(next), "receive: end");
}

TEST_P(ReadinessBackendInterest, DataThatNobodyReadsDoesNotSpin) {
  const Ends ends = Connect();
  LetAReaderPass(ends);
  calls_.Send(ends.server, "for later", 0);
  EXPECT_EQ(WaitsUntilRest(), 2u);
  Receiving reader(ends.client);
  EXPECT_EQ(Start(reader), "receive: for later");
}

TEST_P(ReadinessBackendInterest, DataThatNobodyReadsDoesNotKeepTheWriterBusy) {
  const Ends ends = Connect();
  LetAReaderPass(ends);
  FillUp(ends.client);
  Sending writer(ends.client);
  EXPECT_EQ(Start(writer), "in flight");
  calls_.Send(ends.server, "for later", 0);
  EXPECT_LE(WaitsUntilRest(), 2u);
  EXPECT_EQ(writer.state, OperationState::kInFlight);
  ReadAll(ends.server);
  EXPECT_THAT(HandedBack(), ElementsAre("send: 1"));
}

TEST_P(ReadinessBackendInterest,
       AReaderIsHeardAgainAfterItsInterestWasDropped) {
  const Ends ends = Connect();
  LetAReaderPass(ends);
  calls_.Send(ends.server, "dropped", 0);
  WaitsUntilRest();
  Receiving reader(ends.client);
  EXPECT_EQ(Start(reader), "receive: dropped");
  LetAReaderPass(ends);
}

TEST_P(ReadinessBackendInterest, AReaderThatStaysCostsAWriterNothing) {
  const Ends ends = Connect();
  FillUp(ends.client);
  Receiving reader(ends.client);
  EXPECT_EQ(Start(reader), "in flight");
  Sending first(ends.client);
  EXPECT_EQ(Start(first), "in flight");
  const uint64_t before = Calls(CallKind::kEpollCtl);
  ReadAll(ends.server);
  EXPECT_THAT(HandedBack(), ElementsAre("send: 1"));
  FillUp(ends.client);
  Sending second(ends.client);
  EXPECT_EQ(Start(second), "in flight");
  EXPECT_EQ(Calls(CallKind::kEpollCtl), before);
}

INSTANTIATE_ON_FAKE_BACKENDS(ReadinessBackendInterest);

// --- The very changes -------------------------------------------------------

class ReadinessBackendWatch : public ScriptedReadinessTest {
 protected:
  Ends ends_ = Connect();
  WaitingReadable reader_{ends_.client};
  WaitingWritable writer_{ends_.client};
};

TEST_P(ReadinessBackendWatch, AsksForWhatIsWaitedForOrForAllIfThereAreEdges) {
  Start(reader_);
  EXPECT_THAT(poller_->TakeCalls(),
              ElementsAre(edge() ? "add 4 rw" : "add 4 r"));
  Start(writer_);
  EXPECT_THAT(poller_->TakeCalls(), ElementsAre("modify 4 rw"));
}

TEST_P(ReadinessBackendWatch, DropsOnlyWhatNobodyWaitsFor) {
  Start(reader_);
  Start(writer_);
  poller_->Report(ends_.client, kPollReadable);
  EXPECT_EQ(WaitOnce().size(), 1u);
  poller_->TakeCalls();
  poller_->Report(ends_.client, kPollReadable);
  EXPECT_THAT(WaitOnce(), IsEmpty());
  if (edge()) {
    EXPECT_THAT(poller_->TakeCalls(), IsEmpty());
  } else {
    EXPECT_THAT(poller_->TakeCalls(), ElementsAre("modify 4 w"));
  }
}

TEST_P(ReadinessBackendWatch, DropsWhatNobodyWaitsForAtAllUnlessThereAreEdges) {
  Start(reader_);
  poller_->Report(ends_.client, kPollReadable);
  EXPECT_EQ(WaitOnce().size(), 1u);
  poller_->TakeCalls();
  poller_->Report(ends_.client, kPollReadable);
  EXPECT_THAT(WaitOnce(), IsEmpty());
  if (edge()) {
    EXPECT_THAT(poller_->TakeCalls(), IsEmpty());
  } else {
    EXPECT_THAT(poller_->TakeCalls(), ElementsAre("remove 4"));
  }
}

TEST_P(ReadinessBackendWatch, ChangesNothingForAFlagThatOneWaiterOutlasts) {
  Receiving reader(ends_.client);
  Start(reader);
  poller_->TakeCalls();
  poller_->Report(ends_.client, kPollHangUp);  // A false alarm.
  EXPECT_THAT(WaitOnce(), IsEmpty());
  EXPECT_THAT(poller_->TakeCalls(), IsEmpty());
}

// The owner may look at edges of its own; ours are none of its business.
TEST_P(ReadinessBackendWatch, AsksOfAForeignDescriptorOnlyWhatIsWaitedFor) {
  reader_.foreign_descriptor = true;
  Start(reader_);
  EXPECT_THAT(poller_->TakeCalls(), ElementsAre("add 4 r"));
  poller_->Report(ends_.client, kPollReadable);
  EXPECT_THAT(WaitOnce(), ElementsAre("wait-readable: 0"));
  EXPECT_THAT(poller_->TakeCalls(), ElementsAre("remove 4"));
}

INSTANTIATE_OVER_TRIGGERS(ReadinessBackendWatch);

}  // namespace
}  // namespace cloche

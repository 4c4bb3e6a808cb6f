// ReadinessBackend: what it concludes from the receives of a TCP stream, and
// when it must not.

#include "cloche/backend/readiness_backend_test.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kInFlight[] = "in flight";

// What a TcpStream asks for.
class StreamReceiving final : public TestOperation {
 public:
  explicit StreamReceiving(int fd, size_t most = 100, bool try_only = false)
      : TestOperation(OperationKind::kReceive, fd, std::string(most, '\0')) {
    is_tcp_stream = true;
    only_try = try_only;
  }
};
class StreamWaiting final : public TestOperation {
 public:
  explicit StreamWaiting(int fd)
      : TestOperation(OperationKind::kWaitReadable, fd) {
    is_tcp_stream = true;
  }
};

class ReadinessBackendDrained : public ReadinessBackendTest {
 protected:
  // Receives "x" and so learns that there is no more; the poller knows `fd`.
  void Drain(const Ends& ends) {
    StreamReceiving reader(ends.client);
    EXPECT_EQ(Start(reader), kInFlight);
    calls_.Send(ends.server, "x", 0);
    EXPECT_THAT(HandedBack(), ElementsAre("receive: x"));
  }
};

// --- What is concluded ------------------------------------------------------

TEST_P(ReadinessBackendDrained, AfterAShortReadTheNextParksWithoutACall) {
  const Ends ends = Connect();
  Drain(ends);
  const uint64_t before = Calls(CallKind::kRecv);
  StreamReceiving reader(ends.client);
  EXPECT_EQ(Start(reader), kInFlight);
  EXPECT_EQ(Calls(CallKind::kRecv), before);
  calls_.Send(ends.server, "y", 0);
  EXPECT_THAT(HandedBack(), ElementsAre("receive: y"));
}

TEST_P(ReadinessBackendDrained, AFullReadSaysNothing) {
  const Ends ends = Connect();
  Drain(ends);
  calls_.Send(ends.server, "abcd", 0);
  StreamReceiving first(ends.client, /*most=*/2);
  EXPECT_EQ(Start(first), kInFlight);
  EXPECT_THAT(HandedBack(), ElementsAre("receive: ab"));
  StreamReceiving second(ends.client, /*most=*/2);
  EXPECT_EQ(Start(second), "receive: cd");
}

TEST_P(ReadinessBackendDrained, WhatCameAfterTheShortReadIsReported) {
  const Ends ends = Connect();
  Drain(ends);
  calls_.Send(ends.server, "y", 0);
  StreamReceiving reader(ends.client);
  EXPECT_EQ(Start(reader), kInFlight);
  EXPECT_THAT(HandedBack(), ElementsAre("receive: y"));
}

TEST_P(ReadinessBackendDrained, AnEventMakesItUnknownAgain) {
  const Ends ends = Connect();
  Drain(ends);
  calls_.Send(ends.server, "y", 0);
  EXPECT_THAT(WaitOnce(), IsEmpty());  // The event comes, and nobody waits.
  StreamReceiving reader(ends.client);
  EXPECT_EQ(Start(reader), "receive: y");
}

TEST_P(ReadinessBackendDrained, ANewOwnerOfTheNumberIsNotTakenForDrained) {
  const Ends old = Connect();
  Drain(old);
  backend_->Close(old.client);
  const Ends ends = ConnectTo(old.listener);
  ASSERT_EQ(ends.client, old.client);
  calls_.Send(ends.server, "y", 0);
  StreamReceiving reader(ends.client);
  EXPECT_EQ(Start(reader), "receive: y");
}

TEST_P(ReadinessBackendDrained, OfWhatIsNoTcpStreamNothingIsConcluded) {
  const Ends ends = Connect();
  for (int i = 0; i < 2; ++i) {
    const uint64_t before = Calls(CallKind::kRecv);
    Receiving reader(ends.client);
    EXPECT_EQ(Start(reader), kInFlight);
    EXPECT_EQ(Calls(CallKind::kRecv), before + 1);
    calls_.Send(ends.server, "x", 0);
    EXPECT_THAT(HandedBack(), ElementsAre("receive: x"));
  }
}

// --- Waiting with no buffer -------------------------------------------------

TEST_P(ReadinessBackendDrained, AWaitThenParksWithoutASystemCall) {
  const Ends ends = Connect();
  Drain(ends);
  const uint64_t before = Calls(CallKind::kEpollCtl);
  StreamWaiting waiter(ends.client);
  EXPECT_EQ(Start(waiter), kInFlight);
  EXPECT_EQ(Calls(CallKind::kEpollCtl), before);
  calls_.Send(ends.server, "y", 0);
  EXPECT_THAT(HandedBack(), ElementsAre("wait-readable: 0"));
  StreamReceiving reader(ends.client);
  EXPECT_EQ(Start(reader), "receive: y");
}

TEST_P(ReadinessBackendDrained, AWaitThatMayBeOverIsOver) {
  const Ends ends = Connect();
  StreamWaiting waiter(ends.client);
  EXPECT_EQ(Start(waiter), "wait-readable: 0");
}

// --- Receiving without waiting ----------------------------------------------

TEST_P(ReadinessBackendDrained, ATryParksNothing) {
  const Ends ends = Connect();
  StreamReceiving tried(ends.client, 100, /*try_only=*/true);
  EXPECT_EQ(Start(tried), "receive: EAGAIN");
  calls_.Send(ends.server, "x", 0);
  EXPECT_THAT(HandedBack(), IsEmpty());
}

TEST_P(ReadinessBackendDrained, ATryMakesNoCallIfThePollerWouldHaveReported) {
  const Ends ends = Connect();
  Drain(ends);
  const uint64_t before = Calls(CallKind::kRecv);
  StreamReceiving tried(ends.client, 100, /*try_only=*/true);
  EXPECT_EQ(Start(tried), "receive: EAGAIN");
  EXPECT_EQ(Calls(CallKind::kRecv), before);
}

// Drained when last looked at; but nobody would have told what came since.
TEST_P(ReadinessBackendDrained, ATryLooksAgainIfThePollerDoesNotWatch) {
  const Ends ends = Connect();
  StreamReceiving tried(ends.client, 100, /*try_only=*/true);
  EXPECT_EQ(Start(tried), "receive: EAGAIN");
  calls_.Send(ends.server, "x", 0);
  EXPECT_EQ(Start(tried), "receive: x");
}

TEST_P(ReadinessBackendDrained, ATryWhileSomebodyWaitsIsBusy) {
  const Ends ends = Connect();
  StreamReceiving waits(ends.client);
  EXPECT_EQ(Start(waits), kInFlight);
  StreamReceiving tried(ends.client, 100, /*try_only=*/true);
  EXPECT_EQ(Start(tried), "receive: EBUSY");
  backend_->Cancel(waits);
  EXPECT_THAT(HandedBack(), ElementsAre("receive: ECANCELED"));
}

// Not kqueue, which does not tell of out-of-band data.
INSTANTIATE_TEST_SUITE_P(On, ReadinessBackendDrained,
                         ::testing::Values(BackendKind::kEpoll,
                                           BackendKind::kEpollLevel,
                                           BackendKind::kPoll,
                                           BackendKind::kSelect),
                         TestNameOfBackend);

// --- Where a short read may have stopped at a mark --------------------------

using ReadinessBackendMark = ReadinessBackendTest;

// Three bytes, the out-of-band one, two more: a receive stops at the mark, and
// no poller reports again what is behind it.
TEST_P(ReadinessBackendMark, NoByteBehindItIsLost) {
  const Ends ends = Connect();
  StreamReceiving first(ends.client);
  EXPECT_EQ(Start(first), kInFlight);
  calls_.Send(ends.server, "abc", 0);
  calls_.Send(ends.server, "!", kSendOutOfBand);
  calls_.Send(ends.server, "de", 0);
  EXPECT_THAT(HandedBack(), ElementsAre("receive: abc"));
  StreamReceiving second(ends.client);
  if (Start(second) == kInFlight) {
    EXPECT_THAT(HandedBack(), ElementsAre("receive: de"));
  }
  EXPECT_EQ(second.Text(), "receive: de");
}

INSTANTIATE_ON_FAKE_BACKENDS(ReadinessBackendMark);

// --- When a short read means nothing ----------------------------------------

// After each of these, more may be there and no other edge will say so.
class ReadinessBackendEnd : public BackendTestBase,
                            public ::testing::WithParamInterface<uint8_t> {
 protected:
  ReadinessBackendEnd() {
    auto poller = std::make_unique<ScriptedPoller>(Trigger::kEdge);
    poller_ = poller.get();
    backend_ = std::make_unique<ReadinessBackend>(calls_, std::move(poller));
  }
  ScriptedPoller* poller_;
};

TEST_P(ReadinessBackendEnd, ReportedAlongWithDataIsLookedFor) {
  const Ends ends = Connect();
  StreamReceiving reader(ends.client);
  EXPECT_EQ(Start(reader), kInFlight);
  calls_.Send(ends.server, "x", 0);
  calls_.Shutdown(ends.server, ShutdownHow::kWrite);
  poller_->Report(ends.client, kPollReadable | GetParam());
  EXPECT_THAT(WaitOnce(), ElementsAre("receive: x"));
  StreamReceiving next(ends.client);
  EXPECT_EQ(Start(next), "receive: end");
}

INSTANTIATE_TEST_SUITE_P(Flag, ReadinessBackendEnd,
                         ::testing::Values(kPollPeerClosedWrite, kPollHangUp,
                                           kPollError, kPollPriority));

}  // namespace
}  // namespace cloche

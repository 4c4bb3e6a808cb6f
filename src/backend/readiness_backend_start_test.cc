// ReadinessBackend, the way in: try first, park what would block, try again
// when it is ready; and what that costs in system calls.

#include <array>
#include <cerrno>
#include <memory>
#include <vector>

#include "cloche/backend/readiness_backend_test.h"

namespace cloche {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::IsEmpty;
using ::testing::Le;

using ReadinessBackendStart = ReadinessBackendTest;

// --- Finished at once -------------------------------------------------------

TEST_P(ReadinessBackendStart, FinishesAtOnceWhatDoesNotBlock) {
  const Ends ends = Connect();
  calls_.Send(ends.server, "hello", 0);
  Receiving reader(ends.client);
  Sending writer(ends.client, "world");
  EXPECT_EQ(Start(reader), "receive: hello");
  EXPECT_EQ(Start(writer), "send: 5");
  EXPECT_EQ(reader.state, OperationState::kIdle);
}

TEST_P(ReadinessBackendStart, AsksThePollerNothingAboutWhatDoesNotBlock) {
  const Ends ends = Connect();
  const uint64_t changes = Calls(CallKind::kEpollCtl);
  const uint64_t waits = Calls(WaitCallOf(GetParam()));
  calls_.Send(ends.server, "hello", 0);
  Receiving reader(ends.client);
  Start(reader);
  EXPECT_EQ(Calls(CallKind::kEpollCtl), changes);
  EXPECT_EQ(Calls(WaitCallOf(GetParam())), waits);
}

TEST_P(ReadinessBackendStart, AcceptsAtOnceWhoWaitsAndSaysWhoItIs) {
  const int listener = NewListener(host_);
  const int client = NewConnecting(host_, Ipv4Loopback(80));
  SocketAddress name;
  calls_.GetSockName(client, &name);
  Accepting acceptor(listener);
  EXPECT_EQ(Start(acceptor), absl::StrCat("accept: ", client + 1));
  EXPECT_EQ(acceptor.peer(), name);
}

TEST_P(ReadinessBackendStart, AcceptsAlsoIfNobodyAsksWhoItIs) {
  const int listener = NewListener(host_);
  const int client = NewConnecting(host_, Ipv4Loopback(80));
  Accepting acceptor(listener);
  acceptor.address = nullptr;
  EXPECT_EQ(Start(acceptor), absl::StrCat("accept: ", client + 1));
}

TEST_P(ReadinessBackendStart, FinishesAtOnceWithAnErrorOrAnEnd) {
  const Ends ends = Connect();
  Receiving on_listener(ends.listener);
  EXPECT_EQ(Start(on_listener), "receive: ENOTCONN");
  calls_.Close(ends.server);
  Receiving reader(ends.client);
  EXPECT_EQ(Start(reader), "receive: end");
}

TEST_P(ReadinessBackendStart, OnANegativeDescriptorMakesNoCall) {
  Receiving reader(-1);
  WaitingReadable waiter(-1);
  EXPECT_EQ(Start(reader), "receive: EBADF");
  EXPECT_EQ(Start(waiter), "wait-readable: EBADF");
  EXPECT_EQ(Calls(CallKind::kRecv), 0u);
}

TEST_P(ReadinessBackendStart, ForgetsThatAnEarlierDescriptorWasClosed) {
  const Ends ends = Connect();
  calls_.Send(ends.server, "hello", 0);
  Receiving reader(ends.client);
  reader.closed_locally = true;
  EXPECT_EQ(Start(reader), "receive: hello");
}

// --- Parked -----------------------------------------------------------------

TEST_P(ReadinessBackendStart, ParksAReaderUntilThereIsSomething) {
  const Ends ends = Connect();
  Receiving reader(ends.client);
  EXPECT_EQ(Start(reader), "in flight");
  EXPECT_EQ(reader.state, OperationState::kInFlight);
  EXPECT_THAT(HandedBack(), IsEmpty());
  calls_.Send(ends.server, "x", 0);
  EXPECT_THAT(HandedBack(), ElementsAre("receive: x"));
  EXPECT_EQ(Calls(CallKind::kRecv), 2u);
}

TEST_P(ReadinessBackendStart, ParksAWriterUntilThereIsRoom) {
  const Ends ends = Connect();
  FillUp(ends.client);
  Sending writer(ends.client, "xyz");
  EXPECT_EQ(Start(writer), "in flight");
  EXPECT_THAT(HandedBack(), IsEmpty());
  ReadAll(ends.server);
  EXPECT_THAT(HandedBack(), ElementsAre("send: 3"));
}

TEST_P(ReadinessBackendStart, ParksAnAcceptorUntilSomebodyCalls) {
  Accepting acceptor(NewListener(host_));
  EXPECT_EQ(Start(acceptor), "in flight");
  EXPECT_THAT(HandedBack(), IsEmpty());
  const int client = NewConnecting(host_, Ipv4Loopback(80));
  SocketAddress name;
  calls_.GetSockName(client, &name);
  EXPECT_THAT(HandedBack(), ElementsAre(absl::StrCat("accept: ", client + 1)));
  EXPECT_EQ(acceptor.peer(), name);
}

TEST_P(ReadinessBackendStart, HandsBackWhatBecameAnErrorMeanwhile) {
  const Ends ends = Connect();
  Receiving reader(ends.client);
  EXPECT_EQ(Start(reader), "in flight");
  Reset(ends.server);
  EXPECT_THAT(HandedBack(), ElementsAre("receive: ECONNRESET"));
}

TEST_P(ReadinessBackendStart, TakesTheSameOperationAgainAndAgain) {
  const Ends ends = Connect();
  Receiving reader(ends.client, 1);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Start(reader), "in flight");
    calls_.Send(ends.server, "ab", 0);
    EXPECT_THAT(HandedBack(), ElementsAre("receive: a"));
    EXPECT_EQ(Start(reader), "receive: b");
  }
}

// --- Interrupted ------------------------------------------------------------

TEST_P(ReadinessBackendStart, TriesAgainWhatASignalInterrupts) {
  const Ends ends = Connect();
  calls_.Send(ends.server, "hello", 0);
  const int client = NewConnecting(host_, Ipv4Loopback(80));
  host_.FailCall(CallKind::kRecv, EINTR, /*nth_from_now=*/1);
  host_.FailCall(CallKind::kRecv, EINTR, /*nth_from_now=*/2);
  host_.FailCall(CallKind::kSend, EINTR);
  host_.FailCall(CallKind::kAccept4, EINTR);
  Receiving reader(ends.client);
  Sending writer(ends.client);
  Accepting acceptor(ends.listener);
  EXPECT_EQ(Start(reader), "receive: hello");
  EXPECT_EQ(Start(writer), "send: 1");
  EXPECT_EQ(Start(acceptor), absl::StrCat("accept: ", client + 1));
}

TEST_P(ReadinessBackendStart, TriesAgainWhatASignalInterruptsAfterAWait) {
  const Ends ends = Connect();
  Receiving reader(ends.client);
  EXPECT_EQ(Start(reader), "in flight");
  calls_.Send(ends.server, "x", 0);
  host_.FailCall(CallKind::kRecv, EINTR);
  EXPECT_THAT(HandedBack(), ElementsAre("receive: x"));
}

// --- One of each direction --------------------------------------------------

TEST_P(ReadinessBackendStart, KeepsAReaderAndAWriterOnOneDescriptor) {
  const Ends ends = Connect();
  FillUp(ends.client);
  Receiving reader(ends.client);
  Sending writer(ends.client);
  EXPECT_EQ(Start(reader), "in flight");
  EXPECT_EQ(Start(writer), "in flight");
  calls_.Send(ends.server, "hello", 0);
  EXPECT_THAT(HandedBack(), ElementsAre("receive: hello"));
  EXPECT_THAT(HandedBack(), IsEmpty());
  ReadAll(ends.server);
  EXPECT_THAT(HandedBack(), ElementsAre("send: 1"));
}

TEST_P(ReadinessBackendStart,
       RefusesASecondReaderWhichWouldTakeTheFirstsBytes) {
  const Ends ends = Connect();
  Receiving first(ends.client);
  Receiving second(ends.client);
  WaitingReadable third(ends.client);
  EXPECT_EQ(Start(first), "in flight");
  calls_.Send(ends.server, "for the first", 0);
  EXPECT_EQ(Start(second), "receive: EBUSY");
  EXPECT_EQ(Start(third), "wait-readable: EBUSY");
  EXPECT_THAT(HandedBack(), ElementsAre("receive: for the first"));
}

TEST_P(ReadinessBackendStart, RefusesASecondWriter) {
  const Ends ends = Connect();
  FillUp(ends.client);
  Sending first(ends.client, "first");
  Sending second(ends.client, "second");
  WaitingWritable third(ends.client);
  EXPECT_EQ(Start(first), "in flight");
  ReadAll(ends.server);
  EXPECT_EQ(Start(second), "send: EBUSY");
  EXPECT_EQ(Start(third), "wait-writable: EBUSY");
  EXPECT_THAT(HandedBack(), ElementsAre("send: 5"));
}

// --- What it costs ----------------------------------------------------------

TEST_P(ReadinessBackendStart, RegistersADescriptorThatIsReadInTurnsOnce) {
  const Ends ends = Connect();
  const uint64_t before = Calls(CallKind::kEpollCtl);
  for (int i = 0; i < 5; ++i) {
    Receiving reader(ends.client);
    EXPECT_EQ(Start(reader), "in flight");
    calls_.Send(ends.server, "x", 0);
    EXPECT_THAT(HandedBack(), ElementsAre("receive: x"));
  }
  EXPECT_EQ(Calls(CallKind::kEpollCtl), before + (epoll() ? 1 : 0));
}

TEST_P(ReadinessBackendStart, RegistersBothDirectionsAtOnceIfThereAreEdges) {
  const Ends ends = Connect();
  FillUp(ends.client);
  const uint64_t before = Calls(CallKind::kEpollCtl);
  Receiving reader(ends.client);
  Sending writer(ends.client);
  Start(reader);
  Start(writer);
  const int changes = edge() ? 1 : 2;
  EXPECT_EQ(Calls(CallKind::kEpollCtl), before + (epoll() ? changes : 0));
}

TEST_P(ReadinessBackendStart, FinishesMoreThanOneWaitCanTakeAtTheNext) {
  const int listener = NewListener(host_, 80, /*backlog=*/300);
  std::vector<std::unique_ptr<Receiving>> readers;
  for (int i = 0; i < 300; ++i) {
    const Ends ends = ConnectTo(listener);
    readers.push_back(std::make_unique<Receiving>(ends.client));
    ASSERT_EQ(Start(*readers.back()), "in flight");
    calls_.Send(ends.server, "x", 0);
  }
  // A reader is one event, and on kqueue his right to write is another.
  const size_t first = HandedBack().size();
  EXPECT_THAT(first, AllOf(Gt(100u), Le(256u)));
  size_t all = first;
  while (all < 300 && status_.ok()) all += HandedBack().size();
  EXPECT_EQ(all, 300u);
}

INSTANTIATE_ON_FAKE_BACKENDS(ReadinessBackendStart);

// --- A poller that errs -----------------------------------------------------

using ReadinessBackendPark = ScriptedReadinessTest;

TEST_P(ReadinessBackendPark, OutlastsAFalseAlarm) {
  const Ends ends = Connect();
  FillUp(ends.client);
  Receiving reader(ends.client);
  Sending writer(ends.client);
  Accepting acceptor(ends.listener);
  for (TestOperation* operation :
       std::initializer_list<TestOperation*>{&reader, &writer, &acceptor}) {
    EXPECT_EQ(Start(*operation), "in flight");
  }
  poller_->Report(ends.client, kPollReadable | kPollWritable);
  poller_->Report(ends.listener, kPollReadable);
  EXPECT_THAT(WaitOnce(), IsEmpty());
  EXPECT_EQ(reader.state, OperationState::kInFlight);
  calls_.Send(ends.server, "x", 0);
  poller_->Report(ends.client, kPollReadable);
  EXPECT_THAT(WaitOnce(), ElementsAre("receive: x"));
}

TEST_P(ReadinessBackendPark, IsAnErrorAtOnceIfThePollerRefuses) {
  const Ends ends = Connect();
  Receiving reader(ends.client);
  WaitingReadable on_file(ends.listener);
  poller_->FailChanges(-ENOSPC);
  EXPECT_EQ(Start(reader), "receive: ENOSPC");
  poller_->FailChanges(-EPERM);  // A regular file.
  EXPECT_EQ(Start(on_file), "wait-readable: EPERM");
}

TEST_P(ReadinessBackendPark, CanBeTriedAgainAfterThePollerRefused) {
  const Ends ends = Connect();
  Receiving reader(ends.client);
  poller_->FailChanges(-ENOMEM);
  EXPECT_EQ(Start(reader), "receive: ENOMEM");
  poller_->FailChanges(0);
  poller_->TakeCalls();
  EXPECT_EQ(Start(reader), "in flight");
  EXPECT_THAT(poller_->TakeCalls(),
              ElementsAre(edge() ? "add 4 rw" : "add 4 r"));
}

TEST_P(ReadinessBackendPark, LeavesTheOtherDirectionUnharmedWhenRefused) {
  const Ends ends = Connect();
  Receiving reader(ends.client);
  WaitingWritable writer(ends.client);
  EXPECT_EQ(Start(reader), "in flight");
  poller_->FailChanges(-ENOMEM);
  EXPECT_EQ(Start(writer), "wait-writable: ENOMEM");
  calls_.Send(ends.server, "x", 0);
  poller_->Report(ends.client, kPollReadable);
  EXPECT_THAT(WaitOnce(), ElementsAre("receive: x"));
}

// Which flag wakes whom: the call itself says what is true.
TEST_P(ReadinessBackendPark, WakesTheReaderForAllButWritable) {
  const Ends ends = Connect();
  for (const uint8_t flag : {kPollReadable, kPollPriority, kPollPeerClosedWrite,
                             kPollHangUp, kPollError}) {
    WaitingReadable reader(ends.client);
    EXPECT_EQ(Start(reader), "in flight");
    poller_->Report(ends.client, kPollWritable);
    EXPECT_THAT(WaitOnce(), IsEmpty());
    poller_->Report(ends.client, flag);
    EXPECT_THAT(WaitOnce(), ElementsAre("wait-readable: 0")) << int{flag};
  }
}

TEST_P(ReadinessBackendPark, WakesTheWriterForWritableHangUpAndError) {
  const Ends ends = Connect();
  for (const uint8_t flag : {kPollWritable, kPollHangUp, kPollError}) {
    WaitingWritable writer(ends.client);
    EXPECT_EQ(Start(writer), "in flight");
    poller_->Report(ends.client,
                    kPollReadable | kPollPriority | kPollPeerClosedWrite);
    EXPECT_THAT(WaitOnce(), IsEmpty());
    poller_->Report(ends.client, flag);
    EXPECT_THAT(WaitOnce(), ElementsAre("wait-writable: 0")) << int{flag};
  }
}

INSTANTIATE_OVER_TRIGGERS(ReadinessBackendPark);

}  // namespace
}  // namespace cloche

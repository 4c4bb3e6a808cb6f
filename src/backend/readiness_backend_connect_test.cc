// ReadinessBackend and connect(2), the one call that goes on after it has
// returned: when it has succeeded, when it has failed, and when neither.

#include <cerrno>
#include <initializer_list>

#include "cloche/backend/readiness_backend_test.h"
#include "cloche/testing/mock_calls.h"

namespace cloche {
namespace {

using ::testing::_;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Return;

using ReadinessBackendConnect = ReadinessBackendTest;

TEST_P(ReadinessBackendConnect, IsOverWhenThereIsAPeer) {
  NewListener(server_);
  Connecting connector(NewTcp(host_),
                       server_.Address(AddressFamily::kIpv4, 80));
  EXPECT_EQ(Start(connector), "in flight");
  EXPECT_THAT(HandedBack(), ElementsAre("connect: 0"));
  EXPECT_EQ(clock_.Now(), FakeClock::Start() + absl::Milliseconds(2));
}

TEST_P(ReadinessBackendConnect, IsOverThoughThePeerHasFinishedAlready) {
  const int listener = NewListener(host_);
  Connecting connector(NewTcp(host_), Ipv4Loopback(80));
  EXPECT_EQ(Start(connector), "in flight");
  calls_.Close(calls_.Accept4(listener, nullptr));
  EXPECT_THAT(HandedBack(), ElementsAre("connect: 0"));
}

TEST_P(ReadinessBackendConnect, SaysWhyItFailed) {
  Connecting refused(NewTcp(host_), Ipv4Loopback(80));
  EXPECT_EQ(Start(refused), "in flight");
  EXPECT_THAT(HandedBack(), ElementsAre("connect: ECONNREFUSED"));
  Connecting nowhere(NewTcp(host_), Ipv4Address(10, 0, 0, 99, 80));
  EXPECT_EQ(Start(nowhere), "in flight");
  EXPECT_THAT(HandedBack(), ElementsAre("connect: EHOSTUNREACH"));
}

TEST_P(ReadinessBackendConnect, WaitsForAsLongAsTheKernelTries) {
  network_.AddBlackHole(Ipv4Address(10, 9, 9, 9));
  Connecting connector(NewTcp(host_), Ipv4Address(10, 9, 9, 9, 80));
  EXPECT_EQ(Start(connector), "in flight");
  EXPECT_THAT(HandedBack(), ElementsAre("connect: ETIMEDOUT"));
}

TEST_P(ReadinessBackendConnect, FailsIfThePeerResetsBeforeAnybodyLooks) {
  const int listener = NewListener(host_);
  Connecting connector(NewTcp(host_), Ipv4Loopback(80));
  EXPECT_EQ(Start(connector), "in flight");
  Reset(calls_.Accept4(listener, nullptr));
  EXPECT_THAT(HandedBack(), ElementsAre("connect: ECONNRESET"));
}

TEST_P(ReadinessBackendConnect, FailsAtOnceWithWhatTheCallSays) {
  host_.FailCall(CallKind::kConnect, ENETUNREACH);
  Connecting connector(NewTcp(host_), Ipv4Loopback(80));
  EXPECT_EQ(Start(connector), "connect: ENETUNREACH");
}

TEST_P(ReadinessBackendConnect, FailsIfItsOutcomeCannotBeAsked) {
  NewListener(host_);
  for (const CallKind call : {CallKind::kGetSockOpt, CallKind::kGetPeerName}) {
    const bool option = call == CallKind::kGetSockOpt;
    Connecting connector(NewTcp(host_), Ipv4Loopback(80));
    EXPECT_EQ(Start(connector), "in flight");
    host_.FailCall(call, option ? ENOPROTOOPT : ENOBUFS);
    EXPECT_THAT(HandedBack(), ElementsAre(option ? "connect: ENOPROTOOPT"
                                                 : "connect: ENOBUFS"));
  }
}

TEST_P(ReadinessBackendConnect, CancelledLeavesItsDescriptorToBeClosed) {
  network_.AddBlackHole(Ipv4Address(10, 9, 9, 9));
  Connecting connector(NewTcp(host_), Ipv4Address(10, 9, 9, 9, 80));
  EXPECT_EQ(Start(connector), "in flight");
  backend_->Cancel(connector);
  EXPECT_THAT(WaitOnce(), ElementsAre("connect: ECANCELED"));
  EXPECT_TRUE(IsOpen(connector.fd));
  backend_->Close(connector.fd);
  EXPECT_FALSE(IsOpen(connector.fd));
}

TEST_P(ReadinessBackendConnect, MakesWayForAWriter) {
  NewListener(host_);
  const int fd = NewTcp(host_);
  Connecting connector(fd, Ipv4Loopback(80));
  Sending too_early(fd);
  EXPECT_EQ(Start(connector), "in flight");
  EXPECT_EQ(Start(too_early), "send: EBUSY");
  EXPECT_THAT(HandedBack(), ElementsAre("connect: 0"));
  Sending writer(fd);
  EXPECT_EQ(Start(writer), "send: 1");
}

INSTANTIATE_ON_FAKE_BACKENDS(ReadinessBackendConnect);

// --- A poller that errs -----------------------------------------------------

using ReadinessBackendConnectAlarm = ScriptedReadinessTest;

TEST_P(ReadinessBackendConnectAlarm, ThatIsFalseIsNotTakenForSuccess) {
  NewListener(server_);
  const int fd = NewTcp(host_);
  Connecting connector(fd, server_.Address(AddressFamily::kIpv4, 80));
  EXPECT_EQ(Start(connector), "in flight");
  poller_->Report(fd, kPollWritable);
  EXPECT_THAT(WaitOnce(), IsEmpty());
  EXPECT_EQ(connector.state, OperationState::kInFlight);
  PassTime(absl::Seconds(1));
  poller_->Report(fd, kPollWritable);
  EXPECT_THAT(WaitOnce(), ElementsAre("connect: 0"));
}

TEST_P(ReadinessBackendConnectAlarm, ThatIsFalseDoesNotHideALaterFailure) {
  const int fd = NewTcp(host_);
  Connecting connector(fd, server_.Address(AddressFamily::kIpv4, 80));
  EXPECT_EQ(Start(connector), "in flight");
  poller_->Report(fd, kPollWritable);
  EXPECT_THAT(WaitOnce(), IsEmpty());
  PassTime(absl::Seconds(1));
  poller_->Report(fd, kPollError | kPollHangUp);
  EXPECT_THAT(WaitOnce(), ElementsAre("connect: ECONNREFUSED"));
}

INSTANTIATE_OVER_TRIGGERS(ReadinessBackendConnectAlarm);

// --- What connect(2) may say at once ----------------------------------------

// What comes of a connect whose calls say this, one after the other.
std::string OutcomeOf(std::initializer_list<int> results) {
  ::testing::StrictMock<MockSocketCalls> calls;
  ::testing::InSequence in_this_order;
  for (const int result : results) {
    EXPECT_CALL(calls, Connect(7, _)).WillOnce(Return(result));
  }
  ReadinessBackend backend(calls,
                           std::make_unique<ScriptedPoller>(Trigger::kEdge));
  Connecting connector(7, Ipv4Loopback(80));
  return backend.Start(connector) ? connector.Text() : "in flight";
}

TEST(ReadinessBackendConnectCall, SaysZeroIfItNeedNotWait) {
  EXPECT_EQ(OutcomeOf({0}), "connect: 0");
}

// A UNIX socket's, when the backlog is full: it would never become writable.
TEST(ReadinessBackendConnectCall, SaysEagainAndThatIsTheResult) {
  EXPECT_EQ(OutcomeOf({-EAGAIN}), "connect: EAGAIN");
}

TEST(ReadinessBackendConnectCall, InterruptedGoesOnInTheBackground) {
  EXPECT_EQ(OutcomeOf({-EINTR, -EALREADY}), "in flight");
  EXPECT_EQ(OutcomeOf({-EINTR, -EINPROGRESS}), "in flight");
}

TEST(ReadinessBackendConnectCall, InterruptedMayHaveSucceededMeanwhile) {
  EXPECT_EQ(OutcomeOf({-EINTR, -EISCONN}), "connect: 0");
  EXPECT_EQ(OutcomeOf({-EINTR, 0}), "connect: 0");
}

TEST(ReadinessBackendConnectCall, InterruptedMayHaveFailedMeanwhile) {
  EXPECT_EQ(OutcomeOf({-EINTR, -ECONNREFUSED}), "connect: ECONNREFUSED");
}

TEST(ReadinessBackendConnectCall, InterruptedTwiceIsAskedAThirdTime) {
  EXPECT_EQ(OutcomeOf({-EINTR, -EINTR, -EALREADY}), "in flight");
}

// Nobody interrupted this one: it was called for a socket that is in use.
TEST(ReadinessBackendConnectCall, UnderWayOrConnectedBeforeIsAnError) {
  EXPECT_EQ(OutcomeOf({-EALREADY}), "connect: EALREADY");
  EXPECT_EQ(OutcomeOf({-EISCONN}), "connect: EISCONN");
}

}  // namespace
}  // namespace cloche

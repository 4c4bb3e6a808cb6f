// TcpStream::Connect: what it gives, and the ways in which it fails.

#include <cerrno>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/net/tcp_stream_test.h"
#include "cloche/tasks/timeout.h"

namespace cloche {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;

// SYN there, SYN+ACK back.
constexpr absl::Duration kRoundTrip = absl::Milliseconds(2);

class TcpConnect : public TcpStreamTest {
 protected:
  absl::StatusOr<TcpStream> ConnectTo(Endpoint where) {
    return world_.Run(client_, TcpStream::Connect(where));
  }
  absl::StatusOr<TcpStream> ConnectWithin(absl::Duration time) {
    return world_.Run(client_, WithTimeout(time, TcpStream::Connect(where_)));
  }
  TaskHandle<TcpStream> Connects() {
    return Start(client_.loop(), TcpStream::Connect, where_, TcpOptions());
  }
  TcpListener Listens() {
    return world_.Run(server_, TcpListener::Listen(where_)).value();
  }
  // From now on the server's address is that of a firewall that drops.
  void LoseTheServer() { world_.network().AddBlackHole(where_.address()); }

  void ExpectNoSocketIsLeft() {
    EXPECT_THAT(client_.kernel().OpenDescriptors(),
                Not(Contains(HasSubstr("TCP"))));
  }
};

// --- Success ----------------------------------------------------------------

TEST_P(TcpConnect, GivesAStreamThatGoesBothWays) {
  Connect();
  ASSERT_THAT(NearWrites("there"), IsOk());
  ASSERT_THAT(FarWrites("and back"), IsOk());
  EXPECT_THAT(FarReads(), IsOkAndHolds("there"));
  EXPECT_THAT(NearReads(), IsOkAndHolds("and back"));
}

TEST_P(TcpConnect, TakesOneRoundTripAndNoAnswerFromTheProgramThere) {
  const TcpListener listener = Listens();  // Nobody accepts.
  const absl::Duration before = world_.elapsed();
  EXPECT_THAT(ConnectTo(where_), IsOk());
  EXPECT_EQ(world_.elapsed() - before, kRoundTrip);
}

TEST_P(TcpConnect, KnowsBothEnds) {
  Connect();
  EXPECT_EQ(near_->peer(), where_);
  EXPECT_EQ(near_->LocalEndpoint().value(), far_->peer());
  EXPECT_EQ(far_->peer().WithPort(0), client_.EndpointAt(0));
}

TEST_P(TcpConnect, ReachesTheOwnHostByLoopback) {
  const TcpListener listener =
      world_.Run(client_, TcpListener::Listen(Endpoint::Loopback(80))).value();
  EXPECT_THAT(ConnectTo(Endpoint::Loopback(80)), IsOk());
}

TEST_P(TcpConnect, SpeaksIpv6Too) {
  const Endpoint where(server_.kernel().Address(AddressFamily::kIpv6, 7000));
  const TcpListener listener =
      world_.Run(server_, TcpListener::Listen(where)).value();
  const TcpStream stream = ConnectTo(where).value();
  EXPECT_EQ(stream.LocalEndpoint().value().WithPort(0).ToString(),
            "[fd00::2]:0");
}

// --- Failure ----------------------------------------------------------------

TEST_P(TcpConnect, ToAPortWithoutAListenerIsRefused) {
  const absl::Status status = ConnectTo(where_).status();
  EXPECT_THAT(status, StatusIs(kUnavailable,
                               "connect 10.0.0.1:7000: ECONNREFUSED: nothing "
                               "listens there; is the server running"));
  EXPECT_EQ(ErrnoOf(status), ECONNREFUSED);
  EXPECT_EQ(world_.elapsed(), kRoundTrip);
  ExpectNoSocketIsLeft();
}

TEST_P(TcpConnect, ToAnAddressOfNobodySaysThatThereIsNoWay) {
  const Endpoint nobody = Endpoint::Parse("10.0.0.99:80").value();
  EXPECT_THAT(ConnectTo(nobody),
              StatusIs(kUnavailable, "connect 10.0.0.99:80: EHOSTUNREACH"));
  ExpectNoSocketIsLeft();
}

TEST_P(TcpConnect, WithoutARouteFailsAtOnce) {
  client_.kernel().FailCall(CallKind::kConnect, ENETUNREACH);
  EXPECT_THAT(ConnectTo(where_),
              StatusIs(kUnavailable, "connect 10.0.0.1:7000: ENETUNREACH"));
  EXPECT_EQ(world_.elapsed(), absl::ZeroDuration());
  ExpectNoSocketIsLeft();
}

TEST_P(TcpConnect, WithoutADescriptorToHaveSaysWhatForItWas) {
  // Not 0: poll(2) refuses a list that is longer than the limit.
  client_.kernel().SetDescriptorLimit(3);
  EXPECT_THAT(ConnectTo(where_),
              StatusIs(kExhausted, "connect 10.0.0.1:7000: EMFILE"));
}

TEST_P(TcpConnect, WithAnOptionThatFailsAsksNobodyAndClosesTheSocket) {
  client_.kernel().FailCall(CallKind::kSetSockOpt, ENOMEM);
  EXPECT_THAT(ConnectTo(where_), StatusIs(kExhausted, "set TCP_NODELAY to 1"));
  EXPECT_EQ(Calls(CallKind::kConnect), 0u);
  ExpectNoSocketIsLeft();
}

// --- Silence ----------------------------------------------------------------

TEST_P(TcpConnect, ToABlackHoleEndsWhenTheSystemGivesUp) {
  LoseTheServer();
  EXPECT_THAT(ConnectTo(where_),
              StatusIs(kUnavailable, "connect 10.0.0.1:7000: ETIMEDOUT"));
  EXPECT_EQ(world_.elapsed(), absl::Seconds(131));  // As Linux does it.
  ExpectNoSocketIsLeft();
}

TEST_P(TcpConnect, ToABlackHoleIsCutShortByATimeoutOfOnesOwn) {
  LoseTheServer();
  const absl::Status status = ConnectWithin(absl::Seconds(5)).status();
  EXPECT_THAT(status, StatusIs(kLate, "not done within 5s"));
  EXPECT_THAT(TracebackOf(CauseOf(status)),
              Contains(HasSubstr("TcpStream::Connect")));
  EXPECT_EQ(world_.elapsed(), absl::Seconds(5));
  ExpectNoSocketIsLeft();
}

TEST_P(TcpConnect, IsDescribedInATaskDump) {
  LoseTheServer();
  auto connect = Connects();
  world_.Pass(kWhile);
  EXPECT_THAT(DumpTasks(client_.loop()),
              HasSubstr("waits until the peer answers: connect 10.0.0.1:7000"));
}

TEST_P(TcpConnect, LeavesNothingBehindWhenTheLoopEnds) {
  LoseTheServer();
  auto connect = Connects();
  world_.Pass(kWhile);
  client_.Kill();
  ExpectNoSocketIsLeft();
}

// --- Cancelled --------------------------------------------------------------

TEST_P(TcpConnect, CancelledOnItsWayClosesTheSocketOnBothSides) {
  TcpListener listener = Listens();
  auto accept = Start(server_.loop(), [&]() -> Task<TcpStream> {
    co_return co_await listener.Accept();
  });
  EXPECT_THAT(ConnectWithin(kRoundTrip / 2), StatusIs(kLate));
  ExpectNoSocketIsLeft();
  world_.Pass(kWhile);
  EXPECT_FALSE(accept.ended());
  EXPECT_THAT(server_.kernel().OpenDescriptors(),
              Each(AnyOf(HasSubstr("listening"), Not(HasSubstr("TCP")))));
}

TEST_P(TcpConnect, CancelledAtTheMomentThatThePeerAnswersDeliversTheStream) {
  const TcpListener listener = Listens();
  const absl::Duration before = world_.elapsed();
  EXPECT_THAT(ConnectWithin(kRoundTrip), IsOk());
  EXPECT_EQ(world_.elapsed() - before, kRoundTrip);
}

TEST_P(TcpConnect, CancelledBeforeItBeginsAsksNobody) {
  EXPECT_THAT(ConnectWithin(absl::ZeroDuration()), StatusIs(kLate));
  EXPECT_EQ(Calls(CallKind::kConnect), 0u);
  ExpectNoSocketIsLeft();
}

INSTANTIATE_ON_FAKE_BACKENDS(TcpConnect);

}  // namespace
}  // namespace cloche

// TcpListener: where it may listen, what Accept gives, and how both end.

#include "cloche/net/tcp_listener.h"

#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cloche/net/tcp_stream_test.h"
#include "cloche/tasks/timeout.h"

namespace cloche {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr absl::StatusCode kTaken = absl::StatusCode::kAlreadyExists;
constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

// SYN, SYN+ACK and ACK, a millisecond each: then it is in the backlog.
constexpr absl::Duration kHandshake = absl::Milliseconds(3);

class TcpListenerTest : public TcpStreamTest {
 protected:
  absl::StatusOr<TcpListener> ListenAt(Endpoint where,
                                       TcpListenOptions options = {}) {
    return world_.Run(server_, TcpListener::Listen(where, options));
  }
  // Fills in listener_, at where_.
  void Listen(TcpListenOptions options = {}) {
    listener_ = ListenAt(where_, options).value();
  }

  absl::StatusOr<TcpStream> ConnectTo(Endpoint where) {
    return world_.Run(client_, TcpStream::Connect(where));
  }
  TaskHandle<TcpStream> Connects() {
    return Start(client_.loop(), TcpStream::Connect, where_, TcpOptions());
  }

  // The whole of it, or a task that may have to wait.
  absl::StatusOr<TcpStream> Accept() {
    return world_.Run(server_, listener_->Accept());
  }
  TaskHandle<TcpStream> Accepts() {
    return Start(server_.loop(), [this]() -> Task<TcpStream> {
      co_return co_await listener_->Accept();
    });
  }

  std::vector<std::string> ServersDescriptors() {
    return server_.kernel().OpenDescriptors();
  }

  std::optional<TcpListener> listener_;
};

using TcpListenerListen = TcpListenerTest;
using TcpListenerAccept = TcpListenerTest;
using TcpListenerClose = TcpListenerTest;
using TcpListenerMove = TcpListenerTest;

// --- Listen -----------------------------------------------------------------

TEST_P(TcpListenerListen, OnPortZeroLetsTheSystemChooseAPort) {
  const TcpListener listener = ListenAt(server_.EndpointAt(0)).value();
  EXPECT_NE(listener.local_endpoint().port(), 0);
  EXPECT_THAT(ConnectTo(listener.local_endpoint()), IsOk());
}

TEST_P(TcpListenerListen, OnAPortThatIsTakenNamesItAndSaysWhatToDo) {
  Listen();
  EXPECT_THAT(ListenAt(where_),
              StatusIs(kTaken,
                       "bind to 10.0.0.1:7000: EADDRINUSE: another socket has "
                       "this address; stop it or choose another port"));
}

TEST_P(TcpListenerListen, OnAnAddressOfAnotherMachineIsRefused) {
  EXPECT_THAT(ListenAt(client_.EndpointAt(7000)),
              StatusIs(kInvalid, "bind to 10.0.0.2:7000: EADDRNOTAVAIL"));
}

TEST_P(TcpListenerListen, WithReusePortLetsOthersWithItShareThePort) {
  const TcpListenOptions sharing{.reuse_port = true};
  Listen(sharing);
  EXPECT_THAT(ListenAt(where_, sharing), IsOk());
  EXPECT_THAT(ListenAt(where_), StatusIs(kTaken));
}

TEST_P(TcpListenerListen, AgainIsPossibleWhileOldConnectionsLinger) {
  Connect();
  far_->Close();  // Who closes first keeps the port in TIME_WAIT.
  near_->Close();
  world_.Pass(kWhile);
  EXPECT_THAT(ListenAt(where_), IsOk());
}

TEST_P(TcpListenerListen, AgainMustWaitForOldConnectionsWithoutReuseAddress) {
  const TcpListenOptions plain{.reuse_address = false};
  Connect({}, plain);
  far_->Close();
  near_->Close();
  world_.Pass(kWhile);
  EXPECT_THAT(ListenAt(where_, plain), StatusIs(kTaken));
  world_.Pass(absl::Seconds(60));
  EXPECT_THAT(ListenAt(where_, plain), IsOk());
}

TEST_P(TcpListenerListen, OnIpv6TakesIpv4TooSoThatNobodyElseCan) {
  const TcpListener both = ListenAt(Endpoint::AnyIpv6(7000)).value();
  EXPECT_THAT(ListenAt(Endpoint::Any(7000)), StatusIs(kTaken));
  EXPECT_THAT(ConnectTo(where_), IsOk());
}

TEST_P(TcpListenerListen, OnIpv6OnlyLeavesIpv4ToOthers) {
  const TcpListener six =
      ListenAt(Endpoint::AnyIpv6(7000), {.ipv6_only = true}).value();
  EXPECT_THAT(ConnectTo(where_), StatusIs(kUnavailable, "ECONNREFUSED"));
  EXPECT_THAT(ListenAt(Endpoint::Any(7000)), IsOk());
}

TEST_P(TcpListenerListen, WithoutADescriptorToHaveSaysWhatForItWas) {
  server_.kernel().FailCall(CallKind::kSocket, EMFILE);
  EXPECT_THAT(ListenAt(where_),
              StatusIs(kExhausted, "listen on 10.0.0.1:7000: EMFILE"));
}

TEST_P(TcpListenerListen, ThatFailsHalfwayClosesTheSocket) {
  const std::pair<CallKind, int> failures[] = {
      {CallKind::kSetSockOpt, ENOMEM},
      {CallKind::kBind, EACCES},
      {CallKind::kListen, EADDRINUSE},
      {CallKind::kGetSockName, ENOBUFS},
  };
  for (const auto& [call, error] : failures) {
    server_.kernel().FailCall(call, error);
    const absl::Status status = ListenAt(where_).status();
    EXPECT_EQ(ErrnoOf(status), error) << FormatError(status);
    EXPECT_THAT(ServersDescriptors(), Not(Contains(HasSubstr("TCP"))));
  }
}

// --- Accept -----------------------------------------------------------------

TEST_P(TcpListenerAccept, WaitsForAConnectionAndSaysWhoItIs) {
  Listen();
  auto accept = Accepts();
  world_.Pass(absl::Hours(1));
  EXPECT_FALSE(accept.ended());
  const TcpStream near = ConnectTo(where_).value();
  const TcpStream far = world_.Run(server_, accept.Join()).value();
  EXPECT_EQ(far.peer(), near.LocalEndpoint().value());
  EXPECT_EQ(far.LocalEndpoint().value(), where_);
}

TEST_P(TcpListenerAccept, IsDescribedInATaskDump) {
  Listen();
  Accepts();
  world_.Pass(kWhile);
  EXPECT_THAT(DumpTasks(server_.loop()),
              HasSubstr("accepts on 10.0.0.1:7000, until a peer connects"));
}

TEST_P(TcpListenerAccept, GivesConnectionsInTheOrderInWhichTheyCame) {
  Listen();
  std::vector<TcpStream> nears;
  for (int i = 0; i < 3; ++i) nears.push_back(ConnectTo(where_).value());
  for (const TcpStream& near : nears) {
    EXPECT_EQ(Accept().value().peer(), near.LocalEndpoint().value());
  }
}

TEST_P(TcpListenerAccept, GetsAllThatCameAtOnceThoughItWasWokenOnce) {
  Listen();
  auto first = Accepts();
  const TaskHandle<TcpStream> clients[] = {Connects(), Connects(), Connects()};
  world_.Pass(kWhile);
  EXPECT_THAT(world_.Run(server_, first.Join()), IsOk());
  EXPECT_THAT(Accept(), IsOk());
  EXPECT_THAT(Accept(), IsOk());
}

TEST_P(TcpListenerAccept, OnIpv6ShowsAnIpv4PeerAsAMappedAddress) {
  listener_ = ListenAt(Endpoint::AnyIpv6(7000)).value();
  auto near = ConnectTo(where_);
  EXPECT_THAT(Accept().value().peer().ToString(),
              ::testing::StartsWith("[::ffff:10.0.0.2]:"));
}

TEST_P(TcpListenerAccept, GivesAlsoAConnectionThatWasResetWhileItWaited) {
  Listen();
  ConnectTo(where_).value().Abort();
  world_.Pass(kWhile);
  far_ = Accept().value();
  EXPECT_THAT(FarReads(), StatusIs(kUnavailable, "ECONNRESET"));
}

TEST_P(TcpListenerAccept, RefusesASecondAccepterAndLeavesTheFirstUnharmed) {
  Listen();
  auto first = Accepts();
  world_.Pass(kWhile);
  EXPECT_THAT(Accept(), StatusIs(kPrecondition, "another task waits"));
  EXPECT_FALSE(first.ended());
  const TcpStream near = ConnectTo(where_).value();
  EXPECT_THAT(world_.Run(server_, first.Join()), IsOk());
}

TEST_P(TcpListenerAccept, WithoutADescriptorToHaveLeavesThePeerInTheBacklog) {
  Listen();
  // Not 0: poll(2) refuses a list that is longer than the limit.
  server_.kernel().SetDescriptorLimit(3);
  const TcpStream near = ConnectTo(where_).value();
  EXPECT_THAT(Accept(),
              StatusIs(kExhausted, "accept on 10.0.0.1:7000: EMFILE"));
  server_.kernel().SetDescriptorLimit(100);
  EXPECT_EQ(Accept().value().peer(), near.LocalEndpoint().value());
}

TEST_P(TcpListenerAccept, FindsAConnectionThatAFullBacklogKeptWaiting) {
  Listen({.backlog = 1});  // Linux takes one more than it was told.
  const TcpStream near[] = {ConnectTo(where_).value(),
                            ConnectTo(where_).value()};
  auto third = Connects();
  world_.Pass(kWhile);
  EXPECT_FALSE(third.ended());
  EXPECT_THAT(Accept(), IsOk());
  const TcpStream late = world_.Run(client_, third.Join()).value();
  EXPECT_THAT(Accept(), IsOk());
  EXPECT_EQ(Accept().value().peer(), late.LocalEndpoint().value());
}

// --- Cancelled --------------------------------------------------------------

TEST_P(TcpListenerAccept, CancelledBeforeAnybodyCameLeavesAllToTheNextOne) {
  Listen();
  auto accept = Accepts();
  world_.Pass(kWhile);
  accept.Cancel();
  EXPECT_THAT(world_.Run(server_, accept.Join()), StatusIs(kCancelled));
  const TcpStream near = ConnectTo(where_).value();
  EXPECT_EQ(Accept().value().peer(), near.LocalEndpoint().value());
}

TEST_P(TcpListenerAccept, CancelledJustBeforeAPeerComesLeavesItToTheNextOne) {
  world_.network().SetLink({.latency = absl::ZeroDuration()});
  Listen();
  auto accept = Accepts();
  world_.Pass(kWhile);
  accept.Cancel();
  // By hand, so that the peer is there before the cancelled one is handed back.
  SocketCalls& calls = client_.kernel().sockets();
  const int fd = calls.Socket(AddressFamily::kIpv4, SocketType::kStream);
  const TcpStream near(client_.loop(), fd, where_);
  calls.Connect(fd, where_.address());
  EXPECT_THAT(world_.Run(server_, accept.Join()), StatusIs(kCancelled));
  EXPECT_THAT(Accept(), IsOk());
}

TEST_P(TcpListenerAccept, CancelledAtTheMomentThatAPeerComesDeliversIt) {
  Listen();
  auto connect = Connects();
  const absl::Duration before = world_.elapsed();
  EXPECT_THAT(world_.Run(server_, WithTimeout(kHandshake, listener_->Accept())),
              IsOk());
  EXPECT_EQ(world_.elapsed() - before, kHandshake);
}

TEST_P(TcpListenerAccept, CancelledBeforeItBeginsTakesNobodyOut) {
  Listen();
  const TcpStream near = ConnectTo(where_).value();
  EXPECT_THAT(world_.Run(server_, WithTimeout(absl::ZeroDuration(),
                                              listener_->Accept())),
              StatusIs(kLate));
  EXPECT_THAT(Accept(), IsOk());
}

// --- Close ------------------------------------------------------------------

TEST_P(TcpListenerClose, EndsAnAcceptInFlightWithAborted) {
  Listen();
  auto accept = Accepts();
  world_.Pass(kWhile);
  listener_->Close();
  EXPECT_THAT(world_.Run(server_, accept.Join()),
              StatusIs(kAborted, "accept on 10.0.0.1:7000: closed locally"));
  EXPECT_THAT(ServersDescriptors(), Not(Contains(HasSubstr("TCP"))));
}

TEST_P(TcpListenerClose, ByTheDestructorEndsAnAcceptInFlightToo) {
  // On the heap, where AddressSanitizer sees who touches it afterwards.
  auto listener = std::make_unique<TcpListener>(ListenAt(where_).value());
  auto accept = Start(server_.loop(), [&]() -> Task<TcpStream> {
    co_return co_await listener->Accept();
  });
  world_.Pass(kWhile);
  listener.reset();
  EXPECT_THAT(world_.Run(server_, accept.Join()),
              StatusIs(kAborted, "accept on 10.0.0.1:7000: closed locally"));
}

TEST_P(TcpListenerClose, IsTheEndOfAccepting) {
  Listen();
  listener_->Close();
  EXPECT_THAT(Accept(), StatusIs(kAborted, "closed locally"));
}

TEST_P(TcpListenerClose, ClosesOnceHoweverOftenItIsAsked) {
  Listen();
  listener_->Close();
  listener_->Close();
  listener_.reset();
  EXPECT_EQ(server_.kernel().CallCount(CallKind::kClose), 1u);
}

TEST_P(TcpListenerClose, ResetsThoseInTheBacklogAndRefusesTheNext) {
  Listen();
  near_ = ConnectTo(where_).value();
  listener_->Close();
  EXPECT_THAT(NearReads(), StatusIs(kUnavailable, "ECONNRESET"));
  EXPECT_THAT(ConnectTo(where_), StatusIs(kUnavailable, "ECONNREFUSED"));
}

TEST_P(TcpListenerClose, LeavesAcceptedConnectionsAlone) {
  Listen();
  near_ = ConnectTo(where_).value();
  far_ = Accept().value();
  listener_->Close();
  ASSERT_THAT(NearWrites("still here"), IsOk());
  EXPECT_THAT(FarReads(), IsOkAndHolds("still here"));
}

// A task that has had its turn waits for the next one with a connection that
// nobody has seen yet.
TEST_P(TcpListenerClose, ByTheEndOfTheLoopClosesAConnectionInHand) {
  if (GetParam() == BackendKind::kIoUring) {
    GTEST_SKIP() << "a ring takes one connection a turn: none is in hand";
  }
  Listen();
  std::vector<TaskHandle<TcpStream>> clients;
  for (int i = 0; i < kTurnBudget; ++i) clients.push_back(Connects());
  world_.Pass(kWhile);
  std::vector<TcpStream> seen;
  Start(server_.loop(), [&]() -> Task<> {
    while (true) seen.push_back(co_await Try(listener_->Accept()));
  });
  ASSERT_THAT(world_.DriveUntil([&] { return !seen.empty(); }), IsOk());
  ASSERT_EQ(seen.size(), kTurnBudget - 1u);
  ASSERT_THAT(ServersDescriptors(),
              Contains(HasSubstr("established")).Times(kTurnBudget));
  seen.clear();
  listener_.reset();
  server_.Kill();
  EXPECT_THAT(ServersDescriptors(), IsEmpty());
}

// --- Moving -----------------------------------------------------------------

TEST_P(TcpListenerMove, TakesThePortAlongAndLeavesAClosedListener) {
  Listen();
  const TcpStream near = ConnectTo(where_).value();
  TcpListener moved = *std::move(listener_);
  EXPECT_THAT(Accept(), StatusIs(kAborted));
  EXPECT_EQ(moved.local_endpoint(), where_);
  EXPECT_THAT(world_.Run(server_, moved.Accept()), IsOk());
}

TEST_P(TcpListenerMove, IntoAnotherListenerClosesThatOne) {
  Listen();
  TcpListener other = ListenAt(server_.EndpointAt(8000)).value();
  other = *std::move(listener_);
  EXPECT_EQ(other.local_endpoint(), where_);
  EXPECT_THAT(ConnectTo(server_.EndpointAt(8000)), StatusIs(kUnavailable));
  EXPECT_THAT(ConnectTo(where_), IsOk());
}

TEST_P(TcpListenerMove, LetsAnAcceptInFlightGoOn) {
  Listen();
  auto accept = Accepts();
  world_.Pass(kWhile);
  const TcpListener moved = *std::move(listener_);
  listener_.reset();
  const TcpStream near = ConnectTo(where_).value();
  EXPECT_THAT(world_.Run(server_, accept.Join()), IsOk());
}

INSTANTIATE_ON_FAKE_BACKENDS(TcpListenerListen);
INSTANTIATE_ON_FAKE_BACKENDS(TcpListenerAccept);
INSTANTIATE_ON_FAKE_BACKENDS(TcpListenerClose);
INSTANTIATE_ON_FAKE_BACKENDS(TcpListenerMove);

}  // namespace
}  // namespace cloche

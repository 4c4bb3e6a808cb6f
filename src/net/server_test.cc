// Serve: many connections at once, what a handler's failure does, and what
// becomes of an accept that fails.

#include "cloche/net/server.h"

#include <cerrno>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/fakes/errno_table.h"
#include "cloche/net/server_test.h"
#include "cloche/tasks/cleanup.h"
#include "cloche/tasks/sleep.h"

namespace cloche {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using Server = ServerTest;
using ServerHandlers = ServerTest;
using ServerExhausted = ServerTest;

// --- Serving ----------------------------------------------------------------

TEST_P(Server, ServesSeveralConnectionsAtTheSameTime) {
  Serves(Obey);
  TcpStream first = Connects();
  TcpStream second = Connects();
  EXPECT_THAT(Says(second, "one"), IsOkAndHolds("one"));
  EXPECT_THAT(Says(first, "two"), IsOkAndHolds("two"));
  EXPECT_THAT(Says(second, "three"), IsOkAndHolds("three"));
}

TEST_P(Server, ClosesTheConnectionWhenItsHandlerReturns) {
  Serves(Obey);
  TcpStream stream = Connects();
  ASSERT_THAT(Says(stream, "hello"), IsOkAndHolds("hello"));
  ASSERT_THAT(world_.Run(client_, stream.ShutdownWrite()), IsOk());
  EXPECT_THAT(Hears(stream), IsOkAndHolds(""));
  world_.Pass(kWhile);
  EXPECT_THAT(server_.kernel().OpenDescriptors(),
              Not(Contains(HasSubstr("10.0.0.2"))));
}

TEST_P(Server, GoesOnAfterAnErrorThatConcernsOneConnectionOnly) {
  Serves(Obey);
  std::vector<int> errors = {EPERM};  // A firewall's rule about that peer.
  for (const ErrnoFacts& facts : ErrnosOf(CallKind::kAccept4)) {
    if (facts.errno_class != ErrnoClass::kTransient) continue;
    if (facts.error != EINTR && facts.error != EAGAIN) {
      errors.push_back(facts.error);
    }
  }
  for (const int error : errors) {
    errors_.clear();
    server_.kernel().FailCall(CallKind::kAccept4, error);
    EXPECT_THAT(Visits("next"), IsOkAndHolds("next"));
    ASSERT_EQ(errors_.size(), 1u);
    EXPECT_EQ(ErrnoOf(errors_[0]), error);
  }
}

TEST_P(Server, PausesWhenSuchErrorsDoNotEndAndDoesNotSpin) {
  Serves(Obey);
  world_.Pass(kWhile);
  const uint64_t before = Accepts();
  server_.kernel().FailCall(CallKind::kAccept4, EPERM, /*nth_from_now=*/1,
                            /*persistent=*/true);
  auto visit = BeginsAVisit("patient");
  world_.Pass(absl::Seconds(1));
  EXPECT_LE(Accepts() - before, 10u * 16);  // 16 attempts, a pause, and so on.
  server_.kernel().ClearFaults();
  EXPECT_THAT(EndOf(visit), IsOkAndHolds("patient"));
}

int ListeningDescriptor(TestHost& host) {
  int fd = -1;
  for (const std::string& line : host.kernel().OpenDescriptors()) {
    if (absl::StrContains(line, "listening")) {
      std::sscanf(line.c_str(), "fd %d", &fd);
    }
  }
  return fd;
}

TEST_P(Server, EndsWithTheErrorOfABrokenListenerAndCancelsWhatRuns) {
  if (GetParam() == BackendKind::kKqueue) {
    GTEST_SKIP() << "a kqueue says nothing of it (docs/readiness.md)";
  }
  Serves(Obey);
  TcpStream stream = Connects();
  ASSERT_THAT(Says(stream, "hello"), IsOk());
  // As if somebody else had it too: accept says EINVAL from now on.
  server_.kernel().sockets().Shutdown(ListeningDescriptor(server_),
                                      ShutdownHow::kRead);
  EXPECT_THAT(EndOfServing(), StatusIs(absl::StatusCode::kInvalidArgument,
                                       "accept on 10.0.0.1:7000: EINVAL"));
  EXPECT_THAT(Hears(stream), IsOkAndHolds(""));
}

TEST_P(Server, EndsWithAbortedWhenSomebodyElseClosesTheListener) {
  Serves(Obey);
  world_.Pass(kWhile);
  listener_->Close();
  EXPECT_THAT(EndOfServing(), StatusIs(kAborted, "closed locally"));
}

TEST_P(Server, LeavesNothingBehindWhenTheLoopEndsInTheMiddle) {
  Serves(Obey);
  TcpStream first = Connects();
  TcpStream second = Connects();
  ASSERT_THAT(Says(first, "hello"), IsOk());
  auto visit = BeginsAVisit("cut short");
  listener_.reset();
  server_.Kill();
  EXPECT_THAT(server_.kernel().OpenDescriptors(), IsEmpty());
  EXPECT_THAT(Hears(first), IsOkAndHolds(""));
}

// --- What handlers do -------------------------------------------------------

TEST_P(ServerHandlers, ThatFailEndTheirOwnConnectionAndNoOther) {
  Serves(Obey);
  TcpStream good = Connects();
  EXPECT_THAT(Visits("fail"), IsOkAndHolds(""));
  EXPECT_THAT(Says(good, "still here"), IsOkAndHolds("still here"));
  EXPECT_THAT(Visits("next"), IsOkAndHolds("next"));
  EXPECT_THAT(errors_, ElementsAre(StatusIs(absl::StatusCode::kDataLoss,
                                            "failed as told")));
}

TEST_P(ServerHandlers, ThatThrowEndTheirOwnConnectionAndNoOther) {
  Serves(Obey);
  TcpStream good = Connects();
  EXPECT_THAT(Visits("throw"), IsOkAndHolds(""));
  EXPECT_THAT(Says(good, "still here"), IsOkAndHolds("still here"));
  EXPECT_THAT(errors_, ElementsAre(StatusIs(absl::StatusCode::kInternal,
                                            "thrown as told")));
}

TEST_P(ServerHandlers, ThatThrowBeforeTheyAreTasksEndTheirOwnConnection) {
  Serves([](TcpStream) -> Task<> { throw std::runtime_error("no task"); });
  EXPECT_THAT(Visits("hello"), StatusIs(kUnavailable));
  EXPECT_THAT(Visits("hello again"), StatusIs(kUnavailable));
  EXPECT_THAT(errors_,
              ElementsAre(StatusIs(absl::StatusCode::kInternal, "no task"),
                          StatusIs(absl::StatusCode::kInternal, "no task")));
}

TEST_P(ServerHandlers, AreReportedAlsoIfTheyFailWithACancelledOfTheirOwn) {
  Serves(Obey);
  EXPECT_THAT(Visits("cancel"), IsOkAndHolds(""));
  EXPECT_THAT(errors_, ElementsAre(StatusIs(kCancelled, "cancelled by hand")));
}

TEST_P(ServerHandlers, AreReportedForACleanupThatFailsWhenTheyAreCancelled) {
  options_.grace = absl::ZeroDuration();
  Serves([](TcpStream) -> Task<> {
    co_return co_await WithCleanup(
        Sleep(absl::Hours(1)),
        []() -> Task<> { co_return absl::DataLossError("not cleaned up"); },
        absl::Seconds(1));
  });
  const TcpStream stream = Connects();
  world_.Pass(kWhile);
  stop_.Stop();
  EXPECT_THAT(EndOfServing(), IsOk());
  ASSERT_EQ(errors_.size(), 1u);
  EXPECT_THAT(FormatError(errors_[0]), HasSubstr("not cleaned up"));
}

TEST_P(ServerHandlers, MayFailThoughNobodyWantsToBeTold) {
  options_.on_error = nullptr;
  Serves(Obey);
  EXPECT_THAT(Visits("fail"), IsOkAndHolds(""));
  EXPECT_THAT(Visits("next"), IsOkAndHolds("next"));
}

// --- Out of descriptors -----------------------------------------------------

TEST_P(ServerExhausted, TriesAgainAfterAPauseEachTimeAndDoesNotSpin) {
  Serves(Obey);
  world_.Pass(kWhile);
  LimitConnectionsTo(0);
  const uint64_t before = Accepts();
  auto visit = BeginsAVisit("waits");
  world_.Pass(absl::Seconds(1));
  EXPECT_FALSE(visit.ended());
  EXPECT_EQ(Accepts() - before, 10u);  // A pause takes a tenth of a second.
}

TEST_P(ServerExhausted, IsToldOfOnceAndAgainAfterItWasOver) {
  Serves(Obey);
  world_.Pass(kWhile);
  LimitConnectionsTo(0);
  auto visit = BeginsAVisit("waits");
  world_.Pass(absl::Seconds(1));
  EXPECT_THAT(errors_, ElementsAre(StatusIs(kExhausted, "EMFILE")));
  LimitConnectionsTo(10);
  EXPECT_THAT(EndOf(visit), IsOkAndHolds("waits"));
  LimitConnectionsTo(0);
  auto second = BeginsAVisit("waits");
  world_.Pass(absl::Seconds(1));
  EXPECT_THAT(errors_, ElementsAre(StatusIs(kExhausted, "EMFILE"),
                                   StatusIs(kExhausted, "EMFILE")));
}

TEST_P(ServerExhausted, ServesWhoWaitedWhenADescriptorIsFree) {
  Serves(Obey);
  world_.Pass(kWhile);
  LimitConnectionsTo(1);
  TcpStream first = Connects();
  ASSERT_THAT(Says(first, "the only one"), IsOk());
  auto visit = BeginsAVisit("patient");
  world_.Pass(absl::Seconds(1));
  ASSERT_FALSE(visit.ended());
  const absl::Duration before = world_.elapsed();
  first.Close();
  EXPECT_THAT(EndOf(visit), IsOkAndHolds("patient"));
  EXPECT_LE(world_.elapsed() - before, options_.exhausted_pause + kWhile);
}

TEST_P(ServerExhausted, GoesOnServingThoseItHas) {
  Serves(Obey);
  world_.Pass(kWhile);
  LimitConnectionsTo(1);
  TcpStream first = Connects();
  auto visit = BeginsAVisit("waits");
  world_.Pass(absl::Milliseconds(50));  // In the middle of a pause.
  const absl::Duration before = world_.elapsed();
  EXPECT_THAT(Says(first, "hello"), IsOkAndHolds("hello"));
  EXPECT_LT(world_.elapsed() - before, options_.exhausted_pause / 2);
}

TEST_P(ServerExhausted, SurvivesAnHourOfIt) {
  options_.exhausted_pause = absl::Seconds(1);
  Serves(Obey);
  server_.kernel().FailCall(CallKind::kAccept4, ENFILE, /*nth_from_now=*/1,
                            /*persistent=*/true);
  auto visit = BeginsAVisit("patient");
  world_.Pass(absl::Hours(1));
  ASSERT_FALSE(visit.ended());
  ASSERT_FALSE(serving_->ended());
  server_.kernel().ClearFaults();
  EXPECT_THAT(EndOf(visit), IsOkAndHolds("patient"));
}

TEST_P(ServerExhausted, PausesAsLongAsItIsTold) {
  options_.exhausted_pause = absl::Seconds(20);
  Serves(Obey);
  world_.Pass(kWhile);
  LimitConnectionsTo(0);
  const uint64_t before = Accepts();
  auto visit = BeginsAVisit("waits");
  world_.Pass(absl::Seconds(50));
  EXPECT_EQ(Accepts() - before, 3u);
}

INSTANTIATE_ON_FAKE_BACKENDS(Server);
INSTANTIATE_ON_FAKE_BACKENDS(ServerHandlers);
INSTANTIATE_ON_FAKE_BACKENDS(ServerExhausted);

}  // namespace
}  // namespace cloche

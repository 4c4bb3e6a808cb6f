// Serve: how it stops: politely, after the grace period, or at once.

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cloche/net/server_test.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/timeout.h"

namespace cloche {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using ServerStop = ServerTest;
using ServerCancel = ServerTest;

// --- A stop -----------------------------------------------------------------

TEST_P(ServerStop, WithNothingRunningIsOverAtOnce) {
  Serves(Obey);
  world_.Pass(kWhile);
  const absl::Duration before = world_.elapsed();
  stop_.Stop();
  EXPECT_THAT(EndOfServing(), IsOk());
  EXPECT_EQ(world_.elapsed(), before);
}

TEST_P(ServerStop, LetsWhatRunsFinishAndRefusesTheNext) {
  Serves(Obey);
  TcpStream stream = Connects();
  ASSERT_THAT(Says(stream, "before"), IsOkAndHolds("before"));
  stop_.Stop();
  EXPECT_THAT(Visits("too late"), StatusIs(kUnavailable, "ECONNREFUSED"));
  EXPECT_THAT(Says(stream, "after"), IsOkAndHolds("after"));
  EXPECT_FALSE(serving_->ended());
}

TEST_P(ServerStop, IsOverAsSoonAsTheLastConnectionIs) {
  Serves(Obey);
  TcpStream stream = Connects();
  ASSERT_THAT(Says(stream, "hello"), IsOk());
  stop_.Stop();
  world_.Pass(options_.grace / 2);
  const absl::Duration before = world_.elapsed();
  stream.Close();
  EXPECT_THAT(EndOfServing(), IsOk());
  EXPECT_LE(world_.elapsed() - before, kWhile);
}

TEST_P(ServerStop, CancelsWhatIsLeftAfterTheGracePeriodAndThatIsNoError) {
  Serves(Obey);
  TcpStream stream = Connects();
  ASSERT_THAT(Says(stream, "hello"), IsOk());
  const absl::Duration before = world_.elapsed();
  stop_.Stop();
  EXPECT_THAT(EndOfServing(), IsOk());
  EXPECT_EQ(world_.elapsed() - before, options_.grace);
  EXPECT_THAT(Hears(stream), IsOkAndHolds(""));
  EXPECT_THAT(errors_, IsEmpty());
}

TEST_P(ServerStop, WithoutAGracePeriodCancelsAtOnce) {
  options_.grace = absl::ZeroDuration();
  Serves(Obey);
  TcpStream stream = Connects();
  ASSERT_THAT(Says(stream, "hello"), IsOk());
  const absl::Duration before = world_.elapsed();
  stop_.Stop();
  EXPECT_THAT(EndOfServing(), IsOk());
  EXPECT_EQ(world_.elapsed(), before);
}

TEST_P(ServerStop, WithAnEndlessGracePeriodNeverCancels) {
  options_.grace = absl::InfiniteDuration();
  Serves(Obey);
  TcpStream stream = Connects();
  ASSERT_THAT(Says(stream, "hello"), IsOk());
  stop_.Stop();
  world_.Pass(absl::Hours(1000));
  EXPECT_THAT(Says(stream, "still here"), IsOkAndHolds("still here"));
  stream.Close();
  EXPECT_THAT(EndOfServing(), IsOk());
}

TEST_P(ServerStop, WaitsForAHandlerThatShieldsItselfHoweverLongItTakes) {
  Serves([](TcpStream) -> Task<> {
    co_return co_await Shield(Sleep(absl::Hours(1)));
  });
  const TcpStream stream = Connects();
  world_.Pass(kWhile);
  stop_.Stop();
  EXPECT_THAT(EndOfServing(), IsOk());
  EXPECT_GE(world_.elapsed(), absl::Hours(1));
}

TEST_P(ServerStop, BeforeItBeganServesNobody) {
  Listens();
  TcpStream early = Connects();  // In the backlog.
  stop_.Stop();
  Serves(Obey);
  EXPECT_THAT(EndOfServing(), IsOk());
  EXPECT_EQ(Accepts(), 0u);
  EXPECT_THAT(Hears(early), StatusIs(kUnavailable, "ECONNRESET"));
}

TEST_P(ServerStop, DuringAPauseForDescriptorsDoesNotWaitForItsEnd) {
  options_.exhausted_pause = absl::Hours(1);
  Serves(Obey);
  world_.Pass(kWhile);
  LimitConnectionsTo(0);
  auto visit = BeginsAVisit("never");
  world_.Pass(kWhile);
  const absl::Duration before = world_.elapsed();
  stop_.Stop();
  EXPECT_THAT(EndOfServing(), IsOk());
  EXPECT_EQ(world_.elapsed(), before);
  EXPECT_THAT(EndOf(visit), StatusIs(kUnavailable, "ECONNRESET"));
}

TEST_P(ServerStop, MayBeAskedForByAHandler) {
  Serves([this](TcpStream stream) -> Task<> {
    const std::string text = co_await Try(ReadOnce(stream));
    stop_.Stop();
    co_return co_await stream.Write(text);
  });
  EXPECT_THAT(Visits("stop"), IsOkAndHolds("stop"));
  EXPECT_THAT(EndOfServing(), IsOk());
}

TEST_P(ServerStop, ClosesTheListenerSoThatItsPortIsFree) {
  Serves(Obey);
  stop_.Stop();
  EXPECT_THAT(EndOfServing(), IsOk());
  EXPECT_THAT(server_.kernel().OpenDescriptors(),
              Not(Contains(HasSubstr("listening"))));
  EXPECT_THAT(world_.Run(server_, TcpListener::Listen(where_)), IsOk());
}

Task<> ListenAndServe(Endpoint where, StopSource& stop) {
  TcpListener listener = co_await Try(TcpListener::Listen(where));
  co_return co_await Serve(listener, stop, ServeOptions(), Obey);
}

// What becomes of a visit that begins `stop_after` before the stop.
absl::StatusOr<std::string> VisitAndStop(BackendKind backend,
                                         absl::Duration stop_after) {
  StopSource stop;
  TestWorld world(/*seed=*/1, backend);
  TestHost& server = world.AddHost("server");
  TestHost& client = world.AddHost("client");
  const Endpoint where = server.EndpointAt(7000);
  Start(server.loop(), ListenAndServe, where, std::ref(stop));
  world.Pass(absl::Seconds(1));
  world.network().At(world.clock().Now() + stop_after, [&] { stop.Stop(); });
  return world.Run(client, WithTimeout(absl::Hours(1), Visit(where, "hello")));
}

// Refused, in the backlog, just being accepted, accepted: at every half of a
// millisecond of a visit's life, which has five of them.
TEST_P(ServerStop, EitherServesOrResetsWhoeverComesAtThatMoment) {
  int served = 0;
  int turned_away = 0;
  for (int i = 0; i <= 12; ++i) {
    const absl::StatusOr<std::string> answer =
        VisitAndStop(GetParam(), i * absl::Microseconds(500));
    if (answer.ok()) {
      EXPECT_EQ(*answer, "hello");
      ++served;
    } else {
      EXPECT_THAT(answer, StatusIs(kUnavailable));
      ++turned_away;
    }
  }
  EXPECT_GT(served, 0);
  EXPECT_GT(turned_away, 0);
}

// --- Cancelled --------------------------------------------------------------

TEST_P(ServerCancel, EndsConnectionsWithoutGraceAndSaysCancelled) {
  Serves(Obey);
  TcpStream stream = Connects();
  ASSERT_THAT(Says(stream, "hello"), IsOk());
  const absl::Duration before = world_.elapsed();
  serving_->Cancel();
  EXPECT_THAT(EndOfServing(), StatusIs(kCancelled));
  EXPECT_EQ(world_.elapsed(), before);
  EXPECT_THAT(Hears(stream), IsOkAndHolds(""));
  EXPECT_THAT(errors_, IsEmpty());
}

TEST_P(ServerCancel, CutsTheGracePeriodShort) {
  Serves(Obey);
  TcpStream stream = Connects();
  ASSERT_THAT(Says(stream, "hello"), IsOk());
  stop_.Stop();
  world_.Pass(options_.grace / 2);
  const absl::Duration before = world_.elapsed();
  serving_->Cancel();
  EXPECT_THAT(EndOfServing(), StatusIs(kCancelled));
  EXPECT_EQ(world_.elapsed(), before);
}

TEST_P(ServerCancel, DuringAPauseForDescriptorsDoesNotWaitForItsEnd) {
  options_.exhausted_pause = absl::Hours(1);
  Serves(Obey);
  world_.Pass(kWhile);
  LimitConnectionsTo(0);
  auto visit = BeginsAVisit("never");
  world_.Pass(kWhile);
  const absl::Duration before = world_.elapsed();
  serving_->Cancel();
  EXPECT_THAT(EndOfServing(), StatusIs(kCancelled));
  EXPECT_EQ(world_.elapsed(), before);
}

TEST_P(ServerCancel, LeavesTheListenerToItsOwner) {
  Serves(Obey);
  world_.Pass(kWhile);
  serving_->Cancel();
  ASSERT_THAT(EndOfServing(), StatusIs(kCancelled));
  Serves(Obey);
  EXPECT_THAT(Visits("the next server's"), IsOkAndHolds("the next server's"));
}

INSTANTIATE_ON_FAKE_BACKENDS(ServerStop);
INSTANTIATE_ON_FAKE_BACKENDS(ServerCancel);

}  // namespace
}  // namespace cloche

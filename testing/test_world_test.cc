// TestWorld: what it says when the test fails, and when a program does not end
// or leaves something.

#include "cloche/testing/test_world.h"

#include <cerrno>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/backend/backends.h"
#include "cloche/net/tcp_listener.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/child_process.h"
#include "cloche/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest-spi.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class FailingWorld : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    ChildProcess process({"testing/failing_world", "--gtest_filter=*"});
    output = process.ReadToEnd();
    EXPECT_NE(process.ExitCode(), 0);
  }

  static inline std::string output;
};

TEST_F(FailingWorld, PrintsItsSeed) {
  EXPECT_THAT(output, HasSubstr("the world's seed: --cloche_seed=17\n"));
}

TEST_F(FailingWorld, PrintsTheLineThatRunsTheTestAgain) {
  EXPECT_THAT(output, HasSubstr(" --test_filter='AWorld.WhereATestFails' "
                                "--test_env=CLOCHE_SEED=17\n"));
}

TEST_F(FailingWorld, PrintsTheLastSystemCalls) {
  EXPECT_THAT(output, HasSubstr("  lonely  getsockopt(5) = 0\n"
                                "   0.000000  lonely  close(5) = 0\n"));
}

TEST_F(FailingWorld, IsSilentIfNothingFailedInIt) {
  EXPECT_THAT(output, Not(HasSubstr("--cloche_seed=18")));
  EXPECT_THAT(output, Not(HasSubstr("--cloche_seed=19")));
}

// --- What never ends --------------------------------------------------------

constexpr auto kStuck = absl::StatusCode::kFailedPrecondition;

Task<> SpinSoon() {
  co_await Try(Sleep(absl::Milliseconds(3)));
  while (true) co_await Try(Yield());
}

TEST(TestWorld, SaysWhenAndWhereATaskSpins) {
  TestWorld world;
  world.set_most_rounds_at_a_time(1000);
  const absl::Status status = world.Run(world.AddHost("host"), SpinSoon());
  EXPECT_THAT(status, StatusIs(kStuck, "it spins: at 3ms\nhost host\n"));
  EXPECT_THAT(status, StatusIs(kStuck, "test_world_test.cc"));
}

TEST(TestWorld, DoesNotWaitForTimeToPassWhileATaskSpins) {
  TestWorld world;
  world.set_most_rounds_at_a_time(1000);
  Start(world.AddHost("host").loop(), SpinSoon);
  EXPECT_NONFATAL_FAILURE(world.Pass(absl::Seconds(1)), "it spins: at 3ms");
}

Task<> YieldOften(int times) {
  for (int i = 0; i < times; ++i) co_await Try(Yield());
  co_return absl::OkStatus();
}

TEST(TestWorld, TakesNobodyForSpinningWhoEndsInTime) {
  TestWorld world;
  TestHost& host = world.AddHost("host");
  world.set_most_rounds_at_a_time(1000);
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(world.Run(host, YieldOften(900)), IsOk());
  }
}

Task<> WakeEvery(absl::Duration time) {
  while (true) co_await Try(Sleep(time));
}

TEST(TestWorld, HasPatienceForThirtyDays) {
  TestWorld world;
  const absl::Status status =
      world.Run(world.AddHost("host"), WakeEvery(absl::Hours(24)));
  EXPECT_THAT(status,
              StatusIs(kStuck, "still not over after 744h\nhost host\n"));
  EXPECT_THAT(status, StatusIs(kStuck, "test_world_test.cc"));
}

TEST(TestWorld, HasAsMuchPatienceForEachRunAsItIsTold) {
  TestWorld world;
  TestHost& host = world.AddHost("host");
  world.set_patience(absl::Minutes(1));
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(world.Run(host, Sleep(absl::Minutes(1))), IsOk());
  }
  EXPECT_THAT(world.Run(host, WakeEvery(absl::Seconds(1))),
              StatusIs(kStuck, "still not over after 4m1s"));
}

TEST(TestWorld, SaysThatWorkOutsideOfAllLoopsNeverEnds) {
  TestWorld world;
  world.set_most_rounds_at_a_time(1000);
  world.AddOutsideWork([] { return true; });
  EXPECT_THAT(world.Run(world.AddHost("host"), Sleep(absl::Seconds(1))),
              StatusIs(kStuck, "it spins: at 0\nhost host\n"));
}

TEST(TestWorld, SaysThatAScriptBeginsAgainAndAgainAtOneInstant) {
  TestWorld world;
  world.set_most_rounds_at_a_time(1000);
  const std::function<void()> again = [&] {
    world.network().At(world.clock().Now(), again);
  };
  again();
  EXPECT_THAT(world.Run(world.AddHost("host"), Sleep(absl::Seconds(1))),
              StatusIs(kStuck, "it spins: at 0\nhost host\n"));
}

TEST(TestWorld, LetsNoTimePassWhereALoopCannotWait) {
  TestWorld world(/*seed=*/1, BackendKind::kPoll);
  TestHost& host = world.AddHost("host");
  host.kernel().FailCall(CallKind::kPoll, ENOMEM);
  EXPECT_NONFATAL_FAILURE(world.Pass(absl::Seconds(1)), "ENOMEM");
  EXPECT_EQ(world.elapsed(), absl::ZeroDuration());
}

// --- What is left -----------------------------------------------------------

Task<> ListenFor(Endpoint where, absl::Duration time) {
  const TcpListener listener = co_await Try(TcpListener::Listen(where));
  co_return co_await Sleep(time);
}

Task<> AcceptOne(Endpoint where) {
  TcpListener listener = co_await Try(TcpListener::Listen(where));
  co_return (co_await listener.Accept()).status();
}

// What `world` finds left, as one text.
std::string LeftIn(TestWorld& world) {
  ::testing::TestPartResultArray caught;
  {
    const ::testing::ScopedFakeTestPartResultReporter reporter(
        ::testing::ScopedFakeTestPartResultReporter::
            INTERCEPT_ONLY_CURRENT_THREAD,
        &caught);
    world.ExpectNothingIsLeft();
  }
  std::string text;
  for (int i = 0; i < caught.size(); ++i) {
    text += caught.GetTestPartResult(i).message();
  }
  return text;
}

TEST(TestWorld, FindsNothingLeftWhereAllIsOver) {
  TestWorld world;
  TestHost& host = world.AddHost("host");
  EXPECT_THAT(world.Run(host, ListenFor(host.EndpointAt(80), absl::Seconds(1))),
              IsOk());
  EXPECT_EQ(LeftIn(world), "");
}

TEST(TestWorld, FindsEverythingThatIsLeft) {
  TestWorld world;
  TestHost& host = world.AddHost("host");
  Start(host.loop(), ListenFor, host.EndpointAt(80), absl::Hours(1));
  Start(host.loop(), AcceptOne, host.EndpointAt(81));
  EXPECT_THAT(LeftIn(world), AllOf(HasSubstr("descriptors are left on host"),
                                   HasSubstr("tasks are left on host:\n"),
                                   HasSubstr("a timer is left on host"),
                                   HasSubstr("an operation is left on host")));
}

TEST(TestWorld, FindsNoDescriptorsOnAHostThatIsDead) {
  TestWorld world;
  TestHost& host = world.AddHost("host");
  Start(host.loop(), AcceptOne, host.EndpointAt(80));
  world.Pass(absl::Seconds(1));
  world.KillAll();
  EXPECT_EQ(LeftIn(world), "");
}

}  // namespace
}  // namespace cloche

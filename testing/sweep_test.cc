// The sweeps: that they leave a correct program in peace, and that they find
// each kind of mistake that they are there to find.

#include "cloche/testing/sweep.h"

#include <cerrno>
#include <cstdlib>
#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/loop/loop.h"
#include "cloche/net/tcp_listener.h"
#include "cloche/net/tcp_stream.h"
#include "cloche/tasks/current_task.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/timeout.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/stream_tasks.h"
#include "cloche/testing/variables.h"
#include "gmock/gmock.h"
#include "gtest/gtest-spi.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Everything that `work` fails, as one text.
std::string FailuresIn(const std::function<void()>& work) {
  ::testing::TestPartResultArray caught;
  {
    const ::testing::ScopedFakeTestPartResultReporter reporter(
        ::testing::ScopedFakeTestPartResultReporter::
            INTERCEPT_ONLY_CURRENT_THREAD,
        &caught);
    work();
  }
  std::string text;
  for (int i = 0; i < caught.size(); ++i) {
    text += caught.GetTestPartResult(i).message();
  }
  return text;
}
std::string FaultsFindIn(const SweepScenario& scenario) {
  return FailuresIn([&] { SweepFaults(scenario); });
}

// --- A correct program ------------------------------------------------------

Task<> GreetOne(Endpoint where) {
  TcpListener listener = co_await Try(TcpListener::Listen(where, {}));
  TcpStream stream = co_await Try(listener.Accept());
  co_return co_await stream.Write("hello");
}

Task<> Greet(Endpoint where) {
  co_return co_await WithTimeout(absl::Seconds(5), GreetOne(where));
}

Task<> HearOut(Endpoint where, std::string& heard) {
  TcpStream stream = co_await Try(TcpStream::Connect(where));
  heard = co_await Try(ReadToEnd(stream));
  co_return absl::OkStatus();
}

// Whatever goes wrong, it does not wait for ever.
Task<> Hear(Endpoint where, std::string& heard) {
  co_return co_await WithTimeout(absl::Seconds(5), HearOut(where, heard));
}

void Greeting(SweepRun& run) {
  TestHost& server = run.AddHost("server");
  TestHost& client = run.AddHost("client");
  std::string& heard = run.Keep<std::string>();
  run.Main(server, Greet, server.EndpointAt(7000));
  run.Main(client, Hear, server.EndpointAt(7000), std::ref(heard));
  run.AtEnd([&heard] { EXPECT_THAT(heard, AnyOf("", "hello")); });
}

TEST(Sweep, FindsNothingWrongWithACorrectProgram) {
  EXPECT_GT(SweepFaults(Greeting).runs, 100);
  EXPECT_GT(SweepCancellation(Greeting).runs, 20);
  EXPECT_GT(SweepDestruction(Greeting).runs, 20);
  EXPECT_GT(SweepNuisances(Greeting).runs, 5);
  EXPECT_EQ(SweepMixtures(Greeting, 50).runs, 50);
}

TEST(Sweep, MakesTheSameRunsEachTime) {
  EXPECT_EQ(SweepFaults(Greeting).runs, SweepFaults(Greeting).runs);
}

TEST(Sweep, MakesOneRunAloneIfAsked) {
  SetVariable("CLOCHE_FAULT", "server: accept4 #1 EMFILE from then on");
  int runs = 0;
  const SweepScenario scenario = [&runs](SweepRun& run) {
    ++runs;
    Greeting(run);
  };
  SweepFaults(scenario);
  SweepCancellation(scenario);
  EXPECT_EQ(runs, 3);  // Of each the undisturbed one.
  UnsetVariable("CLOCHE_FAULT");
}

// Or the line that a failure prints would never turn green.
TEST(Sweep, CountsTheRunsThatItPassesOver) {
  const int faults = SweepFaults(Greeting).runs;
  SetVariable("CLOCHE_FAULT", "server: accept4 #1 EMFILE from then on");
  EXPECT_EQ(SweepFaults(Greeting).runs, faults);
  EXPECT_EQ(SweepMixtures(Greeting, 50).runs, 50);
  UnsetVariable("CLOCHE_FAULT");
}

// --- What faults find -------------------------------------------------------

SweepScenario OneTask(Task<> (*function)()) {
  return [function](SweepRun& run) { run.Main(run.AddHost("host"), function); };
}

// Two sockets, by hand.
Task<> ForgetTheFirstSocket() {
  SocketCalls& calls = *(co_await CurrentTask()).loop().environment().sockets;
  const int first = calls.Socket(AddressFamily::kIpv4, SocketType::kStream);
  if (first < 0) co_return absl::UnavailableError("no socket");
  const int second = calls.Socket(AddressFamily::kIpv4, SocketType::kStream);
  if (second < 0) co_return absl::UnavailableError("no second socket");
  calls.Close(second);
  calls.Close(first);
  co_return absl::OkStatus();
}

TEST(SweepFaults, FindsADescriptorThatIsLeftAndSaysHowToSeeItAgain) {
  EXPECT_THAT(FaultsFindIn(OneTask(ForgetTheFirstSocket)),
              AllOf(HasSubstr("CLOCHE_FAULT='host: socket #2 EACCES once'"),
                    HasSubstr("descriptors are left on host"),
                    HasSubstr("the last that happened:\n"
                              "   0.000000  host    runs 1 of 1\n"
                              "   0.000000  host    socket() = 5\n"
                              "   0.000000  host    socket() = EACCES\n"),
                    Not(HasSubstr("socket #1"))));
}

TEST(SweepFaults, PrintTheLineThatMakesOneRunAgain) {
  EXPECT_THAT(FailuresIn([] {
                SweepFaults(OneTask(ForgetTheFirstSocket), {.seed = 7});
              }),
              HasSubstr(" --test_filter='SweepFaults.PrintTheLineThatMakes"
                        "OneRunAgain' --test_env=CLOCHE_SEED=7 "
                        "--test_env=CLOCHE_FAULT='host: socket #2 EACCES "
                        "once'\n"));
}

// A datagram to nobody, by hand. That it is refused comes as a surprise.
Task<> ForgetTheSocketIfRefused() {
  SocketCalls& calls = *(co_await CurrentTask()).loop().environment().sockets;
  const int fd = calls.Socket(AddressFamily::kIpv4, SocketType::kDatagram);
  if (fd < 0) co_return absl::UnavailableError("no socket");
  SocketAddress nobody;
  nobody.family = AddressFamily::kIpv4;
  nobody.ip = {127, 0, 0, 1};
  calls.Connect(fd, nobody);
  if (calls.Send(fd, "x", 0) == -ECONNREFUSED) co_return absl::OkStatus();
  calls.Close(fd);
  co_return absl::OkStatus();
}

TEST(SweepFaults, TryOnADatagramSocketWhatOnlyThatCanHave) {
  EXPECT_THAT(FaultsFindIn(OneTask(ForgetTheSocketIfRefused)),
              HasSubstr("CLOCHE_FAULT='host: send #1 ECONNREFUSED once'"));
}

Task<> ConnectForEver(Endpoint where) {
  while (true) {
    const auto stream = co_await TcpStream::Connect(where);
    if (stream.ok()) co_return absl::OkStatus();
    co_await Try(Sleep(absl::ZeroDuration()));
  }
}

void ConnectToOneself(SweepRun& run) {
  TestHost& host = run.AddHost("host");
  run.Main(host, Greet, host.EndpointAt(7000));
  run.Main(host, ConnectForEver, host.EndpointAt(7000));
}

TEST(SweepFaults, FindsATaskThatTriesAgainWithoutAPause) {
  EXPECT_THAT(FaultsFindIn(ConnectToOneself), HasSubstr("it spins: at 0"));
}

Task<> TryAgainEveryMinute() {
  while (true) {
    const auto listener =
        co_await TcpListener::Listen(Endpoint::Any(0), TcpListenOptions());
    if (listener.ok()) co_return absl::OkStatus();
    co_await Try(Sleep(absl::Minutes(1)));
  }
}

TEST(SweepFaults, FindsATaskThatNeverGivesUp) {
  EXPECT_THAT(FaultsFindIn(OneTask(TryAgainEveryMinute)),
              AllOf(HasSubstr("from then on"), Not(HasSubstr("once")),
                    HasSubstr("still not over after 11m")));
}

// As Greeting, without timeouts: nobody hears the client if the server fails.
void PatientGreeting(SweepRun& run) {
  TestHost& server = run.AddHost("server");
  TestHost& client = run.AddHost("client");
  std::string& heard = run.Keep<std::string>();
  run.Main(server, GreetOne, server.EndpointAt(7000));
  run.Main(client, HearOut, server.EndpointAt(7000), std::ref(heard));
}

TEST(SweepFaults, FindsAWaitForAPeerThatIsGone) {
  EXPECT_THAT(FaultsFindIn(PatientGreeting), HasSubstr("deadlock"));
}

TEST(SweepFaults, FindsWhatTheScenarioSaysMustHold) {
  const SweepScenario optimist = [](SweepRun& run) {
    TestHost& host = run.AddHost("host");
    std::string& heard = run.Keep<std::string>();
    run.Main(host, Greet, host.EndpointAt(7000));
    run.Main(host, Hear, host.EndpointAt(7000), std::ref(heard));
    run.AtEnd([&heard] { EXPECT_EQ(heard, "hello") << "too good"; });
  };
  EXPECT_THAT(FaultsFindIn(optimist), HasSubstr("too good"));
}

TEST(SweepFaults, SaysThatTheScenarioItselfFails) {
  const SweepScenario hopeless =
      OneTask([]() -> Task<> { co_return absl::InternalError("always"); });
  EXPECT_THAT(FaultsFindIn(hopeless),
              HasSubstr("fails without any disturbance"));
}

TEST(SweepFaults, GivesUpAfterSoManyFailedRuns) {
  SweepReport report;
  FailuresIn([&] {
    report = SweepFaults(OneTask(ForgetTheFirstSocket), {.most_failures = 2});
  });
  EXPECT_EQ(report.failed_runs, 2);
}

// --- What nuisances find -----------------------------------------------------

Task<> HearOnce(Endpoint where) {
  TcpStream stream = co_await Try(TcpStream::Connect(where));
  const std::string heard = co_await Try(ReadOnce(stream));
  if (heard == "hello") co_return absl::OkStatus();
  co_return absl::DataLossError(heard);
}

TEST(SweepNuisances, FindsWhoTakesOneReadForAMessage) {
  const SweepScenario hasty = [](SweepRun& run) {
    TestHost& host = run.AddHost("host");
    run.Main(host, Greet, host.EndpointAt(7000));
    run.Main(host, HearOnce, host.EndpointAt(7000));
  };
  EXPECT_THAT(FailuresIn([&] { SweepNuisances(hasty); }),
              AllOf(HasSubstr("CLOCHE_FAULT='arrivals of 1 byte'"),
                    HasSubstr("DATA_LOSS: h")));
}

// --- What cancellation finds ------------------------------------------------

Task<> IgnoreCancellation() {
  for (int i = 0; i < 3; ++i) {
    while (!(co_await Sleep(absl::Seconds(1))).ok()) {
    }
  }
  co_return absl::OkStatus();
}

TEST(SweepCancellation, FindsATaskThatIgnoresIt) {
  EXPECT_THAT(
      FailuresIn([] { SweepCancellation(OneTask(IgnoreCancellation)); }),
      AllOf(HasSubstr("cancel task 1 on host at moment 1"),
            HasSubstr("ignores")));
}

// A lock by hand, that only who gets to the end gives back.
Task<> HoldWhileAsleep(bool& held) {
  held = true;
  co_await Try(Sleep(absl::Seconds(1)));
  held = false;
  co_return absl::OkStatus();
}

TEST(SweepCancellation, FindsWhatIsNotGivenBack) {
  const SweepScenario scenario = [](SweepRun& run) {
    bool& held = run.Keep<bool>(false);
    run.Main(run.AddHost("host"), HoldWhileAsleep, std::ref(held));
    run.AtEnd([&held] { EXPECT_FALSE(held) << "held"; });
  };
  EXPECT_THAT(FailuresIn([&] { SweepCancellation(scenario); }),
              HasSubstr("held"));
}

// --- What destruction finds -------------------------------------------------

// A socket by hand is closed on no road but the straight one.
Task<> SleepWithASocket() {
  SocketCalls& calls = *(co_await CurrentTask()).loop().environment().sockets;
  const int fd = calls.Socket(AddressFamily::kIpv4, SocketType::kStream);
  if (fd < 0) co_return absl::UnavailableError("no socket");
  (void)co_await Sleep(absl::Seconds(1));
  calls.Close(fd);
  co_return absl::OkStatus();
}

// A count by hand, as of HoldWhileAsleep, is wrong when all die as well.
TEST(SweepDestruction, AsksWhatMustHoldAtTheEndAlsoWhenAllHostsAreDropped) {
  const SweepScenario scenario = [](SweepRun& run) {
    bool& held = run.Keep<bool>(false);
    run.Main(run.AddHost("host"), HoldWhileAsleep, std::ref(held));
    run.AtEnd([&held] { EXPECT_FALSE(held) << "held"; });
  };
  SetVariable("CLOCHE_FAULT", "drop all at moment 3");
  EXPECT_THAT(FailuresIn([&] { SweepDestruction(scenario); }),
              HasSubstr("held"));
  UnsetVariable("CLOCHE_FAULT");
}

TEST(SweepDestruction, FindsWhatNoDestructorReleases) {
  const SweepScenario scenario = OneTask(SleepWithASocket);
  EXPECT_EQ(FaultsFindIn(scenario), "");
  EXPECT_EQ(FailuresIn([&] { SweepCancellation(scenario); }), "");
  EXPECT_THAT(FailuresIn([&] { SweepDestruction(scenario); }),
              AllOf(HasSubstr("kill host at moment"),
                    HasSubstr("descriptors are left on host")));
}

}  // namespace
}  // namespace cloche

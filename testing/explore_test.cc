// Explore: that it tries exactly the orders that there are, and that it finds
// and reduces what goes wrong in some of them.

#include "cloche/testing/explore.h"

#include <cstdlib>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/net/tcp_listener.h"
#include "cloche/net/tcp_stream.h"
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
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// Everything that an exploration fails, as one text.
std::string FailuresIn(const SweepScenario& scenario,
                       const ExploreOptions& options, ExploreReport& report) {
  ::testing::TestPartResultArray caught;
  {
    const ::testing::ScopedFakeTestPartResultReporter reporter(
        ::testing::ScopedFakeTestPartResultReporter::
            INTERCEPT_ONLY_CURRENT_THREAD,
        &caught);
    report = Explore(scenario, options);
  }
  std::string text;
  for (int i = 0; i < caught.size(); ++i) {
    text += caught.GetTestPartResult(i).message();
  }
  return text;
}

Task<> LetOthersRun() { co_return co_await Sleep(absl::ZeroDuration()); }

// --- Which orders there are -------------------------------------------------

Task<> Sign(std::string& list, char name) {
  list += name;
  co_return absl::OkStatus();
}

// Three tasks that are ready at once, and the orders that were seen.
SweepScenario ThreeSign(std::set<std::string>& seen) {
  return [&seen](SweepRun& run) {
    TestHost& host = run.AddHost("host");
    std::string& list = run.Keep<std::string>();
    for (const char name : {'A', 'B', 'C'}) {
      run.Main(host, Sign, std::ref(list), name);
    }
    run.AtEnd([&] { seen.insert(list); });
  };
}

ExploreOptions ExhaustivelyUpTo(size_t deviations) {
  return {.most_deviations = deviations, .shuffles = 0, .pct_runs = 0};
}

TEST(Explore, WithoutDeviationsMakesOneRun) {
  std::set<std::string> seen;
  const auto report = Explore(ThreeSign(seen), ExhaustivelyUpTo(0));
  EXPECT_TRUE(report.complete);
  EXPECT_EQ(report.exhaustive_runs, 1);
  EXPECT_EQ(report.choices, 2u);
  EXPECT_THAT(seen, ElementsAre("ABC"));
}

TEST(Explore, WithOneDeviationTriesEachChoiceAlone) {
  std::set<std::string> seen;
  EXPECT_EQ(Explore(ThreeSign(seen), ExhaustivelyUpTo(1)).exhaustive_runs, 4);
  EXPECT_THAT(seen, ElementsAre("ABC", "ACB", "BAC", "CAB"));
}

TEST(Explore, WithEnoughDeviationsTriesEveryOrderOnce) {
  std::set<std::string> seen;
  const auto report = Explore(ThreeSign(seen), ExhaustivelyUpTo(9));
  EXPECT_TRUE(report.complete);
  EXPECT_EQ(report.exhaustive_runs, 6);
  EXPECT_EQ(seen.size(), 6u);
}

TEST(Explore, SaysThatItIsNotCompleteIfItGivesUp) {
  std::set<std::string> seen;
  ExploreOptions options = ExhaustivelyUpTo(2);
  options.most_runs = 5;
  const auto report = Explore(ThreeSign(seen), options);
  EXPECT_FALSE(report.complete);
  EXPECT_EQ(report.exhaustive_runs, 5);
}

TEST(Explore, MakesAsManyRandomRunsAsItIsAskedFor) {
  std::set<std::string> seen;
  const auto report = Explore(
      ThreeSign(seen), {.most_deviations = 0, .shuffles = 50, .pct_runs = 20});
  EXPECT_EQ(report.shuffles, 50);
  EXPECT_EQ(report.pct_runs, 20);
  EXPECT_EQ(seen.size(), 6u);
}

// What shuffles and PCT runs make of eight tasks, one after the other.
std::string RandomLists(uint64_t seed, int shuffles, int pct_runs) {
  std::string lists;
  const SweepScenario scenario = [&lists](SweepRun& run) {
    TestHost& host = run.AddHost("host");
    for (const char name : {'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'}) {
      run.Main(host, Sign, std::ref(lists), name);
    }
  };
  Explore(scenario, {.run = {.seed = seed},
                     .most_deviations = 0,
                     .shuffles = shuffles,
                     .pct_runs = pct_runs});
  return lists;
}

TEST(Explore, TakesAllChanceFromItsSeed) {
  EXPECT_EQ(RandomLists(7, 5, 5), RandomLists(7, 5, 5));
  EXPECT_NE(RandomLists(7, 5, 0), RandomLists(8, 5, 0));
  EXPECT_NE(RandomLists(7, 0, 5), RandomLists(8, 0, 5));
}

// --- Timers and arrivals ----------------------------------------------------

ExploreOptions TasksOnly() { return {.tasks_only = true}; }

std::string NameOf(const absl::Status& status) {
  return absl::StatusCodeToString(status.code());
}

// A timeout that is over when what it limits is over.
SweepScenario InTimeToTheTick(std::set<std::string>& seen) {
  return [&seen](SweepRun& run) {
    run.Main(run.AddHost("host"), [&seen]() -> Task<> {
      const absl::Duration second = absl::Seconds(1);
      seen.insert(NameOf(co_await WithTimeout(second, Sleep(second))));
      co_return absl::OkStatus();
    });
  };
}

TEST(Explore, TriesTimersOfOneInstantInEveryOrder) {
  std::set<std::string> seen;
  EXPECT_TRUE(Explore(InTimeToTheTick(seen)).complete);
  EXPECT_THAT(seen, ElementsAre("DEADLINE_EXCEEDED", "OK"));
}

TEST(Explore, LeavesTimersAloneIfOnlyTasksAreWanted) {
  std::set<std::string> seen;
  EXPECT_TRUE(Explore(InTimeToTheTick(seen), TasksOnly()).complete);
  EXPECT_EQ(seen.size(), 1u);
}

Task<> SayOneWord(Endpoint where, std::string word) {
  TcpStream stream = co_await Try(TcpStream::Connect(where));
  co_return co_await stream.Write(word);
}

// Two hosts that connect to a third one at the same instant.
SweepScenario TwoCallAtOnce(std::set<std::string>& seen) {
  return [&seen](SweepRun& run) {
    TestHost& server = run.AddHost("server");
    std::string& heard = run.Keep<std::string>();
    run.Main(server, [&server, &heard]() -> Task<> {
      auto listener = co_await Try(TcpListener::Listen(server.EndpointAt(7)));
      for (int i = 0; i < 2; ++i) {
        TcpStream stream = co_await Try(listener.Accept());
        heard += co_await Try(ReadToEnd(stream));
      }
      co_return absl::OkStatus();
    });
    for (const char* name : {"a", "b"}) {
      run.Main(run.AddHost(name), SayOneWord, server.EndpointAt(7), name);
    }
    run.AtEnd([&] { seen.insert(heard); });
  };
}

TEST(Explore, TriesWhatArrivesAtOneInstantInEveryOrder) {
  std::set<std::string> seen;
  EXPECT_TRUE(Explore(TwoCallAtOnce(seen)).complete);
  EXPECT_THAT(seen, ElementsAre("ab", "ba"));
}

TEST(Explore, LeavesArrivalsAloneIfOnlyTasksAreWanted) {
  std::set<std::string> seen;
  EXPECT_TRUE(Explore(TwoCallAtOnce(seen), TasksOnly()).complete);
  EXPECT_THAT(seen, ElementsAre("ab"));
}

// A connection is there after SYN, SYN and ACK: 3 ms. So long does one wait.
TEST(Explore, TriesAnArrivalBeforeAndAfterATimeoutOfTheSameInstant) {
  std::set<std::string> seen;
  const SweepScenario scenario = [&seen](SweepRun& run) {
    TestHost& server = run.AddHost("server");
    run.Main(server, [&server, &seen]() -> Task<> {
      auto listener = co_await Try(TcpListener::Listen(server.EndpointAt(7)));
      auto stream =
          co_await WithTimeout(absl::Milliseconds(3), listener.Accept());
      seen.insert(NameOf(stream.status()));
      co_return absl::OkStatus();
    });
    run.Background(run.AddHost("client"), SayOneWord, server.EndpointAt(7),
                   "hello");
  };
  EXPECT_TRUE(Explore(scenario).complete);
  EXPECT_THAT(seen, ElementsAre("DEADLINE_EXCEEDED", "OK"));
}

// --- What it finds ----------------------------------------------------------

// Reads, lets others run, and writes what it read, and one.
Task<> AddOneTheWrongWay(int& balance) {
  const int seen = balance;
  co_await Try(LetOthersRun());
  balance = seen + 1;
  co_return absl::OkStatus();
}

// Lets others run first, and then does it in one step.
Task<> AddOneLater(int& balance) {
  co_await Try(LetOthersRun());
  ++balance;
  co_return absl::OkStatus();
}

// First come, first served, the first one writes before the second one reads.
void LostUpdate(SweepRun& run) {
  TestHost& host = run.AddHost("host");
  int& balance = run.Keep<int>(0);
  run.Main(host, AddOneTheWrongWay, std::ref(balance));
  run.Main(host, AddOneLater, std::ref(balance));
  run.AtEnd([&balance] { EXPECT_EQ(balance, 2) << "an update was lost"; });
}

TEST(Explore, FindsALostUpdateAndTheLineThatShowsItAgain) {
  ExploreReport report;
  EXPECT_THAT(
      FailuresIn(LostUpdate, {}, report),
      AllOf(HasSubstr("CLOCHE_SCHEDULE='1:1' makes this run again:\n"),
            HasSubstr("--test_filter='Explore.FindsALostUpdateAndTheLineThat"
                      "ShowsItAgain' --test_env=CLOCHE_SEED=1 "
                      "--test_env=CLOCHE_SCHEDULE='1:1'\n"),
            HasSubstr("an update was lost"),
            HasSubstr("the last that happened:\n"
                      "   0.000000  host    runs 2 of 2\n"
                      "   0.000000  host    runs 1 of 1\n")));
  EXPECT_TRUE(report.failed);
  EXPECT_EQ(ScheduleText(report.schedule), "1:1");
}

// Many tasks that sign one after the other. Wrong is only to have the third one
// before the first two, and the fifth one between them and the fourth.
void WrongInOneWay(SweepRun& run) {
  TestHost& host = run.AddHost("host");
  std::string& list = run.Keep<std::string>();
  for (const char name : {'A', 'B', 'C', 'D', 'E', 'F', 'G'}) {
    run.Main(host, Sign, std::ref(list), name);
  }
  run.AtEnd([&list] {
    const auto before = [&](char a, char b) {
      return list.find(a) < list.find(b);
    };
    EXPECT_FALSE(before('C', 'A') && before('A', 'B') && before('B', 'E') &&
                 before('E', 'D'));
  });
}

TEST(Explore, ReducesWhatAShuffleFindsToWhatItTakes) {
  ExploreReport report;
  EXPECT_THAT(FailuresIn(WrongInOneWay,
                         {.most_deviations = 1, .shuffles = 1000}, report),
              HasSubstr("found by a shuffle"));
  EXPECT_EQ(ScheduleText(report.schedule), "1:2 4:1");
}

TEST(Explore, ReducesWhatPctFindsToWhatItTakes) {
  ExploreReport report;
  EXPECT_THAT(
      FailuresIn(WrongInOneWay, {.most_deviations = 1, .shuffles = 0}, report),
      HasSubstr("found by PCT"));
  EXPECT_EQ(ScheduleText(report.schedule), "1:2 4:1");
}

TEST(Explore, SaysWhatFailsInTheUsualOrder) {
  const SweepScenario hopeless = [](SweepRun& run) {
    run.Main(run.AddHost("host"),
             []() -> Task<> { co_return absl::InternalError("always"); });
  };
  ExploreReport report;
  EXPECT_THAT(FailuresIn(hopeless, {}, report),
              AllOf(HasSubstr("CLOCHE_SCHEDULE='' makes this run again"),
                    HasSubstr("always")));
}

TEST(Explore, SaysThatAScenarioDoesNotRepeatItself) {
  std::set<std::string> seen;
  int runs = 0;
  const SweepScenario moody = [&](SweepRun& run) {
    if (++runs == 1) return ThreeSign(seen)(run);
    run.Main(run.AddHost("host"), LetOthersRun);
  };
  ExploreReport report;
  EXPECT_THAT(FailuresIn(moody, {}, report),
              HasSubstr("does not repeat itself: asked for '1:1'"));
}

// --- One run alone ----------------------------------------------------------

class ScheduleInEnvironment {
 public:
  explicit ScheduleInEnvironment(const char* text) {
    SetVariable("CLOCHE_SCHEDULE", text);
  }
  ~ScheduleInEnvironment() { UnsetVariable("CLOCHE_SCHEDULE"); }
};

TEST(Explore, StopsAtTheRunThatIsAskedForIfItGoesWrong) {
  const ScheduleInEnvironment only("1:1");
  ExploreReport report;
  FailuresIn(LostUpdate, {}, report);
  EXPECT_TRUE(report.failed);
  EXPECT_EQ(report.exhaustive_runs, 0);
}

// Or the line that a failure prints would never turn green: complete, and all
// that is counted, is of interest to the test.
TEST(Explore, GoesOnAfterTheRunThatIsAskedForIfItGoesWell) {
  const ScheduleInEnvironment only("1:2 2:1");
  std::vector<std::string> lists;
  const SweepScenario scenario = [&lists](SweepRun& run) {
    TestHost& host = run.AddHost("host");
    std::string& list = run.Keep<std::string>();
    for (const char name : {'A', 'B', 'C'}) {
      run.Main(host, Sign, std::ref(list), name);
    }
    run.AtEnd([&] { lists.push_back(list); });
  };
  const auto report = Explore(scenario, ExhaustivelyUpTo(9));
  EXPECT_TRUE(report.complete);
  EXPECT_EQ(report.exhaustive_runs, 6);
  EXPECT_THAT(lists, ::testing::SizeIs(7));
  EXPECT_EQ(lists.front(), "CBA");
}

TEST(Explore, FailsAgainInTheRunThatItSaid) {
  const ScheduleInEnvironment only("1:1");
  ExploreReport report;
  EXPECT_THAT(FailuresIn(LostUpdate, {}, report),
              AllOf(HasSubstr("an update was lost"), Not(HasSubstr("found"))));
}

TEST(Explore, RefusesAScheduleThatIsNone) {
  const ScheduleInEnvironment only("3-1");
  ExploreReport report;
  EXPECT_THAT(FailuresIn(LostUpdate, {}, report),
              HasSubstr("'3-1' is none; '3:1 17:2' is"));
}

}  // namespace
}  // namespace cloche

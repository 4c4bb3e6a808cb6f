// Runs that crash: what a sweep and an exploration leave on the screen then,
// and that it makes the run again.

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cloche/tasks/task.h"
#include "cloche/testing/explore.h"
#include "cloche/testing/order_names.h"
#include "cloche/testing/sweep.h"
#include "cloche/testing/variables.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::HasSubstr;
using ::testing::IsTrue;
using ::testing::Not;
using ::testing::ResultOf;
using ::testing::StartsWith;

constexpr char kCrash[] = "it crashes\n";

void Crash() {
  std::fputs(kCrash, stderr);
  std::abort();
}

Task<> Sign(std::string& list, char name) {
  list += name;
  co_return absl::OkStatus();
}

void CrashesUnlessAIsFirst(SweepRun& run) {
  TestHost& host = run.AddHost("host");
  std::string& list = run.Keep<std::string>();
  for (const char name : {'A', 'B', 'C'}) {
    run.Main(host, Sign, std::ref(list), name);
  }
  run.AtEnd([&list] {
    if (list[0] != 'A') Crash();
  });
}

class CrashingRunTest : public ::testing::Test {
 protected:
  CrashingRunTest() { SetVariable("CLOCHE_RUN_NAMES", "1"); }
  ~CrashingRunTest() override {
    UnsetVariable("CLOCHE_RUN_NAMES");
    UnsetVariable("CLOCHE_SCHEDULE");
  }
};

TEST_F(CrashingRunTest, OfAnExplorationHasSaidItsScheduleLast) {
  EXPECT_DEATH(
      Explore(CrashesUnlessAIsFirst),
      HasSubstr(absl::StrCat("run begins: CLOCHE_SCHEDULE='1:1'\n", kCrash)));
}

// Whichever run by chance is the first to begin with somebody else than A: its
// name is the last, and makes it again.
void ExpectNamed(absl::string_view kind, const ExploreOptions& options) {
  std::string name;
  const std::function<bool(const std::string&)> find =
      [&](const std::string& text) {
        const size_t begin = text.rfind("CLOCHE_SCHEDULE='") + 17;
        name = text.substr(begin, text.rfind("'\n") - begin);
        return text.ends_with(kCrash);
      };
  EXPECT_DEATH(Explore(CrashesUnlessAIsFirst, options),
               ResultOf(find, IsTrue()));
  EXPECT_THAT(name, StartsWith(kind));
  SetVariable("CLOCHE_SCHEDULE", name.c_str());
  EXPECT_DEATH(Explore(CrashesUnlessAIsFirst, options), HasSubstr(kCrash));
}

TEST_F(CrashingRunTest, OfAShuffleHasSaidItsSeedAndThatMakesItAgain) {
  ExpectNamed("shuffle ", {.most_deviations = 0, .pct_runs = 0});
}

TEST_F(CrashingRunTest, ByPctHasSaidItsSeedAndThatMakesItAgain) {
  ExpectNamed("PCT ", {.most_deviations = 0, .shuffles = 0});
}

TEST_F(CrashingRunTest, OfASweepHasSaidItsNameLast) {
  const SweepScenario scenario = [](SweepRun& run) {
    run.Main(run.AddHost("host"),
             []() -> Task<> { co_return absl::OkStatus(); });
    run.AtEnd([&run] {
      if (!run.host(0).alive()) Crash();
    });
  };
  EXPECT_DEATH(
      SweepDestruction(scenario),
      HasSubstr(absl::StrCat(
          "run begins: CLOCHE_FAULT='kill host at moment 1'\n", kCrash)));
}

TEST_F(CrashingRunTest, SaysNothingUnlessAsked) {
  UnsetVariable("CLOCHE_RUN_NAMES");
  EXPECT_DEATH(Explore(CrashesUnlessAIsFirst), Not(HasSubstr("run begins")));
}

TEST(OrderOfName, KnowsWhatItIsCalled) {
  EXPECT_NE(OrderOfName(ShuffleName(7)), nullptr);
  EXPECT_NE(OrderOfName(PctName(7, 3, 41)), nullptr);
  EXPECT_NE(OrderOfName("3:1 17:2"), nullptr);
  EXPECT_NE(OrderOfName(""), nullptr) << "first come, first served";
}

TEST(OrderOfName, KnowsNoOther) {
  EXPECT_EQ(OrderOfName("shuffle"), nullptr);
  EXPECT_EQ(OrderOfName("shuffle seven"), nullptr);
  EXPECT_EQ(OrderOfName("PCT 7"), nullptr);
  EXPECT_EQ(OrderOfName("3-1"), nullptr);
}

}  // namespace
}  // namespace cloche

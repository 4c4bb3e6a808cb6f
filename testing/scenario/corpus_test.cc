// The scenarios of testing/scenario/corpus: what a port of Cloche checks itself
// against. Each holds in every order that an exploration tries, and over every
// backend.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "cloche/testing/backend_kinds.h"
#include "cloche/testing/explore.h"
#include "cloche/testing/scenario/scenario_parser.h"
#include "cloche/testing/scenario/scenario_run.h"
#include "cloche/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

std::string ReadFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// In the same order on every machine.
std::vector<std::string> AllScenarios() {
  std::vector<std::string> paths;
  for (const auto& entry :
       std::filesystem::directory_iterator("testing/scenario/corpus")) {
    paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

class ScenarioFile
    : public ::testing::TestWithParam<std::tuple<std::string, BackendKind>> {};

TEST_P(ScenarioFile, HoldsInEveryOrder) {
  const auto scenario = ParseScenario(ReadFile(std::get<0>(GetParam())));
  ASSERT_THAT(scenario, IsOk());
  if (!scenario->faults.empty() && !HasPoller(std::get<1>(GetParam()))) {
    GTEST_SKIP() << "its faults are of calls that are not made here";
  }
  const ExploreReport report = Explore(
      ToSweepScenario(*scenario), {.run = {.backend = std::get<1>(GetParam())},
                                   .most_deviations = 1,
                                   .shuffles = 20,
                                   .pct_runs = 20});
  EXPECT_TRUE(report.complete);
}

INSTANTIATE_TEST_SUITE_P(
    OfTheCorpus, ScenarioFile,
    ::testing::Combine(::testing::ValuesIn(AllScenarios()),
                       ::testing::ValuesIn(FakeBackends())),
    [](const ::testing::TestParamInfo<ScenarioFile::ParamType>& info) {
      const std::filesystem::path path(std::get<0>(info.param));
      return path.stem().string() + "_" + TestNameOf(std::get<1>(info.param));
    });

}  // namespace
}  // namespace cloche

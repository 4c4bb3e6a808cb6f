// The scenarios of testing/scenario/corpus: what a port of Cloche checks itself
// against. Each holds in every order that an exploration tries.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

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

class ScenarioFile : public ::testing::TestWithParam<std::string> {};

TEST_P(ScenarioFile, HoldsInEveryOrder) {
  const auto scenario = ParseScenario(ReadFile(GetParam()));
  ASSERT_THAT(scenario, IsOk());
  const ExploreReport report =
      Explore(ToSweepScenario(*scenario),
              {.most_deviations = 1, .shuffles = 20, .pct_runs = 20});
  EXPECT_TRUE(report.complete);
}

INSTANTIATE_TEST_SUITE_P(
    OfTheCorpus, ScenarioFile, ::testing::ValuesIn(AllScenarios()),
    [](const ::testing::TestParamInfo<std::string>& info) {
      return std::filesystem::path(info.param).stem().string();
    });

}  // namespace
}  // namespace cloche

// The scenarios of testing/scenario/corpus: what a port of Cloche checks itself
// against. Each holds in every order that an exploration tries, and over every
// backend.

#include <filesystem>
#include <string>
#include <tuple>

#include "cloche/testing/backend_kinds.h"
#include "cloche/testing/explore.h"
#include "cloche/testing/golden.h"
#include "cloche/testing/scenario/scenario_parser.h"
#include "cloche/testing/scenario/scenario_run.h"
#include "cloche/testing/sorted_files.h"
#include "cloche/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

class ScenarioFile : public ::testing::TestWithParam<
                         std::tuple<std::filesystem::path, BackendKind>> {};

TEST_P(ScenarioFile, HoldsInEveryOrder) {
  const auto scenario =
      ParseScenario(ReadGolden(std::get<0>(GetParam()).string()));
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
    ::testing::Combine(
        ::testing::ValuesIn(SortedFiles("testing/scenario/corpus")),
        ::testing::ValuesIn(FakeBackends())),
    [](const ::testing::TestParamInfo<ScenarioFile::ParamType>& info) {
      return std::get<0>(info.param).stem().string() + "_" +
             TestNameOf(std::get<1>(info.param));
    });

}  // namespace
}  // namespace cloche

// HowToRunAgain, for this very test.

#include "cloche/testing/run_again.h"

#include "cloche/testing/variables.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::EndsWith;

TEST(HowToRunAgain, NamesTargetTestAndSeed) {
  SetVariable("TEST_TARGET", "//my:test");
  EXPECT_EQ(HowToRunAgain(7),
            "bazel test //my:test --test_filter='HowToRunAgain.NamesTargetTest"
            "AndSeed' --test_env=CLOCHE_SEED=7");
}

TEST(HowToRunAgain, QuotesWhatTheShellWouldChange) {
  EXPECT_THAT(HowToRunAgain(7, "CLOCHE_FAULT", "the cat's: recv #1"),
              EndsWith(" --test_env=CLOCHE_FAULT='the cat'\\''s: recv #1'"));
}

class OfManyKinds : public ::testing::TestWithParam<int> {};

TEST_P(OfManyKinds, NamesTheOneThatRuns) {
  EXPECT_THAT(HowToRunAgain(GetParam()),
              EndsWith(" --test_filter='Some/OfManyKinds.NamesTheOneThatRuns/0'"
                       " --test_env=CLOCHE_SEED=7"));
}

INSTANTIATE_TEST_SUITE_P(Some, OfManyKinds, ::testing::Values(7));

}  // namespace
}  // namespace cloche

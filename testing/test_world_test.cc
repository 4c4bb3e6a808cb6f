// TestWorld: what it says when the test fails.

#include "cloche/testing/test_world.h"

#include <string>

#include "cloche/testing/child_process.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class FailingWorld : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    ChildProcess process({"testing/failing_world", "--gtest_filter=*"});
    output_ = process.ReadToEnd();
    EXPECT_NE(process.ExitCode(), 0);
  }

  static inline std::string output_;
};

TEST_F(FailingWorld, PrintsItsSeed) {
  EXPECT_THAT(output_, HasSubstr("the world's seed: --cloche_seed=17\n"));
}

TEST_F(FailingWorld, PrintsTheLineThatRunsTheTestAgain) {
  EXPECT_THAT(output_, HasSubstr(" --test_filter='AWorld.WhereATestFails' "
                                 "--test_env=CLOCHE_SEED=17\n"));
}

TEST_F(FailingWorld, PrintsTheLastSystemCalls) {
  EXPECT_THAT(output_, HasSubstr("  lonely  getsockopt(5) = 0\n"
                                 "   0.000000  lonely  close(5) = 0\n"));
}

TEST_F(FailingWorld, IsSilentIfNothingFailedInIt) {
  EXPECT_THAT(output_, Not(HasSubstr("--cloche_seed=18")));
  EXPECT_THAT(output_, Not(HasSubstr("--cloche_seed=19")));
}

}  // namespace
}  // namespace cloche

// The run that somebody asks for: with it a program whose bug is mended
// passes, and with one that there is not any more it fails.

#include "cloche/testing/asked_run.h"

#include <string>

#include "cloche/testing/child_process.h"
#include "cloche/testing/variables.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Of testing/stale_run.cc, in which nothing is wrong.
class AskedRunTest : public ::testing::Test {
 protected:
  void Run(const char* variable, const char* name) {
    SetVariable(variable, name);
    ChildProcess process({"testing/stale_run", "--gtest_filter=*"});
    UnsetVariable(variable);
    output_ = process.ReadToEnd();
    exit_code_ = process.ExitCode();
  }

  std::string output_;
  int exit_code_ = -1;
};

TEST_F(AskedRunTest, OfASweepPassesIfOneOfTheProgramHasIt) {
  Run("CLOCHE_FAULT", "kill host at moment 1");
  EXPECT_EQ(exit_code_, 0) << output_;
  EXPECT_THAT(output_, HasSubstr("of which 1 was made, as CLOCHE_FAULT asks"));
}

TEST_F(AskedRunTest, OfASweepFailsIfNoneHasIt) {
  Run("CLOCHE_FAULT", "kill nobody at moment 1");
  EXPECT_NE(exit_code_, 0);
  EXPECT_THAT(output_, HasSubstr("CLOCHE_FAULT='kill nobody at moment 1': no "
                                 "run of this name"));
}

TEST_F(AskedRunTest, OfAnExplorationPassesIfOneOfTheProgramHasIt) {
  Run("CLOCHE_SCHEDULE", "1:1");
  EXPECT_EQ(exit_code_, 0) << output_;
  EXPECT_THAT(output_, HasSubstr("the run that CLOCHE_SCHEDULE asks for goes "
                                 "well; now all the others"));
}

TEST_F(AskedRunTest, OfAnExplorationFailsIfNoneHasItsChoices) {
  Run("CLOCHE_SCHEDULE", "1:1 99:1");
  EXPECT_NE(exit_code_, 0);
  EXPECT_THAT(output_, HasSubstr("CLOCHE_SCHEDULE='1:1 99:1': no run of this "
                                 "name"));
}

TEST_F(AskedRunTest, NobodyMissesIfNothingIsAskedFor) {
  Run("CLOCHE_EFFORT", "1");
  EXPECT_EQ(exit_code_, 0) << output_;
  EXPECT_THAT(output_, Not(HasSubstr("no run of this name")));
}

}  // namespace
}  // namespace cloche

// Tests of CLOCHE_CHECK. Next: base/check.h.

#include "cloche/base/check.h"

#include <string>

#include "gtest/gtest.h"

namespace cloche {
namespace {

TEST(CheckDeathTest, AFalseConditionAbortsNamingFileConditionAndMessage) {
  const int open_doors = 1;
  EXPECT_DEATH(CLOCHE_CHECK(open_doors == 0, "close the door first"),
               "check_test.cc:.+: CHECK failed: open_doors == 0: "
               "close the door first");
}

TEST(CheckDeathTest, TheMessageMayBeAStringMadeOnTheSpot) {
  EXPECT_DEATH(CLOCHE_CHECK(false, std::string("door ") + "7"), "door 7");
}

TEST(Check, ATrueConditionGoesOn) {
  bool reached = false;
  CLOCHE_CHECK(true, "never printed");
  reached = true;
  EXPECT_TRUE(reached);
}

TEST(Check, TheConditionIsEvaluatedExactlyOnce) {
  int evaluations = 0;
  CLOCHE_CHECK(++evaluations > 0, "never printed");
  EXPECT_EQ(evaluations, 1);
}

TEST(Check, TheMessageIsNotEvaluatedWhenTheConditionHolds) {
  bool evaluated = false;
  const auto message = [&] {
    evaluated = true;
    return "never printed";
  };
  CLOCHE_CHECK(true, message());
  EXPECT_FALSE(evaluated);
}

// One statement, or this would not compile: an `else` after the macro belongs
// to the `if` before it.
TEST(Check, ItIsOneStatementAndFitsBetweenIfAndElse) {
  const int truth = 1;
  bool took_else = false;
  if (truth == 0)
    CLOCHE_CHECK(true, "never printed");
  else
    took_else = true;
  EXPECT_TRUE(took_else);
}

}  // namespace
}  // namespace cloche

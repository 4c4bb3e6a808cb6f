// ShrinkSteps: that it leaves what matters, in its simplest form, and no more.

#include "cloche/testing/shrink_steps.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Numbers = std::vector<int>;

Numbers UpTo(int last) {
  Numbers numbers(last);
  std::iota(numbers.begin(), numbers.end(), 1);
  return numbers;
}

bool Has(const Numbers& numbers, int number) {
  return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

Numbers Simplest(const int& /*number*/) { return {}; }

// Half of it, or one less.
Numbers Lower(const int& number) {
  if (number == 0) return {};
  return {number / 2, number - 1};
}

TEST(ShrinkSteps, LeavesNothingOfWhatFailsAnyway) {
  const auto always = [](const Numbers&) { return true; };
  EXPECT_THAT(ShrinkSteps<int>(UpTo(100), always, Simplest), IsEmpty());
}

TEST(ShrinkSteps, KeepsWhatAllOfIsNeeded) {
  const Numbers all = UpTo(20);
  const auto fails = [&](const Numbers& steps) { return steps == all; };
  EXPECT_EQ(ShrinkSteps<int>(all, fails, Simplest), all);
}

TEST(ShrinkSteps, FindsTheTwoThatMatterWithFewTries) {
  int tries = 0;
  const auto fails = [&](const Numbers& steps) {
    ++tries;
    return Has(steps, 50) && Has(steps, 151);
  };
  EXPECT_THAT(ShrinkSteps<int>(UpTo(200), fails, Simplest),
              ElementsAre(50, 151));
  EXPECT_LT(tries, 100);
}

TEST(ShrinkSteps, KeepsTheOrder) {
  const auto fails = [](const Numbers& steps) {
    const auto seven = std::find(steps.begin(), steps.end(), 7);
    return std::find(seven, steps.end(), 3) != steps.end();
  };
  EXPECT_THAT(ShrinkSteps<int>({3, 7, 1, 3, 7}, fails, Simplest),
              ElementsAre(7, 3));
}

TEST(ShrinkSteps, MakesAStepAsSimpleAsItGoes) {
  const auto fails = [](const Numbers& steps) {
    return steps.size() == 1 && steps[0] >= 11;
  };
  EXPECT_THAT(ShrinkSteps<int>({1000}, fails, Lower), ElementsAre(11));
}

// 4 is needed beside 6, and beside 3 no more.
TEST(ShrinkSteps, LeavesOutWhatASimplerStepHasNoNeedOf) {
  const auto fails = [](const Numbers& steps) {
    return steps == Numbers{4, 6} || steps == Numbers{4, 3} ||
           steps == Numbers{3};
  };
  EXPECT_THAT(ShrinkSteps<int>({4, 6}, fails, Lower), ElementsAre(3));
}

TEST(ShrinkSteps, StopsAfterSoManyTries) {
  int tries = 0;
  const auto fails = [&](const Numbers& steps) {
    ++tries;
    return Has(steps, 77);
  };
  EXPECT_TRUE(Has(ShrinkSteps<int>(UpTo(100), fails, Simplest, 10), 77));
  EXPECT_EQ(tries, 10);
}

}  // namespace
}  // namespace cloche

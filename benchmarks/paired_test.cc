// What paired.h computes and reports. How long anything takes is not tested.

#include "cloche/benchmarks/paired.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

TEST(Quantile, OfOneValueIsThatValue) {
  EXPECT_EQ(Quantile({7}, 0), 7);
  EXPECT_EQ(Quantile({7}, 0.75), 7);
  EXPECT_EQ(Quantile({7}, 1), 7);
}

TEST(Quantile, CountsInOrderOfSize) {
  EXPECT_EQ(Quantile({30, 10, 50, 20, 40}, 0), 10);
  EXPECT_EQ(Quantile({30, 10, 50, 20, 40}, 0.25), 20);
  EXPECT_EQ(Quantile({30, 10, 50, 20, 40}, 0.5), 30);
  EXPECT_EQ(Quantile({30, 10, 50, 20, 40}, 1), 50);
}

TEST(Quantile, LiesOnAStraightLineBetweenTwoValues) {
  EXPECT_EQ(Quantile({10, 20}, 0.5), 15);
  EXPECT_EQ(Quantile({10, 20}, 0.75), 17.5);
}

TEST(PairedTimes, HasARatioAboveOneWhereTheCleverWayIsFaster) {
  PairedTimes times;
  times.Add(/*clever=*/2, /*plain=*/6);
  times.Add(/*clever=*/4, /*plain=*/2);
  EXPECT_THAT(times.ratios, ::testing::ElementsAre(3, 0.5));
}

}  // namespace
}  // namespace cloche

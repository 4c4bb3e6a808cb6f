// ShrinkSchedule: that it leaves nothing that can be left out.

#include "cloche/testing/shrink_schedule.h"

#include <algorithm>
#include <cstddef>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

bool Has(const Schedule& schedule, Deviation deviation) {
  return std::find(schedule.begin(), schedule.end(), deviation) !=
         schedule.end();
}

Schedule Long(size_t size) {
  Schedule schedule;
  for (size_t i = 1; i <= size; ++i) schedule.push_back({i, 3});
  return schedule;
}

TEST(ShrinkSchedule, LeavesNothingOfWhatFailsAnyway) {
  EXPECT_THAT(ShrinkSchedule(Long(100), [](const Schedule&) { return true; }),
              ::testing::IsEmpty());
}

TEST(ShrinkSchedule, KeepsWhatAllOfIsNeeded) {
  const Schedule all = Long(20);
  EXPECT_EQ(ShrinkSchedule(all, [&](const Schedule& s) { return s == all; }),
            all);
}

TEST(ShrinkSchedule, FindsTheTwoThatMatterWithFewRuns) {
  int runs = 0;
  const Schedule found = ShrinkSchedule(Long(200), [&](const Schedule& s) {
    ++runs;
    return Has(s, {50, 3}) && Has(s, {151, 3});
  });
  EXPECT_EQ(ScheduleText(found), "50:3 151:3");
  EXPECT_LT(runs, 100);
}

TEST(ShrinkSchedule, LowersAnIndexAsFarAsItGoes) {
  const Schedule found = ShrinkSchedule({{5, 9}}, [](const Schedule& s) {
    return s.size() == 1 && s[0].index >= 4;
  });
  EXPECT_EQ(ScheduleText(found), "5:4");
}

// The third one is needed, once its choice has moved into the gap.
TEST(ShrinkSchedule, LeavesOutWhatOnlyMovesTheOthers) {
  const Schedule found =
      ShrinkSchedule({{1, 1}, {3, 2}, {7, 1}}, [](const Schedule& s) {
        return ScheduleText(s) == "1:1 3:2 7:1" || ScheduleText(s) == "1:1 6:1";
      });
  EXPECT_EQ(ScheduleText(found), "1:1 6:1");
}

}  // namespace
}  // namespace cloche

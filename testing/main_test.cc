// The flags of testing/main.cc, which BUILD.bazel gives to this test.

#include <cstdlib>
#include <string>

#include "cloche/testing/effort.h"
#include "cloche/testing/seed.h"
#include "cloche/testing/sweep_run.h"
#include "cloche/testing/test_world.h"
#include "cloche/testing/variables.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::StrEq;

TEST(Flags, TheSeedIsThatOfAllWhoNameNone) {
  EXPECT_EQ(SeedOfTest(), 7u);
  EXPECT_EQ(SeedOf(SweepOptions()), 7u);
}

TEST(Flags, TheScheduleAndTheFaultAreHandedOnAsTheyAre) {
  EXPECT_THAT(std::getenv("CLOCHE_SCHEDULE"), StrEq("1:1 4:2"));
  EXPECT_THAT(std::getenv("CLOCHE_FAULT"),
              StrEq("server: recv #5 ENOMEM from then on"));
}

TEST(Flags, TheEffortIsANumberOfTimes) { EXPECT_EQ(Effort(), 2); }

TEST(Flags, TheWishForNamesIsHandedOn) {
  EXPECT_THAT(std::getenv("CLOCHE_RUN_NAMES"), StrEq("1"));
}

TEST(Flags, WhatIsNotGivenIsNotSet) {
  EXPECT_EQ(std::getenv("CLOCHE_TRACE"), nullptr);
}

TEST(SeedDeathTest, AWordIsNoSeed) {
  EXPECT_DEATH(
      {
        SetVariable("CLOCHE_SEED", "many");
        SeedOfTest();
      },
      "is no number");
}

}  // namespace
}  // namespace cloche

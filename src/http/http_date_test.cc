// HttpDate: IMF-fixdate, as RFC 9110 section 5.6.7 gives it.

#include "cloche/http/http_date.h"

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

std::string DateAt(absl::CivilSecond second, absl::Duration after = {}) {
  return HttpDate(absl::FromCivil(second, absl::UTCTimeZone()) + after);
}

TEST(HttpDate, IsWrittenAsInTheRfcsOwnExample) {
  EXPECT_EQ(DateAt(absl::CivilSecond(1994, 11, 6, 8, 49, 37)),
            "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(HttpDate, HasTwoDigitsForEveryNumberAndFourForTheYear) {
  EXPECT_EQ(DateAt(absl::CivilSecond(2001, 2, 3, 4, 5, 6)),
            "Sat, 03 Feb 2001 04:05:06 GMT");
}

TEST(HttpDate, KnowsLeapDays) {
  EXPECT_EQ(DateAt(absl::CivilSecond(2028, 2, 29, 23, 59, 59)),
            "Tue, 29 Feb 2028 23:59:59 GMT");
}

TEST(HttpDate, CutsFractionsOfASecondOff) {
  EXPECT_EQ(
      DateAt(absl::CivilSecond(2030, 1, 1, 0, 0, 0), absl::Milliseconds(999)),
      "Tue, 01 Jan 2030 00:00:00 GMT");
}

TEST(HttpDate, NamesTheMonthsInEnglish) {
  std::string months;
  for (int month = 1; month <= 12; ++month) {
    months += DateAt(absl::CivilSecond(2030, month, 1, 0, 0, 0)).substr(8, 3);
  }
  EXPECT_EQ(months, "JanFebMarAprMayJunJulAugSepOctNovDec");
}

// --- HttpDateCache ----------------------------------------------------------

TEST(HttpDateCache, GivesTheDateOfEachSecond) {
  HttpDateCache cache;
  const absl::Time begin = absl::FromUnixSeconds(784111777);
  for (int half = 0; half < 10; ++half) {
    const absl::Time now = begin + half * absl::Milliseconds(500);
    EXPECT_EQ(cache.Text(now), HttpDate(now)) << half;
  }
}

TEST(HttpDateCache, FollowsAClockThatIsSetBack) {
  HttpDateCache cache;
  const absl::Time now = absl::FromUnixSeconds(784111777);
  cache.Text(now + absl::Hours(1));
  EXPECT_EQ(cache.Text(now), HttpDate(now));
}

TEST(HttpDateCache, KeepsTheTextWhileTheSecondIsTheSame) {
  HttpDateCache cache;
  const absl::Time begin = absl::FromUnixSeconds(784111777);
  const absl::string_view first = cache.Text(begin);
  EXPECT_EQ(cache.Text(begin + absl::Milliseconds(999)), first);
}

}  // namespace
}  // namespace cloche

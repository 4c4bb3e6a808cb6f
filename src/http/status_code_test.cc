// What the status codes are called, and which have content.

#include "cloche/http/status_code.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;

TEST(StatusCode, HasThePhraseOfTheRfc) {
  EXPECT_EQ(ReasonPhrase(200), "OK");
  EXPECT_EQ(ReasonPhrase(404), "Not Found");
  EXPECT_EQ(ReasonPhrase(431), "Request Header Fields Too Large");
  EXPECT_EQ(ReasonPhrase(505), "HTTP Version Not Supported");
}

TEST(StatusCode, ThatIsNotInTheListHasNoPhrase) {
  EXPECT_EQ(ReasonPhrase(299), "");
  EXPECT_EQ(ReasonPhrase(0), "");
  EXPECT_EQ(ReasonPhrase(-200), "");
}

TEST(StatusCode, OfEveryRefusalHasAPhrase) {
  for (const int code : {400, 408, 413, 414, 417, 431, 500, 501, 505}) {
    EXPECT_NE(ReasonPhrase(code), "") << code;
  }
}

// RFC 9110 section 8.6.
TEST(StatusCode, HasContentUnlessItIs1xxOr204Or304) {
  std::vector<int> without;
  for (int code = 199; code < 600; ++code) {
    if (!HasContent(code)) without.push_back(code);
  }
  EXPECT_THAT(without, ElementsAre(199, 204, 304));
  EXPECT_FALSE(HasContent(100));
}

}  // namespace
}  // namespace cloche

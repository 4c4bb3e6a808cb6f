// What a handler asks a Request: a header, a parameter, an element of a list.

#include "cloche/http/request.h"

#include <optional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::Eq;
using ::testing::Optional;

// --- FindHeader -------------------------------------------------------------

TEST(FindHeader, ComparesNamesWithoutRegardToCase) {
  Request request;
  request.headers = {{"Host", "a"}, {"ACCEPT", "b"}};
  EXPECT_THAT(request.FindHeader("host"), Optional(Eq("a")));
  EXPECT_THAT(request.FindHeader("Accept"), Optional(Eq("b")));
}

TEST(FindHeader, GivesTheFirstOfSeveral) {
  Request request;
  request.headers = {{"A", "1"}, {"B", "2"}, {"a", "3"}};
  EXPECT_THAT(request.FindHeader("A"), Optional(Eq("1")));
}

TEST(FindHeader, TellsAnEmptyOneFromNone) {
  Request request;
  request.headers = {{"Empty", ""}};
  EXPECT_THAT(request.FindHeader("Empty"), Optional(Eq("")));
  EXPECT_EQ(request.FindHeader("Emp"), std::nullopt);
  EXPECT_EQ(request.FindHeader("Empty2"), std::nullopt);
}

// --- FindParameter ----------------------------------------------------------

TEST(FindParameter, GivesWhatFollowsTheEqualsSign) {
  Request request;
  request.query = "ms=20&name=a=b";
  EXPECT_THAT(request.FindParameter("ms"), Optional(Eq("20")));
  EXPECT_THAT(request.FindParameter("name"), Optional(Eq("a=b")));
}

TEST(FindParameter, GivesNothingButSomethingForANameAlone) {
  Request request;
  request.query = "a&b=";
  EXPECT_THAT(request.FindParameter("a"), Optional(Eq("")));
  EXPECT_THAT(request.FindParameter("b"), Optional(Eq("")));
  EXPECT_EQ(request.FindParameter("c"), std::nullopt);
}

TEST(FindParameter, ComparesWholeNamesAndTheirCase) {
  Request request;
  request.query = "abc=1&B=2";
  EXPECT_EQ(request.FindParameter("ab"), std::nullopt);
  EXPECT_EQ(request.FindParameter("bc"), std::nullopt);
  EXPECT_EQ(request.FindParameter("b"), std::nullopt);
}

TEST(FindParameter, GivesTheFirstOfSeveral) {
  Request request;
  request.query = "a=1&a=2";
  EXPECT_THAT(request.FindParameter("a"), Optional(Eq("1")));
}

TEST(FindParameter, DecodesNothing) {
  Request request;
  request.query = "a=%20+&%61=2";
  EXPECT_THAT(request.FindParameter("a"), Optional(Eq("%20+")));
}

TEST(FindParameter, FindsNothingInAnEmptyQuery) {
  EXPECT_EQ(Request().FindParameter("a"), std::nullopt);
}

// --- HasToken ---------------------------------------------------------------

TEST(HasToken, LooksAtEachElementOfTheListWithoutRegardToCase) {
  Request request;
  request.headers = {{"Connection", "Keep-Alive, Upgrade"}};
  EXPECT_TRUE(request.HasToken("connection", "keep-alive"));
  EXPECT_TRUE(request.HasToken("Connection", "upgrade"));
  EXPECT_FALSE(request.HasToken("Connection", "close"));
}

TEST(HasToken, TakesAllHeadersOfThatNameTogether) {
  Request request;
  request.headers = {{"Connection", "a"}, {"Other", "c"}, {"connection", "b"}};
  EXPECT_TRUE(request.HasToken("Connection", "a"));
  EXPECT_TRUE(request.HasToken("Connection", "b"));
  EXPECT_FALSE(request.HasToken("Connection", "c"));
}

TEST(HasToken, ComparesWholeElements) {
  Request request;
  request.headers = {{"Connection", "closed, not close"}};
  EXPECT_FALSE(request.HasToken("Connection", "close"));
}

// RFC 9110 section 5.6.1: empty elements do not count, whitespace neither.
TEST(HasToken, TakesNoNoticeOfEmptyElementsAndWhitespace) {
  Request request;
  request.headers = {{"Connection", ",, \t close\t ,"}};
  EXPECT_TRUE(request.HasToken("Connection", "close"));
}

}  // namespace
}  // namespace cloche

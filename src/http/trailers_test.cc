// Which names a trailer may have.

#include "cloche/http/trailers.h"

#include "gtest/gtest.h"

namespace cloche {
namespace {

TEST(MayBeTrailer, AllowsWhatIsKnownOnlyAtTheEnd) {
  EXPECT_TRUE(MayBeTrailer("ETag"));
  EXPECT_TRUE(MayBeTrailer("Content-Digest"));
  EXPECT_TRUE(MayBeTrailer("Server-Timing"));
  EXPECT_TRUE(MayBeTrailer("X-Anything"));
}

TEST(MayBeTrailer, DoesNotAllowWhatOthersHaveActedOnAlready) {
  EXPECT_FALSE(MayBeTrailer("Content-Length"));
  EXPECT_FALSE(MayBeTrailer("Transfer-Encoding"));
  EXPECT_FALSE(MayBeTrailer("Host"));
  EXPECT_FALSE(MayBeTrailer("Connection"));
  EXPECT_FALSE(MayBeTrailer("Authorization"));
  EXPECT_FALSE(MayBeTrailer("Content-Type"));
}

TEST(MayBeTrailer, DoesNotLookAtTheCase) {
  EXPECT_FALSE(MayBeTrailer("content-length"));
  EXPECT_FALSE(MayBeTrailer("CONTENT-LENGTH"));
}

}  // namespace
}  // namespace cloche

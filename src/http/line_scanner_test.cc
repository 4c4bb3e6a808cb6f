// LineScanner: lines in what has arrived, and bytes that are in no line.

#include "cloche/http/line_scanner.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

constexpr size_t kLimit = 100;

// The lines in `text`, each in brackets, and what comes after the last one.
std::string Scan(absl::string_view text, size_t limit = kLimit) {
  LineScanner scanner;
  std::string lines;
  while (true) {
    switch (scanner.Next(text, limit)) {
      case LineState::kComplete:
        absl::StrAppend(&lines, "[", scanner.line(), "] ");
        continue;
      case LineState::kNeedsMore:
        return absl::StrCat(lines, "more");
      case LineState::kWrongByte:
        return absl::StrCat(lines, "wrong");
      case LineState::kTooLong:
        return absl::StrCat(lines, "too long");
    }
  }
}

TEST(LineScanner, GivesLineAfterLine) {
  EXPECT_EQ(Scan("one\r\n\r\nthree\r\nfou"), "[one] [] [three] more");
  EXPECT_EQ(Scan(""), "more");
  EXPECT_EQ(Scan("\r"), "more");
}

TEST(LineScanner, RefusesALineFeedOrCarriageReturnAlone) {
  EXPECT_EQ(Scan("\n"), "wrong");
  EXPECT_EQ(Scan("one\r\n\n"), "[one] wrong");
  EXPECT_EQ(Scan("one\ntwo\r\n"), "wrong");
  EXPECT_EQ(Scan("one\rtwo"), "wrong");
  EXPECT_EQ(Scan("one\r\r"), "wrong");
}

TEST(LineScanner, RefusesAByteThatFitsNowhereBeforeTheLineHasEnded) {
  EXPECT_EQ(Scan(absl::string_view("a\0", 2)), "wrong");
  EXPECT_EQ(Scan("a\x7f"), "wrong");
  EXPECT_EQ(Scan("a\tb \x80\xff"), "more");
}

TEST(LineScanner, LeavesAByteThatFitsNowhereToTheReaderOfAWholeLine) {
  EXPECT_EQ(Scan("a\x7f\r\n"), "[a\x7f] more");
  EXPECT_TRUE(HasWrongByte("a\x7f"));
  EXPECT_FALSE(HasWrongByte("a\tb \x80\xff"));
}

TEST(LineScanner, TakesALineUpToTheLimitAndNotAByteMore) {
  EXPECT_EQ(Scan("0123\r\n", 6), "[0123] too long");
  EXPECT_EQ(Scan("0123\r\n", 8), "[0123] more");
  EXPECT_EQ(Scan("0123\r\n", 5), "too long");
}

TEST(LineScanner, KnowsThatALineIsTooLongAsSoonAsItsEndCannotFit) {
  EXPECT_EQ(Scan("0123", 6), "more");
  EXPECT_EQ(Scan("0123\r", 6), "more");
  EXPECT_EQ(Scan("01234", 6), "too long");
  EXPECT_EQ(Scan("0123456789", 6), "too long");
}

TEST(LineScanner, FindsTheSameByteByByte) {
  constexpr absl::string_view kText = "one\r\ntwo\r\n\r\n";
  LineScanner scanner;
  std::string lines;
  for (size_t size = 0; size <= kText.size(); ++size) {
    while (scanner.Next(kText.substr(0, size), kLimit) ==
           LineState::kComplete) {
      absl::StrAppend(&lines, size, "[", scanner.line(), "] ");
    }
  }
  EXPECT_EQ(lines, "5[one] 10[two] 12[] ");
}

TEST(LineScanner, CountsTheBytesOfTheLinesItFound) {
  LineScanner scanner;
  ASSERT_EQ(scanner.Next("one\r\ntw", kLimit), LineState::kComplete);
  EXPECT_EQ(scanner.begin(), 5u);
  EXPECT_FALSE(scanner.in_line());
  ASSERT_EQ(scanner.Next("one\r\ntw", kLimit), LineState::kNeedsMore);
  EXPECT_EQ(scanner.begin(), 5u);
  EXPECT_TRUE(scanner.in_line());
}

}  // namespace
}  // namespace cloche

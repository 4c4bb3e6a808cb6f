// The character classes, each over all 256 bytes: a table that is wrong in one
// place is a hole that looks like any other line of code.

#include "cloche/http/characters.h"

#include <string>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

// All bytes of a class, in order.
template <typename Class>
std::string MembersOf(Class is_in_class) {
  std::string members;
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    if (is_in_class(c)) members += c;
  }
  return members;
}

// The bytes from `first` to `last`, both included.
std::string Range(int first, int last) {
  std::string range;
  for (int byte = first; byte <= last; ++byte) range += static_cast<char>(byte);
  return range;
}

TEST(Characters, VisibleIsPrintableAsciiWithoutTheSpace) {
  EXPECT_EQ(MembersOf(IsVisible), Range(0x21, 0x7e));
}

// RFC 9110 section 5.6.2.
TEST(Characters, TokensAreMadeOfLettersDigitsAndFifteenMarks) {
  EXPECT_EQ(MembersOf(IsTokenCharacter),
            "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`"
            "abcdefghijklmnopqrstuvwxyz|~");
}

// RFC 9110 section 5.5.
TEST(Characters, FieldsAreMadeOfAllButControlCharactersAndMayHaveTabs) {
  EXPECT_EQ(MembersOf(IsFieldCharacter),
            "\t" + Range(0x20, 0x7e) + Range(0x80, 0xff));
}

TEST(Characters, TargetsAreVisibleButForTheDelimitersOfAUriAndTheHash) {
  EXPECT_EQ(MembersOf(IsTargetCharacter),
            "!$%&'()*+,-./0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`"
            "abcdefghijklmnopqrstuvwxyz{|}~");
}

// RFC 3986 section 3.2.2, and the colon before a port.
TEST(Characters, HostsAreUnreservedEscapedAndDelimitersOfParts) {
  EXPECT_EQ(MembersOf(IsHostCharacter),
            "!$%&'()*+,-.0123456789:;=ABCDEFGHIJKLMNOPQRSTUVWXYZ[]_"
            "abcdefghijklmnopqrstuvwxyz~");
}

TEST(Characters, DigitsAreTen) { EXPECT_EQ(MembersOf(IsDigit), "0123456789"); }

TEST(Characters, CountingEndsAtTheFirstForeignCharacter) {
  EXPECT_EQ(CountWhile("12a34", IsDigit), 2u);
  EXPECT_EQ(CountWhile("a", IsDigit), 0u);
  EXPECT_EQ(CountWhile("12", IsDigit), 2u);
  EXPECT_EQ(CountWhile("", IsDigit), 0u);
}

TEST(Characters, PathsAreTargetsWithoutTheQuestionMark) {
  std::string with = MembersOf(IsPathCharacter);
  with.insert(with.find('@'), "?");
  EXPECT_EQ(with, MembersOf(IsTargetCharacter));
}

// Every byte at every place of texts of all lengths up to three times eight.
TEST(Characters, EightAtOnceAreCountedAsOneByOne) {
  for (size_t size = 0; size <= 24; ++size) {
    for (size_t place = 0; place < size; ++place) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text(size, 'a');
        text[place] = static_cast<char>(byte);
        ASSERT_EQ(CountFieldCharacters(text),
                  CountWhile(text, IsFieldCharacter))
            << size << " " << place << " " << byte;
      }
    }
  }
}

TEST(Characters, EightAtOnceAreCountedAlsoAfterATab) {
  EXPECT_EQ(CountFieldCharacters("01234\t6789012345\x7f"
                                 "9"),
            16u);
  EXPECT_EQ(CountFieldCharacters("\x80\xff\x80\xff\x80\xff\x80\xff\n"), 8u);
}

TEST(Characters, AnEmptyTextConsistsOfNothing) {
  EXPECT_FALSE(IsToken(""));
  EXPECT_FALSE(ConsistsOf("", [](char) { return true; }));
}

TEST(Characters, OneForeignCharacterAnywhereIsTooMuch) {
  EXPECT_TRUE(IsToken("Content-Length"));
  EXPECT_FALSE(IsToken(" Content-Length"));
  EXPECT_FALSE(IsToken("Content Length"));
  EXPECT_FALSE(IsToken("Content-Length "));
  EXPECT_FALSE(IsToken(absl::string_view("Content\0Length", 14)));
}

TEST(Characters, TrimmingTakesSpacesAndTabsFromBothEndsOnly) {
  EXPECT_EQ(TrimWhitespace(" \t a \t b\t "), "a \t b");
  EXPECT_EQ(TrimWhitespace("a"), "a");
}

TEST(Characters, TrimmingLeavesOtherWhitespaceAlone) {
  EXPECT_EQ(TrimWhitespace("\va\f"), "\va\f");
  EXPECT_EQ(TrimWhitespace("\r\na\r\n"), "\r\na\r\n");
}

TEST(Characters, TrimmingWhitespaceAloneLeavesNothing) {
  EXPECT_EQ(TrimWhitespace(" \t "), "");
  EXPECT_EQ(TrimWhitespace(""), "");
}

}  // namespace
}  // namespace cloche

// What ParseFieldLine takes, and what it refuses.

#include "cloche/http/field_line.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cloche/http/refusal.h"
#include "cloche/http/request.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::HasSubstr;

template <typename Case>
std::string NameOf(const ::testing::TestParamInfo<Case>& info) {
  return std::string(info.param.name);
}

// --- What is taken ----------------------------------------------------------

struct Taken {
  absl::string_view name;
  absl::string_view line;
  absl::string_view header;  // The header's name, "=", its value, ".".
};

class FieldLineTaken : public ::testing::TestWithParam<Taken> {};

TEST_P(FieldLineTaken, IsSplitIntoNameAndValue) {
  Header header;
  ASSERT_FALSE(ParseFieldLine(GetParam().line, header));
  EXPECT_EQ(absl::StrCat(header.name, "=", header.value, "."),
            GetParam().header);
}

INSTANTIATE_TEST_SUITE_P(
    Line, FieldLineTaken,
    ::testing::Values(
        Taken{"Ordinary", "Host: example.org", "Host=example.org."},
        Taken{"WithoutSpace", "Host:example.org", "Host=example.org."},
        Taken{"MuchSpace", "Host: \t a \t ", "Host=a."},
        Taken{"SpaceInside", "A: b \t c", "A=b \t c."},
        Taken{"ColonsInside", "Host: [::1]:80", "Host=[::1]:80."},
        Taken{"EmptyValue", "A:", "A=."},
        Taken{"ValueOfSpaces", "A: \t ", "A=."},
        Taken{"CaseKept", "hOST: A", "hOST=A."},
        Taken{"EveryMark", "!#$%&'*+-.^_`|~: 1", "!#$%&'*+-.^_`|~=1."},
        Taken{"OpaqueBytes", "A: \x80\xff", "A=\x80\xff."}),
    NameOf<Taken>);

// --- What is refused --------------------------------------------------------

struct Refused {
  absl::string_view name;
  absl::string_view line;
  const char* part_of_reason;
};

class FieldLineRefused : public ::testing::TestWithParam<Refused> {};

TEST_P(FieldLineRefused, SaysWhatIsWrong) {
  Header header;
  const MaybeRefusal refusal = ParseFieldLine(GetParam().line, header);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->status_code, 400);
  EXPECT_THAT(std::string(refusal->reason),
              HasSubstr(GetParam().part_of_reason));
}

INSTANTIATE_TEST_SUITE_P(
    Line, FieldLineRefused,
    ::testing::Values(
        // RFC 9112 section 5.2: obs-fold.
        Refused{"Folded", " and more", "must not begin with whitespace"},
        Refused{"FoldedByTab", "\tand more", "must not begin with whitespace"},
        Refused{"FoldedThatLooksLikeOne", " A: b", "must not begin with"},
        // RFC 9112 section 5.1.
        Refused{"SpaceBeforeColon", "Host : a", "space before the colon"},
        Refused{"TabBeforeColon", "Host\t: a", "space before the colon"},
        Refused{"NoColon", "Host", "has no colon"},
        Refused{"NoName", ": a", "name is empty"},
        Refused{"NameOfTwoWords", "A B: c", "not allowed"},
        Refused{"NameNotAscii", "\xc3\x84: c", "not allowed"},
        Refused{"NameInQuotes", "\"A\": c", "not allowed"},
        // RFC 9110 section 5.5.
        Refused{"Nul", absl::string_view("A: b\0c", 6), "control character"},
        Refused{"Bell", "A: b\ac", "control character"},
        Refused{"Delete", "A: b\x7f", "control character"},
        Refused{"CarriageReturn", "A: b\rc", "control character"},
        Refused{"LineFeed", "A: b\nc", "control character"}),
    NameOf<Refused>);

}  // namespace
}  // namespace cloche

// What ChunkedDecoder takes, what it refuses, and that it is the same however
// the bytes arrive.

#include "cloche/http/chunked_decoder.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "cloche/http/chunked_decoder_test.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kLast[] = "0\r\n\r\n";

struct Case {
  absl::string_view name;
  std::string text;
  std::string result;  // For what is refused, a part of it.
};

std::string NameOf(const ::testing::TestParamInfo<Case>& info) {
  return std::string(info.param.name);
}

// --- What is taken ----------------------------------------------------------

class ChunkedTaken : public ::testing::TestWithParam<Case> {};

TEST_P(ChunkedTaken, IsContentAndTrailersAndWhatIsBehind) {
  EXPECT_EQ(Decode(GetParam().text), GetParam().result);
}

TEST_P(ChunkedTaken, IsTheSameWhereverItIsSplit) {
  const std::string& text = GetParam().text;
  for (size_t split = 1; split < text.size(); ++split) {
    EXPECT_EQ(DecodeInPieces(text, split, text.size()), GetParam().result)
        << split;
  }
  EXPECT_EQ(DecodeInPieces(text, 1, 1), GetParam().result);
}

TEST_P(ChunkedTaken, NeedsMoreUntilItsLastByte) {
  absl::string_view body = GetParam().text;
  absl::ConsumeSuffix(&body, "GET");
  for (size_t size = 0; size < body.size(); ++size) {
    EXPECT_THAT(Decode(body.substr(0, size)), EndsWith(" and needs more"));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Body, ChunkedTaken,
    ::testing::Values(
        Case{"Empty", kLast, "\"\""},
        Case{"OneChunk", "5\r\nhello\r\n0\r\n\r\n", "\"hello\""},
        Case{"TwoChunks", "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "\"hello\""},
        Case{"WithARequestBehind", "1\r\na\r\n0\r\n\r\nGET",
             "\"a\" and GET behind it"},
        Case{"LineEndsInside", "4\r\n\r\n\r\n\r\n0\r\n\r\n", "\"\r\n\r\n\""},
        Case{"LowerCaseHex", "a\r\n0123456789\r\n0\r\n\r\n", "\"0123456789\""},
        Case{"UpperCaseHex", "A\r\n0123456789\r\n0\r\n\r\n", "\"0123456789\""},
        Case{"LeadingZeros", "0000000000000001\r\na\r\n000\r\n\r\n", "\"a\""},
        Case{"Trailer", "1\r\na\r\n0\r\nSum: 7\r\n\r\n", "\"a\" Sum=7"},
        Case{"Trailers", "0\r\nA: 1\r\nB:\t2 \r\nA:\r\n\r\n",
             "\"\" A=1 B=2 A="},
        Case{"TrailerAndARequestBehind", "0\r\nA: 1\r\n\r\nGET",
             "\"\" A=1 and GET behind it"}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Extension, ChunkedTaken,
    ::testing::Values(
        Case{"Name", "1;b\r\na\r\n0\r\n\r\n", "\"a\""},
        Case{"Value", "1;b=c\r\na\r\n0;d=e\r\n\r\n", "\"a\""},
        Case{"Several", "1;b;c=d;e\r\na\r\n0\r\n\r\n", "\"a\""},
        Case{"Quoted", "1;b=\"c d\";e\r\na\r\n0\r\n\r\n", "\"a\""},
        Case{"EmptyQuoted", "1;b=\"\"\r\na\r\n0\r\n\r\n", "\"a\""},
        Case{"QuotedQuote", "1;b=\"\\\"\\\\\"\r\na\r\n0\r\n\r\n", "\"a\""},
        Case{"QuotedSemicolon", "1;b=\";c\"\r\na\r\n0\r\n\r\n", "\"a\""},
        Case{"OpaqueBytes", "1;b=\"\x80\"\r\na\r\n0\r\n\r\n", "\"a\""},
        // RFC 9110 section 5.6.3: a recipient must take this whitespace.
        Case{"BadWhitespace", "1 ;\tb = \"c\" ; d\t=e\r\na\r\n0\r\n\r\n",
             "\"a\""}),
    NameOf);

// --- What is refused --------------------------------------------------------

class ChunkedRefused : public ::testing::TestWithParam<Case> {};

TEST_P(ChunkedRefused, SaysWhatIsWrong) {
  EXPECT_THAT(Decode(GetParam().text), StartsWith("400 "));
  EXPECT_THAT(Decode(GetParam().text), HasSubstr(GetParam().result));
}

TEST_P(ChunkedRefused, IsRefusedWhereverItIsSplit) {
  const std::string whole = Decode(GetParam().text);
  const std::string& text = GetParam().text;
  for (size_t split = 1; split < text.size(); ++split) {
    EXPECT_EQ(DecodeInPieces(text, split, text.size()), whole) << split;
  }
  EXPECT_EQ(DecodeInPieces(text, 1, 1), whole);
}

constexpr char kNoNumber[] = "size is not a hexadecimal number";
constexpr char kTooLarge[] = "size is too large";

INSTANTIATE_TEST_SUITE_P(
    Size, ChunkedRefused,
    ::testing::Values(
        Case{"Missing", "\r\n", kNoNumber},
        Case{"Word", "hello\r\n", kNoNumber},
        Case{"Plus", "+1\r\na\r\n", kNoNumber},
        Case{"Minus", "-1\r\na\r\n", kNoNumber},
        Case{"Prefix", "0x1\r\na\r\n", kNoNumber},
        Case{"Underscore", "1_0\r\n", kNoNumber},
        Case{"Point", "1.0\r\n", kNoNumber},
        Case{"Comma", "1,1\r\n", kNoNumber},
        Case{"OnlyExtension", ";a=b\r\n", kNoNumber},
        Case{"SpaceBefore", " 1\r\na\r\n", kNoNumber},
        Case{"SpaceInside", "1 0\r\n", "no extension behind it"},
        Case{"SpaceBehind", "1 \r\na\r\n", "no extension behind it"},
        Case{"TabBehind", "1\t\r\na\r\n", "no extension behind it"},
        Case{"Null", std::string("1\0\r\n", 4), kNoNumber},
        Case{"VerticalTab", "1\v\r\n", kNoNumber},
        Case{"OpaqueByte", "1\x80\r\n", kNoNumber},
        Case{"SixtyFourBits", "8000000000000000\r\n", kTooLarge},
        Case{"AllOnes", "ffffffffffffffff\r\n", kTooLarge},
        Case{"WrappingAround", "10000000000000001\r\na\r\n", kTooLarge},
        Case{"SeventeenZeros", "00000000000000000\r\n\r\n", kTooLarge}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    LineEnd, ChunkedRefused,
    ::testing::Values(
        Case{"BareLfBehindSize", "1\na\r\n0\r\n\r\n", "with CR and LF"},
        Case{"BareCrBehindSize", "1\ra\r\n", "with CR and LF"},
        Case{"BareLfBehindExtension", "1;a\na\r\n", "with CR and LF"},
        Case{"BareLfBehindValue", "1;a=b\na\r\n", "with CR and LF"},
        Case{"BareLfBehindContent", "1\r\na\n0\r\n\r\n", "not followed by CR"},
        Case{"BareCrBehindContent", "1\r\na\r0\r\n", "not followed by CR"},
        Case{"ContentLongerThanSaid", "1\r\nab\r\n0\r\n\r\n",
             "not followed by CR"},
        Case{"ContentShorterThanSaid", "3\r\na\r\n0\r\n\r\n",
             "not followed by CR"},
        Case{"NothingBehindContent", "1\r\na0\r\n\r\n", "not followed by CR"},
        Case{"BareLfAtTheEnd", "0\r\n\n", "in a trailer"},
        Case{"BareCrAtTheEnd", "0\r\n\ra", "not end with CR and LF"}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Extension, ChunkedRefused,
    ::testing::Values(
        Case{"Empty", "1;\r\na\r\n", "extension is malformed"},
        Case{"EmptyAmongOthers", "1;a;;b\r\n", "extension is malformed"},
        Case{"NoName", "1;=b\r\n", "extension is malformed"},
        Case{"NoValue", "1;a=\r\n", "extension is malformed"},
        Case{"TwoValues", "1;a=b=c\r\n", "extension is malformed"},
        Case{"TwoNames", "1;a b\r\n", "extension is malformed"},
        Case{"SpaceBehindName", "1;a \r\n", "extension is malformed"},
        Case{"SpaceBehindValue", "1;a=b \r\n", "no extension behind it"},
        Case{"ControlCharacter", "1;a\x01\r\n", "extension is malformed"},
        Case{"OpaqueName", "1;\x80\r\n", "extension is malformed"},
        Case{"TextBehindQuotes", "1;a=\"b\"c\r\n", "extension is malformed"},
        // Or it would hide the end of the line from a simpler reader.
        Case{"LineEndInQuotes", "1;a=\"\r\n", "extension is malformed"},
        Case{"QuotedLineEnd", "1;a=\"\\\r\n", "extension is malformed"}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Trailer, ChunkedRefused,
    ::testing::Values(
        Case{"NoColon", "0\r\nA\r\n\r\n", "no colon"},
        Case{"SpaceBeforeColon", "0\r\nA : b\r\n\r\n", "space before"},
        Case{"NoName", "0\r\n: b\r\n\r\n", "name is empty"},
        Case{"Folded", "0\r\nA: b\r\n c\r\n\r\n", "begin with whitespace"},
        Case{"FoldedFirst", "0\r\n A: b\r\n\r\n", "begin with whitespace"},
        Case{"BareLf", "0\r\nA: b\nC: d\r\n\r\n", "control character"},
        Case{"BareCr", "0\r\nA: b\rC: d\r\n\r\n", "with CR and LF"},
        Case{"Null", std::string("0\r\nA: \0\r\n\r\n", 10),
             "control character"},
        Case{"ContentLength", "0\r\nContent-Length: 5\r\n\r\n",
             "no trailer may have"},
        Case{"TransferEncoding", "0\r\ntransfer-encoding: chunked\r\n\r\n",
             "no trailer may have"},
        Case{"Host", "0\r\nHOST: a\r\n\r\n", "no trailer may have"},
        Case{"AnotherRequest", "0\r\nGET / HTTP/1.1\r\n\r\n", "no colon"}),
    NameOf);

// --- Limits -----------------------------------------------------------------

TEST(ChunkedDecoder, TakesTheLargestSizeThatFitsASignedNumber) {
  ChunkedDecoder decoder;
  EXPECT_EQ(decoder.TakeFraming("7fffffffffffffff\r\nab"), 18u);
  EXPECT_EQ(decoder.data_left(), 0x7fffffffffffffffu);
}

TEST(ChunkedDecoder, LooksAtNoContent) {
  ChunkedDecoder decoder;
  EXPECT_EQ(decoder.TakeFraming("3\r\nabc"), 3u);
  EXPECT_EQ(decoder.TakeFraming("abc"), 0u);
  EXPECT_EQ(decoder.data_left(), 3u);
}

TEST(ChunkedDecoder, TakesExtensionsUpToTheirLimit) {
  const std::string name(kExtensionBytes - 1, 'a');  // And the CR.
  EXPECT_EQ(Decode(absl::StrCat("0;", name, "\r\n\r\n")), "\"\"");
  EXPECT_THAT(Decode(absl::StrCat("0;", name, "a\r\n\r\n")),
              HasSubstr("extensions are too long"));
}

// Each is short, and they have no end.
TEST(ChunkedDecoder, RefusesMoreExtensionsThanContent) {
  std::string body;
  for (int i = 0; i < 1000; ++i) body += "1;a=bcdefgh\r\nx\r\n";
  EXPECT_THAT(Decode(body), HasSubstr("extensions are too long"));
}

TEST(ChunkedDecoder, TakesAnyNumberOfExtensionsThatAreShorterThanContent) {
  std::string body;
  for (int i = 0; i < 1000; ++i) body += "10;a=bcdefgh\r\n0123456789abcdef\r\n";
  EXPECT_THAT(Decode(body + kLast), EndsWith("abcdef\""));
}

TEST(ChunkedDecoder, TakesTrailersUpToTheirLimits) {
  const HeadLimits limits{.max_bytes = 20, .max_headers = 2};
  EXPECT_EQ(Decode("0\r\nA:1\r\nB:2\r\n\r\n", limits), "\"\" A=1 B=2");
  EXPECT_THAT(Decode("0\r\nA:1\r\nB:2\r\nC:3\r\n\r\n", limits),
              StartsWith("431 the body has too many trailers"));
  EXPECT_THAT(Decode("0\r\nA:1234567890123456789\r\n\r\n", limits),
              StartsWith("431 the body's trailers are too long"));
}

}  // namespace
}  // namespace cloche

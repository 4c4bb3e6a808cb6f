// RequestParser: where a head ends, however it arrives; its limits; what it
// refuses at once.

#include "cloche/http/request_parser.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cloche/http/request_parser_test.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr absl::string_view kGet =
    "GET /a?b=c HTTP/1.1\r\n"
    "Host: example.org\r\n"
    "Accept:\t*/* \r\n"
    "\r\n";
constexpr absl::string_view kGetText =
    "GET /a?b=c HTTP/1.1 [Host=example.org] [Accept=*/*] keeps, 56 bytes";
constexpr absl::string_view kHead10 = "\r\n\r\nHEAD / HTTP/1.0\r\n\r\n";

// --- One whole head ---------------------------------------------------------

TEST(RequestParser, FindsRequestLineAndHeadersInTheirOrder) {
  EXPECT_EQ(ParseWhole(kGet), kGetText);
}

TEST(RequestParser, NeedsMoreBeforeAnythingCame) {
  EXPECT_EQ(ParseWhole(""), "needs more");
}

TEST(RequestParser, TakesARequestWithoutHeaders) {
  EXPECT_EQ(ParseWhole("GET / HTTP/1.0\r\n\r\n"),
            "GET / HTTP/1.0 closes, 18 bytes");
}

TEST(RequestParser, LooksAtTheHeadersTogether) {
  EXPECT_EQ(ParseWhole("GET / HTTP/1.1\r\n\r\n"),
            "400 an HTTP/1.1 request must have a Host header");
}

TEST(RequestParser, LeavesWhatFollowsTheHeadToTheNextRequest) {
  const std::string both = absl::StrCat(kGet, "GET /2 HTTP/1.0\r\n\r\nrest");
  RequestParser parser({});
  ASSERT_EQ(parser.Parse(both), ParseState::kComplete);
  EXPECT_EQ(Describe(parser, ParseState::kComplete), kGetText);

  const absl::string_view next =
      absl::string_view(both).substr(parser.head_bytes());
  parser.Reset();
  const ParseState state = parser.Parse(next);
  EXPECT_EQ(Describe(parser, state), "GET /2 HTTP/1.0 closes, 19 bytes");
}

// --- A head in pieces -------------------------------------------------------

// Each kind of end: a request, refusals early and late, and none yet.
constexpr absl::string_view kTexts[] = {
    kGet,
    kHead10,
    "\r\n\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\nGET",
    "HEAD / HTTP/1.1\r\nHost : a\r\n\r\n",
    "GET / HTTP/3.0\r\n\r\n",
    "GET / HTTP/1.1\nHost: a\n\n",
    "GET /",
};

class RequestInPieces : public ::testing::TestWithParam<absl::string_view> {};

TEST_P(RequestInPieces, IsTheSameAtEverySplitPoint) {
  const absl::string_view text = GetParam();
  for (size_t split = 0; split <= text.size(); ++split) {
    RequestParser parser({});
    parser.Parse(text.substr(0, split));
    const ParseState state = parser.Parse(text);
    EXPECT_EQ(Describe(parser, state), ParseWhole(text)) << split;
  }
}

// Each time in memory of its own, exactly as large as it must be: a view that
// is kept too long, or a look beyond the end, is an error to AddressSanitizer.
TEST_P(RequestInPieces, MayMoveBetweenAnyTwoBytes) {
  const absl::string_view text = GetParam();
  RequestParser parser({});
  std::unique_ptr<char[]> block;
  ParseState state = ParseState::kNeedsMore;
  for (size_t size = 0; size <= text.size(); ++size) {
    auto moved = std::make_unique<char[]>(size);
    text.copy(moved.get(), size);
    state = parser.Parse(absl::string_view(moved.get(), size));
    block = std::move(moved);
    // What is found stays found in that very block.
    if (state != ParseState::kNeedsMore) break;
  }
  EXPECT_EQ(Describe(parser, state), ParseWhole(text));
}

// What lies behind the data would be refused, if it were looked at.
TEST_P(RequestInPieces, IsNotReadPastItsEnd) {
  const absl::string_view text = GetParam();
  for (size_t size = 0; size < text.size(); ++size) {
    std::string room = absl::StrCat(text.substr(0, size), std::string(9, '\0'));
    const absl::string_view data = absl::string_view(room).substr(0, size);
    EXPECT_EQ(ParseWhole(data), ParseWhole(std::string(data))) << size;
  }
}

INSTANTIATE_TEST_SUITE_P(Text, RequestInPieces, ::testing::ValuesIn(kTexts));

TEST(RequestParser, NeedsMoreUntilTheLastByteOfTheHead) {
  for (size_t size = 0; size < kGet.size(); ++size) {
    EXPECT_EQ(ParseWhole(kGet.substr(0, size)), "needs more") << size;
  }
}

TEST(RequestParser, KeepsItsAnswerWhateverComesAfter) {
  const std::string good = absl::StrCat(kGet, "\n");
  RequestParser parser({});
  ASSERT_EQ(parser.Parse(kGet), ParseState::kComplete);
  EXPECT_EQ(parser.Parse(good), ParseState::kComplete);
  EXPECT_EQ(parser.head_bytes(), kGet.size());

  RequestParser refusing({});
  ASSERT_EQ(refusing.Parse("\n"), ParseState::kRefused);
  EXPECT_EQ(refusing.Parse("\nGET / HTTP/1.0\r\n\r\n"), ParseState::kRefused);
}

// --- Empty lines before it (RFC 9112 section 2.2) ---------------------------

TEST(RequestParser, SkipsEmptyLinesBeforeTheRequestLine) {
  EXPECT_EQ(ParseWhole(absl::StrCat("\r\n\r\n", kGet)),
            "GET /a?b=c HTTP/1.1 [Host=example.org] [Accept=*/*] keeps, "
            "60 bytes");
}

TEST(RequestParser, HasNotStartedAtAnEmptyLineOrHalfOfOne) {
  for (const absl::string_view text :
       {"", "\r", "\r\n", "\r\n\r", "\r\n\r\n"}) {
    RequestParser parser({});
    parser.Parse(text);
    EXPECT_FALSE(parser.started()) << text.size();
  }
}

TEST(RequestParser, HasStartedWithTheFirstByteOfARequest) {
  for (const absl::string_view text :
       {"G", "\r\nG", "\r\n\r\nGET / HTTP/1.1"}) {
    RequestParser parser({});
    parser.Parse(text);
    EXPECT_TRUE(parser.started()) << text;
  }
}

// --- Limits -----------------------------------------------------------------

// A head of `size` bytes in all, most of them in its one header.
std::string HeadOf(size_t size) {
  constexpr absl::string_view kBegin = "GET / HTTP/1.0\r\nA: ";
  return absl::StrCat(kBegin, std::string(size - kBegin.size() - 4, 'a'),
                      "\r\n\r\n");
}

TEST(RequestParser, TakesAHeadOfExactlyTheLimitAndNotOfAByteMore) {
  EXPECT_THAT(ParseWhole(HeadOf(100), {.max_bytes = 100}),
              StartsWith("GET / HTTP/1.0"));
  EXPECT_EQ(ParseWhole(HeadOf(101), {.max_bytes = 100}),
            "431 the request's headers are too long");
}

TEST(RequestParser, RefusesALongHeaderAsSoonAsItCannotFitAnyMore) {
  const HeadLimits limits{.max_bytes = 100};
  const std::string head = HeadOf(1000);
  EXPECT_EQ(ParseWhole(head.substr(0, 98), limits), "needs more");
  EXPECT_EQ(ParseWhole(head.substr(0, 99), limits),
            "431 the request's headers are too long");
}

TEST(RequestParser, RefusesALongRequestLineAsSoonAsItCannotFitAnyMore) {
  const HeadLimits limits{.max_bytes = 100};
  const std::string line = absl::StrCat("GET /", std::string(1000, 'a'));
  EXPECT_EQ(ParseWhole(line.substr(0, 98), limits), "needs more");
  EXPECT_EQ(ParseWhole(line.substr(0, 99), limits),
            "414 the request line is too long");
}

// "GET / HTTP/1.0" and its end are 16 bytes, the empty line two more.
TEST(RequestParser, SaysWhichPartOfTheHeadWasTooLong) {
  constexpr absl::string_view kShortest = "GET / HTTP/1.0\r\n\r\n";
  EXPECT_EQ(ParseWhole(kShortest, {.max_bytes = 15}),
            "414 the request line is too long");
  EXPECT_EQ(ParseWhole(kShortest, {.max_bytes = 16}),
            "431 the request's headers are too long");
  EXPECT_EQ(ParseWhole(kShortest, {.max_bytes = 17}),
            "431 the request's headers are too long");
  EXPECT_EQ(ParseWhole(kShortest, {.max_bytes = 18}),
            "GET / HTTP/1.0 closes, 18 bytes");
}

TEST(RequestParser, CountsEmptyLinesBeforeTheRequestLineToo) {
  std::string text;
  for (int i = 0; i < 50; ++i) text += "\r\n";
  EXPECT_EQ(ParseWhole(text, {.max_bytes = 102}), "needs more");
  EXPECT_THAT(ParseWhole(text, {.max_bytes = 100}), StartsWith("414"));
}

TEST(RequestParser, TakesARequestLineOfExactlyItsLimitAndNotAByteMore) {
  // With its line end it is 16 bytes.
  constexpr absl::string_view kHead = "GET / HTTP/1.0\r\n\r\n";
  EXPECT_THAT(ParseWhole(kHead, {.max_request_line_bytes = 16}),
              StartsWith("GET / HTTP/1.0"));
  EXPECT_EQ(ParseWhole(kHead, {.max_request_line_bytes = 15}),
            "414 the request line is too long");
}

TEST(RequestParser, MeasuresTheRequestLineWithoutWhatCameBeforeIt) {
  EXPECT_THAT(ParseWhole("\r\n\r\nGET / HTTP/1.0\r\n\r\n",
                         {.max_request_line_bytes = 16}),
              StartsWith("GET / HTTP/1.0"));
}

std::string HeadWithHeaders(int count) {
  std::string text = "GET / HTTP/1.0\r\n";
  for (int i = 0; i < count; ++i) text += "A: b\r\n";
  return text + "\r\n";
}

TEST(RequestParser, TakesExactlyAsManyHeadersAsAllowedAndNotOneMore) {
  const HeadLimits limits{.max_headers = 3};
  EXPECT_THAT(ParseWhole(HeadWithHeaders(3), limits),
              StartsWith("GET / HTTP/1.0 [A=b] [A=b] [A=b] closes"));
  EXPECT_EQ(ParseWhole(HeadWithHeaders(4), limits),
            "431 there are too many headers");
}

TEST(RequestParser, MayAllowNoHeaderAtAll) {
  const HeadLimits limits{.max_headers = 0};
  EXPECT_THAT(ParseWhole(HeadWithHeaders(0), limits), StartsWith("GET"));
  EXPECT_THAT(ParseWhole(HeadWithHeaders(1), limits), StartsWith("431"));
}

// --- What is refused at once ------------------------------------------------

struct Wrong {
  absl::string_view name;
  absl::string_view text;  // Its last byte is the one too many.
};

class RequestParserRefuses : public ::testing::TestWithParam<Wrong> {};

TEST_P(RequestParserRefuses, WithTheByteThatFitsNowhere) {
  const absl::string_view text = GetParam().text;
  EXPECT_EQ(ParseWhole(text.substr(0, text.size() - 1)), "needs more");
  EXPECT_THAT(ParseWhole(text), StartsWith("400"));
}

INSTANTIATE_TEST_SUITE_P(
    Byte, RequestParserRefuses,
    ::testing::Values(
        Wrong{"BareLineFeedFirst", "\n"},
        Wrong{"BareLineFeedInRequestLine", "GET / HTTP/1.1\n"},
        Wrong{"BareLineFeedInHeader", "GET / HTTP/1.1\r\nA: b\n"},
        Wrong{"BareLineFeedAtTheEnd", "GET / HTTP/1.1\r\nHost: a\r\n\n"},
        Wrong{"BareCarriageReturn", "GET / HTTP/1.1\r\nA: b\rc"},
        Wrong{"TwoCarriageReturns", "GET / HTTP/1.1\r\r"},
        Wrong{"NulInRequestLine", absl::string_view("GET /\0", 6)},
        Wrong{"NulInHeader", absl::string_view("GET / HTTP/1.1\r\nA:\0", 19)},
        Wrong{"Delete", "GET / HTTP/1.1\r\nA: \x7f"},
        Wrong{"Escape", "GET / HTTP/1.1\r\nA: \x1b"},
        Wrong{"Folding", "GET / HTTP/1.1\r\nA: b\r\n c\r\n"},
        Wrong{"SpaceBeforeColon", "GET / HTTP/1.1\r\nHost : a\r\n"},
        Wrong{"FoldingBeforeAnyHeader", "GET / HTTP/1.1\r\n A: b\r\n"},
        Wrong{"NoColon", "GET / HTTP/1.1\r\nHost\r\n"},
        Wrong{"NoVersion", "GET /\r\n"}),
    [](const auto& info) { return std::string(info.param.name); });

// A client that speaks TLS to a port that does not.
TEST(RequestParser, RefusesTheFirstByteOfTls) {
  EXPECT_THAT(ParseWhole("\x16\x03\x01"), StartsWith("400"));
}

TEST(RequestParser, KnowsThatARefusedRequestWasHead) {
  EXPECT_THAT(ParseWhole("HEAD / HTTP/1.1\r\nA:\n"), HasSubstr("(to HEAD)"));
  EXPECT_THAT(ParseWhole("HEAD / HTTP/1.1\r\n\r\n"), HasSubstr("(to HEAD)"));
  EXPECT_THAT(ParseWhole("HEAD / HTTP/3.0\r\n"), HasSubstr("(to HEAD)"));
  EXPECT_THAT(ParseWhole("GET / HTTP/3.0\r\n"),
              ::testing::Not(HasSubstr("(to HEAD)")));
}

// Whoever gives up waiting for the rest has to answer without a body, too.
TEST(RequestParser, KnowsThatAnUnfinishedRequestIsHead) {
  RequestParser parser{HeadLimits()};
  EXPECT_EQ(parser.Parse("HEAD / HTTP"), ParseState::kNeedsMore);
  EXPECT_TRUE(parser.is_head());
}

TEST(RequestParser, KnowsThatALineTooLongToBeReadWasHead) {
  const HeadLimits limits{.max_bytes = 100};
  const std::string rest(1000, 'a');
  EXPECT_EQ(ParseWhole(absl::StrCat("HEAD /", rest), limits),
            "414 the request line is too long (to HEAD)");
  EXPECT_EQ(ParseWhole(absl::StrCat("\r\nHEAD /", rest), limits),
            "414 the request line is too long (to HEAD)");
  EXPECT_EQ(ParseWhole(absl::StrCat("HEADER /", rest), limits),
            "414 the request line is too long");
}

// The same answer as if it had come byte by byte.
TEST(RequestParser, RefusesAWrongByteForItselfAlsoInAWholeLine) {
  constexpr char kWrongByte[] = "400 a control character, or a line";
  EXPECT_THAT(ParseWhole("GET /\x01 HTTP/3.0\r\n"), StartsWith(kWrongByte));
  EXPECT_THAT(ParseWhole("GET / HTTP/1.1\r\nA \x01\r\n"),
              StartsWith(kWrongByte));
}

// --- Reset ------------------------------------------------------------------

constexpr absl::string_view kPlain = "GET / HTTP/1.1\r\nHost: b\r\n\r\n";
constexpr absl::string_view kPlainText =
    "GET / HTTP/1.1 [Host=b] keeps, 27 bytes";

class RequestParserReset : public ::testing::TestWithParam<absl::string_view> {
};

TEST_P(RequestParserReset, KeepsNothing) {
  RequestParser parser({});
  parser.Parse(GetParam());
  parser.Reset();
  EXPECT_FALSE(parser.started());
  EXPECT_FALSE(parser.is_head());
  EXPECT_EQ(parser.Parse(""), ParseState::kNeedsMore);
  const ParseState state = parser.Parse(kPlain);
  EXPECT_EQ(Describe(parser, state), kPlainText);
  EXPECT_FALSE(parser.is_head());
}

INSTANTIATE_TEST_SUITE_P(After, RequestParserReset,
                         ::testing::ValuesIn(kTexts));

TEST(RequestParser, ResetAlsoForgetsWhatCheckRequestFound) {
  RequestParser parser({});
  ASSERT_EQ(parser.Parse(kPlain), ParseState::kComplete);
  parser.Reset();
  EXPECT_THAT(parser.request().headers, IsEmpty());
  EXPECT_FALSE(parser.request().keep_alive);

  ASSERT_EQ(parser.Parse("POST / HTTP/1.1\r\nHost: b\r\nContent-Length: 5\r\n"
                         "Expect: 100-continue\r\n\r\n"),
            ParseState::kComplete);
  parser.Reset();
  EXPECT_EQ(parser.request().framing, BodyFraming());
  EXPECT_FALSE(parser.request().expects_continue);
}

TEST(RequestParser, HoldsABodysBeginningNotForAHead) {
  constexpr absl::string_view kPost =
      "POST / HTTP/1.1\r\nHost: b\r\nContent-Length: 5\r\n\r\n";
  const std::string text = absl::StrCat(kPost, "12345");
  RequestParser parser({});
  ASSERT_EQ(parser.Parse(text), ParseState::kComplete);
  EXPECT_EQ(parser.head_bytes(), kPost.size());
}

}  // namespace
}  // namespace cloche

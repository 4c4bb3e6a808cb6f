// ResponseParser: where an answer's head ends, however it arrives; its limits;
// what it refuses at once.

#include "cloche/http/response_parser.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Describe(const ResponseParser& parser, ParseState state) {
  if (state == ParseState::kNeedsMore) return "needs more";
  if (state == ParseState::kRefused) {
    return absl::StrCat("refused: ", parser.refusal().reason);
  }
  const ResponseHead& head = parser.head();
  std::string text = absl::StrCat(head.status_code, " ", head.reason);
  for (const Header& header : head.headers) {
    absl::StrAppend(&text, " [", header.name, "=", header.value, "]");
  }
  return absl::StrCat(text, head.keep_alive ? " keeps, " : " closes, ",
                      parser.head_bytes(), " bytes");
}

std::string ParseWhole(absl::string_view text, HeadLimits limits = {}) {
  ResponseParser parser(limits);
  const ParseState state = parser.Parse(text);
  return Describe(parser, state);
}

constexpr absl::string_view kOk =
    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nA:\tb \r\n\r\n";
constexpr absl::string_view kOkText =
    "200 OK [Content-Length=3] [A=b] keeps, 45 bytes";

constexpr absl::string_view kTexts[] = {
    kOk,
    "HTTP/1.0 404 \r\n\r\nbody",
    "HTTP/1.1 200\r\n",
    "HTTP/1.1 200 OK\nA: b\n\n",
    "HTTP/1.1 200 OK\r\nA : b\r\n",
    "HTTP/1.1 200 OK\r\nA: \x01\r\n",
    "HTTP/1.1 2",
};

class ResponseInPieces : public ::testing::TestWithParam<absl::string_view> {};

TEST_P(ResponseInPieces, IsTheSameAtEverySplitPoint) {
  const absl::string_view text = GetParam();
  for (size_t split = 0; split <= text.size(); ++split) {
    ResponseParser parser({});
    parser.Parse(text.substr(0, split));
    const ParseState state = parser.Parse(text);
    EXPECT_EQ(Describe(parser, state), ParseWhole(text)) << split;
  }
}

// Each time in memory of its own, exactly as large as it must be: a view that
// is kept too long, or a look beyond the end, is an error to AddressSanitizer.
TEST_P(ResponseInPieces, MayMoveBetweenAnyTwoBytes) {
  const absl::string_view text = GetParam();
  ResponseParser parser({});
  std::unique_ptr<char[]> block;
  ParseState state = ParseState::kNeedsMore;
  for (size_t size = 0; size <= text.size(); ++size) {
    auto moved = std::make_unique<char[]>(size);
    text.copy(moved.get(), size);
    state = parser.Parse(absl::string_view(moved.get(), size));
    block = std::move(moved);
    if (state != ParseState::kNeedsMore) break;
  }
  EXPECT_EQ(Describe(parser, state), ParseWhole(text));
}

INSTANTIATE_TEST_SUITE_P(Text, ResponseInPieces, ::testing::ValuesIn(kTexts));

TEST(ResponseParser, FindsStatusLineAndHeadersInTheirOrder) {
  EXPECT_EQ(ParseWhole(kOk), kOkText);
  EXPECT_EQ(ParseWhole(absl::StrCat(kOk, "the body")), kOkText);
}

// A server has no reason to send one, and the body before may have been longer
// than it said.
TEST(ResponseParser, RefusesAnEmptyLineBeforeTheStatusLine) {
  EXPECT_EQ(ParseWhole("\r\nHTTP/1.1 200 OK\r\n\r\n"),
            "refused: the answer does not begin with an HTTP version");
}

TEST(ResponseParser, RefusesAtOnceWhatFitsNowhere) {
  EXPECT_THAT(ParseWhole("HTTP/1.1 200 OK\n"), HasSubstr("CR and LF"));
  EXPECT_THAT(ParseWhole(absl::string_view("HTTP/1.1 200 \0", 14)),
              HasSubstr("control character"));
  EXPECT_THAT(ParseWhole("\x15\x03\x01"), HasSubstr("control character"));
}

TEST(ResponseParser, TakesHeadsUpToItsLimitsAndNotMore) {
  EXPECT_EQ(ParseWhole(kOk, {.max_bytes = 45}), kOkText);
  EXPECT_EQ(ParseWhole(kOk, {.max_bytes = 44}),
            "refused: the answer's headers are too long");
  EXPECT_EQ(ParseWhole(kOk, {.max_request_line_bytes = 17}), kOkText);
  EXPECT_EQ(ParseWhole(kOk, {.max_request_line_bytes = 16}),
            "refused: the status line is too long");
  EXPECT_EQ(ParseWhole(kOk, {.max_headers = 2}), kOkText);
  EXPECT_EQ(ParseWhole(kOk, {.max_headers = 1}),
            "refused: the answer has too many headers");
}

TEST(ResponseParser, KnowsThatAnAnswerToHeadHasNoBody) {
  ResponseParser parser({});
  parser.Reset(/*to_head=*/true);
  ASSERT_EQ(parser.Parse(kOk), ParseState::kComplete);
  EXPECT_EQ(parser.head().framing.kind, BodyKind::kNone);
  parser.Reset(/*to_head=*/false);
  ASSERT_EQ(parser.Parse(kOk), ParseState::kComplete);
  EXPECT_EQ(parser.head().framing.kind, BodyKind::kLength);
}

TEST(ResponseParser, ResetForgetsWhatWasRefused) {
  ResponseParser parser({});
  ASSERT_EQ(parser.Parse("\n"), ParseState::kRefused);
  parser.Reset(false);
  const ParseState state = parser.Parse(kOk);
  EXPECT_EQ(Describe(parser, state), kOkText);
}

TEST(ResponseParser, LooksAtTheHeadersTogether) {
  EXPECT_THAT(ParseWhole("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"),
              StartsWith("refused: the Content-Length is not a number"));
}

}  // namespace
}  // namespace cloche

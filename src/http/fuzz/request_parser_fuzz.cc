// RequestParser, for any bytes, in any pieces.
//
// It must give one answer however the bytes come and wherever the buffer
// stands; and what it accepts must leave no second meaning: each part inside
// the head and of its own characters, one length of the body and no more, and
// the same request when it is written down anew.
//
// Next: http/request_parser_test.cc, which says what is accepted.

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cloche/http/characters.h"
#include "cloche/http/fuzz/pieces.h"
#include "cloche/http/request_parser.h"
#include "cloche/http/request_parser_test.h"
#include "cloche/testing/fuzz/fuzz_target.h"
#include "cloche/testing/fuzz/script.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

std::string AllOf(const RequestParser& parser, ParseState state) {
  std::string text = Describe(parser, state);
  if (state != ParseState::kComplete) return text;
  const Request& request = parser.request();
  const auto kind = static_cast<int>(request.framing.kind);
  return absl::StrCat(text, ", and ", request.target, ", body ", kind, " ",
                      request.framing.length,
                      request.expects_continue ? ", expects 100" : "");
}

std::string AnswerTo(absl::string_view text, const HeadLimits& limits) {
  const Block block(text);
  RequestParser parser(limits);
  const ParseState state = parser.Parse(block.text());
  return AllOf(parser, state);
}

void ExpectSoundRequestLine(const Request& request, absl::string_view head) {
  ExpectInside(request.method, head);
  ExpectInside(request.target, head);
  ExpectInside(request.query, request.target);
  // "http://host" has a path that it does not spell.
  if (request.target.front() == '/') ExpectInside(request.path, request.target);
  EXPECT_TRUE(IsToken(request.method));
  EXPECT_TRUE(ConsistsOf(request.target, IsVisible));
}

void ExpectOneLength(const Request& request) {
  const auto lengths = ValuesOf(request.headers, "Content-Length");
  if (!ValuesOf(request.headers, "Transfer-Encoding").empty()) {
    EXPECT_TRUE(lengths.empty());
    EXPECT_EQ(request.minor_version, 1);
    EXPECT_EQ(request.framing, (BodyFraming{.kind = BodyKind::kChunked}));
  } else if (!lengths.empty()) {
    EXPECT_EQ(lengths.size(), 1u);
    EXPECT_EQ(request.framing.kind, BodyKind::kLength);
    EXPECT_EQ(absl::StrCat(request.framing.length), lengths.front());
  } else {
    EXPECT_EQ(request.framing, BodyFraming{});
  }
}

// The request as somebody would send it who had understood it.
std::string Written(const Request& request) {
  return absl::StrCat(request.method, " ", request.target, " HTTP/1.",
                      request.minor_version, "\r\n",
                      WrittenHeaders(request.headers), "\r\n");
}

void ExpectSound(const RequestParser& parser, absl::string_view text,
                 const HeadLimits& limits) {
  const Request& request = parser.request();
  const size_t size = parser.head_bytes();
  ASSERT_LE(size, std::min(text.size(), limits.max_bytes));
  const absl::string_view head = text.substr(0, size);
  EXPECT_TRUE(absl::EndsWith(head, "\r\n\r\n"));
  EXPECT_LE(request.headers.size(), limits.max_headers);
  ExpectSoundRequestLine(request, head);
  ExpectSoundHeaders(request.headers, head);
  ExpectOneLength(request);
  const std::string answer = AllOf(parser, ParseState::kComplete);
  EXPECT_EQ(AnswerTo(head, limits), answer);
  EXPECT_EQ(WithoutSize(AnswerTo(Written(request), limits)),
            WithoutSize(answer));
}

// One request after the other, all with the same parser, as on a connection.
void ExpectSoundOneAfterTheOther(absl::string_view text,
                                 const HeadLimits& limits) {
  RequestParser parser(limits);
  while (true) {
    const ParseState state = parser.Parse(text);
    EXPECT_EQ(AllOf(parser, state), AnswerTo(text, limits));
    if (state != ParseState::kComplete) return;
    ExpectSound(parser, text, limits);
    text.remove_prefix(parser.head_bytes());
    parser.Reset();
  }
}

}  // namespace

void FuzzOne(absl::string_view input) {
  const Script pieces = ReadScript(input);
  const Block whole(AllBytes(pieces));
  for (const HeadLimits& limits : kFuzzLimits) {
    const std::string answer = AnswerTo(whole.text(), limits);
    EXPECT_EQ(ParseInOnePlace(RequestParser(limits), pieces, AllOf), answer);
    EXPECT_EQ(ParseInMovingBuffer(RequestParser(limits), pieces, AllOf),
              answer);
    ExpectSoundOneAfterTheOther(whole.text(), limits);
  }
}

}  // namespace cloche

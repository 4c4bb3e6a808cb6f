// ResponseParser, for any bytes, in any pieces, in answer to HEAD and to
// others.
//
// It must give one answer however the bytes come and wherever the buffer
// stands; and what it accepts must leave no doubt where the body ends.
//
// Next: http/response_parser_test.cc, which says what is accepted.

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cloche/http/characters.h"
#include "cloche/http/fuzz/pieces.h"
#include "cloche/http/response_parser.h"
#include "cloche/http/status_code.h"
#include "cloche/testing/fuzz/fuzz_target.h"
#include "cloche/testing/fuzz/script.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

std::string AllOf(const ResponseParser& parser, ParseState state) {
  if (state == ParseState::kNeedsMore) return "needs more";
  if (state == ParseState::kRefused) {
    return absl::StrCat("refused: ", parser.refusal().reason);
  }
  const ResponseHead& head = parser.head();
  const auto kind = static_cast<int>(head.framing.kind);
  std::string text =
      absl::StrCat("HTTP/1.", head.minor_version, " ", head.status_code, " ",
                   head.reason, " ", WrittenHeaders(head.headers));
  return absl::StrCat(text, ", ", parser.head_bytes(), ", and body ", kind, " ",
                      head.framing.length, head.keep_alive ? " keeps" : "");
}

ResponseParser NewParser(const HeadLimits& limits, bool to_head) {
  ResponseParser parser(limits);
  parser.Reset(to_head);
  return parser;
}

std::string AnswerTo(absl::string_view text, const HeadLimits& limits,
                     bool to_head) {
  const Block block(text);
  ResponseParser parser = NewParser(limits, to_head);
  const ParseState state = parser.Parse(block.text());
  return AllOf(parser, state);
}

// RFC 9112 section 6.3, in its order.
BodyFraming FramingOf(const ResponseHead& head, bool to_head) {
  const auto lengths = ValuesOf(head.headers, "Content-Length");
  const auto codings = ValuesOf(head.headers, "Transfer-Encoding");
  if (to_head || !HasContent(head.status_code)) return {};
  EXPECT_LE(lengths.size() + (codings.empty() ? 0 : 1), 1u);
  if (!codings.empty()) return {.kind = BodyKind::kChunked};
  if (lengths.empty()) return {.kind = BodyKind::kUntilClose};
  EXPECT_EQ(absl::StrCat(head.framing.length), lengths.front());
  return {.kind = BodyKind::kLength, .length = head.framing.length};
}

std::string Written(const ResponseHead& head) {
  return absl::StrCat("HTTP/1.", head.minor_version, " ", head.status_code, " ",
                      head.reason, "\r\n", WrittenHeaders(head.headers),
                      "\r\n");
}

void ExpectSound(const ResponseParser& parser, absl::string_view text,
                 const HeadLimits& limits, bool to_head) {
  const ResponseHead& head = parser.head();
  const size_t size = parser.head_bytes();
  ASSERT_LE(size, std::min(text.size(), limits.max_bytes));
  const absl::string_view bytes = text.substr(0, size);
  EXPECT_TRUE(absl::EndsWith(bytes, "\r\n\r\n"));
  EXPECT_LE(head.headers.size(), limits.max_headers);
  EXPECT_GE(head.status_code, 100);
  EXPECT_LE(head.status_code, 999);
  ExpectInside(head.reason, bytes);
  EXPECT_EQ(CountWhile(head.reason, IsFieldCharacter), head.reason.size());
  ExpectSoundHeaders(head.headers, bytes);
  EXPECT_EQ(head.framing, FramingOf(head, to_head));
  // What ends with the connection keeps no connection.
  EXPECT_FALSE(head.keep_alive && head.framing.kind == BodyKind::kUntilClose);
  const std::string answer = AllOf(parser, ParseState::kComplete);
  EXPECT_EQ(AnswerTo(bytes, limits, to_head), answer);
  EXPECT_EQ(WithoutSize(AnswerTo(Written(head), limits, to_head)),
            WithoutSize(answer));
}

// One answer after the other, all with the same parser, as on a connection.
void ExpectSoundOneAfterTheOther(absl::string_view text,
                                 const HeadLimits& limits, bool to_head) {
  ResponseParser parser = NewParser(limits, to_head);
  while (true) {
    const ParseState state = parser.Parse(text);
    EXPECT_EQ(AllOf(parser, state), AnswerTo(text, limits, to_head));
    if (state != ParseState::kComplete) return;
    ExpectSound(parser, text, limits, to_head);
    text.remove_prefix(parser.head_bytes());
    parser.Reset(to_head);
  }
}

}  // namespace

void FuzzOne(absl::string_view input) {
  const Script pieces = ReadScript(input);
  const Block whole(AllBytes(pieces));
  for (const HeadLimits& limits : kFuzzLimits) {
    for (const bool to_head : {false, true}) {
      const std::string answer = AnswerTo(whole.text(), limits, to_head);
      const ResponseParser parser = NewParser(limits, to_head);
      EXPECT_EQ(ParseInOnePlace(parser, pieces, AllOf), answer);
      EXPECT_EQ(ParseInMovingBuffer(parser, pieces, AllOf), answer);
      ExpectSoundOneAfterTheOther(whole.text(), limits, to_head);
    }
  }
}

}  // namespace cloche

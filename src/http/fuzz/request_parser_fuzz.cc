// RequestParser, for any bytes, in any pieces.
//
// It must give one answer however the bytes come and wherever the buffer
// stands; and what it accepts must leave no second meaning: each part inside
// the head and of its own characters, one length of the body and no more, and
// the same request when it is written down anew.
//
// Next: http/request_parser_test.cc, which says what is accepted.

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cloche/http/characters.h"
#include "cloche/http/request_parser.h"
#include "cloche/http/request_parser_test.h"
#include "cloche/testing/fuzz/fuzz_target.h"
#include "cloche/testing/fuzz/script.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

// As they are, and so small that short inputs meet them.
constexpr HeadLimits kLimits[] = {
    {},
    {.max_request_line_bytes = 60, .max_bytes = 200, .max_headers = 5},
};

// Bytes in a block of just their size: ASan sees whoever reads past the end.
class Block {
 public:
  explicit Block(absl::string_view text) : bytes_(text.begin(), text.end()) {}
  absl::string_view text() const { return {bytes_.data(), bytes_.size()}; }

 private:
  std::vector<char> bytes_;
};

std::string AllOf(const RequestParser& parser, ParseState state) {
  std::string text = Describe(parser, state);
  if (state != ParseState::kComplete) return text;
  const Request& request = parser.request();
  const auto kind = static_cast<int>(request.framing.kind);
  return absl::StrCat(text, ", target ", request.target, ", body ", kind, " ",
                      request.framing.length,
                      request.expects_continue ? ", expects 100" : "");
}

std::string AnswerTo(absl::string_view text, const HeadLimits& limits) {
  const Block block(text);
  RequestParser parser(limits);
  const ParseState state = parser.Parse(block.text());
  return AllOf(parser, state);
}

// With all that has come so far, after each piece.
std::string AnswerInOnePlace(const Script& pieces, const HeadLimits& limits) {
  const Block block(AllBytes(pieces));
  RequestParser parser(limits);
  ParseState state = ParseState::kNeedsMore;
  size_t size = 0;
  for (const ScriptStep& piece : pieces) {
    size += piece.bytes.size();
    state = parser.Parse(block.text().substr(0, size));
  }
  return AllOf(parser, state);
}

// In a buffer that moves whenever something comes, and never is larger.
std::string AnswerInMovingBuffer(const Script& pieces,
                                 const HeadLimits& limits) {
  auto block = std::make_unique<Block>("");
  RequestParser parser(limits);
  ParseState state = ParseState::kNeedsMore;
  for (const ScriptStep& piece : pieces) {
    auto moved =
        std::make_unique<Block>(absl::StrCat(block->text(), piece.bytes));
    block = std::move(moved);
    state = parser.Parse(block->text());
    if (state != ParseState::kNeedsMore) break;
  }
  return AllOf(parser, state);
}

void ExpectInside(absl::string_view part, absl::string_view head) {
  if (part.empty()) return;
  EXPECT_GE(part.data(), head.data());
  EXPECT_LE(part.data() + part.size(), head.data() + head.size());
}

void ExpectPartsInside(const Request& request, absl::string_view head) {
  ExpectInside(request.method, head);
  ExpectInside(request.target, head);
  ExpectInside(request.query, head);
  // "http://host" has a path that it does not spell.
  if (request.target.front() == '/') ExpectInside(request.path, head);
  for (const Header& header : request.headers) {
    ExpectInside(header.name, head);
    ExpectInside(header.value, head);
  }
}

void ExpectOwnCharacters(const Request& request) {
  EXPECT_TRUE(IsToken(request.method));
  EXPECT_TRUE(ConsistsOf(request.target, IsVisible));
  EXPECT_TRUE(absl::StrContains(request.target, request.query));
  for (const Header& header : request.headers) {
    EXPECT_TRUE(IsToken(header.name));
    EXPECT_EQ(CountWhile(header.value, IsFieldCharacter), header.value.size());
    EXPECT_EQ(TrimWhitespace(header.value), header.value);
  }
}

std::vector<absl::string_view> ValuesOf(const Request& request,
                                        absl::string_view name) {
  std::vector<absl::string_view> values;
  for (const Header& header : request.headers) {
    if (absl::EqualsIgnoreCase(header.name, name)) {
      values.push_back(header.value);
    }
  }
  return values;
}

void ExpectOneLength(const Request& request) {
  const auto lengths = ValuesOf(request, "Content-Length");
  const auto codings = ValuesOf(request, "Transfer-Encoding");
  if (!codings.empty()) {
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
  std::string text = absl::StrCat(request.method, " ", request.target,
                                  " HTTP/1.", request.minor_version, "\r\n");
  for (const Header& header : request.headers) {
    absl::StrAppend(&text, header.name, ":", header.value, "\r\n");
  }
  return absl::StrCat(text, "\r\n");
}

// What is said of a request, without its size.
std::string WithoutSize(absl::string_view answer) {
  const size_t begin = answer.rfind(", target ");
  return absl::StrCat(answer.substr(0, answer.rfind(',', begin - 1)),
                      answer.substr(begin));
}

void ExpectSound(RequestParser& parser, absl::string_view text,
                 const HeadLimits& limits) {
  const Request& request = parser.request();
  const size_t size = parser.head_bytes();
  ASSERT_LE(size, std::min(text.size(), limits.max_bytes));
  const absl::string_view head = text.substr(0, size);
  EXPECT_TRUE(absl::EndsWith(head, "\r\n\r\n"));
  EXPECT_LE(request.headers.size(), limits.max_headers);
  ExpectPartsInside(request, head);
  ExpectOwnCharacters(request);
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
  for (const HeadLimits& limits : kLimits) {
    const std::string answer = AnswerTo(whole.text(), limits);
    EXPECT_EQ(AnswerInOnePlace(pieces, limits), answer);
    EXPECT_EQ(AnswerInMovingBuffer(pieces, limits), answer);
    ExpectSoundOneAfterTheOther(whole.text(), limits);
  }
}

}  // namespace cloche

// What the fuzz targets of the parsers of heads share: to give a parser the
// same bytes in the ways in which a connection may.
//
// Next: http/fuzz/request_parser_fuzz.cc, http/fuzz/response_parser_fuzz.cc.

#ifndef CLOCHE_HTTP_FUZZ_PIECES_H_
#define CLOCHE_HTTP_FUZZ_PIECES_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cloche/http/characters.h"
#include "cloche/http/headers.h"
#include "cloche/http/request_parser.h"
#include "cloche/testing/fuzz/script.h"
#include "gtest/gtest.h"

namespace cloche {

// As they are, and so small that short inputs meet them.
inline constexpr HeadLimits kFuzzLimits[] = {
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

// What `tell` says of the parser, which is new, and its last state, when it has
// had all that has come so far after each piece, always in the same place.
template <typename Parser, typename Tell>
std::string ParseInOnePlace(Parser parser, const Script& pieces, Tell tell) {
  const Block block(AllBytes(pieces));
  ParseState state = ParseState::kNeedsMore;
  size_t size = 0;
  for (const ScriptStep& piece : pieces) {
    size += piece.bytes.size();
    state = parser.Parse(block.text().substr(0, size));
  }
  return tell(parser, state);
}

// The same in a buffer that moves whenever something comes.
template <typename Parser, typename Tell>
std::string ParseInMovingBuffer(Parser parser, const Script& pieces,
                                Tell tell) {
  auto block = std::make_unique<Block>("");
  ParseState state = ParseState::kNeedsMore;
  for (const ScriptStep& piece : pieces) {
    auto moved =
        std::make_unique<Block>(absl::StrCat(block->text(), piece.bytes));
    block = std::move(moved);
    state = parser.Parse(block->text());
    if (state != ParseState::kNeedsMore) break;
  }
  return tell(parser, state);
}

inline void ExpectInside(absl::string_view part, absl::string_view head) {
  if (part.empty()) return;
  EXPECT_GE(part.data(), head.data());
  EXPECT_LE(part.data() + part.size(), head.data() + head.size());
}

inline void ExpectSoundHeaders(const Headers& headers, absl::string_view head) {
  for (const Header& header : headers) {
    ExpectInside(header.name, head);
    ExpectInside(header.value, head);
    EXPECT_TRUE(IsToken(header.name));
    EXPECT_EQ(CountWhile(header.value, IsFieldCharacter), header.value.size());
    EXPECT_EQ(TrimWhitespace(header.value), header.value);
  }
}

// The values of all headers of that name.
inline std::vector<absl::string_view> ValuesOf(const Headers& headers,
                                               absl::string_view name) {
  std::vector<absl::string_view> values;
  for (const Header& header : headers) {
    if (absl::EqualsIgnoreCase(header.name, name)) {
      values.push_back(header.value);
    }
  }
  return values;
}

// The lines of the headers, as somebody would write them who had understood.
inline std::string WrittenHeaders(const Headers& headers) {
  std::string text;
  for (const Header& header : headers) {
    absl::StrAppend(&text, header.name, ":", header.value, "\r\n");
  }
  return text;
}

// What `tell` said of a head, without its size, which is before ", and "; all
// of it if that is not there.
inline std::string WithoutSize(absl::string_view answer) {
  const size_t begin = answer.rfind(", and ");
  if (begin == absl::string_view::npos) return std::string(answer);
  return absl::StrCat(answer.substr(0, answer.rfind(',', begin - 1)),
                      answer.substr(begin));
}

}  // namespace cloche

#endif  // CLOCHE_HTTP_FUZZ_PIECES_H_

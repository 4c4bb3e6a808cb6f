// ChunkedDecoder, for any bytes, in any pieces.
//
// It must give one result however the bytes come; and where it finds the
// content of a body and its end, a second reader, which is as simple as the
// grammar and looks at whole lines, must find the same, or a request could be
// smuggled past one of them.
//
// Next: http/chunked_decoder_test.cc, which says what is accepted.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "cloche/http/characters.h"
#include "cloche/http/chunked_decoder.h"
#include "cloche/http/chunked_decoder_test.h"
#include "cloche/testing/fuzz/fuzz_target.h"
#include "cloche/testing/fuzz/script.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

// So small that short inputs meet them.
constexpr HeadLimits kLimits{.max_bytes = 100, .max_headers = 4};

std::string DecodeScript(const Script& pieces) {
  DecodedBody body(kLimits);
  for (const ScriptStep& piece : pieces) body.Take(piece.bytes);
  return body.ToString();
}

// Takes a line and its CR LF off the front of `text`; nullopt if there is none
// that is well-formed.
std::optional<absl::string_view> TakeLine(absl::string_view& text) {
  const size_t end = text.find("\r\n");
  if (end == absl::string_view::npos) return std::nullopt;
  const absl::string_view line = text.substr(0, end);
  text.remove_prefix(end + 2);
  if (CountWhile(line, IsFieldCharacter) < line.size()) return std::nullopt;
  return line;
}

// chunk-size [ chunk-ext ]; nullopt for anything else.
std::optional<uint64_t> ReadSize(absl::string_view line) {
  const size_t end =
      std::min(line.find_first_not_of("0123456789abcdefABCDEF"), line.size());
  uint64_t size = 0;
  if (!absl::SimpleHexAtoi(line.substr(0, end), &size)) return std::nullopt;
  const absl::string_view rest = TrimWhitespace(line.substr(end));
  if (!rest.empty() && rest.front() != ';') return std::nullopt;
  return size;
}

struct Read {
  std::string content;
  absl::string_view rest;  // Behind the body.
};

// Takes a chunk off the front of `text` and puts its content behind `content`:
// gives its size, or nullopt if there is no whole chunk.
std::optional<uint64_t> TakeChunk(absl::string_view& text,
                                  std::string& content) {
  const std::optional<absl::string_view> line = TakeLine(text);
  if (!line) return std::nullopt;
  const std::optional<uint64_t> size = ReadSize(*line);
  if (!size || *size == 0) return size;
  if (*size > text.size()) return std::nullopt;
  absl::StrAppend(&content, text.substr(0, *size));
  text.remove_prefix(*size);
  if (!absl::ConsumePrefix(&text, "\r\n")) return std::nullopt;
  return size;
}

std::optional<Read> ReadSimply(absl::string_view text) {
  Read read;
  while (true) {
    const std::optional<uint64_t> size = TakeChunk(text, read.content);
    if (!size) return std::nullopt;
    if (*size == 0) break;
  }
  while (true) {
    const std::optional<absl::string_view> trailer = TakeLine(text);
    if (!trailer) return std::nullopt;
    if (trailer->empty()) break;
  }
  read.rest = text;
  return read;
}

void ExpectSoundTrailers(const Trailers& trailers) {
  EXPECT_LE(trailers.size(), kLimits.max_headers);
  for (const auto& [name, value] : trailers) {
    EXPECT_TRUE(IsToken(name));
    EXPECT_TRUE(MayBeTrailer(name));
    EXPECT_EQ(CountWhile(value, IsFieldCharacter), value.size());
  }
}

// The same content and trailers, as somebody would send them, in two chunks.
std::string Written(absl::string_view content, const Trailers& trailers) {
  std::string text;
  const size_t half = content.size() / 2;
  for (absl::string_view part :
       {content.substr(0, half), content.substr(half)}) {
    if (part.empty()) continue;
    absl::StrAppend(&text, absl::Hex(part.size()), "\r\n", part, "\r\n");
  }
  absl::StrAppend(&text, "0\r\n");
  for (const auto& [name, value] : trailers) {
    absl::StrAppend(&text, name, ":", value, "\r\n");
  }
  return absl::StrCat(text, "\r\n");
}

void ExpectSound(const DecodedBody& body, absl::string_view text) {
  const ChunkedDecoder& decoder = body.decoder();
  EXPECT_FALSE(decoder.finished() && decoder.refusal());
  EXPECT_LE(body.content().size(), text.size());
  if (!decoder.finished()) return;
  const std::optional<Read> read = ReadSimply(text);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->content, body.content());
  EXPECT_EQ(read->rest, body.rest());
  ExpectSoundTrailers(decoder.trailers());
  EXPECT_EQ(Decode(absl::StrCat(Written(body.content(), decoder.trailers()),
                                body.rest()),
                   kLimits),
            body.ToString());
}

}  // namespace

void FuzzOne(absl::string_view input) {
  const Script pieces = ReadScript(input);
  const std::string text = AllBytes(pieces);
  DecodedBody body(kLimits);
  body.Take(text);
  EXPECT_EQ(DecodeScript(pieces), body.ToString());
  EXPECT_EQ(DecodeInPieces(text, 1, 1, kLimits), body.ToString());
  ExpectSound(body, text);
}

}  // namespace cloche

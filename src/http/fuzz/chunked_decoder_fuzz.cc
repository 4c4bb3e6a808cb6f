// ChunkedDecoder, for any bytes, in any pieces.
//
// It must give one result however the bytes come; and where it finds the
// content of a body and its end, a reader that is not strict at all must find
// the same, or a request could be smuggled past one of them.
//
// Next: http/chunked_decoder_test.cc, which says what is accepted.

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
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

// Takes a line and its CR LF off the front of `text`; nullopt if there is none.
std::optional<absl::string_view> TakeLine(absl::string_view& text) {
  const size_t end = text.find("\r\n");
  if (end == absl::string_view::npos) return std::nullopt;
  const absl::string_view line = text.substr(0, end);
  text.remove_prefix(end + 2);
  return line;
}

struct Lenient {
  std::string content;
  absl::string_view rest;  // Behind the body.
};

// What somebody reads who looks for nothing but sizes and line ends.
std::optional<Lenient> ReadLeniently(absl::string_view text) {
  Lenient read;
  while (true) {
    const std::optional<absl::string_view> line = TakeLine(text);
    uint64_t size = 0;
    if (!line) return std::nullopt;
    const size_t digits = line->find_first_not_of("0123456789abcdefABCDEF");
    if (!absl::SimpleHexAtoi(line->substr(0, digits), &size)) {
      return std::nullopt;
    }
    if (size == 0) break;
    if (text.size() < 2 || size > text.size() - 2) return std::nullopt;
    absl::StrAppend(&read.content, text.substr(0, size));
    text.remove_prefix(size + 2);
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
  const std::optional<Lenient> read = ReadLeniently(text);
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

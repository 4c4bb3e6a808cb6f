// ChunkedDecoder over 20,000 bodies with mistakes in them, from a fixed seed:
// always one result, the same however the bytes arrive, and never a content
// that the bytes do not have.

#include <algorithm>
#include <map>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "cloche/http/chunked_decoder_test.h"
#include "cloche/http/mistakes_test.h"
#include "cloche/testing/effort.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

constexpr int kBodies = 20000;

// Small enough to be met.
constexpr HeadLimits kLimits{.max_bytes = 40, .max_headers = 2};

constexpr absl::string_view kSound[] = {
    "0\r\n\r\n",
    "5\r\nhello\r\n0\r\n\r\n",
    "1\r\na\r\n2\r\nbc\r\n0\r\n\r\nGET / HTTP/1.1\r\n",
    "a;b=c\r\n0123456789\r\n0;d=\"e\\\"\"\r\n\r\n",
    "3 ; x = y\r\nabc\r\n00\r\nSum: 6\r\n\r\n",
    "0\r\nA: b\r\nC: d\r\n\r\n",
};

constexpr absl::string_view kPieces[] = {
    "\r\n",       "\r",        "\n",
    "0\r\n",      "0\r\n\r\n", " ",
    "\t",         ";",         "=",
    "\"",         "\\",        "A: b",
    "\r\n ",      "Host: a",   "-",
    "0x",         "f",         "\x7f",
    "\x80",       "00000000",  "ffffffffffffffff",
    "1\r\na\r\n",
};

class BodyMistakes : public Mistakes {
 public:
  std::string NextBody() {
    std::string text = OneOf(kSound);
    for (size_t count = Below(3); count > 0; --count) MakeOne(text);
    return text;
  }

 private:
  void MakeOne(std::string& text) {
    const size_t at = Below(text.size() + 1);
    const size_t size = Below(4);
    const size_t which = Below(kAnyTextHas + 1);
    if (which < kAnyTextHas) {
      return MakeInAnyText(which, at, size, kPieces, text);
    }
    text.insert(at, std::string(Below(60), 'a'));  // A word too long.
  }
};

std::string DecodeInRandomPieces(absl::string_view text, BodyMistakes& random) {
  DecodedBody body(kLimits);
  while (!text.empty()) {
    const size_t size = std::min(text.size(), 1 + random.Below(8));
    body.Take(text.substr(0, size));
    text.remove_prefix(size);
  }
  return body.ToString();
}

// "400", "needs more", "finished": which kind of result it is.
std::string KindOf(absl::string_view result) {
  if (result[0] != '"') return std::string(result.substr(0, 3));
  return absl::EndsWith(result, "needs more") ? "needs more" : "finished";
}

TEST(ChunkedDecoderRandom, GivesOneResultHoweverTheBytesArrive) {
  BodyMistakes random;
  std::map<std::string, int> kinds;
  for (int i = 0; i < kBodies * Effort() && !::testing::Test::HasFailure();
       ++i) {
    const std::string text = random.NextBody();
    SCOPED_TRACE(absl::CHexEscape(text));
    const std::string result = Decode(text, kLimits);
    EXPECT_EQ(DecodeInPieces(text, 1, 1, kLimits), result);
    EXPECT_EQ(DecodeInRandomPieces(text, random), result);
    ++kinds[KindOf(result)];
  }
  // The mistakes are of many kinds, and not all bodies have one.
  for (const char* kind : {"finished", "needs more", "400", "431"}) {
    EXPECT_GE(kinds[kind], 50) << kind;
  }
}

}  // namespace
}  // namespace cloche

// RequestParser over 20,000 requests with mistakes in them, from a fixed seed:
// always one answer, the same however the bytes arrive.
//
// Not what the answer is: the other tests say that. What holds of any answer.

#include <algorithm>
#include <map>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "cloche/http/characters.h"
#include "cloche/http/mistakes_test.h"
#include "cloche/http/request_parser.h"
#include "cloche/http/request_parser_test.h"
#include "cloche/testing/effort.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

constexpr int kRequests = 20000;

// Small enough to be met.
constexpr HeadLimits kLimits{
    .max_request_line_bytes = 60, .max_bytes = 120, .max_headers = 4};

constexpr absl::string_view kSound[] = {
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /b?c=d&e HTTP/1.1\r\nHost: a:80\r\nAccept: */*\r\n\r\n",
    "\r\nHEAD http://a/b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "GET / HTTP/1.0\r\nConnection: keep-alive\r\nX: \xff\t1\r\nY:\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost:\r\nContent-Length: 0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
    "GET /1 HTTP/1.0\r\n\r\nGET /2 HTTP/1.0\r\n\r\n",
};

// What means something in a head, anywhere ...
constexpr absl::string_view kPieces[] = {
    "\r\n", "\r", "\n",  "\r\n\r\n", "\r\n ", " ",    "\t", ":", "/",
    "?",    "*",  "A:b", "HTTP/1.1", "\x7f",  "\x80", "\"", "0", "HEAD ",
};

// ... and as a line of its own.
constexpr absl::string_view kLines[] = {
    "A: b\r\n",
    "Host: b\r\n",
    " folded\r\n",
    "Content-Length: 5\r\n",
    "Content-Length: 0\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: gzip, chunked\r\n",
    "Expect: 100-continue\r\n",
    "Expect: b\r\n",
    "Connection: close\r\n",
    "\r\n",
};

// From half a limit to beyond it.
constexpr size_t kMuch = 2 * kLimits.max_bytes;

class RequestMistakes : public Mistakes {
 public:
  std::string NextRequest() {
    std::string text = OneOf(kSound);
    for (size_t count = Below(4); count > 0; --count) MakeOne(text);
    return text;
  }

 private:
  void MakeOne(std::string& text) {
    const size_t at = Below(text.size() + 1);
    const size_t size = Below(6);
    const size_t which = Below(kAnyTextHas + 3);
    switch (which) {
      case kAnyTextHas:  // A line too many.
        text.insert(LineAfter(text, at), OneOf(kLines));
        break;
      case kAnyTextHas + 1:  // A word too long.
        text.insert(at, std::string(Below(kMuch), 'a'));
        break;
      case kAnyTextHas + 2:  // Another version.
        SetMajorVersion(text);
        break;
      default:
        MakeInAnyText(which, at, size, kPieces, text);
    }
  }

  static size_t LineAfter(const std::string& text, size_t at) {
    const size_t end = text.find("\r\n", at);
    return end == std::string::npos ? text.size() : end + 2;
  }

  void SetMajorVersion(std::string& text) {
    const size_t version = text.find("HTTP/");
    if (version == std::string::npos || version + 5 >= text.size()) return;
    text[version + 5] = static_cast<char>('0' + Below(4));
  }
};

// The same bytes in pieces of random sizes, down to one.
std::string ParseInPieces(absl::string_view text, RequestMistakes& random) {
  RequestParser parser(kLimits);
  ParseState state = ParseState::kNeedsMore;
  size_t size = 0;
  while (size < text.size()) {
    size = std::min(text.size(), size + 1 + random.Below(20));
    state = parser.Parse(text.substr(0, size));
  }
  return Describe(parser, state);
}

std::string ParseByteByByte(absl::string_view text) {
  RequestParser parser(kLimits);
  ParseState state = ParseState::kNeedsMore;
  for (size_t size = 1; size <= text.size(); ++size) {
    state = parser.Parse(text.substr(0, size));
  }
  return Describe(parser, state);
}

// What a handler may rely on, whatever the client sent.
void ExpectSound(const Request& request) {
  EXPECT_TRUE(IsToken(request.method));
  EXPECT_TRUE(ConsistsOf(request.target, IsVisible));
  EXPECT_LE(request.headers.size(), kLimits.max_headers);
  for (const Header& header : request.headers) {
    EXPECT_TRUE(IsToken(header.name));
    for (const char c : header.value) EXPECT_TRUE(IsFieldCharacter(c));
  }
}

void ExpectSound(absl::string_view text) {
  RequestParser parser(kLimits);
  if (parser.Parse(text) != ParseState::kComplete) return;
  EXPECT_LE(parser.head_bytes(), std::min(text.size(), kLimits.max_bytes));
  EXPECT_EQ(text.substr(parser.head_bytes() - 4, 4), "\r\n\r\n");
  // The head alone, without what follows, is the same request.
  EXPECT_EQ(ParseWhole(text.substr(0, parser.head_bytes()), kLimits),
            Describe(parser, ParseState::kComplete));
  ExpectSound(parser.request());
}

// "needs more", "400", "GET": which kind of answer it is.
std::string KindOf(absl::string_view answer) {
  return std::string(answer.substr(0, answer.find(' ')));
}

TEST(RequestParserRandom, GivesOneAnswerHoweverTheBytesArrive) {
  RequestMistakes random;
  std::map<std::string, int> kinds;
  for (int i = 0; i < kRequests * Effort() && !::testing::Test::HasFailure();
       ++i) {
    const std::string text = random.NextRequest();
    SCOPED_TRACE(absl::CHexEscape(text));
    const std::string answer = ParseWhole(text, kLimits);
    EXPECT_EQ(ParseInPieces(text, random), answer);
    EXPECT_EQ(ParseByteByByte(text), answer);
    ExpectSound(text);
    ++kinds[KindOf(answer)];
  }
  // The mistakes are of many kinds, and not all requests have one.
  for (const char* kind : {"needs", "GET", "HEAD", "OPTIONS", "400", "414",
                           "417", "431", "501", "505"}) {
    EXPECT_GE(kinds[kind], 50) << kind;
  }
}

}  // namespace
}  // namespace cloche

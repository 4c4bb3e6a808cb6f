// RequestParser: finds and reads one request head in what has arrived so far.
//
//     RequestParser parser(limits);
//     while (parser.Parse(buffer) == ParseState::kNeedsMore) { ... append ... }
//
// How it works: line by line. Each is read, into views, when its end has
// arrived; the head is over at an empty line.
//
//               CRLF          line CRLF           CRLF
//   [start] -----------> .. ------------> [headers] -----------> complete
//      |  ^ empty lines are                |  ^ a header
//      |  | skipped                        |  |
//      +--+                                +--+
//      any wrong line, or a head over its limits --------------> refused
//
// Should the buffer have moved while the head was incomplete, all is read once
// more. A buffer moves when it grows, by doubling, so that costs little.
//
// Main disadvantage: what is wrong with a line is found only when the line has
// ended, except for bytes that fit in no line.
//
// Next: http/request_line.h, http/field_line.h, http/request_rules.h.

#ifndef CLOCHE_HTTP_REQUEST_PARSER_H_
#define CLOCHE_HTTP_REQUEST_PARSER_H_

#include <cstddef>

#include "absl/strings/string_view.h"
#include "cloche/http/line_scanner.h"
#include "cloche/http/refusal.h"
#include "cloche/http/request.h"

namespace cloche {

struct HeadLimits {
  // The first line and its end.
  size_t max_request_line_bytes = 8 * 1024;
  // First line, headers and all line ends.
  size_t max_bytes = 16 * 1024;
  size_t max_headers = 100;
};

enum class ParseState { kNeedsMore, kComplete, kRefused };

// Thread safety: a value.
//
// Invariants:
//   1. All lines before lines_.begin() are well-formed, and request_ has what
//      they say, as views into the buffer at buffer_.
class RequestParser {
 public:
  explicit RequestParser(HeadLimits limits) : limits_(limits) {}

  // Looks at the buffer, which begins with what the last call saw and may have
  // more at its end (and may stand elsewhere). After kComplete or kRefused the
  // answer stays until Reset.
  ParseState Parse(absl::string_view buffer);

  // After kComplete; views into the buffer of that call.
  const Request& request() const { return request_; }
  Request& request() { return request_; }
  // After kComplete: how much of the buffer the head was.
  size_t head_bytes() const { return lines_.begin(); }

  // After kRefused.
  const Refusal& refusal() const { return *refusal_; }

  // Whether it is a HEAD request, which no answer's body follows, as far as
  // that could be seen: also of one that never becomes complete.
  bool is_head() const { return is_head_; }

  // Whether any of a request has been seen: an empty line is none.
  bool started() const { return in_headers_ || lines_.in_line(); }

  // Begins anew, with a buffer that begins with the next request.
  void Reset();

 private:
  size_t LineLimit() const;
  void TakeLine(absl::string_view line);
  MaybeRefusal ReadLine(absl::string_view line);
  void FinishHead();
  void Refuse(MaybeRefusal refusal);
  void RefuseOversize();

  const HeadLimits limits_;
  ParseState state_ = ParseState::kNeedsMore;
  LineScanner lines_;
  const char* buffer_ = nullptr;  // Where it stood at the last call.
  bool in_headers_ = false;       // The request line has been read.
  bool is_head_ = false;
  Request request_;
  MaybeRefusal refusal_;
};

}  // namespace cloche

#endif  // CLOCHE_HTTP_REQUEST_PARSER_H_

// RequestParser: finds and reads one request head in what has arrived so far.
//
//     RequestParser parser(limits);
//     while (parser.Parse(buffer) == ParseState::kNeedsMore) { ... append ... }
//
// How it works: line by line. Each is checked when its end has arrived; the
// head is over at an empty line.
//
//               CRLF          line CRLF           CRLF
//   [start] -----------> .. ------------> [headers] -----------> complete
//      |  ^ empty lines are                |  ^ a header
//      |  | skipped                        |  |
//      +--+                                +--+
//      any wrong line, or a head over its limits --------------> refused
//
// Since the buffer may move while a head is incomplete, lines are remembered by
// their offsets; when the head is complete they are read once more, into views.
//
// Main disadvantage: that second reading. Also, what is wrong with a line is
// found only when the line has ended, except for bytes that fit in no line.
//
// Next: http/request_line.h, http/field_line.h, http/request_rules.h.

#ifndef CLOCHE_HTTP_REQUEST_PARSER_H_
#define CLOCHE_HTTP_REQUEST_PARSER_H_

#include <cstddef>
#include <vector>

#include "absl/strings/string_view.h"
#include "cloche/http/refusal.h"
#include "cloche/http/request.h"

namespace cloche {

struct HeadLimits {
  // Request line, headers and all line ends.
  size_t max_bytes = 16 * 1024;
  size_t max_headers = 100;
};

enum class ParseState { kNeedsMore, kComplete, kRefused };

// Thread safety: a value.
//
// Invariants:
//   1. line_begin_ <= scanned_ <= the size of the buffer last seen.
//   2. Everything before line_begin_ has been read and found well-formed.
class RequestParser {
 public:
  explicit RequestParser(HeadLimits limits) : limits_(limits) {}

  // Looks at the buffer, which begins with what the last call saw and may have
  // more at its end (and may stand elsewhere). After kComplete or kRefused the
  // answer stays until Reset.
  ParseState Parse(absl::string_view buffer);

  // After kComplete; views into the buffer of that call.
  const Request& request() const { return request_; }
  // After kComplete: how much of the buffer the head was.
  size_t head_bytes() const { return line_begin_; }

  // After kRefused.
  const Refusal& refusal() const { return *refusal_; }

  // Whether it is a HEAD request, which no answer's body follows, as far as
  // that is known: also after kRefused.
  bool is_head() const { return is_head_; }

  // Whether any of a request has been seen: an empty line is none.
  bool started() const { return scanned_ > leading_bytes_; }

  // Begins anew, with a buffer that begins with the next request.
  void Reset();

 private:
  // A stretch of the buffer, wherever that is.
  struct Stretch {
    size_t begin;
    size_t size;
  };

  bool ScanLine(absl::string_view buffer);
  void TakeLine(absl::string_view line);
  void FinishHead(absl::string_view buffer);
  void Refuse(MaybeRefusal refusal);
  void RefuseOversize();

  const HeadLimits limits_;
  ParseState state_ = ParseState::kNeedsMore;
  size_t line_begin_ = 0;     // Of the first line that has not been read.
  size_t scanned_ = 0;        // No line ends before this.
  size_t leading_bytes_ = 0;  // Empty lines before the request line.
  bool is_head_ = false;
  std::vector<Stretch> lines_;
  Request request_;
  MaybeRefusal refusal_;
};

}  // namespace cloche

#endif  // CLOCHE_HTTP_REQUEST_PARSER_H_

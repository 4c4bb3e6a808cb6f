// ResponseParser: finds and reads one response head in what has arrived so far.
//
//     ResponseParser parser(limits);
//     while (parser.Parse(buffer) == ParseState::kNeedsMore) { ... append ... }
//
// How it works: as RequestParser, line by line, but that nothing may come
// before the status line.
//
// Main disadvantage: so much like RequestParser that a change of one is to be
// thought of in the other.
//
// Next: http/response_head.h; http/client_connection.h.

#ifndef CLOCHE_HTTP_RESPONSE_PARSER_H_
#define CLOCHE_HTTP_RESPONSE_PARSER_H_

#include <cstddef>

#include "absl/strings/string_view.h"
#include "cloche/http/line_scanner.h"
#include "cloche/http/refusal.h"
#include "cloche/http/request_parser.h"
#include "cloche/http/response_head.h"

namespace cloche {

// Thread safety: a value.
//
// Invariants:
//   1. All lines before lines_.begin() are well-formed, and head_ has what they
//      say, as views into the buffer at buffer_.
class ResponseParser {
 public:
  explicit ResponseParser(HeadLimits limits) : limits_(limits) {}

  // Begins anew, with a buffer that begins with the next response; `to_head`:
  // it answers a HEAD request.
  void Reset(bool to_head);

  // As RequestParser::Parse.
  ParseState Parse(absl::string_view buffer);

  // After kComplete; views into the buffer of that call.
  const ResponseHead& head() const { return head_; }
  // After kComplete: how much of the buffer the head was.
  size_t head_bytes() const { return lines_.begin(); }

  // After kRefused; its status code means nothing.
  const Refusal& refusal() const { return *refusal_; }

 private:
  size_t LineLimit() const;
  MaybeRefusal TakeLine(absl::string_view line);
  void Refuse(const MaybeRefusal& refusal);

  const HeadLimits limits_;
  bool to_head_ = false;
  ParseState state_ = ParseState::kNeedsMore;
  LineScanner lines_;
  const char* buffer_ = nullptr;  // Where it stood at the last call.
  bool in_headers_ = false;       // The status line has been read.
  ResponseHead head_;
  MaybeRefusal refusal_;
};

}  // namespace cloche

#endif  // CLOCHE_HTTP_RESPONSE_PARSER_H_

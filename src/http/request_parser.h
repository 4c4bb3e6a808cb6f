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
// Main disadvantage: of a head that is not complete it looks at the first bytes
// twice, to know a HEAD request also by a line that never ends.
//
// Next: http/head_parser.h, how it goes on; http/request_line.h,
// http/field_line.h, http/request_rules.h.

#ifndef CLOCHE_HTTP_REQUEST_PARSER_H_
#define CLOCHE_HTTP_REQUEST_PARSER_H_

#include "absl/strings/string_view.h"
#include "cloche/http/head_parser.h"
#include "cloche/http/refusal.h"
#include "cloche/http/request.h"

namespace cloche {

// Thread safety: a value.
class RequestParser final : public HeadParser<RequestParser> {
 public:
  explicit RequestParser(HeadLimits limits) : HeadParser(limits) {}

  // See HeadParser.
  ParseState Parse(absl::string_view buffer);

  // After kComplete; views into the buffer of that call.
  const Request& request() const { return request_; }
  Request& request() { return request_; }

  // Whether it is a HEAD request, which no answer's body follows, as far as
  // that could be seen: also of one that never becomes complete.
  bool is_head() const { return is_head_; }

  // Whether any of a request has been seen: an empty line is none.
  bool started() const { return in_headers() || lines().in_line(); }

  // Begins anew, with a buffer that begins with the next request.
  void Reset() { BeginAnew(); }

 private:
  friend class HeadParser<RequestParser>;

  MaybeRefusal TakeLine(absl::string_view line);
  MaybeRefusal ReadLine(absl::string_view line);
  Refusal TooLong() const;
  void Clear();

  bool is_head_ = false;
  Request request_;
};

}  // namespace cloche

#endif  // CLOCHE_HTTP_REQUEST_PARSER_H_

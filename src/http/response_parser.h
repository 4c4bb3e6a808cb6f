// ResponseParser: finds and reads one response head in what has arrived so far.
//
//     ResponseParser parser(limits);
//     while (parser.Parse(buffer) == ParseState::kNeedsMore) { ... append ... }
//
// How it works: line by line (http/head_parser.h). Nothing may come before the
// status line.
//
// Main disadvantage: the limit of the first line has its name from requests.
//
// Next: http/response_head.h; http/client_connection.h.

#ifndef CLOCHE_HTTP_RESPONSE_PARSER_H_
#define CLOCHE_HTTP_RESPONSE_PARSER_H_

#include "absl/strings/string_view.h"
#include "cloche/http/head_parser.h"
#include "cloche/http/refusal.h"
#include "cloche/http/response_head.h"

namespace cloche {

// Thread safety: a value. A refusal's status code means nothing.
class ResponseParser final : public HeadParser<ResponseParser> {
 public:
  explicit ResponseParser(HeadLimits limits) : HeadParser(limits) {}

  // Begins anew, with a buffer that begins with the next response; `to_head`:
  // it answers a HEAD request.
  void Reset(bool to_head) {
    to_head_ = to_head;
    BeginAnew();
  }

  // After kComplete; views into the buffer of that call.
  const ResponseHead& head() const { return head_; }

 private:
  friend class HeadParser<ResponseParser>;

  MaybeRefusal TakeLine(absl::string_view line);
  Refusal TooLong() const;
  void Clear();

  bool to_head_ = false;
  ResponseHead head_;
};

}  // namespace cloche

#endif  // CLOCHE_HTTP_RESPONSE_PARSER_H_

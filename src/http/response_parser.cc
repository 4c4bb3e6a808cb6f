#include "cloche/http/response_parser.h"

#include "absl/strings/string_view.h"
#include "cloche/http/field_line.h"
#include "cloche/http/line_scanner.h"
#include "cloche/http/refusal.h"
#include "cloche/http/response_head.h"

namespace cloche {

MaybeRefusal ResponseParser::TakeLine(absl::string_view line) {
  if (HasWrongByte(line)) return WrongByte();
  if (!in_headers()) {
    BeginHeaders();
    return ParseStatusLine(line, head_);
  }
  if (line.empty()) {
    Complete();
    return CheckResponseHead(to_head_, head_);
  }
  if (head_.headers.size() == limits().max_headers) {
    return BadRequest("the answer has too many headers");
  }
  return ParseFieldLine(line, head_.headers.emplace_back());
}

Refusal ResponseParser::TooLong() const {
  return BadRequest(in_headers() ? "the answer's headers are too long"
                                 : "the status line is too long");
}

// Not by assigning a new head, since that would copy the headers' memory.
void ResponseParser::Clear() {
  head_.status_code = 0;
  head_.reason = {};
  head_.headers.clear();
  head_.framing = {};
  head_.keep_alive = false;
}

}  // namespace cloche

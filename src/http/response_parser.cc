#include "cloche/http/response_parser.h"

#include <algorithm>
#include <optional>

#include "absl/strings/string_view.h"
#include "cloche/http/field_line.h"
#include "cloche/http/line_scanner.h"
#include "cloche/http/refusal.h"
#include "cloche/http/response_head.h"

namespace cloche {
namespace {

Refusal WrongByte() {
  return BadRequest(
      "a control character, or a line that does not end with CR and LF");
}

}  // namespace

ParseState ResponseParser::Parse(absl::string_view buffer) {
  if (state_ != ParseState::kNeedsMore) return state_;
  if (buffer.data() != buffer_) Reset(to_head_);
  buffer_ = buffer.data();
  while (state_ == ParseState::kNeedsMore) {
    switch (lines_.Next(buffer, LineLimit())) {
      case LineState::kComplete:
        Refuse(TakeLine(lines_.line()));
        break;
      case LineState::kNeedsMore:
        return state_;
      case LineState::kWrongByte:
        Refuse(WrongByte());
        break;
      case LineState::kTooLong:
        Refuse(BadRequest(in_headers_ ? "the answer's headers are too long"
                                      : "the status line is too long"));
        break;
    }
  }
  return state_;
}

size_t ResponseParser::LineLimit() const {
  if (in_headers_) return limits_.max_bytes;
  return std::min(limits_.max_bytes, limits_.max_request_line_bytes);
}

MaybeRefusal ResponseParser::TakeLine(absl::string_view line) {
  if (HasWrongByte(line)) return WrongByte();
  if (!in_headers_) {
    in_headers_ = true;
    return ParseStatusLine(line, head_);
  }
  if (line.empty()) {
    state_ = ParseState::kComplete;
    return CheckResponseHead(to_head_, head_);
  }
  if (head_.headers.size() == limits_.max_headers) {
    return BadRequest("the answer has too many headers");
  }
  return ParseFieldLine(line, head_.headers.emplace_back());
}

void ResponseParser::Refuse(const MaybeRefusal& refusal) {
  if (!refusal) return;
  refusal_ = refusal;
  state_ = ParseState::kRefused;
}

// Not by assigning a new head, since that would copy the headers' memory.
void ResponseParser::Reset(bool to_head) {
  to_head_ = to_head;
  state_ = ParseState::kNeedsMore;
  lines_ = LineScanner();
  buffer_ = nullptr;
  in_headers_ = false;
  head_.status_code = 0;
  head_.reason = {};
  head_.headers.clear();
  head_.framing = {};
  head_.keep_alive = false;
  refusal_.reset();
}

}  // namespace cloche

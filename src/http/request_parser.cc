#include "cloche/http/request_parser.h"

#include <algorithm>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "cloche/http/field_line.h"
#include "cloche/http/line_scanner.h"
#include "cloche/http/refusal.h"
#include "cloche/http/request_line.h"
#include "cloche/http/request_rules.h"

namespace cloche {
namespace {

Refusal WrongByte() {
  return BadRequest(
      "a control character, or a line that does not end with CR and LF");
}

// From the first bytes: the line they begin may be too long ever to be read.
bool BeginsWithHead(absl::string_view buffer) {
  while (absl::ConsumePrefix(&buffer, "\r\n")) {
  }
  return absl::StartsWith(buffer, "HEAD ");
}

}  // namespace

ParseState RequestParser::Parse(absl::string_view buffer) {
  if (state_ != ParseState::kNeedsMore) return state_;
  if (buffer.data() != buffer_) Reset();
  buffer_ = buffer.data();
  while (state_ == ParseState::kNeedsMore) {
    switch (lines_.Next(buffer, LineLimit())) {
      case LineState::kComplete:
        TakeLine(lines_.line());
        break;
      case LineState::kNeedsMore:
        is_head_ = BeginsWithHead(buffer);
        return state_;
      case LineState::kWrongByte:
        Refuse(WrongByte());
        break;
      case LineState::kTooLong:
        RefuseOversize();
        break;
    }
  }
  is_head_ = BeginsWithHead(buffer);
  return state_;
}

size_t RequestParser::LineLimit() const {
  if (in_headers_) return limits_.max_bytes;
  const size_t left = limits_.max_bytes - lines_.begin();
  return lines_.begin() + std::min(left, limits_.max_request_line_bytes);
}

// An empty line before the request line is skipped (RFC 9112 section 2.2);
// after it, it ends the head.
void RequestParser::TakeLine(absl::string_view line) {
  if (line.empty()) {
    if (in_headers_) FinishHead();
    return;
  }
  const MaybeRefusal refusal = ReadLine(line);
  if (!refusal) return;
  // The same answer as if the line had come byte by byte.
  Refuse(HasWrongByte(line) ? WrongByte() : refusal);
}

MaybeRefusal RequestParser::ReadLine(absl::string_view line) {
  if (!in_headers_) {
    in_headers_ = true;
    return ParseRequestLine(line, request_);
  }
  if (request_.headers.size() == limits_.max_headers) {
    return Refusal{431, "there are too many headers"};
  }
  return ParseFieldLine(line, request_.headers.emplace_back());
}

void RequestParser::FinishHead() {
  state_ = ParseState::kComplete;
  Refuse(CheckRequest(request_));
}

void RequestParser::Refuse(MaybeRefusal refusal) {
  if (!refusal) return;
  refusal_ = refusal;
  state_ = ParseState::kRefused;
}

void RequestParser::RefuseOversize() {
  if (!in_headers_) return Refuse(Refusal{414, "the request line is too long"});
  Refuse(Refusal{431, "the request's headers are too long"});
}

// Not by assigning a new request, since that would copy the headers' memory.
void RequestParser::Reset() {
  state_ = ParseState::kNeedsMore;
  lines_ = LineScanner();
  buffer_ = nullptr;
  in_headers_ = false;
  is_head_ = false;
  request_.method = request_.target = {};
  request_.path = request_.query = {};
  request_.headers.clear();
  request_.keep_alive = false;
  request_.framing = {};
  request_.expects_continue = false;
  request_.body = nullptr;
  refusal_.reset();
}

}  // namespace cloche

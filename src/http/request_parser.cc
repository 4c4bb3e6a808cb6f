#include "cloche/http/request_parser.h"

#include <algorithm>
#include <utility>

#include "absl/strings/string_view.h"
#include "cloche/http/field_line.h"
#include "cloche/http/refusal.h"
#include "cloche/http/request_line.h"
#include "cloche/http/request_rules.h"

namespace cloche {
namespace {

constexpr size_t kLineEndBytes = 2;  // CR LF.

// A control character but a tab: nowhere in a head, whatever line it is.
bool IsNowhereAllowed(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
}

}  // namespace

ParseState RequestParser::Parse(absl::string_view buffer) {
  while (state_ == ParseState::kNeedsMore && ScanLine(buffer)) {
    TakeLine(buffer.substr(line_begin_, scanned_ - line_begin_));
    scanned_ += kLineEndBytes;
    line_begin_ = scanned_;
    if (state_ == ParseState::kComplete) FinishHead(buffer);
  }
  return state_;
}

// Moves scanned_ to the end of the line, and says whether it is there.
bool RequestParser::ScanLine(absl::string_view buffer) {
  const size_t limit = std::min(buffer.size(), limits_.max_bytes);
  while (scanned_ < limit && !IsNowhereAllowed(buffer[scanned_])) ++scanned_;
  if (scanned_ + kLineEndBytes > limits_.max_bytes) {
    RefuseOversize();
    return false;
  }
  if (scanned_ == buffer.size()) return false;
  if (buffer[scanned_] == '\r') {
    if (scanned_ + 1 == buffer.size()) return false;
    if (buffer[scanned_ + 1] == '\n') return true;
  }
  Refuse(
      BadRequest("a control character, or a line that does not end with "
                 "CR and LF"));
  return false;
}

// An empty line before the request line is skipped (RFC 9112 section 2.2);
// after it, it ends the head. The lines are checked as they come, so that a
// wrong one is refused at once, and kept for FinishHead.
void RequestParser::TakeLine(absl::string_view line) {
  if (line.empty()) {
    if (lines_.empty()) {
      leading_bytes_ = scanned_ + kLineEndBytes;
    } else {
      state_ = ParseState::kComplete;
    }
    return;
  }
  if (lines_.empty()) {
    Refuse(ParseRequestLine(line, request_));
    is_head_ = request_.method == "HEAD";
  } else {
    Header header;
    Refuse(ParseFieldLine(line, header));
  }
  if (lines_.size() > limits_.max_headers) {
    Refuse(Refusal{431, "there are too many headers"});
  }
  lines_.push_back({line_begin_, line.size()});
}

// Now that the buffer stays where it is, makes views of the lines.
void RequestParser::FinishHead(absl::string_view buffer) {
  ParseRequestLine(buffer.substr(lines_[0].begin, lines_[0].size), request_);
  request_.headers.resize(lines_.size() - 1);
  for (size_t index = 1; index < lines_.size(); ++index) {
    const Stretch& line = lines_[index];
    ParseFieldLine(buffer.substr(line.begin, line.size),
                   request_.headers[index - 1]);
  }
  Refuse(CheckRequest(request_));
}

void RequestParser::Refuse(MaybeRefusal refusal) {
  if (!refusal || state_ == ParseState::kRefused) return;
  refusal_ = refusal;
  state_ = ParseState::kRefused;
}

void RequestParser::RefuseOversize() {
  if (lines_.empty()) {
    return Refuse(Refusal{414, "the request line is too long"});
  }
  Refuse(Refusal{431, "the request's headers are too long"});
}

void RequestParser::Reset() {
  state_ = ParseState::kNeedsMore;
  line_begin_ = scanned_ = leading_bytes_ = 0;
  lines_.clear();
  std::vector<Header> headers = std::move(request_.headers);
  headers.clear();  // Keeps the memory for the next one.
  request_ = Request();
  request_.headers = std::move(headers);
  refusal_.reset();
  is_head_ = false;
}

}  // namespace cloche

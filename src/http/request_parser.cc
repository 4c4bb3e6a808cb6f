#include "cloche/http/request_parser.h"

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

// From the first bytes: the line they begin may be too long ever to be read.
bool BeginsWithHead(absl::string_view buffer) {
  while (absl::ConsumePrefix(&buffer, "\r\n")) {
  }
  return absl::StartsWith(buffer, "HEAD ");
}

}  // namespace

ParseState RequestParser::Parse(absl::string_view buffer) {
  if (state() != ParseState::kNeedsMore) return state();
  HeadParser::Parse(buffer);
  is_head_ = state() == ParseState::kComplete ? request_.method == "HEAD"
                                              : BeginsWithHead(buffer);
  return state();
}

// An empty line before the request line is skipped (RFC 9112 section 2.2);
// after it, it ends the head.
MaybeRefusal RequestParser::TakeLine(absl::string_view line) {
  if (line.empty()) {
    if (!in_headers()) return std::nullopt;
    Complete();
    return CheckRequest(request_);
  }
  MaybeRefusal refusal = ReadLine(line);
  // The same answer as if the line had come byte by byte.
  if (refusal && HasWrongByte(line)) refusal = WrongByte();
  return refusal;
}

MaybeRefusal RequestParser::ReadLine(absl::string_view line) {
  if (!in_headers()) {
    BeginHeaders();
    return ParseRequestLine(line, request_);
  }
  if (request_.headers.size() == limits().max_headers) {
    return Refusal{431, "there are too many headers"};
  }
  return ParseFieldLine(line, request_.headers.emplace_back());
}

Refusal RequestParser::TooLong() const {
  if (!in_headers()) return {414, "the request line is too long"};
  return {431, "the request's headers are too long"};
}

// Not by assigning a new request, since that would copy the headers' memory.
void RequestParser::Clear() {
  is_head_ = false;
  request_.method = request_.target = {};
  request_.path = request_.query = {};
  request_.headers.clear();
  request_.keep_alive = false;
  request_.framing = {};
  request_.expects_continue = false;
  request_.body = nullptr;
}

}  // namespace cloche

// HeadParser: what the parsers of requests and of responses have in common: a
// head is a first line and headers, up to an empty line.
//
//     class RequestParser final : public HeadParser<RequestParser> {
//       // The next line. At the last one it calls Complete().
//       MaybeRefusal TakeLine(absl::string_view line);
//       // What is said of a line that has no end where it must have one.
//       Refusal TooLong() const;
//       // The message is to be read anew.
//       void Clear();
//     };
//
// How it works: line by line. Each is given to the parser when its end has
// arrived.
//
// Should the buffer have moved while the head was incomplete, all is read once
// more. A buffer moves when it grows, by doubling, so that costs little.
//
// Main disadvantage: what is wrong with a line is found only when the line has
// ended, except for bytes that fit in no line.
//
// Next: http/request_parser.h, http/response_parser.h.

#ifndef CLOCHE_HTTP_HEAD_PARSER_H_
#define CLOCHE_HTTP_HEAD_PARSER_H_

#include <algorithm>
#include <cstddef>

#include "absl/strings/string_view.h"
#include "cloche/http/line_scanner.h"
#include "cloche/http/refusal.h"

namespace cloche {

struct HeadLimits {
  // The first line and its end.
  size_t max_request_line_bytes = 8 * 1024;
  // First line, headers and all line ends.
  size_t max_bytes = 16 * 1024;
  size_t max_headers = 100;
};

enum class ParseState { kNeedsMore, kComplete, kRefused };

// What is said of a byte that fits in no line.
inline Refusal WrongByte() {
  return BadRequest(
      "a control character, or a line that does not end with CR and LF");
}

// Thread safety: a value.
//
// Invariants:
//   1. All lines before lines_.begin() are well-formed, and Derived has what
//      they say, as views into the buffer at buffer_.
template <typename Derived>
class HeadParser {
 public:
  // Looks at the buffer, which begins with what the last call saw and may have
  // more at its end (and may stand elsewhere). After kComplete or kRefused the
  // answer stays until Reset.
  ParseState Parse(absl::string_view buffer) {
    if (state_ != ParseState::kNeedsMore) return state_;
    if (buffer_ != nullptr && buffer.data() != buffer_) BeginAnew();
    buffer_ = buffer.data();
    while (state_ == ParseState::kNeedsMore) {
      switch (lines_.Next(buffer, LineLimit())) {
        case LineState::kComplete:
          Refuse(derived().TakeLine(lines_.line()));
          break;
        case LineState::kNeedsMore:
          return state_;
        case LineState::kWrongByte:
          Refuse(WrongByte());
          break;
        case LineState::kTooLong:
          Refuse(derived().TooLong());
          break;
      }
    }
    return state_;
  }

  // After kComplete: how much of the buffer the head was.
  size_t head_bytes() const { return lines_.begin(); }

  // After kRefused.
  const Refusal& refusal() const { return *refusal_; }

 protected:
  explicit HeadParser(HeadLimits limits) : limits_(limits) {}
  ~HeadParser() = default;

  const HeadLimits& limits() const { return limits_; }
  ParseState state() const { return state_; }
  const LineScanner& lines() const { return lines_; }
  // Whether the first line has been read; Derived says so.
  bool in_headers() const { return in_headers_; }
  void BeginHeaders() { in_headers_ = true; }
  // The head is over, unless the line that ended it is refused.
  void Complete() { state_ = ParseState::kComplete; }

  void BeginAnew() {
    state_ = ParseState::kNeedsMore;
    lines_ = LineScanner();
    buffer_ = nullptr;
    in_headers_ = false;
    refusal_.reset();
    derived().Clear();
  }

 private:
  Derived& derived() { return static_cast<Derived&>(*this); }

  size_t LineLimit() const {
    if (in_headers_) return limits_.max_bytes;
    const size_t left = limits_.max_bytes - lines_.begin();
    return lines_.begin() + std::min(left, limits_.max_request_line_bytes);
  }

  void Refuse(const MaybeRefusal& refusal) {
    if (!refusal) return;
    refusal_ = refusal;
    state_ = ParseState::kRefused;
  }

  const HeadLimits limits_;
  ParseState state_ = ParseState::kNeedsMore;
  LineScanner lines_;
  const char* buffer_ = nullptr;  // Where it stood at the last call, if any.
  bool in_headers_ = false;
  MaybeRefusal refusal_;
};

}  // namespace cloche

#endif  // CLOCHE_HTTP_HEAD_PARSER_H_

// LineScanner: finds the lines of a head in what has arrived so far.
//
//     "GET / HTTP/1.1\r\nHost: exa"
//      ^ begin           ^ begin, after the first line
//
// How it works: it looks for the LF, and at the byte before that. Only of a
// line that has no end yet is each byte looked at, so that one which fits into
// no line is refused at once, and each only once.
//
// Main disadvantage: what is wrong with a line that has its end is left for
// whoever reads that line to find.
//
// Next: http/request_parser.h.

#ifndef CLOCHE_HTTP_LINE_SCANNER_H_
#define CLOCHE_HTTP_LINE_SCANNER_H_

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "absl/strings/string_view.h"

namespace cloche {

enum class LineState {
  kComplete,  // line() is the next one.
  kNeedsMore,
  kWrongByte,  // A control character, or a CR or LF alone.
  kTooLong,    // Its end cannot come before the limit any more.
};

// Whether the text has a control character other than a tab, or a CR or LF:
// none is allowed in a line, whatever line it is.
bool HasWrongByte(absl::string_view text);

// Thread safety: a value.
//
// Invariants:
//   1. begin_ <= scanned_ <= the size of the buffer last seen.
//   2. No line ends between begin_ and scanned_.
class LineScanner {
 public:
  // Looks for the end of the line at begin(). `buffer` begins with what the
  // last call saw; a line and its end lie before `limit`, or it is too long.
  LineState Next(absl::string_view buffer, size_t limit);

  // After kComplete: without its line end. A view into the buffer of that call.
  absl::string_view line() const { return line_; }

  // Where the line begins that has not been found; so many bytes the lines
  // before it have, with their ends.
  size_t begin() const { return begin_; }

  // Whether a byte of that line has been seen, apart from a CR that may end it.
  bool in_line() const { return scanned_ > begin_; }

 private:
  static constexpr size_t kLineEndBytes = 2;  // CR LF.

  LineState LookAtUnfinished(absl::string_view buffer, size_t limit);

  size_t begin_ = 0;
  size_t scanned_ = 0;
  absl::string_view line_;
};

// Here, so that it becomes a part of its caller.
inline LineState LineScanner::Next(absl::string_view buffer, size_t limit) {
  const size_t end = std::min(buffer.size(), limit);
  if (scanned_ >= end) return LookAtUnfinished(buffer, limit);
  const char* const begin = buffer.data() + begin_;
  const void* const found =
      std::memchr(buffer.data() + scanned_, '\n', end - scanned_);
  const char* const line_feed = static_cast<const char*>(found);
  if (line_feed == nullptr || line_feed == begin || line_feed[-1] != '\r') {
    return LookAtUnfinished(buffer, limit);
  }
  const auto line_bytes = static_cast<size_t>(line_feed - begin) + 1;
  line_ = absl::string_view(begin, line_bytes - kLineEndBytes);
  begin_ += line_bytes;
  scanned_ = begin_;
  return LineState::kComplete;
}

}  // namespace cloche

#endif  // CLOCHE_HTTP_LINE_SCANNER_H_

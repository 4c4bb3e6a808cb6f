#include "cloche/http/line_scanner.h"

#include <algorithm>

#include "absl/strings/string_view.h"
#include "cloche/http/characters.h"

namespace cloche {
namespace {

constexpr size_t kLineEndBytes = 2;  // CR LF.

}  // namespace

bool HasWrongByte(absl::string_view text) {
  return CountWhile(text, IsFieldCharacter) < text.size();
}

LineState LineScanner::Next(absl::string_view buffer, size_t limit) {
  const size_t line_feed = buffer.substr(0, limit).find('\n', scanned_);
  if (line_feed == absl::string_view::npos || line_feed == begin_ ||
      buffer[line_feed - 1] != '\r') {
    return LookAtUnfinished(buffer, limit);
  }
  line_ = buffer.substr(begin_, line_feed - 1 - begin_);
  begin_ = scanned_ = line_feed + 1;
  return LineState::kComplete;
}

LineState LineScanner::LookAtUnfinished(absl::string_view buffer,
                                        size_t limit) {
  const size_t end = std::min(buffer.size(), limit);
  scanned_ +=
      CountWhile(buffer.substr(scanned_, end - scanned_), IsFieldCharacter);
  if (scanned_ + kLineEndBytes > limit) return LineState::kTooLong;
  if (scanned_ == buffer.size()) return LineState::kNeedsMore;
  const bool may_end =
      buffer[scanned_] == '\r' && scanned_ + 1 == buffer.size();
  return may_end ? LineState::kNeedsMore : LineState::kWrongByte;
}

}  // namespace cloche

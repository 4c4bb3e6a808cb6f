#include "cloche/http/line_scanner.h"

#include <algorithm>

#include "absl/strings/string_view.h"
#include "cloche/http/characters.h"

namespace cloche {

bool HasWrongByte(absl::string_view text) {
  return CountFieldCharacters(text) < text.size();
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

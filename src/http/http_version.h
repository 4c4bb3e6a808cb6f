// ParseHttpVersion: "HTTP/1.1", as it begins an answer and ends the first line
// of a request.
//
//   HTTP-version = "HTTP" "/" DIGIT "." DIGIT   (RFC 9112 section 2.3)
//
// Next: http/request_line.h, http/response_head.h.

#ifndef CLOCHE_HTTP_HTTP_VERSION_H_
#define CLOCHE_HTTP_HTTP_VERSION_H_

#include <cstddef>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "cloche/http/characters.h"

namespace cloche {

inline constexpr size_t kHttpVersionBytes = 8;

struct HttpVersion {
  int major;
  // 0 or 1: a later one counts as 1, since it must be compatible (RFC 9110
  // section 2.5).
  int minor;
};

// Case matters, and there is exactly one digit on each side; else nullopt.
inline std::optional<HttpVersion> ParseHttpVersion(absl::string_view text) {
  if (text.size() != kHttpVersionBytes || !absl::StartsWith(text, "HTTP/") ||
      !IsDigit(text[5]) || text[6] != '.' || !IsDigit(text[7])) {
    return std::nullopt;
  }
  return HttpVersion{text[5] - '0', text[7] == '0' ? 0 : 1};
}

}  // namespace cloche

#endif  // CLOCHE_HTTP_HTTP_VERSION_H_

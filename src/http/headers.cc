#include "cloche/http/headers.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "cloche/http/characters.h"

namespace cloche {

std::optional<absl::string_view> FindHeader(const Headers& headers,
                                            absl::string_view name) {
  for (const Header& header : headers) {
    if (absl::EqualsIgnoreCase(header.name, name)) return header.value;
  }
  return std::nullopt;
}

bool HasToken(const Headers& headers, absl::string_view name,
              absl::string_view token) {
  for (const Header& header : headers) {
    if (!absl::EqualsIgnoreCase(header.name, name)) continue;
    for (absl::string_view element : absl::StrSplit(header.value, ',')) {
      if (absl::EqualsIgnoreCase(TrimWhitespace(element), token)) return true;
    }
  }
  return false;
}

bool SaysKeepAlive(const Headers& headers, int minor_version) {
  if (HasToken(headers, "Connection", "close")) return false;
  return minor_version > 0 || HasToken(headers, "Connection", "keep-alive");
}

}  // namespace cloche

#include "cloche/http/request.h"

#include <optional>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "cloche/http/headers.h"

namespace cloche {

std::optional<absl::string_view> Request::FindHeader(
    absl::string_view name) const {
  return cloche::FindHeader(headers, name);
}

std::optional<absl::string_view> Request::FindParameter(
    absl::string_view name) const {
  for (absl::string_view parameter : absl::StrSplit(query, '&')) {
    const size_t equals = parameter.find('=');
    if (parameter.substr(0, equals) != name) continue;
    if (equals == absl::string_view::npos) return absl::string_view();
    return parameter.substr(equals + 1);
  }
  return std::nullopt;
}

bool Request::HasToken(absl::string_view name, absl::string_view token) const {
  return cloche::HasToken(headers, name, token);
}

}  // namespace cloche

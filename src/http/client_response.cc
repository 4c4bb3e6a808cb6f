#include "cloche/http/client_response.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "cloche/http/response_head.h"

namespace cloche {

ClientResponse::ClientResponse(const ResponseHead& head)
    : minor_version(head.minor_version),
      status_code(head.status_code),
      reason(head.reason) {
  for (const Header& header : head.headers) {
    headers.emplace_back(header.name, header.value);
  }
}

std::optional<absl::string_view> ClientResponse::FindHeader(
    absl::string_view name) const {
  for (const auto& [present, value] : headers) {
    if (absl::EqualsIgnoreCase(present, name)) return value;
  }
  return std::nullopt;
}

}  // namespace cloche

// ClientResponse: what a server answered.
//
// A value that owns its content: it is good for as long as one likes.
//
// Main disadvantage: the headers are copied.
//
// Next: http/client_connection.h.

#ifndef CLOCHE_HTTP_CLIENT_RESPONSE_H_
#define CLOCHE_HTTP_CLIENT_RESPONSE_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "cloche/http/response_head.h"
#include "cloche/http/trailers.h"

namespace cloche {

struct ClientResponse {
  ClientResponse() = default;
  // Without the body.
  explicit ClientResponse(const ResponseHead& head);

  // The value of the first header of that name, without regard to case, or
  // nullopt.
  std::optional<absl::string_view> FindHeader(absl::string_view name) const;

  int minor_version = 1;  // Of HTTP/1: 0 or 1.
  int status_code = 0;    // 200 to 999; above 599 as an error of the server.
  std::string reason;     // "Not Found"; may be empty, and means nothing.
  std::vector<std::pair<std::string, std::string>> headers;

  // If nobody else reads it.
  std::string body;
  Trailers trailers;
};

}  // namespace cloche

#endif  // CLOCHE_HTTP_CLIENT_RESPONSE_H_

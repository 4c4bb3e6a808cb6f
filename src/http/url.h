// ParseUrl: "http://127.0.0.1:8080/path?query#fragment".
//
//   http://   127.0.0.1 : 8080   /path?query   #fragment
//   scheme    endpoint           target        dropped: it is the client's own
//
// Strict: what a browser would mend (spaces, backslashes, letters beyond ASCII)
// is refused, with what to write instead.
//
// Main disadvantage: no names but localhost, since nobody here looks them up
// yet; and no https.
//
// Next: http/client_request.h.

#ifndef CLOCHE_HTTP_URL_H_
#define CLOCHE_HTTP_URL_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cloche/net/endpoint.h"

namespace cloche {

struct Url {
  Endpoint endpoint = Endpoint::Loopback(80);  // Whom to connect to.
  std::string host;    // For the Host header: as written, without ":80".
  std::string target;  // "/path?query".
};

// Errors: INVALID_ARGUMENT if it is none, or has a user or a port 0;
// UNIMPLEMENTED for https and for names.
absl::StatusOr<Url> ParseUrl(absl::string_view text);

}  // namespace cloche

#endif  // CLOCHE_HTTP_URL_H_

#include "cloche/http/trailers.h"

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace cloche {
namespace {

constexpr absl::string_view kNeverTrailers[] = {
    // Framing.
    "Content-Length",
    "Trailer",
    "Transfer-Encoding",
    // The connection, and the way of the message.
    "Connection",
    "Host",
    "Keep-Alive",
    "Max-Forwards",
    "Proxy-Connection",
    "TE",
    "Upgrade",
    "Via",
    // What is to be done with the message.
    "Cache-Control",
    "Expect",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Range",
    "If-Unmodified-Since",
    "Pragma",
    "Range",
    // Who sends it.
    "Authorization",
    "Cookie",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Set-Cookie",
    "WWW-Authenticate",
    // What the content means.
    "Content-Encoding",
    "Content-Range",
    "Content-Type",
    // How the answer is to be taken.
    "Age",
    "Date",
    "Expires",
    "Location",
    "Retry-After",
    "Vary",
    "Warning",
};

}  // namespace

bool MayBeTrailer(absl::string_view name) {
  for (absl::string_view never : kNeverTrailers) {
    if (absl::EqualsIgnoreCase(name, never)) return false;
  }
  return true;
}

}  // namespace cloche

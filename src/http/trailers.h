// Trailers: headers that come behind a chunked body (RFC 9110 section 6.5):
// what is known only when all of it has been made, such as a checksum.
//
// Most headers may not come so late, because somebody on the way has acted
// without them by then: how long the message is, where it goes, who sends it,
// what its content means. A trailer that changes one of those is how a request
// is made to look different to two programs, so it is refused.
//
// Main disadvantage: the list is by name, and a header that is invented later
// and must not be a trailer is not in it.
//
// Next: http/chunked_decoder.h, http/body_writer.h.

#ifndef CLOCHE_HTTP_TRAILERS_H_
#define CLOCHE_HTTP_TRAILERS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace cloche {

// Name and value, in their order. Owned: the buffer that they came in is used
// again before anybody looks at them.
using Trailers = std::vector<std::pair<std::string, std::string>>;

// Whether a field of this name, which is a token, may come as a trailer (RFC
// 9110 section 6.5.1: not if it is for framing, routing, request modifiers,
// authentication or the meaning of the content).
bool MayBeTrailer(absl::string_view name);

}  // namespace cloche

#endif  // CLOCHE_HTTP_TRAILERS_H_

// Headers: the fields of a head, in their order, as views.
//
// How it works: up to 32 stand in the object itself, so that an ordinary
// message costs no allocation.
//
// Main disadvantage: to find one is to look at them all.
//
// Next: http/field_line.h, which makes them; http/request.h.

#ifndef CLOCHE_HTTP_HEADERS_H_
#define CLOCHE_HTTP_HEADERS_H_

#include <optional>

#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"

namespace cloche {

struct Header {
  absl::string_view name;   // As written; compared without regard to case.
  absl::string_view value;  // Without the whitespace around it.
};

using Headers = absl::InlinedVector<Header, 32>;

// The value of the first header of that name, or nullopt.
std::optional<absl::string_view> FindHeader(const Headers& headers,
                                            absl::string_view name);

// Whether `token` is in the comma-separated list that all headers of that name
// make up together, without regard to case (RFC 9110 section 5.6.1).
bool HasToken(const Headers& headers, absl::string_view name,
              absl::string_view token);

// Whether a message of this minor version keeps the connection: HTTP/1.1 does
// unless it says otherwise, HTTP/1.0 the other way round (RFC 9112
// section 9.3).
bool SaysKeepAlive(const Headers& headers, int minor_version);

}  // namespace cloche

#endif  // CLOCHE_HTTP_HEADERS_H_

// Request: what a client asks for, as it stood on the wire.
//
//     GET /slow?ms=20 HTTP/1.1     method, target (path and query), version
//     Host: example.org            headers, in their order
//
// How it works: views into the connection's buffer, so that a request costs no
// allocation however many headers it has.
//
// Main disadvantage: it lives only until its handler has ended. A handler that
// keeps something of it must copy that.
//
// Next: http/request_parser.h, which makes it; http/response.h.

#ifndef CLOCHE_HTTP_REQUEST_H_
#define CLOCHE_HTTP_REQUEST_H_

#include <optional>
#include <vector>

#include "absl/strings/string_view.h"

namespace cloche {

struct Header {
  absl::string_view name;   // As written; compared without regard to case.
  absl::string_view value;  // Without the whitespace around it.
};

// Lifetime: the views are good until the handler has ended. An absent part is
// empty.
struct Request {
  absl::string_view method;  // "GET". Case matters (RFC 9110 section 9.1).

  // As sent, for logs: "/slow?ms=20", "http://example.org/", "*".
  absl::string_view target;
  // The target's path, "/slow", percent-encoding left alone; and what follows
  // the "?", "ms=20".
  absl::string_view path;
  absl::string_view query;

  // The minor version of HTTP/1: 0 or 1. A later one counts as 1, since it
  // must be compatible (RFC 9110 section 2.5).
  int minor_version = 1;

  std::vector<Header> headers;

  // Whether the client will send another request on this connection
  // (RFC 9112 section 9.3).
  bool keep_alive = false;

  // The value of the first header of that name, or nullopt.
  std::optional<absl::string_view> FindHeader(absl::string_view name) const;

  // The value of `name` in the query, or nullopt: in "ms=20&x" it is "20" for
  // ms and "" for x. Nothing is decoded.
  std::optional<absl::string_view> FindParameter(absl::string_view name) const;

  // Whether `token` is in the comma-separated list that all headers of that
  // name make up together, without regard to case (RFC 9110 section 5.6.1).
  bool HasToken(absl::string_view name, absl::string_view token) const;
};

}  // namespace cloche

#endif  // CLOCHE_HTTP_REQUEST_H_

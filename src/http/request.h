// Request: what a client asks for, as it stood on the wire.
//
//     GET /slow?ms=20 HTTP/1.1     method, target (path and query), version
//     Host: example.org            headers, in their order
//
// How it works: views into the connection's buffer, so that a request of up to
// 32 headers costs no allocation. The body is not a part of it: the handler
// reads that, as it comes.
//
// Main disadvantage: it lives only until its handler has ended, and so has the
// answer's `stream`. A handler that keeps something of it must copy that.
//
// Next: http/request_parser.h, which makes it; http/response.h.

#ifndef CLOCHE_HTTP_REQUEST_H_
#define CLOCHE_HTTP_REQUEST_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "cloche/http/body_framing.h"
#include "cloche/http/headers.h"

namespace cloche {

class BodyReader;

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

  Headers headers;

  // Whether the client will send another request on this connection
  // (RFC 9112 section 9.3).
  bool keep_alive = false;

  // Where the body ends: kNone, kLength or kChunked.
  BodyFraming framing;
  // Whether the client waits for "100 Continue" before it sends the body
  // (RFC 9110 section 10.1.1).
  bool expects_continue = false;
  // Whence a handler reads the body; never null there. Of a request without
  // one, it is at its end.
  BodyReader* body = nullptr;

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

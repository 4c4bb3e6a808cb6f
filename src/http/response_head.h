// ResponseHead: what a server answers, as it stood on the wire.
//
//     HTTP/1.1 200 OK                version, status code, reason
//     Content-Type: text/plain       headers, in their order
//
// How it works: views into the buffer of the connection.
//
// Main disadvantage: they end with the next read into that buffer, so a client
// that gives a response to its user copies it.
//
// Next: http/response_parser.h, which makes it; http/client_connection.h.

#ifndef CLOCHE_HTTP_RESPONSE_HEAD_H_
#define CLOCHE_HTTP_RESPONSE_HEAD_H_

#include "absl/strings/string_view.h"
#include "cloche/http/body_framing.h"
#include "cloche/http/headers.h"
#include "cloche/http/refusal.h"

namespace cloche {

struct ResponseHead {
  // The minor version of HTTP/1: 0 or 1. A later one counts as 1.
  int minor_version = 1;
  int status_code = 0;       // 100 to 999.
  absl::string_view reason;  // "Not Found"; may be empty, and means nothing.
  Headers headers;

  // Where the body ends.
  BodyFraming framing;
  // Whether the server will take another request on this connection.
  bool keep_alive = false;
};

// Fills in version, status code and reason from `line`, which has no line end:
//
//   status-line = HTTP-version SP 3DIGIT SP [ reason ]   (RFC 9112 section 4)
//
// What a refusal's status code says means nothing here: there is nobody to
// tell.
MaybeRefusal ParseStatusLine(absl::string_view line, ResponseHead& head);

// What the lines say together: sets framing and keep_alive (RFC 9112
// sections 6.3 and 9.3). `to_head`: it answers a HEAD request. Refused are two
// lengths, also if they are equal, a length that is no number, and any coding
// but chunked.
MaybeRefusal CheckResponseHead(bool to_head, ResponseHead& head);

}  // namespace cloche

#endif  // CLOCHE_HTTP_RESPONSE_HEAD_H_

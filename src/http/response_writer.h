// FormatResponse: a Response as bytes for the wire.
//
//   HTTP/1.1 200 OK CRLF
//   Date: Sun, 06 Nov 1994 08:49:37 GMT CRLF
//   Connection: close CRLF                       if it is the last
//   Content-Length: 13 CRLF
//   Content-Type: text/plain CRLF                the handler's own headers
//   CRLF
//   Hello, world!                                not in answer to HEAD
//
// Head and body come as one string, so that one system call sends both: two
// small ones would cost twice, and meet Nagle's algorithm.
//
// Main disadvantage: the body is copied once.
//
// Next: http/connection.h.

#ifndef CLOCHE_HTTP_RESPONSE_WRITER_H_
#define CLOCHE_HTTP_RESPONSE_WRITER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/http/response.h"

namespace cloche {

// What the connection knows of a response, besides the response.
struct ResponseContext {
  absl::Time date;           // Wall time.
  bool is_head = false;      // The body is measured but not sent.
  bool keep_alive = true;    // Otherwise "Connection: close" is sent.
  bool is_http_1_0 = false;  // Such a client must be told of keep-alive.
};

// OK, or INVALID_ARGUMENT that names what cannot be sent: a status code outside
// 200 to 599, a header whose name is no token or whose value has a line end (by
// which whoever chose the value could add headers of his own), or one of those
// that the server sets.
absl::Status CheckResponse(const Response& response);

// What follows the head: the body, unless the answer may have none (HEAD, 204,
// 304). A view into `response`.
absl::string_view SentBody(const Response& response,
                           const ResponseContext& context);

// The bytes. The response is one that CheckResponse finds OK.
std::string FormatResponse(const Response& response,
                           const ResponseContext& context);

}  // namespace cloche

#endif  // CLOCHE_HTTP_RESPONSE_WRITER_H_

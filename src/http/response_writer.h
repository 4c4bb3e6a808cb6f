// AppendResponseHead: the head of a Response as bytes for the wire.
//
//   HTTP/1.1 200 OK CRLF
//   Date: Sun, 06 Nov 1994 08:49:37 GMT CRLF
//   Connection: close CRLF                       if it is the last
//   Content-Length: 13 CRLF
//   Content-Type: text/plain CRLF                the handler's own headers
//   CRLF
//
// The body that SentBody gives follows in the same buffer, so that one system
// call sends both: two small ones would cost twice, and meet Nagle's algorithm.
//
// Main disadvantage: the body is copied once.
//
// Next: http/connection.h.

#ifndef CLOCHE_HTTP_RESPONSE_WRITER_H_
#define CLOCHE_HTTP_RESPONSE_WRITER_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "cloche/http/body_framing.h"
#include "cloche/http/byte_buffer.h"
#include "cloche/http/response.h"

namespace cloche {

// What the connection knows of a response, besides the response.
struct ResponseContext {
  absl::string_view date;    // Of the wall time, as HttpDate writes it.
  bool is_head = false;      // The body is measured but not sent.
  bool keep_alive = true;    // Otherwise "Connection: close" is sent.
  bool is_http_1_0 = false;  // Such a client must be told of keep-alive, and
                             // knows no chunks.
};

// OK, or INVALID_ARGUMENT that names what cannot be sent: a status code outside
// 200 to 599, a header whose name is no token or whose value has a line end,
// one of those that the server sets, two content types.
absl::Status CheckResponse(const Response& response);

// How the head says where the body ends; to HEAD as to GET. After kUntilClose
// the connection cannot be kept.
BodyFraming SentFraming(const Response& response,
                        const ResponseContext& context);

// What follows the head at once: the body, unless the answer may have none
// (HEAD, 204, 304) or it comes from `stream`. A view into `response`.
absl::string_view SentBody(const Response& response,
                           const ResponseContext& context);

// Puts the head behind what is in `out`. The response is one that CheckResponse
// finds OK.
void AppendResponseHead(const Response& response,
                        const ResponseContext& context, ByteBuffer& out);

}  // namespace cloche

#endif  // CLOCHE_HTTP_RESPONSE_WRITER_H_

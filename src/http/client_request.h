// ClientRequest: what a client asks of a server.
//
//     ClientRequest request;
//     request.host = "127.0.0.1:8080";
//     request.target = "/upload";
//     request.method = "POST";
//     request.body = "one,two\n";
//     request.headers = {{"Content-Type", "text/csv"}};
//
// A value that owns its content, but for what its `stream` refers to.
//
// Main disadvantage: no redirects, no cookies, no passwords: what it says is
// what is sent.
//
// Next: http/client_connection.h, which sends it; http/url.h.

#ifndef CLOCHE_HTTP_CLIENT_REQUEST_H_
#define CLOCHE_HTTP_CLIENT_REQUEST_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "cloche/http/body_framing.h"
#include "cloche/http/byte_buffer.h"
#include "cloche/tasks/task.h"

namespace cloche {

class BodyWriter;

struct ClientRequest {
  std::string method = "GET";
  std::string target = "/";  // "/path?query", or "*" for OPTIONS.
  std::string host;          // "example.org:8080": what the Host header says.

  // In the order in which they are sent. Not to be set here, since the client
  // does: Connection, Content-Length, Expect, Host, Transfer-Encoding.
  std::vector<std::pair<std::string, std::string>> headers;

  std::string body;

  // If there is one, it writes the body, instead of `body`, while the answer
  // may come already. Lifetime: what it refers to outlives Ask.
  std::function<Task<>(BodyWriter&)> stream;
  // How much `stream` writes. If it is not known, the body goes in chunks.
  std::optional<uint64_t> content_length;

  // Sends the body only when the server has said that it will have it, or has
  // said nothing for a while (RFC 9110 section 10.1.1).
  bool expect_continue = false;

  // Otherwise the server is told that this is the last request.
  bool keep_alive = true;
};

// OK, or INVALID_ARGUMENT that names what cannot be sent: a method, target,
// host or header that is not well-formed, a header that the client sets,
// CONNECT, TRACE with a body.
absl::Status CheckClientRequest(const ClientRequest& request);

// How the head says where the body ends.
BodyFraming SentFraming(const ClientRequest& request);

// Whether the server is to be asked before it gets the body: not about none
// (RFC 9110 section 10.1.1).
bool ExpectsContinue(const ClientRequest& request);

// Puts the head behind what is in `out`. The request is one that
// CheckClientRequest finds OK.
void AppendRequestHead(const ClientRequest& request, ByteBuffer& out);

}  // namespace cloche

#endif  // CLOCHE_HTTP_CLIENT_REQUEST_H_

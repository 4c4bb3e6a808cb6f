// ServeHttp: HTTP/1.1 on one connection, from its first byte to its last.
//
//     Task<> HandleConnection(TcpStream stream) {
//       co_return co_await ServeHttp(stream, router.AsHandler(), options);
//     }
//
//             first byte           head complete        answer sent
//    [idle] ------------> [head] ---------------> [answer] ---+
//     |  ^                 |   |                     |        |
//     |  +-----------------|---|---------------------|--------+ keep-alive
//     |                    |   | wrong, late         | last answer
//     | stop, end,         |   v                     v
//     | idle timeout       | [refusal] ---------> [linger]
//     |                    | reset                   | end, timeout
//     +--------------------+-------------------------+-------> over
//
// One request after the other, in order: several that arrive together
// (pipelining, RFC 9112 section 9.3.2) wait in the buffer for their turn.
//
// Linger: closing a socket while the peer still sends resets the connection,
// and a reset may throw away the answer before the peer has read it. So after
// the last answer we send a FIN and read on for a moment (RFC 9112
// section 9.6).
//
// Main disadvantage: while a handler runs nobody reads, so a client that went
// away is noticed only when the answer is sent.
//
// Next: http/request_parser.h; net/server.h, the loop around it.

#ifndef CLOCHE_HTTP_CONNECTION_H_
#define CLOCHE_HTTP_CONNECTION_H_

#include <cstddef>
#include <functional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/http/handler.h"
#include "cloche/http/request.h"
#include "cloche/http/request_parser.h"
#include "cloche/net/byte_stream.h"
#include "cloche/net/stop_source.h"
#include "cloche/tasks/task.h"

namespace cloche {

// One answered request, for a log.
struct Exchange {
  const Request* request;  // Null if it could not be read.
  int status_code;
  size_t body_bytes;        // Of the answer; 0 for HEAD, which gets none.
  absl::Duration duration;  // From the complete head to the sent answer.
};

struct HttpOptions {
  HeadLimits limits;

  // Between two requests, and before the first: silence ends the connection,
  // without a word.
  absl::Duration idle_timeout = absl::Minutes(1);
  // From the first byte of a request to the end of its head: then 408.
  absl::Duration head_timeout = absl::Seconds(10);
  // For one answer, the whole of it: a client that does not read is cut off
  // with a reset.
  absl::Duration write_timeout = absl::Seconds(30);

  // How long, and for how much, we read on after the last answer.
  absl::Duration linger_timeout = absl::Seconds(1);
  size_t linger_bytes = 256 * 1024;

  // When it is requested, idle connections end at once; others finish the
  // answer they are at, and say "Connection: close". May be null.
  StopSource* stop = nullptr;

  // Told of each answer when it has been sent, or has failed to be. A request
  // whose handler was cancelled has no answer. May be empty.
  std::function<void(const Exchange&)> on_exchange;
  // Told why a handler failed, since the client is told only 500. May be empty.
  std::function<void(const absl::Status&)> on_error;
};

// Answers requests until the connection is over; the stream is then fit only to
// be closed, which is its owner's part. OK if it ended as HTTP has it;
// DEADLINE_EXCEEDED if the client did not read; CANCELLED, or what a cancelled
// handler made of it; otherwise what broke the stream in the middle of a
// request. Lifetime: all three outlive the task.
Task<> ServeHttp(ByteStream& stream, const Handler& handler,
                 const HttpOptions& options);

}  // namespace cloche

#endif  // CLOCHE_HTTP_CONNECTION_H_

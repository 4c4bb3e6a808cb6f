// HttpOptions: how long, how much, and who is told, on a server's connections.
//
// Every wait for a client has an end, and so has every size. The defaults are
// for a server that faces the open Internet.
//
// Main disadvantage: they hold for all requests. A server with an upload of
// gigabytes at one path allows it at all of them.
//
// Next: http/http_server.h.

#ifndef CLOCHE_HTTP_HTTP_OPTIONS_H_
#define CLOCHE_HTTP_HTTP_OPTIONS_H_

#include <cstddef>
#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/http/head_parser.h"
#include "cloche/http/request.h"
#include "cloche/net/stop_source.h"

namespace cloche {

// One answered request, for a log.
struct Exchange {
  const Request* request;  // Null if its head could not be read.
  int status_code;
  size_t body_bytes;        // Of the answer; 0 for HEAD, which gets none.
  absl::Duration duration;  // From the complete head to the sent answer.
};

struct HttpOptions {
  // For heads, and for the trailers of bodies.
  HeadLimits limits;
  // A longer body is 413: before the handler runs, if its length is said, else
  // where it grows too long.
  uint64_t max_body_bytes = 16 * 1024 * 1024;

  // Between two requests, and before the first: silence ends the connection,
  // without a word.
  absl::Duration idle_timeout = absl::Minutes(1);
  // From the first byte of a request to the end of its head: then 408.
  absl::Duration head_timeout = absl::Seconds(10);
  // For a body that somebody reads, and a second more for each
  // min_body_bytes_per_second of it: then 408. See BodyLimits.
  absl::Duration body_timeout = absl::Seconds(20);
  uint64_t min_body_bytes_per_second = 500;
  // For one answer, or one part of an answer that is written in parts: a
  // client that does not read is cut off with a reset.
  absl::Duration write_timeout = absl::Seconds(30);

  // How long, and for how much, we read on after the last answer.
  absl::Duration linger_timeout = absl::Seconds(1);
  size_t linger_bytes = 256 * 1024;

  // When it is requested, idle connections end at once; others finish the
  // answer they are at, and say "Connection: close". May be null.
  StopSource* stop = nullptr;

  // Told of each answer when it has been sent, or has failed to be. A request
  // whose handler was cancelled has no answer. May be empty. If it is not, each
  // answer is sent by itself.
  std::function<void(const Exchange&)> on_exchange = {};
  // Told why a handler failed, since the client is told only 500. May be empty.
  std::function<void(const absl::Status&)> on_error = {};
};

}  // namespace cloche

#endif  // CLOCHE_HTTP_HTTP_OPTIONS_H_

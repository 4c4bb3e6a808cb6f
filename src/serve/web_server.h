// RunWebServer: the site on a port, until it is told to stop.
//
//   listener --> Serve: a task for each connection --> HttpServer --> the site
//                  ^
//   stop ----------+ finishes the requests it is at, within the grace period
//
// Main disadvantage: one loop, so one processor core.
//
// Next: net/server.h and http/http_server.h, which do the work.

#ifndef CLOCHE_SERVE_WEB_SERVER_H_
#define CLOCHE_SERVE_WEB_SERVER_H_

#include <functional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/http/http_options.h"
#include "cloche/net/endpoint.h"
#include "cloche/net/stop_source.h"
#include "cloche/tasks/task.h"

namespace cloche {

struct WebServerOptions {
  Endpoint endpoint = Endpoint::Loopback(8080);  // Port 0: the system chooses.
  // After a stop, for connections that are in the middle of a request.
  absl::Duration grace = absl::Seconds(10);
  HttpOptions http;  // `stop` and the two callbacks are set by the server.

  // Told once that connections can be made from now on, and where. May be
  // empty.
  std::function<void(const Endpoint&)> on_listening;
  // Told of each answered request, as a line of an access log; and of each
  // connection that its client broke. May be empty.
  std::function<void(absl::string_view line)> access_log;
  // Told of what is wrong with the server, and not with a client. May be empty.
  std::function<void(const absl::Status&)> on_error;
};

// OK after a stop. Errors: those of listening, which is tried once; CANCELLED.
// Lifetime: `stop` outlives it.
Task<> RunWebServer(WebServerOptions options, StopSource& stop);

}  // namespace cloche

#endif  // CLOCHE_SERVE_WEB_SERVER_H_

// Serve: the accept loop of a server that stays up and stops gracefully.
//
//     StopSource stop;
//     co_await Try(Serve(listener, stop, ServeOptions(), HandleConnection));
//
//   accepting ---- stop ----> finishing ---- all ended -----------> returns
//       |                         |                                    ^
//       | one task for            +---- grace is over: cancel all -----+
//       v each connection
//   handler(stream)
//
// What it knows that a plain loop does not:
//   * A full descriptor table (EMFILE) is not the end. The connection waits in
//     the backlog; trying again at once would spin, so it pauses.
//   * A connection that is reset before it is accepted is the peer's business.
//     Many of them in a row are a pause as well: it may be an error that stays.
//   * One handler's failure ends one connection. It is reported, not returned.
//   * Ten thousand connections wait at once. So the task of each is no more
//     than a stream and a handler: no handle, no scope of its own, no result.
//
// Main disadvantage: while it pauses for descriptors, peers wait unanswered.
//
// Next: net/stop_source.h; http/http_server.h for a handler.

#ifndef CLOCHE_NET_SERVER_H_
#define CLOCHE_NET_SERVER_H_

#include <functional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/net/stop_source.h"
#include "cloche/net/tcp_listener.h"
#include "cloche/net/tcp_stream.h"
#include "cloche/tasks/task.h"

namespace cloche {

struct ServeOptions {
  // How long connections may go on after the stop, before they are cancelled.
  absl::Duration grace = absl::Seconds(10);
  // The pause after an accept that failed for want of descriptors or memory,
  // and after many in a row that failed otherwise.
  absl::Duration exhausted_pause = absl::Milliseconds(100);
  // Told of every failed handler and every failed accept; of a shortage of
  // descriptors or memory once, until an accept succeeds again. That a handler
  // was cancelled with its server is no failure. May be empty.
  std::function<void(const absl::Status&)> on_error = {};
};

// Runs one connection. A handler may take its stream by value. One that takes
// it as it is passed, TcpStream&&, leaves it where it lives, in the
// connection's task; that spares a copy. Either way it is closed when the
// handler has ended.
using ConnectionHandler = std::function<Task<>(TcpStream&& stream)>;

// Accepts connections on `listener` and runs `handler` for each, until `stop`
// is requested; then closes the listener and waits for the connections, for at
// most the grace period. OK after a stop. An error only if the listener itself
// is broken, or CANCELLED. Lifetime: listener and stop outlive it.
Task<> Serve(TcpListener& listener, StopSource& stop, ServeOptions options,
             ConnectionHandler handler);

}  // namespace cloche

#endif  // CLOCHE_NET_SERVER_H_

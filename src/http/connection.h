// ServeBurst: a connection while it is not idle: from the first bytes that come
// until everything that came is answered.
//
//             head complete             handler has answered
//    [head] ---------------> [handler] ----------------------> [output] --+
//     |  ^                       |  reads the body, from the buffer       |
//     |  |                       |  or the stream                         |
//     |  +-----------------------|----------------------------------------+
//     |                          |        kept alive: the next one
//     | nothing left: send       | last answer: send
//     v                          v
//    idle                     [linger] ----> over
//       wrong, late: [refusal] ---^
//
// Several requests that come together (pipelining, RFC 9112 section 9.3.2) are
// answered one after the other, in order, and their answers are sent together:
// when no complete request is left in the buffer, when they are more than
// kOutputBytes, before a body is waited for or an answer is written in parts;
// and when a handler has to wait for something, by the loop's next turn.
//
// A client that always has more waiting gets kTurnBudget answers
// (tasks/running_task.h) in a turn of the loop; then everybody else has theirs.
//
// Main disadvantage: while a handler runs that does not read nobody reads, so a
// client that went away is noticed only when the answer is sent.
//
// Next: http/connection.cc, the loop; http/burst.h, its steps; http/linger.h.

#ifndef CLOCHE_HTTP_CONNECTION_H_
#define CLOCHE_HTTP_CONNECTION_H_

#include <cstdint>
#include <limits>
#include <utility>

#include "absl/strings/string_view.h"
#include "cloche/http/body_reader.h"
#include "cloche/http/handler.h"
#include "cloche/http/http_date.h"
#include "cloche/http/http_options.h"
#include "cloche/loop/loop.h"
#include "cloche/net/byte_stream.h"
#include "cloche/net/readable_leaf.h"
#include "cloche/tasks/task.h"

namespace cloche {

// What the connections of a server share.
class HttpShared {
 public:
  HttpShared(Handler given_handler, HttpOptions given_options)
      : handler(std::move(given_handler)),
        options(std::move(given_options)),
        idle{.timeout = options.idle_timeout, .stop = options.stop},
        body_limits{.max_bytes = options.max_body_bytes,
                    .trailers = options.limits,
                    .buffer_bytes = options.limits.max_bytes,
                    .timeout = options.body_timeout,
                    .min_bytes_per_second = options.min_body_bytes_per_second} {
  }

  const Handler handler;
  const HttpOptions options;
  const WaitLimits idle;
  const BodyLimits body_limits;

  // The date for answers of this turn of the loop. Good until the second
  // changes. SPEED(BM_TurnTime): as net/readable_leaf.h has it.
  absl::string_view DateIn(Loop& loop) {
    if (std::exchange(dated_turn_, loop.turns()) == loop.turns()) {
      return date_.last();
    }
    return date_.Text(loop.environment().clock->WallNow());
  }

 private:
  HttpDateCache date_;
  uint64_t dated_turn_ = std::numeric_limits<uint64_t>::max();
};

enum class BurstEnd {
  kIdle,  // Nothing is left to do: the connection waits for the next request.
  kOver,  // The connection is to be closed.
};

// Serves what has come on `stream`, and all that comes meanwhile. Errors: those
// of HttpServer::Serve. Lifetime: both outlive the task.
Task<BurstEnd> ServeBurst(HttpShared& shared, ByteStream& stream);

}  // namespace cloche

#endif  // CLOCHE_HTTP_CONNECTION_H_

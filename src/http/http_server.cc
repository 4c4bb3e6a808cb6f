#include "cloche/http/http_server.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cloche/http/connection.h"
#include "cloche/net/readable_leaf.h"
#include "cloche/tasks/current_task.h"

namespace cloche {
namespace {

// Between two requests a connection may end in any way: a timeout, a stop and a
// close are all the same to us.
absl::Status EndOfIdleness(absl::Status news) {
  if (absl::IsDeadlineExceeded(news) || absl::IsAborted(news)) {
    return absl::OkStatus();
  }
  return news;
}

}  // namespace

// Its frame is all that an idle connection has: nothing large may live in it.
Task<> HttpServer::Serve(ByteStream& stream) {
  Loop& loop = (co_await CurrentTask()).loop();
  WaitLimits limits = {.deadline = loop.Now() + shared_.options.idle_timeout,
                       .stop = shared_.options.stop};
  while (true) {
    absl::Status news = co_await stream.WaitReadable(limits);
    if (!news.ok()) co_return EndOfIdleness(std::move(news));
    const absl::StatusOr<BurstEnd> end = co_await ServeBurst(shared_, stream);
    // With a plain close the system would keep what was not read, for minutes.
    if (absl::IsDeadlineExceeded(end.status())) stream.Abort();
    if (!end.ok()) co_return end.status();
    if (*end == BurstEnd::kOver) co_return absl::OkStatus();
    if (*end == BurstEnd::kNothing) continue;
    limits.deadline = loop.Now() + shared_.options.idle_timeout;
  }
}

}  // namespace cloche

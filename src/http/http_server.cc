#include "cloche/http/http_server.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cloche/http/connection.h"
#include "cloche/net/readable_leaf.h"

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

// Its frame is all that an idle connection has: nothing may live in it across
// the wait that need not.
Task<> HttpServer::Serve(ByteStream& stream) {
  while (true) {
    if (absl::Status news = co_await stream.WaitReadable(shared_.idle);
        !news.ok()) {
      co_return EndOfIdleness(std::move(news));
    }
    const absl::StatusOr<BurstEnd> end = co_await ServeBurst(shared_, stream);
    // With a plain close the system would keep what was not read, for minutes.
    if (absl::IsDeadlineExceeded(end.status())) stream.Abort();
    if (!end.ok()) co_return end.status();
    if (*end == BurstEnd::kOver) co_return absl::OkStatus();
  }
}

}  // namespace cloche

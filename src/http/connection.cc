#include "cloche/http/connection.h"

#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cloche/http/burst.h"
#include "cloche/http/request_parser.h"
#include "cloche/http/response.h"
#include "cloche/tasks/current_task.h"
#include "cloche/tasks/invoke.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/try.h"

namespace cloche {

Task<BurstEnd> ServeBurst(HttpShared& shared, ByteStream& stream) {
  Burst burst(co_await CurrentTask(), shared, stream);
  if (burst.batches()) {
    const absl::StatusOr<size_t> read = co_await burst.ReadOn();
    if (!burst.Take(read)) co_return co_await burst.EndInHead(read);
  } else if (const std::optional<BurstEnd> end = burst.ReadFirst()) {
    co_return *end;
  }
  while (true) {
    const ParseState state = burst.Next();
    if (state == ParseState::kRefused) co_return co_await burst.RefuseNext();
    if (state == ParseState::kNeedsMore) {
      if (burst.MayTryToSend()) co_await Try(burst.SendNow());
      if (!burst.output().empty()) co_await Try(burst.Flush());
      if (!burst.HasBegun()) co_return BurstEnd::kIdle;
      absl::StatusOr<size_t> read = co_await burst.ReadOn();
      if (!burst.Take(read)) co_return co_await burst.EndInHead(read);
      continue;
    }
    absl::StatusOr<Response> response =
        co_await InvokeTask(shared.handler, burst.request());
    co_await Try(burst.Settle(response));
    if (!burst.Streams(*response)) {
      burst.Append(*response);
    } else if (!co_await Try(burst.Stream(*response))) {
      co_return BurstEnd::kOver;
    }
    if (burst.MustSend()) {
      absl::Status sent = co_await burst.Send();
      if (sent.ok()) sent = co_await burst.SendLargeBody();
      burst.OnSent(*response);
      if (!sent.ok()) co_return sent;
    }
    if (!burst.EndExchange()) co_return co_await burst.Close();
    // A long pipeline is no reason for others to wait: it goes on next turn.
    if (!burst.SpendTurn()) co_await Try(Yield());
  }
}

}  // namespace cloche

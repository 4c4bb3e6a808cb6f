#include "cloche/http/linger.h"

#include <cstddef>

#include "absl/status/status.h"
#include "cloche/tasks/timeout.h"
#include "cloche/tasks/try.h"

namespace cloche {
namespace {

Task<> Drain(ByteStream& stream, ByteBuffer& scratch, size_t most_bytes) {
  for (size_t drained = 0; drained < most_bytes;) {
    scratch.Clear();
    const size_t size = co_await Try(stream.Read(scratch.Room()));
    if (size == 0) co_return absl::OkStatus();
    drained += size;
  }
  co_return absl::OkStatus();
}

}  // namespace

Task<> Linger(ByteStream& stream, ByteBuffer& scratch,
              const HttpOptions& options) {
  co_await Try(stream.ShutdownWrite());
  const absl::Status drained = co_await WithTimeout(
      options.linger_timeout, Drain(stream, scratch, options.linger_bytes));
  co_return absl::IsCancelled(drained) ? drained : absl::OkStatus();
}

}  // namespace cloche

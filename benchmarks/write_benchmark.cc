// What a write costs above the kernel, when the system takes all of it at once:
// tried by WriteNow, or awaited.
//
//   ./cloche bench write
//
// Next: src/http/burst.h, SendNow.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "benchmark/benchmark.h"
#include "cloche/backend/backend.h"
#include "cloche/base/check.h"
#include "cloche/benchmarks/paired.h"
#include "cloche/calls/socket_address.h"
#include "cloche/loop/loop.h"
#include "cloche/loop/system_environment.h"
#include "cloche/net/endpoint.h"
#include "cloche/net/tcp_stream.h"
#include "cloche/tasks/run.h"
#include "cloche/tasks/task.h"
#include "cloche/tasks/try.h"
#include "cloche/tasks/within.h"

namespace cloche {
namespace {

constexpr absl::string_view kAnswer =
    "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\nHello, world!";

// Fewer than kTurnBudget, so that no turn ends among them.
constexpr int kWrites = 32;

// Has no kernel behind it: whatever is written has been sent.
class TakesAll final : public Backend {
 public:
  absl::string_view name() const override { return "takes all"; }
  bool Start(Operation& operation) override {
    operation.result = static_cast<int64_t>(operation.size);
    return true;
  }
  void Cancel(Operation&) override {}
  absl::Status Wait(absl::Duration, OperationList&) override {
    return absl::OkStatus();
  }
  void Wake() override {}
  void Close(int) override {}
};

Task<> TryFirst(ByteStream& stream) {
  for (int i = 0; i < kWrites; ++i) {
    const size_t sent = co_await Try(stream.WriteNow(kAnswer));
    if (sent == kAnswer.size()) continue;
    co_await Try(Within(absl::Seconds(10), stream.Write(kAnswer.substr(sent))));
  }
  co_return absl::OkStatus();
}

Task<> OnlyAwait(ByteStream& stream) {
  for (int i = 0; i < kWrites; ++i) {
    co_await Try(Within(absl::Seconds(10), stream.Write(kAnswer)));
  }
  co_return absl::OkStatus();
}

// Per 32 writes, and the task that makes them.
void BM_WriteNowFirst(benchmark::State& state) {
  const auto system = SystemEnvironment::Create("epoll").value();
  Environment environment = system->MakeEnvironment();
  environment.backend = std::make_unique<TakesAll>();
  Loop loop(std::move(environment));
  SocketAddress nobody;
  nobody.family = AddressFamily::kIpv4;
  TcpStream stream(loop, /*fd=*/1000, Endpoint(nobody));
  RunPaired(
      state,
      [&] { CLOCHE_CHECK(Run(loop, TryFirst(stream)).ok(), "cannot write"); },
      [&] { CLOCHE_CHECK(Run(loop, OnlyAwait(stream)).ok(), "cannot write"); });
}
BENCHMARK(BM_WriteNowFirst);

}  // namespace
}  // namespace cloche

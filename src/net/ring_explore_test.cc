// An echo over io_uring in every order that a kernel may finish things in: what
// arrives at the moment when its reader gives up is received or cancelled, and
// is never lost.

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/net/tcp_listener.h"
#include "cloche/net/tcp_stream.h"
#include "cloche/tasks/timeout.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/explore.h"
#include "cloche/testing/stream_tasks.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

constexpr absl::Duration kLatency = absl::Milliseconds(1);

// One byte at a time, so that there is much to be lost.
Task<> EchoSlowly(Endpoint where) {
  TcpListener listener = co_await Try(TcpListener::Listen(where));
  TcpStream stream = co_await Try(listener.Accept());
  char byte;
  while (co_await Try(stream.Read(absl::MakeSpan(&byte, 1))) == 1) {
    co_await Try(stream.Write(absl::string_view(&byte, 1)));
  }
  co_return co_await stream.ShutdownWrite();
}

// Each answer comes just when nobody will wait for it any longer.
Task<> AskImpatiently(Endpoint where, std::string& heard) {
  TcpStream stream = co_await Try(TcpStream::Connect(where));
  for (const absl::string_view letter : {"a", "b", "c"}) {
    co_await Try(stream.Write(letter));
    const absl::StatusOr<std::string> in_time =
        co_await WithTimeout(2 * kLatency, ReadOnce(stream, 10));
    if (in_time.ok()) heard += *in_time;
  }
  co_await Try(stream.ShutdownWrite());
  heard += co_await Try(ReadToEnd(stream));
  co_return absl::OkStatus();
}

void Impatience(SweepRun& run) {
  TestHost& server = run.AddHost("server");
  TestHost& client = run.AddHost("client");
  run.world().network().SetLink({.latency = kLatency});
  std::string& heard = run.Keep<std::string>();
  run.Main(server, EchoSlowly, server.EndpointAt(7000));
  run.Main(client, AskImpatiently, server.EndpointAt(7000), std::ref(heard));
  run.AtEnd([&heard] { EXPECT_EQ(heard, "abc"); });
}

TEST(RingInEveryOrder, LosesNoByteToACancelThatRacesIt) {
  const ExploreReport report =
      Explore(Impatience, {.run = {.backend = BackendKind::kIoUring},
                           .most_deviations = 3,
                           .most_runs = 10000});
  EXPECT_FALSE(report.failed);
  EXPECT_TRUE(report.complete);
  EXPECT_GT(report.exhaustive_runs, 100);
}

}  // namespace
}  // namespace cloche

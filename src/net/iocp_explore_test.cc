// An echo over a completion port in every order: which packet comes first,
// whether a cancel is in time, and how calls end whose socket is closed.

#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/backend/backends.h"
#include "cloche/net/tcp_listener.h"
#include "cloche/net/tcp_stream.h"
#include "cloche/tasks/nursery.h"
#include "cloche/tasks/task.h"
#include "cloche/tasks/timeout.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/explore.h"
#include "cloche/testing/stream_tasks.h"
#include "cloche/testing/sweep.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

const SweepOptions kOverAPort = {.backend = BackendKind::kIocp};
const ExploreOptions kExplored = {.run = kOverAPort};

// Sends back what comes, until the end.
Task<> EchoToEnd(TcpStream& stream) {
  while (true) {
    const std::string part = co_await Try(ReadOnce(stream));
    if (part.empty()) co_return co_await stream.ShutdownWrite();
    co_await Try(stream.Write(part));
  }
}

// The next visitor: each visit has one here.
Task<> ServeOne(TcpListener& listener) {
  TcpStream stream = co_await Try(listener.Accept());
  co_return co_await EchoToEnd(stream);
}

Task<> ServeTwo(Endpoint where) {
  TcpListener listener = co_await Try(TcpListener::Listen(where));
  co_return co_await WithNursery([&](Nursery& nursery) -> Task<> {
    nursery.Start([&]() -> Task<> {
      co_await Try(ServeOne(listener));
      co_return co_await ServeOne(listener);
    });
    co_return absl::OkStatus();
  });
}

Task<> Serve(Endpoint where) {
  co_return co_await WithTimeout(absl::Seconds(20), ServeTwo(where));
}

Task<> Hear(TcpStream& stream, std::string& heard) {
  while (true) {
    const std::string part = co_await Try(ReadOnce(stream));
    if (part.empty()) co_return absl::OkStatus();
    heard += part;
  }
}

// Listens with a patience that ends at the very instant of the answer, so that
// its cancel races the data; what it has not heard by then it hears afterwards.
Task<> SayAndHear(Endpoint where, std::string& heard) {
  TcpStream stream = co_await Try(TcpStream::Connect(where));
  co_await Try(stream.Write("hello"));
  co_await Try(MoveOnAfter(absl::Milliseconds(2), Hear(stream, heard)));
  co_await Try(stream.Write(" again"));
  co_await Try(stream.ShutdownWrite());
  co_return co_await Hear(stream, heard);
}

Task<> Visit(Endpoint where, std::string& heard) {
  co_return co_await WithTimeout(absl::Seconds(10), SayAndHear(where, heard));
}

// Both ways at once, on both hosts.
void EchoScenario(SweepRun& run) {
  TestHost& server = run.AddHost("server");
  TestHost& client = run.AddHost("client");
  run.Main(server, Serve, server.EndpointAt(7000));
  for (int i = 0; i < 2; ++i) {
    std::string& heard = run.Keep<std::string>();
    run.Main(client, Visit, server.EndpointAt(7000), std::ref(heard));
    run.AtEnd([&heard] {
      EXPECT_EQ(heard, std::string("hello again").substr(0, heard.size()));
    });
  }
}

// Nothing is disturbed here, so each byte arrives.
void WholeEchoScenario(SweepRun& run) {
  TestHost& server = run.AddHost("server");
  TestHost& client = run.AddHost("client");
  std::string& heard = run.Keep<std::string>();
  run.Main(server, Serve, server.EndpointAt(7000));
  run.Main(client, Visit, server.EndpointAt(7000), std::ref(heard));
  run.Main(client, Visit, server.EndpointAt(7000),
           std::ref(run.Keep<std::string>()));
  run.AtEnd([&heard] { EXPECT_EQ(heard, "hello again"); });
}

TEST(IocpEcho, LosesNoByteInAnyOrder) {
  const ExploreReport report = Explore(WholeEchoScenario, kExplored);
  EXPECT_FALSE(report.failed);
  EXPECT_GT(report.choices, 10u);
}

TEST(IocpEcho, SurvivesEveryFault) {
  EXPECT_GT(SweepFaults(EchoScenario, kOverAPort).runs, 300);
}

TEST(IocpEcho, EndsWheneverItIsCancelled) {
  EXPECT_GT(SweepCancellation(EchoScenario, kOverAPort).runs, 50);
}

TEST(IocpEcho, LeavesNothingWheneverAHostDies) {
  EXPECT_GT(SweepDestruction(EchoScenario, kOverAPort).runs, 50);
}

TEST(IocpEcho, DoesNotMindNuisances) {
  EXPECT_GT(SweepNuisances(EchoScenario, kOverAPort).runs, 5);
}

TEST(IocpEcho, SurvivesFaultsThatComeTogether) {
  EXPECT_EQ(SweepMixtures(EchoScenario, 100, kOverAPort).failed_runs, 0);
}

}  // namespace
}  // namespace cloche

// Serve and its clients under every fault, cancelled and destroyed at every
// moment: whatever happens, all of it ends, nothing is left, and nobody hears
// what was not said.

#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/calls/signal_calls.h"
#include "cloche/fakes/fake_clock.h"
#include "cloche/fakes/fake_signal_calls.h"
#include "cloche/net/server.h"
#include "cloche/net/stop_on_signals.h"
#include "cloche/net/stop_source.h"
#include "cloche/net/tcp_listener.h"
#include "cloche/net/tcp_stream.h"
#include "cloche/net/tcp_stream_test.h"
#include "cloche/tasks/nursery.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/timeout.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/effort.h"
#include "cloche/testing/stream_tasks.h"
#include "cloche/testing/sweep.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

// Small buffers, so that a kilobyte or two have to wait for each other.
constexpr int kBufferBytes = 1024;
constexpr size_t kManyBytes = 5000;

TcpOptions SmallBuffers() {
  TcpOptions options;
  options.send_buffer_bytes = kBufferBytes;
  options.receive_buffer_bytes = kBufferBytes;
  return options;
}

Task<> EchoToEnd(TcpStream& stream) {
  std::string room(700, ' ');
  while (true) {
    const size_t size =
        co_await Try(stream.Read(absl::MakeSpan(room.data(), room.size())));
    if (size == 0) co_return co_await stream.ShutdownWrite();
    co_await Try(stream.Write(absl::string_view(room).substr(0, size)));
  }
}

Task<> EchoForAWhile(TcpStream stream) {
  co_return co_await WithTimeout(absl::Seconds(10), EchoToEnd(stream));
}

Task<> ServeFor(absl::Duration duration, Endpoint where) {
  TcpListenOptions options;
  options.stream = SmallBuffers();
  TcpListener listener = co_await Try(TcpListener::Listen(where, options));
  StopSource stop;
  ServeOptions serve_options;
  serve_options.exhausted_pause = absl::Seconds(1);  // Fewer steps to take.
  co_return co_await WithNursery([&](Nursery& nursery) -> Task<> {
    nursery.Start([&stop, duration]() -> Task<> {
      co_await Try(Sleep(duration));
      stop.Stop();
      co_return absl::OkStatus();
    });
    co_return co_await Serve(listener, stop, serve_options, EchoForAWhile);
  });
}

Task<> Hear(TcpStream& stream, std::string& heard) {
  while (true) {
    const std::string part = co_await Try(ReadOnce(stream, 600));
    if (part.empty()) co_return absl::OkStatus();
    heard += part;
  }
}

// Speaks and hears at the same time: together the two buffers of each way hold
// less than is said.
Task<> SayAndHear(Endpoint where, std::string said, std::string& heard) {
  TcpStream stream = co_await Try(TcpStream::Connect(where, SmallBuffers()));
  co_await Try(WithNursery([&](Nursery& nursery) -> Task<> {
    nursery.Start(Hear, std::ref(stream), std::ref(heard));
    co_await Try(stream.Write(said));
    co_return co_await stream.ShutdownWrite();
  }));
  if (heard != said) co_return absl::DataLossError("the echo is incomplete");
  co_return absl::OkStatus();
}

Task<> VisitOnce(Endpoint where, std::string said, std::string& heard) {
  co_return co_await WithTimeout(absl::Seconds(10),
                                 SayAndHear(where, std::move(said), heard));
}

void EchoScenario(SweepRun& run) {
  TestHost& server = run.AddHost("server");
  TestHost& client = run.AddHost("client");
  run.Main(server, ServeFor, absl::Seconds(30), server.EndpointAt(7000));
  for (const std::string& said : {std::string("hi"), Pattern(kManyBytes)}) {
    std::string& heard = run.Keep<std::string>();
    run.Main(client, VisitOnce, server.EndpointAt(7000), said, std::ref(heard));
    run.AtEnd([&heard, said] {
      EXPECT_TRUE(absl::StartsWith(said, heard)) << heard.size();
    });
  }
}

// --- A server that signals stop ---------------------------------------------

Task<> ServeUntilSignalled(Endpoint where, SignalCalls& signals) {
  TcpListener listener =
      co_await Try(TcpListener::Listen(where, TcpListenOptions()));
  StopSource stop;
  co_return co_await WithNursery([&](Nursery& nursery) -> Task<> {
    co_await Try(
        nursery.StartAndWait(StopOnSignals, std::ref(signals), std::ref(stop)));
    co_await Try(Serve(listener, stop, ServeOptions(), EchoForAWhile));
    nursery.Cancel();
    co_return absl::OkStatus();
  });
}

// The signal may come before anybody listens for it.
Task<> ServeUntilSignalledOrLate(Endpoint where, SignalCalls& signals) {
  co_return co_await WithTimeout(absl::Minutes(5),
                                 ServeUntilSignalled(where, signals));
}

void SignalScenario(SweepRun& run) {
  TestHost& server = run.AddHost("server");
  TestHost& client = run.AddHost("client");
  FakeSignalCalls& signals = run.Keep<FakeSignalCalls>(server.kernel());
  std::string& heard = run.Keep<std::string>();
  run.Main(server, ServeUntilSignalledOrLate, server.EndpointAt(7000),
           std::ref(signals));
  run.Main(client, VisitOnce, server.EndpointAt(7000), "hi", std::ref(heard));
  run.world().network().At(FakeClock::Start() + absl::Seconds(5), [&signals] {
    if (signals.open()) signals.Send(Signal::kTerminate);
  });
}

// --- The sweeps -------------------------------------------------------------

class ServeSweep : public ::testing::TestWithParam<BackendKind> {
 protected:
  const SweepOptions options_{.backend = GetParam()};
};

TEST_P(ServeSweep, SurvivesEveryFaultOfEveryCall) {
  EXPECT_GT(SweepFaults(EchoScenario, options_).runs, 400);
}

TEST_P(ServeSweep, EndsWheneverItIsCancelled) {
  EXPECT_GT(SweepCancellation(EchoScenario, options_).runs, 100);
}

TEST_P(ServeSweep, LeavesNothingWheneverItIsDestroyed) {
  EXPECT_GT(SweepDestruction(EchoScenario, options_).runs, 100);
}

TEST_P(ServeSweep, EndsThoughItsSignalsFail) {
  EXPECT_GT(SweepFaults(SignalScenario, options_).runs, 200);
  EXPECT_GT(SweepCancellation(SignalScenario, options_).runs, 20);
  EXPECT_GT(SweepDestruction(SignalScenario, options_).runs, 20);
  EXPECT_GT(SweepNuisances(SignalScenario, options_).runs, 5);
}

TEST_P(ServeSweep, MindsNoNuisance) {
  EXPECT_GT(SweepNuisances(EchoScenario, options_).runs, 5);
}

TEST_P(ServeSweep, SurvivesFaultsTogether) {
  const int runs = 200 * Effort();
  EXPECT_EQ(SweepMixtures(EchoScenario, runs, options_).runs, runs);
}

INSTANTIATE_ON_FAKE_BACKENDS(ServeSweep);

}  // namespace
}  // namespace cloche

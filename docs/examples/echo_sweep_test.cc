// The echo server's handler, with a visitor, in every world that there is, over
// every backend.

#include <functional>
#include <string>

#include "absl/time/time.h"
#include "cloche/net/server.h"
#include "cloche/tasks/timeout.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/backend_kinds.h"
#include "cloche/testing/stream_tasks.h"
#include "cloche/testing/sweep.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

using namespace cloche;

Task<> Echo(TcpStream stream);  // In echo_server.cc.

Task<> RunServer(Endpoint endpoint, StopSource& stop) {
  auto listener = co_await Try(TcpListener::Listen(endpoint));
  co_return co_await Serve(listener, stop, ServeOptions(), Echo);
}

Task<> SayHello(Endpoint where, std::string& heard) {
  auto stream = co_await Try(TcpStream::Connect(where));
  co_await Try(stream.Write("hello"));
  co_await Try(stream.ShutdownWrite());
  heard = co_await Try(ReadToEnd(stream));
  co_return absl::OkStatus();
}

// The server may be gone without a word: no visitor waits for ever.
Task<> Visit(Endpoint where, std::string& heard) {
  co_return co_await WithTimeout(absl::Seconds(10), SayHello(where, heard));
}

void AVisit(SweepRun& run) {
  TestHost& server = run.AddHost("server");
  TestHost& client = run.AddHost("client");
  auto& stop = run.Keep<StopSource>();
  auto& heard = run.Keep<std::string>();
  run.Background(server, RunServer, server.EndpointAt(7000), std::ref(stop));
  run.Main(client, Visit, server.EndpointAt(7000), std::ref(heard));
  run.AtEnd([&] { EXPECT_THAT(heard, testing::AnyOf("", "hello")); });
}

class EchoSweep : public testing::TestWithParam<BackendKind> {
 protected:
  const SweepOptions options_{.backend = GetParam()};
};

TEST_P(EchoSweep, GoesWellOrEndsWhateverFails) {
  EXPECT_GT(SweepFaults(AVisit, options_).runs, 100);
}

TEST_P(EchoSweep, EndsWheneverItIsCancelled) {
  EXPECT_GT(SweepCancellation(AVisit, options_).runs, 20);
}

TEST_P(EchoSweep, LeavesNothingWhereverItIsCutOff) {
  EXPECT_GT(SweepDestruction(AVisit, options_).runs, 20);
}

TEST_P(EchoSweep, GoesWellInBadWeather) {
  EXPECT_GT(SweepNuisances(AVisit, options_).runs, 5);
}

INSTANTIATE_ON_FAKE_BACKENDS(EchoSweep);

// How quick the fake kernel is, and with it every test that runs on it.
//
//   ./cloche bench fake
//
// Three questions, since tests are made of three things: system calls,
// exchanges between two programs on two hosts, and time that passes while
// nobody does anything. There is no plain way to compare with; the figures that
// were asked for, and what they were, are in docs/performance.md.
//
// Next: fakes/fake_host.h, testing/test_world.h.

#include <cerrno>
#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "benchmark/benchmark.h"
#include "cloche/base/check.h"
#include "cloche/fakes/fake_addresses.h"
#include "cloche/fakes/fake_clock.h"
#include "cloche/fakes/fake_host.h"
#include "cloche/fakes/fake_network.h"
#include "cloche/http/client_connection.h"
#include "cloche/http/client_request.h"
#include "cloche/http/http_server.h"
#include "cloche/http/response.h"
#include "cloche/net/tcp_listener.h"
#include "cloche/net/tcp_stream.h"
#include "cloche/tasks/run.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/test_world.h"

namespace cloche {
namespace {

// --- System calls -----------------------------------------------------------

// A connection within one host, where all happens before a call returns.
class Loopback {
 public:
  Loopback() {
    const int listener = NewTcp();
    CLOCHE_CHECK(calls().Bind(listener, Ipv4Any(80)) == 0, "bind");
    CLOCHE_CHECK(calls().Listen(listener, 1) == 0, "listen");
    client_ = NewTcp();
    CLOCHE_CHECK(calls().Connect(client_, Ipv4Loopback(80)) == -EINPROGRESS,
                 "connect");
    server_ = calls().Accept4(listener, nullptr);
    CLOCHE_CHECK(server_ >= 0, "accept");
  }

  SocketCalls& calls() { return host_.sockets(); }
  int client() const { return client_; }
  int server() const { return server_; }

 private:
  int NewTcp() {
    return calls().Socket(AddressFamily::kIpv4, SocketType::kStream);
  }

  FakeClock clock_;
  FakeNetwork network_{clock_, /*seed=*/1};
  FakeHost& host_ = network_.AddHost("host");
  int client_ = -1;
  int server_ = -1;
};

// What a call costs that finds nothing to do.
void BM_FakeReceiveOfNothing(benchmark::State& state) {
  Loopback loopback;
  char room[100];
  for (auto unused : state) {
    benchmark::DoNotOptimize(
        loopback.calls().Recv(loopback.server(), absl::MakeSpan(room), 0));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_FakeReceiveOfNothing);

// Two calls that do something: bytes, a segment there, an acknowledgement back.
void BM_FakeSendAndReceive(benchmark::State& state) {
  Loopback loopback;
  char room[100];
  const absl::string_view bytes(room, sizeof(room));
  for (auto unused : state) {
    loopback.calls().Send(loopback.client(), bytes, 0);
    benchmark::DoNotOptimize(
        loopback.calls().Recv(loopback.server(), absl::MakeSpan(room), 0));
  }
  state.SetItemsProcessed(2 * state.iterations());
}
BENCHMARK(BM_FakeSendAndReceive);

// --- HTTP -------------------------------------------------------------------

Task<Response> SayHello(const Request& /*request*/) {
  co_return TextResponse(200, "hello");
}

Task<> ServeOne(Endpoint where, HttpServer& http) {
  TcpListener listener = co_await Try(TcpListener::Listen(where));
  TcpStream stream = co_await Try(listener.Accept());
  co_return co_await http.Serve(stream);
}

Task<> AskAgainAndAgain(ByteStream& stream, int times) {
  ClientConnection connection(stream);
  ClientRequest request;
  request.host = "server";
  for (int i = 0; i < times; ++i) {
    co_await Try(connection.Ask(request));
  }
  co_return absl::OkStatus();
}

// A request and its answer between two hosts a millisecond apart, on one
// connection that stays open: our server, our client, two loops. So many per
// cent of the segments are lost, and come after 200 ms, or 400, ...
void BM_FakeHttpExchange(benchmark::State& state) {
  HttpServer http(SayHello);
  TestWorld world;
  world.network().SetLink(
      {.latency = absl::Milliseconds(1),
       .jitter = absl::Milliseconds(state.range(0) > 0 ? 1 : 0),
       .loss = static_cast<double>(state.range(0)) / 100});
  TestHost& server = world.AddHost("server");
  TestHost& client = world.AddHost("client");
  const Endpoint where = server.EndpointAt(80);
  Start(server.loop(), ServeOne, where, std::ref(http));
  {
    TcpStream stream = world.Run(client, TcpStream::Connect(where)).value();
    constexpr int kTimes = 100;
    for (auto unused : state) {
      const absl::Status status =
          world.Run(client, AskAgainAndAgain(stream, kTimes));
      if (!status.ok()) state.SkipWithError(status.ToString().c_str());
    }
    state.SetItemsProcessed(kTimes * state.iterations());
  }
  server.Kill();  // Its task refers to `http`.
}
BENCHMARK(BM_FakeHttpExchange)->ArgName("loss")->Arg(0)->Arg(1)->Arg(3);

// --- Time -------------------------------------------------------------------

Task<> WakeEveryMinute() {
  while (true) co_await Try(Sleep(absl::Minutes(1)));
}

// A day in which so many tasks wake up once a minute and find nothing to do.
void BM_FakeIdleDay(benchmark::State& state) {
  TestWorld world;
  TestHost& host = world.AddHost("host");
  for (int i = 0; i < state.range(0); ++i) {
    Start(host.loop(), WakeEveryMinute);
    world.Pass(absl::Milliseconds(7));  // Each at a moment of its own.
  }
  for (auto unused : state) world.Pass(absl::Hours(24));
}
BENCHMARK(BM_FakeIdleDay)->Arg(1)->Arg(100)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace cloche

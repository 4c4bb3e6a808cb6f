// The HTTP server with its tasks in every order: three visitors at once, one of
// them with a body and one who gives up, and a stop in the middle of it.
// Whoever runs first, each answer is the right one, and all of it ends.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/http/http_server.h"
#include "cloche/http/http_test.h"
#include "cloche/net/stop_source.h"
#include "cloche/tasks/timeout.h"
#include "cloche/testing/effort.h"
#include "cloche/testing/explore.h"

namespace cloche {
namespace {

constexpr uint16_t kPort = 80;

Task<Response> Answer(const Request& request) {
  if (request.path == "/slow") {
    co_await Try(Sleep(absl::Milliseconds(20)));
  }
  if (request.path == "/echo") co_return co_await Echo(request);
  co_return co_await SayTarget(request);
}

Task<> RunServer(Endpoint where, StopSource& stop) {
  TcpListener listener =
      co_await Try(TcpListener::Listen(where, TcpListenOptions()));
  HttpOptions options;
  options.stop = &stop;
  HttpServer http(Answer, options);
  co_return co_await ServeHttp(listener, http, stop);
}

// Says all at once, and hears what comes to the end.
Task<> Talk(Endpoint where, std::string said, std::string& heard) {
  TcpStream stream = co_await Try(TcpStream::Connect(where));
  co_await Try(stream.Write(said));
  co_await Try(stream.ShutdownWrite());
  heard = co_await Try(ReadToEnd(stream));
  co_return absl::OkStatus();
}

// A visitor who is answered, whatever the others do.
void AddVisitor(SweepRun& run, TestHost& host, Endpoint where, std::string said,
                std::vector<std::string> answers) {
  std::string& heard = run.Keep<std::string>();
  run.Main(host, Talk, where, std::move(said), std::ref(heard));
  run.AtEnd([&heard, answers = std::move(answers)] {
    EXPECT_EQ(AnswersIn(heard), answers);
  });
}

// --- Visitors ---------------------------------------------------------------

Task<> GiveUp(Endpoint where) {
  std::string heard;
  const absl::Status status = co_await WithTimeout(
      absl::Milliseconds(10), Talk(where, Get("/slow"), heard));
  EXPECT_TRUE(absl::IsDeadlineExceeded(status)) << status;
  co_return absl::OkStatus();
}

void Visitors(SweepRun& run) {
  TestHost& server = run.AddHost("server");
  TestHost& client = run.AddHost("client");
  const Endpoint where = server.EndpointAt(kPort);
  StopSource& stop = run.Keep<StopSource>();
  run.Background(server, RunServer, where, std::ref(stop));
  AddVisitor(run, client, where, absl::StrCat(Get("/slow"), Get("/a")),
             {"200 /slow", "200 /a"});
  AddVisitor(run, client, where, PostChunks("/echo", "3\r\nabc\r\n0\r\n\r\n"),
             {"200 abc"});
  run.Main(client, GiveUp, where);
}

// --- A stop -----------------------------------------------------------------

Task<> StopAfter(absl::Duration duration, StopSource& stop) {
  co_await Try(Sleep(duration));
  stop.Stop();
  co_return absl::OkStatus();
}

// When the request of the first one has arrived, and the second one comes.
void Stop(SweepRun& run) {
  TestHost& server = run.AddHost("server");
  TestHost& client = run.AddHost("client");
  const Endpoint where = server.EndpointAt(kPort);
  StopSource& stop = run.Keep<StopSource>();
  run.Main(server, RunServer, where, std::ref(stop));
  run.Main(server, StopAfter, absl::Milliseconds(20), std::ref(stop));
  AddVisitor(run, client, where, Get("/slow"), {"200 (close) /slow"});
  std::string& heard = run.Keep<std::string>();
  run.Background(
      client,
      [where](std::string& heard) -> Task<> {
        co_await Try(Sleep(absl::Milliseconds(17)));
        co_return co_await Talk(where, Get("/late"), heard);
      },
      std::ref(heard));
  run.AtEnd([&heard] {
    EXPECT_THAT(AnswersIn(heard),
                ::testing::Not(::testing::Contains("cut off")));
  });
}

// --- The explorations -------------------------------------------------------

ExploreOptions Options(BackendKind backend) {
  return {.run = {.backend = backend},
          .most_deviations = 2,
          .most_runs = 10000,
          .shuffles = 100 * Effort(),
          .pct_runs = 100 * Effort()};
}

class HttpInEveryOrder : public ::testing::TestWithParam<BackendKind> {};

TEST_P(HttpInEveryOrder, AnswersEverybody) {
  const auto report = Explore(Visitors, Options(GetParam()));
  EXPECT_TRUE(report.complete);
  EXPECT_GT(report.exhaustive_runs, 50);
}

TEST_P(HttpInEveryOrder, CutsOffNobodyWhenItStops) {
  const auto report = Explore(Stop, Options(GetParam()));
  EXPECT_TRUE(report.complete);
  EXPECT_GT(report.choices, 2u);
}

INSTANTIATE_TEST_SUITE_P(On, HttpInEveryOrder,
                         ::testing::ValuesIn(FewFakeBackends()),
                         TestNameOfBackend);

}  // namespace
}  // namespace cloche

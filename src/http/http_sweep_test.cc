// HTTP under every fault, cancelled and destroyed at every moment, and with all
// the nuisances of a network: the server with a client that talks to it byte by
// byte, and ClientConnection with the server.
//
// Whatever happens: everything ends, nothing is left, and every answer that is
// complete is the right one.

#include <functional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/http/client_connection.h"
#include "cloche/http/http_server.h"
#include "cloche/http/http_test.h"
#include "cloche/net/server.h"
#include "cloche/net/stop_source.h"
#include "cloche/tasks/nursery.h"
#include "cloche/tasks/timeout.h"
#include "cloche/testing/effort.h"
#include "cloche/testing/sweep.h"

namespace cloche {
namespace {

// Small buffers, so that a short answer fills those of both hosts.
constexpr int kBufferBytes = 2048;
constexpr size_t kBigBytes = 3 * kBufferBytes;
constexpr absl::Duration kPause = absl::Milliseconds(10);
// The server is up longer than anybody wants something of it, who may stand
// still for two minutes.
constexpr absl::Duration kUp = absl::Minutes(5);
constexpr absl::Duration kClientsPatience = absl::Minutes(1);

TcpOptions SmallBuffers() {
  TcpOptions options;
  options.send_buffer_bytes = kBufferBytes;
  options.receive_buffer_bytes = kBufferBytes;
  return options;
}

// --- The server -------------------------------------------------------------

Task<Response> Answer(const Request& request) {
  if (request.path == "/big") co_return TextResponse(200, Pattern(kBigBytes));
  if (request.path == "/slow") co_await Try(Sleep(kPause));
  if (request.path == "/echo") co_return co_await Echo(request);
  if (request.path == "/body") co_return co_await SayBody(request);
  co_return co_await SayTarget(request);
}

Task<> StopAfter(absl::Duration duration, StopSource& stop) {
  co_await Try(Sleep(duration));
  stop.Stop();
  co_return absl::OkStatus();
}

Task<> RunServer(Endpoint where) {
  TcpListenOptions listen_options;
  listen_options.stream = SmallBuffers();
  TcpListener listener =
      co_await Try(TcpListener::Listen(where, listen_options));
  StopSource stop;
  HttpOptions options;
  options.stop = &stop;
  HttpServer http(Answer, options);
  ServeOptions serve_options;
  serve_options.exhausted_pause = absl::Seconds(5);  // Fewer steps to take.
  co_return co_await WithNursery([&](Nursery& nursery) -> Task<> {
    nursery.Start(StopAfter, kUp, std::ref(stop));
    co_return co_await ServeHttp(listener, http, stop, serve_options);
  });
}

// --- A client that talks byte by byte ---------------------------------------

Task<> Say(TcpStream& stream, std::string bytes) {
  co_await Try(Sleep(kPause));
  co_return co_await stream.Write(bytes);
}

// A request in two parts; a body in chunks; three requests at once, of which
// one is answered slowly, one with much, and one has a body; and one that is
// none, after which the server closes.
Task<> Talk(TcpStream& stream) {
  co_await Try(Say(stream, "GET /a HTTP/1.1\r\nHo"));
  co_await Try(Say(stream, "st: h\r\n\r\n"));
  co_await Try(Say(stream, PostChunks("/echo", "3\r\nabc\r\n4\r\nde")));
  co_await Try(Say(stream, "fg\r\n0\r\n\r\n"));
  co_await Try(Say(stream, absl::StrCat(Get("/slow"), Get("/big"),
                                        Post("/body", Pattern(1000)))));
  co_return co_await Say(stream, "GET\r\n\r\n");
}

std::vector<std::string> Expected() {
  return {"200 /a",
          "200 abcdefg",
          "200 /slow",
          absl::StrCat("200 ", Pattern(kBigBytes)),
          absl::StrCat("200 ", Pattern(1000)),
          "400 (close) 400 Bad Request: the request line must be: method, "
          "target, version\n"};
}

Task<> Hear(TcpStream& stream, std::string& received) {
  while (true) {
    const std::string part = co_await Try(ReadOnce(stream, 1000));
    if (part.empty()) co_return absl::OkStatus();
    received += part;
  }
}

Task<> TalkAndHear(Endpoint where, std::string& received) {
  TcpStream stream = co_await Try(TcpStream::Connect(where, SmallBuffers()));
  co_await Try(WithNursery([&](Nursery& nursery) -> Task<> {
    nursery.Start(Hear, std::ref(stream), std::ref(received));
    co_return co_await Talk(stream);
  }));
  if (AnswersIn(received) == Expected()) co_return absl::OkStatus();
  co_return absl::DataLossError("some answers are missing");
}

Task<> RunTalker(Endpoint where, std::string& received) {
  co_return co_await WithTimeout(kClientsPatience,
                                 TalkAndHear(where, received));
}

void ExpectNoWrongAnswer(const std::vector<std::string>& answers) {
  const std::vector<std::string> expected = Expected();
  ASSERT_LE(answers.size(), expected.size() + 1);
  for (size_t i = 0; i < answers.size(); ++i) {
    if (answers[i] == "cut off") continue;
    // Whoever stood still in the middle of a request hears so, and no more.
    if (answers[i].starts_with("408 (close)") && i + 1 == answers.size()) {
      continue;
    }
    ASSERT_LT(i, expected.size());
    EXPECT_TRUE(answers[i] == expected[i]) << answers[i].substr(0, 100);
  }
}

void ServerScenario(SweepRun& run) {
  TestHost& server = run.AddHost("server");
  TestHost& client = run.AddHost("client");
  const Endpoint where = server.EndpointAt(80);
  std::string& received = run.Keep<std::string>();
  run.Main(server, RunServer, where);
  run.Main(client, RunTalker, where, std::ref(received));
  run.AtEnd([&received] { ExpectNoWrongAnswer(AnswersIn(received)); });
}

// --- ClientConnection -------------------------------------------------------

ClientRequest RequestFor(std::string target) {
  ClientRequest request;
  request.target = std::move(target);
  request.host = "h";
  return request;
}

Task<> WriteInParts(BodyWriter& body) {
  const std::string bytes = Pattern(3000);
  for (size_t at = 0; at < bytes.size(); at += 1000) {
    co_await Try(body.Write(absl::string_view(bytes).substr(at, 1000)));
  }
  co_return absl::OkStatus();
}

// Asks, and notes what was answered wrongly.
Task<> AskFor(ClientConnection& connection, ClientRequest request,
              std::string expected, std::string& wrong) {
  const ClientResponse response =
      co_await Try(connection.Ask(std::move(request)));
  // Whoever stood still in the middle of a request for two minutes.
  if (response.status_code == 408)
    co_return absl::DeadlineExceededError("late");
  if (response.status_code != 200 || response.body != expected) {
    absl::StrAppend(&wrong, response.status_code, " ",
                    response.body.substr(0, 100), "\n");
  }
  co_return absl::OkStatus();
}

Task<> AskAll(Endpoint where, std::string& wrong) {
  TcpStream stream = co_await Try(TcpStream::Connect(where, SmallBuffers()));
  ClientConnection connection(stream);
  co_await Try(AskFor(connection, RequestFor("/a"), "/a", wrong));
  ClientRequest echo = RequestFor("/echo");
  echo.method = "POST";
  echo.stream = WriteInParts;
  co_await Try(AskFor(connection, std::move(echo), Pattern(3000), wrong));
  ClientRequest body = RequestFor("/body");
  body.method = "PUT";
  body.body = "wanted";
  body.expect_continue = true;
  co_await Try(AskFor(connection, std::move(body), "wanted", wrong));
  ClientRequest last = RequestFor("/big");
  last.keep_alive = false;
  co_return co_await AskFor(connection, std::move(last), Pattern(kBigBytes),
                            wrong);
}

Task<> RunAsker(Endpoint where, std::string& wrong) {
  co_return co_await WithTimeout(kClientsPatience, AskAll(where, wrong));
}

void ClientScenario(SweepRun& run) {
  TestHost& server = run.AddHost("server");
  TestHost& client = run.AddHost("client");
  const Endpoint where = server.EndpointAt(80);
  std::string& wrong = run.Keep<std::string>();
  run.Main(server, RunServer, where);
  run.Main(client, RunAsker, where, std::ref(wrong));
  run.AtEnd([&wrong] { EXPECT_EQ(wrong, ""); });
}

// --- The sweeps -------------------------------------------------------------

struct SweepCase {
  const char* name;
  void (*scenario)(SweepRun&);
};

class HttpSweep
    : public ::testing::TestWithParam<std::tuple<SweepCase, BackendKind>> {
 protected:
  const SweepScenario scenario_ = std::get<0>(GetParam()).scenario;
  const SweepOptions options_{.backend = std::get<1>(GetParam())};
};

TEST_P(HttpSweep, SurvivesEveryFaultOfEveryCall) {
  EXPECT_GT(SweepFaults(scenario_, options_).runs, 500);
}

TEST_P(HttpSweep, EndsWheneverItIsCancelled) {
  EXPECT_GT(SweepCancellation(scenario_, options_).runs, 100);
}

TEST_P(HttpSweep, LeavesNothingWheneverItIsDestroyed) {
  EXPECT_GT(SweepDestruction(scenario_, options_).runs, 100);
}

TEST_P(HttpSweep, MindsNoNuisance) {
  EXPECT_GT(SweepNuisances(scenario_, options_).runs, 5);
}

TEST_P(HttpSweep, SurvivesFaultsTogether) {
  const int runs = 200 * Effort();
  EXPECT_EQ(SweepMixtures(scenario_, runs, options_).runs, runs);
}

INSTANTIATE_TEST_SUITE_P(
    On, HttpSweep,
    ::testing::Combine(::testing::Values(SweepCase{"Server", ServerScenario},
                                         SweepCase{"Client", ClientScenario}),
                       ::testing::ValuesIn(FewFakeBackends())),
    [](const ::testing::TestParamInfo<HttpSweep::ParamType>& info) {
      return absl::StrCat(std::get<0>(info.param).name,
                          TestNameOf(std::get<1>(info.param)));
    });

}  // namespace
}  // namespace cloche

// A whole HTTP server: Serve, HttpServer and a Router together, and clients at
// the same time.

#include "cloche/http/http_server.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/http/http_test.h"
#include "cloche/http/router.h"
#include "cloche/net/server.h"
#include "cloche/sync/event.h"
#include "cloche/testing/test_world.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

class WholeServer : public ::testing::TestWithParam<BackendKind> {
 protected:
  void SetUp() override {
    options_.stop = &stop_;
    router_.Get("/a", SayTarget);
    router_.Get("/slow", SayTargetAfter(absl::Seconds(5)));
  }

  // Runs a server until stop_.
  TaskHandle<> StartServer() {
    return Start(server_.loop(), [this] { return RunServer(); });
  }

  // Sends `bytes` over a connection of its own, and gives what comes back.
  TaskHandle<std::string> Ask(std::string bytes) {
    return Start(
        client_.loop(),
        [this](std::string request) { return Exchange(std::move(request)); },
        std::move(bytes));
  }
  std::vector<std::string> AnswersTo(const TaskHandle<std::string>& asked) {
    return AnswersIn(world_.Run(client_, asked.Join()).value());
  }

  StopSource stop_;
  Router router_;
  Handler handler_ = router_.AsHandler();
  HttpOptions options_;
  ServeOptions serve_options_;
  TestWorld world_{/*seed=*/1, GetParam()};
  TestHost& server_ = world_.AddHost("server");
  TestHost& client_ = world_.AddHost("client");
  const Endpoint where_ = server_.EndpointAt(80);

 private:
  Task<> RunServer() {
    TcpListener listener = co_await Try(TcpListener::Listen(where_));
    HttpServer http(handler_, options_);
    co_return co_await Serve(listener, stop_, serve_options_,
                             [&http](TcpStream stream) -> Task<> {
                               co_return co_await http.Serve(stream);
                             });
  }

  Task<std::string> Exchange(std::string request) {
    TcpStream stream = co_await Try(TcpStream::Connect(where_));
    co_await Try(stream.Write(request));
    co_return co_await ReadToEnd(stream);
  }
};

constexpr char kLast[] = "Connection: close\r\n";

TEST_P(WholeServer, AnswersWhatItsRouterKnowsAndSaysSoOfTheRest) {
  StartServer();
  auto asked = Ask(absl::StrCat(Get("/a"), "PUT /a HTTP/1.1\r\nHost: h\r\n\r\n",
                                Get("/b"), "BREW /a HTTP/1.0\r\n\r\n"));
  EXPECT_THAT(AnswersTo(asked),
              ElementsAre("200 /a", StartsWith("405 Here work GET, HEAD; PUT"),
                          StartsWith("404 There is nothing at /b"),
                          StartsWith("501 (close) The method BREW")));
}

TEST_P(WholeServer, RunsHandlersOfTwoConnectionsAtTheSameTime) {
  Event both;
  int arrived = 0;
  handler_ = [&](const Request& request) -> Task<Response> {
    if (++arrived == 2) both.Set();
    co_await Try(both.Wait());
    co_return co_await SayTarget(request);
  };
  StartServer();
  auto first = Ask(Get("/1", kLast));
  auto second = Ask(Get("/2", kLast));
  EXPECT_THAT(AnswersTo(first), ElementsAre("200 (close) /1"));
  EXPECT_THAT(AnswersTo(second), ElementsAre("200 (close) /2"));
}

TEST_P(WholeServer, LetsNoClientWaitForAnother) {
  StartServer();
  std::vector<TaskHandle<std::string>> asked;
  for (int i = 0; i < 100; ++i) {
    asked.push_back(Ask(Get("/slow", kLast)));
    asked.push_back(Ask("GET /half"));
    asked.push_back(Ask(Get("/a", kLast)));
  }
  EXPECT_THAT(AnswersTo(asked.back()), ElementsAre("200 (close) /a"));
  EXPECT_LT(world_.elapsed(), absl::Seconds(1));
  EXPECT_THAT(AnswersTo(asked[3 * 99]), ElementsAre("200 (close) /slow"));
  EXPECT_LT(world_.elapsed(), absl::Seconds(6));
}

TEST_P(WholeServer, SurvivesAFailureInOneOfItsConnections) {
  std::vector<absl::Status> errors;
  serve_options_.on_error = [&](const absl::Status& error) {
    errors.push_back(error);
  };
  options_.write_timeout = absl::Seconds(1);
  router_.Get("/large", SayTooMuch);
  StartServer();
  auto reads_nothing = Start(client_.loop(), [this]() -> Task<> {
    TcpStream stream = co_await Try(TcpStream::Connect(where_));
    co_await Try(stream.Write(Get("/large")));
    co_return co_await Sleep(absl::Hours(1));
  });
  world_.Pass(absl::Seconds(2));
  EXPECT_THAT(errors, ElementsAre(StatusIs(kLate)));
  EXPECT_THAT(AnswersTo(Ask(Get("/a", kLast))), ElementsAre("200 (close) /a"));
}

TEST_P(WholeServer, StopsWhenTheLastAnswerIsSent) {
  auto server = StartServer();
  auto idle = Ask("");
  auto busy = Ask(Get("/slow"));
  world_.Pass(absl::Seconds(1));
  stop_.Stop();
  EXPECT_THAT(AnswersTo(idle), ElementsAre());
  EXPECT_LT(world_.elapsed(), absl::Seconds(2));
  EXPECT_THAT(AnswersTo(busy), ElementsAre("200 (close) /slow"));
  EXPECT_THAT(world_.Run(server_, server.Join()), IsOk());
  EXPECT_LT(world_.elapsed(), absl::Seconds(7));
}

TEST_P(WholeServer, CancelsHandlersThatTakeLongerThanItsGrace) {
  router_.Get("/for-ever", SayTargetAfter(absl::InfiniteDuration()));
  auto server = StartServer();
  auto asked = Ask(Get("/for-ever"));
  world_.Pass(absl::Seconds(1));
  stop_.Stop();
  EXPECT_THAT(world_.Run(server_, server.Join()), IsOk());
  EXPECT_EQ(world_.elapsed(), absl::Seconds(1) + serve_options_.grace);
  EXPECT_THAT(AnswersTo(asked), ElementsAre());
}

INSTANTIATE_ON_FAKE_BACKENDS(WholeServer);

}  // namespace
}  // namespace cloche

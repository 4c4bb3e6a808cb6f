// The whole server on a fake host, with clients on another, over every backend.

#include "cloche/serve/web_server.h"

#include <cerrno>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/base/errors.h"
#include "cloche/net/tcp_stream.h"
#include "cloche/tasks/run.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/task.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/backend_kinds.h"
#include "cloche/testing/seed.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/stream_tasks.h"
#include "cloche/testing/test_world.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// Sends one request that is to be the last, and reads until the end.
Task<std::string> Say(Endpoint server, std::string request) {
  TcpStream stream = co_await Try(TcpStream::Connect(server));
  co_await Try(stream.Write(request));
  co_return co_await ReadToEnd(stream);
}
Task<std::string> Ask(Endpoint server, std::string target) {
  co_return co_await Say(server, absl::StrCat("GET ", target,
                                              " HTTP/1.1\r\nHost: server\r\n"
                                              "Connection: close\r\n\r\n"));
}

// Asks, and is gone before there is an answer.
Task<> AskAndVanish(Endpoint server, std::string target) {
  TcpStream stream = co_await Try(TcpStream::Connect(server));
  const std::string request =
      absl::StrCat("GET ", target, " HTTP/1.1\r\nHost: server\r\n\r\n");
  co_await Try(stream.Write(request));
  co_await Try(Sleep(absl::Milliseconds(100)));
  stream.Abort();
  co_return absl::OkStatus();
}

class WebServerTest : public ::testing::TestWithParam<BackendKind> {
 protected:
  // Starts the server on port 80 of its host.
  TaskHandle<> Serve() {
    WebServerOptions options;
    options.endpoint = where_;
    options.on_listening = [this](const Endpoint& endpoint) {
      listening_.push_back(endpoint.ToString());
    };
    if (log_accesses_) {
      options.access_log = [this](absl::string_view line) {
        lines_.emplace_back(line);
      };
    }
    options.on_error = [this](const absl::Status& status) {
      errors_.push_back(FormatError(status));
    };
    return Start(server_.loop(), RunWebServer, std::move(options),
                 std::ref(stop_));
  }

  absl::StatusOr<std::string> Get(std::string target) {
    return world_.Run(client_, Ask(where_, std::move(target)));
  }
  void StopAt(absl::Duration since_start) {
    world_.network().At(FakeClock::Start() + since_start,
                        [this] { stop_.Stop(); });
  }

  StopSource stop_;
  bool log_accesses_ = false;
  std::vector<std::string> listening_;
  std::vector<std::string> lines_;
  std::vector<std::string> errors_;
  TestWorld world_{SeedOfTest(), GetParam()};
  TestHost& server_ = world_.AddHost("server");
  TestHost& client_ = world_.AddHost("client");
  const Endpoint where_ = server_.EndpointAt(80);
};

TEST_P(WebServerTest, SaysWhereItListensAndAnswersThere) {
  Serve();
  EXPECT_THAT(Get("/hello"), IsOkAndHolds(AllOf(StartsWith("HTTP/1.1 200 OK"),
                                                EndsWith("Hello, world!"))));
  EXPECT_THAT(listening_, ElementsAre("10.0.0.1:80"));
}

constexpr char kPost[] =
    "POST /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\n";

TEST_P(WebServerTest, EchoesABodyOfKnownLengthWithItsType) {
  Serve();
  EXPECT_THAT(
      world_.Run(client_, Say(where_, absl::StrCat(kPost,
                                                   "Content-Type: text/css\r\n"
                                                   "Content-Length: 5\r\n\r\n"
                                                   "hello"))),
      IsOkAndHolds(AllOf(HasSubstr("Content-Length: 5\r\n"),
                         HasSubstr("Content-Type: text/css\r\n"),
                         EndsWith("\r\n\r\nhello"))));
}

TEST_P(WebServerTest, EchoesABodyInChunksWithItsTrailers) {
  Serve();
  EXPECT_THAT(world_.Run(client_,
                         Say(where_, absl::StrCat(
                                         kPost,
                                         "Transfer-Encoding: chunked\r\n\r\n"
                                         "5\r\nhello\r\n0\r\nSum: 5\r\n\r\n"))),
              IsOkAndHolds(
                  AllOf(HasSubstr("Transfer-Encoding: chunked\r\n"),
                        HasSubstr("Content-Type: application/octet-stream\r\n"),
                        EndsWith("5\r\nhello\r\n0\r\nSum: 5\r\n\r\n"))));
}

TEST_P(WebServerTest, GivesTheLiveTreeOfItsTasks) {
  Serve();
  auto slow = Start(client_.loop(), Ask, where_, "/slow?ms=5000");
  world_.Pass(absl::Seconds(1));
  EXPECT_THAT(Get("/tasks"),
              IsOkAndHolds(AllOf(HasSubstr("accepts on 10.0.0.1:80"),
                                 HasSubstr("Slow: sleeps for another"))));
}

TEST_P(WebServerTest, FinishesARequestAfterTheStopAndAcceptsNoMore) {
  auto server = Serve();
  auto slow = Start(client_.loop(), Ask, where_, "/slow?ms=5000");
  StopAt(absl::Seconds(1));
  world_.Pass(absl::Seconds(2));
  EXPECT_THAT(Get("/hello"),
              StatusIs(absl::StatusCode::kUnavailable, "ECONNREFUSED"));
  EXPECT_THAT(world_.Run(client_, slow.Join()),
              IsOkAndHolds(EndsWith("Hello, world!")));
  EXPECT_THAT(world_.Run(server_, server.Join()), IsOk());
  EXPECT_LT(world_.elapsed(), absl::Seconds(6));
}

TEST_P(WebServerTest, CutsOffWhatTakesLongerThanTheGracePeriod) {
  auto server = Serve();
  auto slow = Start(client_.loop(), Ask, where_, "/slow?ms=50000");
  StopAt(absl::Seconds(1));
  EXPECT_THAT(world_.Run(server_, server.Join()), IsOk());
  EXPECT_EQ(world_.elapsed(), absl::Seconds(11));
  EXPECT_THAT(errors_, IsEmpty());
}

TEST_P(WebServerTest, LogsEachRequestWithItsClient) {
  log_accesses_ = true;
  Serve();
  EXPECT_THAT(Get("/slow?ms=1000"), IsOk());
  EXPECT_THAT(Get("/nothing"), IsOk());
  EXPECT_THAT(lines_,
              ElementsAre(AllOf(StartsWith("10.0.0.2 - - ["),
                                EndsWith("\"GET /slow?ms=1000 HTTP/1.1\" "
                                         "200 13 1s\n")),
                          HasSubstr("\"GET /nothing HTTP/1.1\" 404 ")));
}

TEST_P(WebServerTest, LogsAClientThatVanishedAndIsNotTroubled) {
  log_accesses_ = true;
  Serve();
  EXPECT_THAT(world_.Run(client_, AskAndVanish(where_, "/slow?ms=1000")),
              IsOk());
  world_.Pass(absl::Seconds(2));
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("GET /slow?ms=1000"),
                                  HasSubstr("ECONNRESET")));
  EXPECT_THAT(errors_, IsEmpty());
  EXPECT_THAT(Get("/hello"), IsOk());
}

// The call that a connection gets its descriptor from. A completion port is
// given the descriptor beforehand.
CallKind AcceptingCallOf(BackendKind kind) {
  return kind == BackendKind::kIocp ? CallKind::kSocket : CallKind::kAccept4;
}

TEST_P(WebServerTest, ComplainsWhenItRunsOutOfDescriptorsAndGoesOn) {
  Serve();
  world_.Pass(absl::Seconds(1));  // Until it listens, by a socket of its own.
  server_.kernel().FailCall(AcceptingCallOf(GetParam()), EMFILE);
  EXPECT_THAT(Get("/hello"), IsOk());
  EXPECT_THAT(errors_, ElementsAre(HasSubstr("EMFILE")));
}

TEST_P(WebServerTest, EndsWithOneClearLineIfThePortIsTaken) {
  Serve();
  auto second = Serve();
  EXPECT_THAT(world_.Run(server_, second.Join()),
              StatusIs(absl::StatusCode::kAlreadyExists,
                       "bind to 10.0.0.1:80: EADDRINUSE: another socket has "
                       "this address; stop it or choose another port"));
}

INSTANTIATE_ON_FAKE_BACKENDS(WebServerTest);

}  // namespace
}  // namespace cloche

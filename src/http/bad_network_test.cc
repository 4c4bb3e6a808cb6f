// HTTP over a network that loses, delays and is cut in two.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/http/client_connection.h"
#include "cloche/http/http_server.h"
#include "cloche/http/http_test.h"
#include "cloche/net/stop_source.h"
#include "cloche/testing/backend_kinds.h"
#include "cloche/testing/seed.h"
#include "cloche/testing/test_world.h"

namespace cloche {
namespace {

constexpr uint16_t kPort = 80;

Task<> RunServer(Endpoint where, Handler handler, StopSource& stop) {
  TcpListener listener = co_await Try(TcpListener::Listen(where));
  HttpServer http(std::move(handler));
  co_return co_await ServeHttp(listener, http, stop);
}

ClientRequest Ask(std::string target, std::string body = "") {
  ClientRequest request;
  request.host = "h";
  request.method = body.empty() ? "GET" : "POST";
  request.target = std::move(target);
  request.body = std::move(body);
  return request;
}

// One exchange, after which the connection stays open in `kept`.
Task<std::string> Fetch(Endpoint where, ClientRequest request,
                        std::optional<TcpStream>& kept) {
  kept = co_await Try(TcpStream::Connect(where));
  ClientConnection connection(*kept);
  ClientResponse response = co_await Try(connection.Ask(std::move(request)));
  co_return std::move(response.body);
}

class BadNetwork : public ::testing::TestWithParam<BackendKind> {
 protected:
  // Before the loop that it lives on.
  void TearDown() override { kept_.reset(); }

  void StartServer(Handler handler) {
    Start(server_.loop(), RunServer, server_.EndpointAt(kPort),
          std::move(handler), std::ref(stop_));
  }
  absl::StatusOr<std::string> Fetches(ClientRequest request) {
    return world_.Run(
        client_, Fetch(server_.EndpointAt(kPort), std::move(request), kept_));
  }
  // From now on, after so long.
  void PartitionAfter(absl::Duration duration) {
    world_.network().At(world_.clock().Now() + duration, [this] {
      world_.network().Partition(client_.kernel(), server_.kernel());
    });
  }
  void HealAfter(absl::Duration duration) {
    world_.network().At(world_.clock().Now() + duration, [this] {
      world_.network().Heal(client_.kernel(), server_.kernel());
    });
  }
  // How many descriptors the server has: the listener and the connections, and
  // those of its loop.
  size_t ServersDescriptors() {
    return server_.kernel().OpenDescriptors().size();
  }

  StopSource stop_;
  std::optional<TcpStream> kept_;
  TestWorld world_{SeedOfTest(), GetParam()};
  TestHost& server_ = world_.AddHost("server");
  TestHost& client_ = world_.AddHost("client");
};

TEST_P(BadNetwork, LosesNoByteOfARequestOrItsAnswer) {
  StartServer(Echo);
  world_.network().SetLink({.jitter = absl::Milliseconds(20), .loss = 0.1});
  const std::string bytes = Pattern(30000);
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(Fetches(Ask("/echo", bytes)), IsOkAndHolds(bytes));
  }
}

// The answer is sent after 1.003 s, and again 0.2, 0.6, 1.4 and 3 s later.
TEST_P(BadNetwork, ASilenceOfTwoSecondsMakesAnAnswerLate) {
  StartServer(SayTargetAfter(absl::Seconds(1)));
  PartitionAfter(absl::Milliseconds(500));
  HealAfter(absl::Milliseconds(2500));
  EXPECT_THAT(Fetches(Ask("/late")), IsOkAndHolds("/late"));
  EXPECT_EQ(world_.elapsed(), absl::Milliseconds(4004));
}

TEST_P(BadNetwork, AClientThatIsCutOffIsForgottenAfterTheIdleTimeout) {
  StartServer(SayTarget);
  EXPECT_THAT(Fetches(Ask("/")), IsOk());
  const size_t with_client = ServersDescriptors();
  PartitionAfter(absl::ZeroDuration());
  world_.Pass(absl::Seconds(59));
  EXPECT_EQ(ServersDescriptors(), with_client);
  world_.Pass(absl::Seconds(2));
  EXPECT_EQ(ServersDescriptors(), with_client - 1);
}

TEST_P(BadNetwork, AClientThatIsCutOffFromItsAnswerIsGivenUp) {
  StartServer(SayTooMuch);
  world_.Pass(absl::Seconds(1));
  const size_t without_client = ServersDescriptors();
  PartitionAfter(absl::Milliseconds(8));
  EXPECT_THAT(Fetches(Ask("/")),
              StatusIs(absl::StatusCode::kDeadlineExceeded, "too long"));
  world_.Pass(absl::Minutes(1));
  EXPECT_EQ(ServersDescriptors(), without_client);
}

INSTANTIATE_ON_FAKE_BACKENDS(BadNetwork);

}  // namespace
}  // namespace cloche

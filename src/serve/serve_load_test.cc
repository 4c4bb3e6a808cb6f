// The program under load, on the real kernel: thousands of connections, and
// more clients than it has descriptors. The clients are one process, the server
// is another.
//
// Nothing here is measured, and nobody sleeps.

#include <signal.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/http/load_test.h"
#include "cloche/loop/loop.h"
#include "cloche/loop/system_environment.h"
#include "cloche/serve/server_process.h"
#include "cloche/tasks/run.h"
#include "cloche/testing/allow_descriptors.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class ServeLoad : public ::testing::Test {
 protected:
  static constexpr int kConnections = 5000;

  // The server's process inherits it.
  void SetUp() override { AllowDescriptors(kConnections + 100); }
  void TearDown() override { loop_.reset(); }

  void Await(const std::string& outcome, int count) {
    while (crowd_.Count(outcome) < count) {
      ASSERT_THAT(loop_->RunOnce(absl::InfiniteFuture()), IsOk());
    }
  }

  Crowd crowd_;
  std::unique_ptr<SystemEnvironment> system_ =
      SystemEnvironment::Create("epoll").value();
  std::optional<Loop> loop_{system_->MakeEnvironment()};
};

TEST_F(ServeLoad, FiveThousandConnectionsAreAnsweredTwiceAndEndWithASignal) {
  ServerProcess server({"--port=0"});
  const Endpoint where = server.ReadEndpoint();
  for (int i = 0; i < kConnections; ++i) {
    Start(*loop_, VisitAndStay, where, std::ref(crowd_));
  }
  Await("200", kConnections);
  crowd_.go_on.Set();
  Await("200", 2 * kConnections);
  server.Send(SIGTERM);
  Await("end", kConnections);
  EXPECT_THAT(crowd_.outcomes, ElementsAre(Pair("200", 2 * kConnections),
                                           Pair("end", kConnections)));
  EXPECT_THAT(server.ReadLine(), HasSubstr("stopping"));
  EXPECT_EQ(server.ExitCode(), 0);
}

// Asks, and keeps its connection until it may go on.
Task<> VisitAndHold(Endpoint server, Crowd& crowd) {
  TcpStream stream = co_await Try(TcpStream::Connect(server));
  co_await Try(stream.Write(Get("/hello")));
  ++crowd.outcomes["asked"];
  ++crowd.outcomes[co_await Try(ReadAnswer(stream))];
  co_return co_await crowd.go_on.Wait();
}

// To look at the type of an object, UBSan opens a pipe; a server that has no
// descriptor left for that would be told of an error that is none.
#if __has_feature(undefined_behavior_sanitizer)
constexpr bool kNeedsDescriptors = true;
#else
constexpr bool kNeedsDescriptors = false;
#endif

TEST_F(ServeLoad, MoreClientsThanDescriptorsAreServedInTurnsAndNobodyIsLost) {
  if (kNeedsDescriptors) GTEST_SKIP() << "UBSan needs descriptors itself";
  constexpr int kClients = 400;
  ServerProcess server({"--port=0"}, /*descriptor_limit=*/100);
  const Endpoint where = server.ReadEndpoint();
  for (int i = 0; i < kClients; ++i) {
    Start(*loop_, VisitAndHold, where, std::ref(crowd_));
  }
  Await("asked", kClients);
  EXPECT_THAT(server.ReadLine(), HasSubstr("EMFILE"));
  crowd_.go_on.Set();
  Await("200", kClients);
  server.Send(SIGTERM);
  EXPECT_EQ(server.ExitCode(), 0);
}

}  // namespace
}  // namespace cloche

// A test of a server without a network: the echo server of echo_server.cc and
// its clients, each on a host of its own, in virtual time; over every backend
// that there is.

#include <functional>
#include <string>

#include "cloche/net/server.h"
#include "cloche/tasks/run.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/backend_kinds.h"
#include "cloche/testing/seed.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/test_world.h"
#include "gtest/gtest.h"

using namespace cloche;

Task<> EchoServer(Endpoint endpoint, StopSource& stop);  // In echo_server.cc.

// A client: sends the text, and gives what comes back until the server is done.
Task<std::string> Ask(Endpoint server, std::string text) {
  TcpStream stream = co_await Try(TcpStream::Connect(server));
  co_await Try(stream.Write(text));
  co_await Try(Sleep(absl::Hours(1)));  // A slow one; the test is not.
  co_await Try(stream.ShutdownWrite());
  std::string answer;
  char buffer[100];
  while (size_t size = co_await Try(stream.Read(absl::MakeSpan(buffer)))) {
    answer.append(buffer, size);
  }
  co_return answer;
}

class EchoServerTest : public testing::TestWithParam<BackendKind> {
 protected:
  StopSource stop_;
  TestWorld world_{SeedOfTest(), GetParam()};  // After what its tasks refer to.
  TestHost& server_ = world_.AddHost("server");
  TestHost& client_ = world_.AddHost("client");
  Endpoint where_ = server_.EndpointAt(7000);
  TaskHandle<> echo_ =
      Start(server_.loop(), EchoServer, where_, std::ref(stop_));
};

TEST_P(EchoServerTest, SendsBackWhatItGets) {
  EXPECT_THAT(world_.Run(client_, Ask(where_, "hello")), IsOkAndHolds("hello"));
}

TEST_P(EchoServerTest, ServesOthersWhenAClientVanishes) {
  TestHost& other = world_.AddHost("other");
  Start(other.loop(), Ask, where_, std::string(1000000, 'x'));
  world_.Pass(absl::Milliseconds(10));  // In the middle of its message ...
  other.Kill();                         // ... the whole program is gone.
  EXPECT_THAT(world_.Run(client_, Ask(where_, "hello")), IsOkAndHolds("hello"));
}

TEST_P(EchoServerTest, StopsWhenItIsToldTo) {
  world_.Pass(absl::Seconds(1));
  stop_.Stop();
  EXPECT_THAT(world_.Run(server_, echo_.Join()), IsOk());
}

INSTANTIATE_ON_FAKE_BACKENDS(EchoServerTest);

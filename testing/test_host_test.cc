// What becomes of a host whose program dies, or whose plug is pulled, and of
// those who talked to it.

#include "cloche/testing/test_host.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/loop/loop.h"
#include "cloche/net/tcp_listener.h"
#include "cloche/net/tcp_stream.h"
#include "cloche/tasks/current_task.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/timeout.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/backend_kinds.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/stream_tasks.h"
#include "cloche/testing/test_world.h"
#include "gmock/gmock.h"
#include "gtest/gtest-spi.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::IsEmpty;

// Says hello, and then nothing.
Task<> Greet(Endpoint where) {
  TcpListener listener = co_await Try(TcpListener::Listen(where));
  TcpStream stream = co_await Try(listener.Accept());
  co_await Try(stream.Write("hello"));
  co_return co_await Sleep(absl::Hours(100));
}

class TestHostTest : public ::testing::TestWithParam<BackendKind> {
 protected:
  TestHostTest() { Start(server_.loop(), Greet, where_); }

  // Is greeted, and hears whether there is more.
  Task<std::string> HearMore(TcpStream& stream) {
    EXPECT_EQ(co_await Try(ReadAll(stream, 5)), "hello");
    greeted_ = true;
    co_return co_await WithTimeout(absl::Minutes(1), ReadOnce(stream));
  }
  Task<std::string> Come() {
    TcpStream stream = co_await Try(TcpStream::Connect(where_));
    co_return co_await HearMore(stream);
  }
  // The same, and says something when it has waited.
  Task<std::string> ComeAndAsk() {
    TcpStream stream = co_await Try(TcpStream::Connect(where_));
    (void)co_await HearMore(stream);
    co_await Try(stream.Write("are you there?"));
    co_return co_await WithTimeout(absl::Minutes(1), ReadOnce(stream));
  }
  // Until the client was greeted.
  void AwaitGreeting() {
    EXPECT_THAT(world_.DriveUntil([this] { return greeted_; }), IsOk());
  }

  TestWorld world_{/*seed=*/1, GetParam()};
  TestHost& server_ = world_.AddHost("server");
  TestHost& client_ = world_.AddHost("client");
  const Endpoint where_ = server_.EndpointAt(80);
  bool greeted_ = false;
};

TEST_P(TestHostTest, WhoTalkedToAProgramThatIsKilledHearsTheEnd) {
  auto visit = Start(client_.loop(), [this] { return Come(); });
  AwaitGreeting();
  server_.Kill();
  EXPECT_THAT(world_.Run(client_, visit.Join()), IsOkAndHolds(""));
}

TEST_P(TestHostTest, WhoTalkedToAHostWithoutPowerHearsNothing) {
  auto visit = Start(client_.loop(), [this] { return Come(); });
  AwaitGreeting();
  server_.PowerOff();
  EXPECT_THAT(world_.Run(client_, visit.Join()),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_P(TestHostTest, ANewProgramRunsWhereTheOldOneDied) {
  server_.Kill();
  server_.Restart();
  EXPECT_EQ(server_.programs(), 2);
  Start(server_.loop(), Greet, where_);
  EXPECT_THAT(world_.Run(client_, Come()),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_TRUE(greeted_);
}

TEST_P(TestHostTest, ANewProgramRunsWherePowerIsBack) {
  auto visit = Start(client_.loop(), [this] { return Come(); });
  AwaitGreeting();
  server_.PowerOff();
  server_.Restart();
  greeted_ = false;
  Start(server_.loop(), Greet, where_);
  EXPECT_THAT(world_.Run(client_, Come()),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_TRUE(greeted_);
}

TEST_P(TestHostTest, NobodyAnswersWithoutPower) {
  server_.PowerOff();
  EXPECT_THAT(world_.Run(client_, WithTimeout(absl::Minutes(1), Come())),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_P(TestHostTest, OncePowerIsBackOldConnectionsAreReset) {
  auto visit = Start(client_.loop(), [this] { return ComeAndAsk(); });
  AwaitGreeting();
  server_.PowerOff();
  world_.Pass(absl::Seconds(90));  // Until it has asked.
  server_.Restart();
  EXPECT_THAT(world_.Run(client_, visit.Join()),
              StatusIs(absl::StatusCode::kUnavailable, "ECONNRESET"));
}

// It is on its way when the plug is pulled.
TEST_P(TestHostTest, WhatWasOnItsWayIsSentAgain) {
  auto visit = Start(client_.loop(), [this] { return ComeAndAsk(); });
  AwaitGreeting();
  world_.Pass(absl::Minutes(1));
  server_.PowerOff();
  world_.Pass(absl::Seconds(1));
  server_.Restart();
  EXPECT_THAT(world_.Run(client_, visit.Join()),
              StatusIs(absl::StatusCode::kUnavailable, "ECONNRESET"));
}

TEST_P(TestHostTest, LeavesNothingThatTheWorldWouldMiss) {
  auto visit = Start(client_.loop(), [this] { return Come(); });
  AwaitGreeting();
  server_.PowerOff();
  EXPECT_EQ(server_.kernel().tcp().Connections().size(), 0u);
  EXPECT_EQ(server_.kernel().tcp().CountPorts(), 0u);
  server_.Restart();
  (void)world_.Run(client_, visit.Join());
  world_.ExpectNothingIsLeft();
}

INSTANTIATE_ON_FAKE_BACKENDS(TestHostTest);

// A socket by hand, which no destructor knows, connected to `where`.
Task<> HoldASocket(Endpoint where) {
  SocketCalls& calls = *(co_await CurrentTask()).loop().environment().sockets;
  const int fd = calls.Socket(AddressFamily::kIpv4, SocketType::kStream);
  calls.Connect(fd, where.address());
  co_return co_await Sleep(absl::Hours(100));
}

class LeakingHostTest : public ::testing::Test {
 protected:
  // That some host has something left is right here, and not seen.
  void SeeTheEndOfTheWorld() {
    EXPECT_NONFATAL_FAILURE(world_.reset(), "left open on host program:\nfd ");
  }

  std::optional<TestWorld> world_{std::in_place};
  TestHost& program_ = world_->AddHost("program");
  TestHost& peer_ = world_->AddHost("peer");
  const Endpoint where_ = peer_.EndpointAt(7);
};

TEST_F(LeakingHostTest, WhatNoDestructorClosesTheKernelDoes) {
  auto heard = Start(peer_.loop(), [this]() -> Task<std::string> {
    TcpListener listener = co_await Try(TcpListener::Listen(where_));
    TcpStream stream = co_await Try(listener.Accept());
    co_return co_await WithTimeout(absl::Hours(1), ReadOnce(stream));
  });
  Start(program_.loop(), HoldASocket, where_);
  world_->Pass(absl::Minutes(1));
  program_.Kill();
  EXPECT_THAT(program_.kernel().OpenDescriptors(), IsEmpty());
  EXPECT_THAT(world_->Run(peer_, heard.Join()), IsOkAndHolds(""));
  SeeTheEndOfTheWorld();
}

TEST_F(LeakingHostTest, ANewProgramHidesNothing) {
  Start(program_.loop(), HoldASocket, where_);
  const auto at_first = program_.kernel().OpenDescriptors();
  world_->Pass(absl::Minutes(1));
  program_.Kill();
  program_.Restart();
  EXPECT_EQ(program_.kernel().OpenDescriptors(), at_first);
  EXPECT_NONFATAL_FAILURE(world_->ExpectNothingIsLeft(),
                          "descriptors are left on program");
  SeeTheEndOfTheWorld();
}

TEST(DeadHost, HasNoLoop) {
  TestWorld world;
  TestHost& host = world.AddHost("host");
  host.Kill();
  EXPECT_DEATH(host.loop(), "the program on host is dead and has no loop");
}

TEST(LivingHost, IsNotRestarted) {
  TestWorld world;
  EXPECT_DEATH(world.AddHost("host").Restart(), "still runs");
}

}  // namespace
}  // namespace cloche

// A guest that misses nothing, and a host that does not spin.

#include "cloche/docs/examples/loop_in_a_loop.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "cloche/loop/loop.h"
#include "cloche/loop/system_environment.h"
#include "cloche/net/server.h"
#include "cloche/sync/event.h"
#include "cloche/tasks/run.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/status_matchers.h"
#include "gtest/gtest.h"

using namespace cloche;

Task<> SendBack(TcpStream stream) {
  char buffer[4096];
  while (size_t size = co_await Try(stream.Read(absl::MakeSpan(buffer)))) {
    co_await Try(stream.Write(absl::string_view(buffer, size)));
  }
  co_return absl::OkStatus();
}

Task<std::string> Ask(Endpoint server, std::string text) {
  TcpStream stream = co_await Try(TcpStream::Connect(server));
  co_await Try(stream.Write(text));
  co_await Try(stream.ShutdownWrite());
  std::string answer;
  char buffer[4096];
  while (size_t size = co_await Try(stream.Read(absl::MakeSpan(buffer)))) {
    answer.append(buffer, size);
  }
  co_return answer;
}

Task<> Pause(absl::Duration pause) { co_return co_await Sleep(pause); }

class LoopInALoopTest : public testing::TestWithParam<std::string> {
 protected:
  LoopInALoopTest() { host_.Add(guest_); }

  // An echo server in the guest; returns when it listens.
  Endpoint StartServer() {
    std::optional<Endpoint> where;
    server_ = Start(loop_, [this, &where]() -> Task<> {
      auto listener = co_await Try(TcpListener::Listen(Endpoint::Loopback(0)));
      where = listener.local_endpoint();
      co_return co_await Serve(listener, stop_, ServeOptions(), SendBack);
    });
    host_.RunUntil([&] { return where.has_value(); });
    return *where;
  }
  template <typename Handle>
  auto RunToTheEndOf(const Handle& handle) {
    host_.RunUntil([&] { return handle.ended(); });
    return handle.TakeResult();
  }

  StopSource stop_;
  Event event_;
  std::unique_ptr<SystemEnvironment> system_ =
      SystemEnvironment::Create(GetParam()).value();
  Loop loop_{system_->MakeEnvironment()};
  ClocheSource guest_{loop_};
  HostLoop host_;
  std::optional<TaskHandle<>> server_;
};

TEST_P(LoopInALoopTest, ServesFromInside) {
  const Endpoint where = StartServer();
  const std::string text(1000000, 'x');
  EXPECT_THAT(RunToTheEndOf(Start(loop_, Ask, where, text)),
              IsOkAndHolds(text));
  stop_.Stop();
  EXPECT_THAT(RunToTheEndOf(*server_), IsOk());
}

TEST_P(LoopInALoopTest, StartsWhatTheHostStartsBetweenTurns) {
  const Endpoint where = StartServer();
  std::optional<TaskHandle<std::string>> asks;
  host_.CallLater(absl::Milliseconds(1),
                  [&] { asks = Start(loop_, Ask, where, "hello"); });
  host_.RunUntil([&] { return asks.has_value() && asks->ended(); });
  EXPECT_THAT(asks->TakeResult(), IsOkAndHolds("hello"));
}

// The guest slept for good, as far as the host knew.
TEST_P(LoopInALoopTest, KeepsTheTimeOfTimersThatAreSetBetweenTurns) {
  auto whole_hour = Start(loop_, Pause, absl::Hours(1));
  std::optional<TaskHandle<>> short_pause;
  host_.CallLater(absl::Milliseconds(1), [&] {
    short_pause = Start(loop_, Pause, absl::Milliseconds(1));
  });
  host_.RunUntil(
      [&] { return short_pause.has_value() && short_pause->ended(); });
  EXPECT_FALSE(whole_hour.ended());
}

// Of all this the kernel knows nothing.
TEST_P(LoopInALoopTest, CancelsWhatTheHostCancelsBetweenTurns) {
  auto never = Start(loop_, [this]() -> Task<> {
    auto listener = co_await Try(TcpListener::Listen(Endpoint::Loopback(0)));
    event_.Set();
    co_await Try(listener.Accept());
    co_return absl::OkStatus();
  });
  host_.RunUntil([&] { return event_.is_set(); });
  host_.CallLater(absl::Milliseconds(1), [&] { never.Cancel(); });
  EXPECT_THAT(RunToTheEndOf(never), StatusIs(absl::StatusCode::kCancelled));
}

TEST_P(LoopInALoopTest, WakesTheHostFromAnotherThread) {
  const uint64_t before = loop_.turns();
  std::thread waker([this] { loop_.Wake(); });
  host_.RunUntil([&] { return loop_.turns() > before; });
  waker.join();
}

TEST_P(LoopInALoopTest, DoesNotMakeTheHostSpin) {
  StartServer();
  auto pauses = Start(loop_, []() -> Task<> {
    for (int i = 0; i < 10; ++i) {
      co_await Try(Sleep(absl::Milliseconds(5)));
    }
    co_return absl::OkStatus();
  });
  const int before = host_.turns();
  EXPECT_THAT(RunToTheEndOf(pauses), IsOk());
  EXPECT_LE(host_.turns() - before, 40);
}

INSTANTIATE_TEST_SUITE_P(System, LoopInALoopTest,
                         testing::Values("epoll", "epoll-level"),
                         [](const auto& info) {
                           return info.param == "epoll" ? "edge" : "level";
                         });

// SystemLoopTest: a loop over the real kernel and a pair of real sockets, run
// over each backend that there is.
//
// The pair is a TCP connection of this process with itself, which every system
// has.
//
// Main disadvantage: real time passes. What a test waits for must come, or it
// ends by Bazel's time limit.

#ifndef CLOCHE_LOOP_SYSTEM_LOOP_TEST_H_
#define CLOCHE_LOOP_SYSTEM_LOOP_TEST_H_

#include <array>
#include <cerrno>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/backend/operation.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/loop/loop.h"
#include "cloche/loop/system_environment.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/system_backends.h"
#include "cloche/time/timer_queue.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {

class TestTimer final : public Timer {
 public:
  void OnDeadline() override { fired_ = true; }
  bool fired() const { return fired_; }

 private:
  bool fired_ = false;
};

// Receives once, on the descriptor it is given.
class TestReceive final : public Operation {
 public:
  explicit TestReceive(int descriptor) {
    fd = descriptor;
    buffer = room_.data();
    size = room_.size();
  }
  void OnHandedBack() override { handed_back_ = true; }
  bool handed_back() const { return handed_back_; }
  absl::string_view bytes() const {
    return absl::string_view(room_.data(), result > 0 ? result : 0);
  }

 private:
  std::array<char, 100> room_;
  bool handed_back_ = false;
};

// Connects a socket with another: both are connected when it returns, which
// takes as long as the system likes.
inline std::array<int, 2> ConnectedPair(SocketCalls& calls) {
  const auto new_socket = [&] {
    return calls.Socket(AddressFamily::kIpv4, SocketType::kStream);
  };
  SocketAddress name;
  name.family = AddressFamily::kIpv4;
  name.ip = {127, 0, 0, 1};
  const int listener = new_socket();
  EXPECT_EQ(calls.Bind(listener, name), 0);
  EXPECT_EQ(calls.Listen(listener, /*backlog=*/1), 0);
  EXPECT_EQ(calls.GetSockName(listener, &name), 0);
  std::array<int, 2> pair = {new_socket(), -EAGAIN};
  EXPECT_EQ(calls.Connect(pair[0], name), -EINPROGRESS);
  while (pair[1] == -EAGAIN) pair[1] = calls.Accept4(listener, nullptr);
  while (calls.GetPeerName(pair[0], &name) == -ENOTCONN) {
  }
  calls.Close(listener);
  return pair;
}

class SystemLoopTest : public ::testing::TestWithParam<std::string> {
 protected:
  ~SystemLoopTest() override {
    for (const int fd : pair_) loop_.backend().Close(fd);
  }

  void RunUntilHandedBack(const TestReceive& receive) {
    while (!receive.handed_back()) {
      ASSERT_THAT(loop_.RunOnce(absl::InfiniteFuture()), IsOk());
    }
  }

  // A few more than it takes there may be: a ring that this process had and
  // closed keeps the kernel busy for a moment, which ends waits early (EINTR).
  // A loop that spins takes thousands.
  static constexpr int kFewTurns = 20;
  int TurnsIn(absl::Duration duration) {
    TestTimer timer;
    loop_.timers().Insert(timer, loop_.Now() + duration);
    int turns = 0;
    for (; !timer.fired(); ++turns) {
      EXPECT_THAT(loop_.RunOnce(absl::InfiniteFuture()), IsOk());
    }
    return turns;
  }

  std::unique_ptr<SystemEnvironment> system_ =
      SystemEnvironment::Create(GetParam()).value();
  Loop loop_{system_->MakeEnvironment()};
  const std::array<int, 2> pair_ = ConnectedPair(system_->sockets());
};

}  // namespace cloche

#endif  // CLOCHE_LOOP_SYSTEM_LOOP_TEST_H_

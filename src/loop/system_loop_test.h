// SystemLoopTest: a loop over the real kernel and a pair of real sockets, run
// over each backend that there is.
//
// Main disadvantage: real time passes. What a test waits for must come, or it
// ends by Bazel's time limit.

#ifndef CLOCHE_LOOP_SYSTEM_LOOP_TEST_H_
#define CLOCHE_LOOP_SYSTEM_LOOP_TEST_H_

#include <array>
#include <memory>
#include <string>

#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/backend/operation.h"
#include "cloche/loop/loop.h"
#include "cloche/loop/system_environment.h"
#include "cloche/testing/status_matchers.h"
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

class SystemLoopTest : public ::testing::TestWithParam<std::string> {
 protected:
  SystemLoopTest() {
    EXPECT_EQ(system_->sockets().SocketPair(pair_.data()), 0);
  }
  ~SystemLoopTest() override {
    for (const int fd : pair_) loop_.backend().Close(fd);
  }

  void RunUntilHandedBack(const TestReceive& receive) {
    while (!receive.handed_back()) {
      ASSERT_THAT(loop_.RunOnce(absl::InfiniteFuture()), IsOk());
    }
  }

  std::unique_ptr<SystemEnvironment> system_ =
      SystemEnvironment::Create(GetParam()).value();
  Loop loop_{system_->MakeEnvironment()};
  std::array<int, 2> pair_;
};

// Those of Linux.
#define INSTANTIATE_OVER_BACKENDS(Suite)                           \
  INSTANTIATE_TEST_SUITE_P(                                        \
      System, Suite,                                               \
      ::testing::Values("epoll", "epoll-level", "poll", "select"), \
      [](const auto& info) {                                       \
        return absl::StrReplaceAll(info.param, {{"-", "_"}});      \
      })

}  // namespace cloche

#endif  // CLOCHE_LOOP_SYSTEM_LOOP_TEST_H_

// What the loop's tests put on a loop: something that calls a function when its
// turn, or its time, has come.
//
// Next: loop/loop_test.cc, loop/loop_order_test.cc.

#ifndef CLOCHE_LOOP_LOOP_TEST_H_
#define CLOCHE_LOOP_LOOP_TEST_H_

#include <functional>
#include <utility>

#include "cloche/loop/runnable.h"
#include "cloche/time/timer_queue.h"

namespace cloche {

class CallingRunnable final : public Runnable {
 public:
  explicit CallingRunnable(std::function<void()> call)
      : call_(std::move(call)) {}
  void Run() override { call_(); }

 private:
  std::function<void()> call_;
};

class CallingTimer final : public Timer {
 public:
  explicit CallingTimer(std::function<void()> call) : call_(std::move(call)) {}
  void OnDeadline() override { call_(); }

 private:
  std::function<void()> call_;
};

}  // namespace cloche

#endif  // CLOCHE_LOOP_LOOP_TEST_H_

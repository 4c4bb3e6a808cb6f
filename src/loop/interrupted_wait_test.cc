// A signal that interrupts a wait of the real kernel is neither an error nor an
// end, over any backend.
//
//     Interrupter (a thread)                  the thread of the loop
//     until it is asleep  <-- /proc --------  waits in the kernel
//     pthread_kill        ----------------->  handler; EINTR; the next turn
//     until it was heard  <-- a counter ----  waits again
//
// Facts (signal(7), proc_pid_stat(5))
//   * A handler that was installed without SA_RESTART ends a wait with EINTR.
//     Most waits for readiness end so even with it.
//   * The state of a thread that waits for something is S. Ours waits for
//     nothing but its loop.
//
// Main disadvantage: /proc is of Linux alone. Elsewhere a test could only send
// signals and hope that they meet a wait.
//
// Next: the fake kernel's EINTR, at every call: testing/sweep.h.

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/loop/system_loop_test.h"

namespace cloche {
namespace {

std::atomic<int> signals_heard = 0;

// SIGUSR1 is counted and does nothing else, for as long as it lives.
class CountingHandler {
 public:
  CountingHandler() {
    struct sigaction action = {};  // Without SA_RESTART.
    action.sa_handler = [](int) { ++signals_heard; };
    EXPECT_EQ(sigaction(SIGUSR1, &action, &old_), 0);
  }
  CountingHandler(const CountingHandler&) = delete;
  CountingHandler& operator=(const CountingHandler&) = delete;
  ~CountingHandler() { EXPECT_EQ(sigaction(SIGUSR1, &old_, nullptr), 0); }

 private:
  struct sigaction old_;
};

// The thread that makes it can be seen, and disturbed, by another.
class Sleeper {
 public:
  bool IsAsleep() const {
    std::ifstream file(stat_path_);
    std::string line;
    std::getline(file, line);
    // "4711 (a name, with any bytes in it) S ..."
    return line.substr(line.rfind(')') + 1, 3) == " S ";
  }
  void AwaitSleep() const {
    while (!IsAsleep()) std::this_thread::yield();
  }
  void InterruptOnce() const {
    AwaitSleep();
    const int before = signals_heard;
    ASSERT_EQ(pthread_kill(thread_, SIGUSR1), 0);
    while (signals_heard == before) std::this_thread::yield();
  }

 private:
  const pthread_t thread_ = pthread_self();
  const std::string stat_path_ =
      absl::StrCat("/proc/self/task/", gettid(), "/stat");
};

class InterruptedWait : public SystemLoopTest {
 protected:
  static constexpr int kTimes = 20;

  const CountingHandler handler_;
  const Sleeper sleeper_;
};

TEST_P(InterruptedWait, StillBringsTheBytesThatComeLater) {
  TestReceive receive(pair_[0]);
  ASSERT_FALSE(loop_.Start(receive));
  std::thread interrupter([this] {
    for (int i = 0; i < kTimes; ++i) sleeper_.InterruptOnce();
    EXPECT_EQ(system_->sockets().Send(pair_[1], "hello", 0), 5);
  });
  RunUntilHandedBack(receive);
  interrupter.join();
  EXPECT_EQ(receive.bytes(), "hello");
}

TEST_P(InterruptedWait, StillEndsByAWake) {
  std::atomic<bool> woken = false;
  std::thread interrupter([&] {
    for (int i = 0; i < kTimes; ++i) sleeper_.InterruptOnce();
    sleeper_.AwaitSleep();  // Which nothing but the wake ends.
    woken = true;
    loop_.Wake();
  });
  while (!woken) {
    EXPECT_THAT(loop_.RunOnce(absl::InfiniteFuture()), IsOk());
  }
  interrupter.join();
}

// However many signals come, and whenever.
TEST_P(InterruptedWait, EndsNoTimerBeforeItsTime) {
  const absl::Time deadline = loop_.Now() + absl::Milliseconds(20);
  TestTimer timer;
  loop_.timers().Insert(timer, deadline);
  std::atomic<bool> done = false;
  const pthread_t self = pthread_self();
  std::thread interrupter([&] {
    while (!done) {
      EXPECT_EQ(pthread_kill(self, SIGUSR1), 0);
      std::this_thread::yield();
    }
  });
  while (!timer.fired()) {
    EXPECT_THAT(loop_.RunOnce(absl::InfiniteFuture()), IsOk());
  }
  EXPECT_GE(loop_.Now(), deadline);
  done = true;
  interrupter.join();
}

INSTANTIATE_OVER_BACKENDS(InterruptedWait);

}  // namespace
}  // namespace cloche

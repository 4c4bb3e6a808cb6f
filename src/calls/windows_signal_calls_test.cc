// The real signals of Windows, such as they are: that Ctrl-C ends up in the
// descriptor.

#include "cloche/calls/windows_signal_calls.h"

#include <cerrno>

#include "cloche/calls/windows_calls_test.h"

namespace cloche {
namespace {

class WindowsSignalCallsTest : public WindowsCallsTest {
 protected:
  // False without a console.
  static bool PressCtrlC() {
    return GenerateConsoleCtrlEvent(CTRL_C_EVENT, /*group=*/0);
  }
  Signal Take(int fd) {
    Signal signal = Signal::kTerminate;
    WaitUntil(fd, POLLIN);
    EXPECT_EQ(signals_.TakeSignal(fd, &signal), 0);
    return signal;
  }

  WindowsSignalCalls signals_;
};

TEST_F(WindowsSignalCallsTest, ThereIsNoneUntilOneHasCome) {
  const int fd = signals_.OpenSignals();
  ASSERT_GE(fd, 0);
  Signal signal;
  EXPECT_EQ(signals_.TakeSignal(fd, &signal), -EAGAIN);
  EXPECT_EQ(signals_.CloseSignals(fd), 0);
}

// Where there is no console, src/serve/serve_under_wine_test.sh shows it.
TEST_F(WindowsSignalCallsTest, CtrlCIsAnInterruptAgainAndAgain) {
  const int fd = signals_.OpenSignals();
  int pressed = 0;
  while (pressed < 2 && PressCtrlC()) {
    EXPECT_EQ(Take(fd), Signal::kInterrupt);
    ++pressed;
  }
  EXPECT_EQ(signals_.CloseSignals(fd), 0);
  if (pressed == 0) GTEST_SKIP() << "there is no console";
}

TEST_F(WindowsSignalCallsTest, OneDescriptorAtATime) {
  const int fd = signals_.OpenSignals();
  EXPECT_EQ(signals_.OpenSignals(), -EBUSY);
  EXPECT_EQ(signals_.CloseSignals(fd), 0);
  const int other = signals_.OpenSignals();
  EXPECT_GE(other, 0);
  EXPECT_EQ(signals_.CloseSignals(other), 0);
}

}  // namespace
}  // namespace cloche

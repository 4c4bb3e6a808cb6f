// The real wake calls of Windows: however often one is woken, one drain ends
// it.

#include "cloche/calls/windows_wake_calls.h"

#include <thread>

#include "cloche/calls/windows_calls_test.h"

namespace cloche {
namespace {

class WindowsWakeCallsTest : public WindowsCallsTest {
 protected:
  ~WindowsWakeCallsTest() override { EXPECT_EQ(wakes_.CloseWake(fd_), 0); }

  bool IsReadable() const { return PollFor(fd_, POLLIN, 0) != 0; }

  WindowsWakeCalls wakes_;
  const int fd_ = wakes_.OpenWake();
};

TEST_F(WindowsWakeCallsTest, IsBornSilentAndNotInherited) {
  ASSERT_GE(fd_, 0);
  EXPECT_FALSE(IsReadable());
  EXPECT_FALSE(IsInherited(fd_));
}

TEST_F(WindowsWakeCallsTest, IsReadableFromASignalUntilItIsDrained) {
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(wakes_.SignalWake(fd_), 0);
    WaitUntil(fd_, POLLIN);
    EXPECT_EQ(wakes_.DrainWake(fd_), 0);
    EXPECT_FALSE(IsReadable());
  }
}

TEST_F(WindowsWakeCallsTest, AThousandSignalsAreOneDrain) {
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(wakes_.SignalWake(fd_), 0);
  WaitUntil(fd_, POLLIN);
  EXPECT_EQ(wakes_.DrainWake(fd_), 0);
  EXPECT_FALSE(IsReadable());
}

// Far more than there is room for.
TEST_F(WindowsWakeCallsTest, ASignalThatThereIsNoRoomForIsNoError) {
  for (int i = 0; i < 20'000; ++i) ASSERT_EQ(wakes_.SignalWake(fd_), 0);
  WaitUntil(fd_, POLLIN);
}

TEST_F(WindowsWakeCallsTest, ADrainOfASilentOneIsNoError) {
  EXPECT_EQ(wakes_.DrainWake(fd_), 0);
  EXPECT_EQ(wakes_.DrainWake(fd_), 0);
}

TEST_F(WindowsWakeCallsTest, AnotherThreadMayWake) {
  std::thread other([&] { EXPECT_EQ(wakes_.SignalWake(fd_), 0); });
  WaitUntil(fd_, POLLIN);
  other.join();
}

TEST_F(WindowsWakeCallsTest, AStrangersDatagramWakesNobody) {
  const int stranger = NewUdp();
  ASSERT_EQ(calls_.Connect(stranger, NameOf(fd_)), 0);
  ASSERT_EQ(calls_.Send(stranger, "x", 0), 1);
  // And on its heels one that does.
  ASSERT_EQ(wakes_.SignalWake(fd_), 0);
  WaitUntil(fd_, POLLIN);
  EXPECT_EQ(Receive(fd_), "!");
  EXPECT_EQ(Receive(fd_), Errno(EAGAIN));
}

TEST_F(WindowsWakeCallsTest, ABadDescriptorIsAnError) {
  EXPECT_EQ(wakes_.SignalWake(-1), -ENOTSOCK);
  EXPECT_EQ(wakes_.DrainWake(-1), -ENOTSOCK);
  EXPECT_EQ(wakes_.CloseWake(-1), -ENOTSOCK);
}

}  // namespace
}  // namespace cloche

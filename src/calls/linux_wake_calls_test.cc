// The real wake calls: however often one is woken, it is one event.

#include "cloche/calls/linux_wake_calls.h"

#include <csignal>
#include <cstdint>
#include <limits>

#include "cloche/calls/linux_calls_test.h"
#include "cloche/calls/linux_epoll_calls.h"

namespace cloche {
namespace {

class LinuxWakeCallsTest : public ::testing::Test {
 protected:
  ~LinuxWakeCallsTest() override { EXPECT_EQ(calls_.CloseWake(fd_), 0); }

  bool Readable() const { return PollNow(fd_, POLLIN) == POLLIN; }

  LinuxWakeCalls calls_;
  const int fd_ = calls_.OpenWake();
};

TEST_F(LinuxWakeCallsTest, IsBornSilentNonBlockingAndCloseOnExec) {
  ASSERT_GE(fd_, 0);
  EXPECT_FALSE(Readable());
  EXPECT_TRUE(IsNonBlocking(fd_));
  EXPECT_TRUE(IsCloseOnExec(fd_));
}

TEST_F(LinuxWakeCallsTest, IsReadableFromASignalUntilItIsDrained) {
  EXPECT_EQ(calls_.SignalWake(fd_), 0);
  EXPECT_TRUE(Readable());
  EXPECT_EQ(calls_.DrainWake(fd_), 0);
  EXPECT_FALSE(Readable());
  EXPECT_EQ(calls_.SignalWake(fd_), 0);
  EXPECT_TRUE(Readable());
}

TEST_F(LinuxWakeCallsTest, AThousandSignalsAreOneEventAndOneDrain) {
  LinuxEpollCalls epoll;
  const int set = epoll.EpollCreate1();
  const EpollEvent wanted{kEpollIn | kEpollEdgeTriggered, 0};
  ASSERT_EQ(epoll.EpollCtl(set, EpollCtlOp::kAdd, fd_, &wanted), 0);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(calls_.SignalWake(fd_), 0);
  EpollEvent events[2];
  EXPECT_EQ(epoll.EpollWait(set, absl::MakeSpan(events), 0), 1);
  EXPECT_EQ(epoll.EpollWait(set, absl::MakeSpan(events), 0), 0);
  EXPECT_EQ(calls_.DrainWake(fd_), 0);
  EXPECT_FALSE(Readable());
  epoll.EpollClose(set);
}

TEST_F(LinuxWakeCallsTest, ADrainOfASilentOneIsNoError) {
  EXPECT_EQ(calls_.DrainWake(fd_), 0);
  EXPECT_EQ(calls_.DrainWake(fd_), 0);
}

// The counter's largest value is one less than the largest number.
TEST_F(LinuxWakeCallsTest, ASignalThatTheCounterHasNoRoomForIsNoError) {
  const uint64_t full = std::numeric_limits<uint64_t>::max() - 1;
  ASSERT_EQ(write(fd_, &full, sizeof(full)), 8);
  EXPECT_EQ(calls_.SignalWake(fd_), 0);
  EXPECT_TRUE(Readable());
}

TEST_F(LinuxWakeCallsTest, ASignalLeavesErrnoAsItFoundIt) {
  errno = 4711;
  EXPECT_EQ(calls_.SignalWake(-1), -EBADF);
  EXPECT_EQ(errno, 4711);
}

TEST_F(LinuxWakeCallsTest, ASignalHandlerMayWake) {
  static LinuxWakeCalls* calls;
  static int fd;
  calls = &calls_;
  fd = fd_;
  const auto old = std::signal(SIGUSR1, [](int) { calls->SignalWake(fd); });
  ASSERT_EQ(std::raise(SIGUSR1), 0);
  std::signal(SIGUSR1, old);
  EXPECT_TRUE(Readable());
}

TEST_F(LinuxWakeCallsTest, ABadDescriptorIsAnError) {
  EXPECT_EQ(calls_.SignalWake(-1), -EBADF);
  EXPECT_EQ(calls_.DrainWake(-1), -EBADF);
  EXPECT_EQ(calls_.CloseWake(-1), -EBADF);
}

}  // namespace
}  // namespace cloche

// Wake calls over a real pipe, asked by a real poll.

#include "cloche/calls/pipe_wake_calls.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <memory>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace cloche {
namespace {

// Whether `fd` is readable, or becomes so in that time; -1 for ever.
bool IsReadable(int fd, int milliseconds = 0) {
  pollfd asked = {fd, POLLIN, /*revents=*/0};
  EXPECT_GE(poll(&asked, 1, milliseconds), 0);
  return asked.revents == POLLIN;
}

// The number that the next descriptor will get.
int LowestFreeDescriptor() {
  const int fd = dup(STDIN_FILENO);
  close(fd);
  return fd;
}

class PipeWakeCallsTest : public ::testing::Test {
 protected:
  ~PipeWakeCallsTest() override { EXPECT_EQ(calls_.CloseWake(fd_), 0); }

  PipeWakeCalls calls_;
  const int fd_ = calls_.OpenWake();
};

TEST_F(PipeWakeCallsTest, IsBornSilentNonBlockingAndCloseOnExec) {
  EXPECT_FALSE(IsReadable(fd_));
  const int write_end = fd_ + 1;  // The two lowest numbers that are free.
  for (const int fd : {fd_, write_end}) {
    EXPECT_NE(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    EXPECT_NE(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
  }
}

TEST_F(PipeWakeCallsTest, IsReadableFromASignalUntilItIsDrained) {
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(calls_.SignalWake(fd_), 0);
    EXPECT_TRUE(IsReadable(fd_));
    EXPECT_EQ(calls_.DrainWake(fd_), 0);
    EXPECT_FALSE(IsReadable(fd_));
  }
}

// 64 KiB on Linux, and more nowhere.
TEST_F(PipeWakeCallsTest, AnyNumberOfSignalsTakesOneDrain) {
  for (int i = 0; i < 100'000; ++i) ASSERT_EQ(calls_.SignalWake(fd_), 0);
  EXPECT_EQ(calls_.DrainWake(fd_), 0);
  EXPECT_FALSE(IsReadable(fd_));
}

TEST_F(PipeWakeCallsTest, ADrainOfASilentOneIsNoError) {
  EXPECT_EQ(calls_.DrainWake(fd_), 0);
  EXPECT_EQ(calls_.DrainWake(fd_), 0);
}

TEST_F(PipeWakeCallsTest, ASignalReachesItsOwnPipeAndNoOther) {
  const int other = calls_.OpenWake();
  EXPECT_EQ(calls_.SignalWake(other), 0);
  EXPECT_FALSE(IsReadable(fd_));
  EXPECT_TRUE(IsReadable(other));
  EXPECT_EQ(calls_.CloseWake(other), 0);
}

TEST_F(PipeWakeCallsTest, AnotherThreadEndsAWait) {
  std::thread waker([this] { EXPECT_EQ(calls_.SignalWake(fd_), 0); });
  EXPECT_TRUE(IsReadable(fd_, /*milliseconds=*/-1));
  waker.join();
}

// Each signals its own, while the rows beside it come and go.
TEST_F(PipeWakeCallsTest, ThreadsThatOpenAndCloseMeetNobodyElses) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      for (int n = 0; n < 200; ++n) {
        const int fd = calls_.OpenWake();
        EXPECT_FALSE(IsReadable(fd));
        EXPECT_EQ(calls_.SignalWake(fd), 0);
        EXPECT_TRUE(IsReadable(fd));
        EXPECT_EQ(calls_.CloseWake(fd), 0);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(IsReadable(fd_));
}

TEST_F(PipeWakeCallsTest, ASignalLeavesErrnoAsItFoundIt) {
  for (int i = 0; i < 100'000; ++i) {  // In the end for want of room.
    errno = 4711;
    ASSERT_EQ(calls_.SignalWake(fd_), 0);
    ASSERT_EQ(errno, 4711);
  }
}

TEST_F(PipeWakeCallsTest, ASignalHandlerMayWake) {
  static PipeWakeCalls* calls;
  static int fd;
  calls = &calls_;
  fd = fd_;
  const auto old = std::signal(SIGUSR1, [](int) { calls->SignalWake(fd); });
  ASSERT_EQ(std::raise(SIGUSR1), 0);
  std::signal(SIGUSR1, old);
  EXPECT_TRUE(IsReadable(fd_));
}

TEST_F(PipeWakeCallsTest, ADescriptorThatIsNoneOfItsOwnIsAnError) {
  for (const int stranger : {-1, STDIN_FILENO}) {
    EXPECT_EQ(calls_.SignalWake(stranger), -EBADF);
    EXPECT_EQ(calls_.CloseWake(stranger), -EBADF);
  }
  EXPECT_EQ(calls_.DrainWake(-1), -EBADF);
}

TEST(PipeWakeCalls, ClosesBothEnds) {
  const auto calls = std::make_unique<PipeWakeCalls>();
  const int before = LowestFreeDescriptor();
  EXPECT_EQ(calls->CloseWake(calls->OpenWake()), 0);
  EXPECT_EQ(LowestFreeDescriptor(), before);
}

}  // namespace
}  // namespace cloche

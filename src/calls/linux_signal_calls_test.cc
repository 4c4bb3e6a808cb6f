// Real signals, which the test raises against itself while they are blocked.

#include "cloche/calls/linux_signal_calls.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>

#include <cerrno>

#include "gtest/gtest.h"

namespace cloche {
namespace {

bool IsReadable(int fd) {
  pollfd entry = {.fd = fd, .events = POLLIN, .revents = 0};
  return poll(&entry, 1, /*timeout=*/0) == 1;
}

bool IsBlocked(int signal_number) {
  sigset_t blocked;
  pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  return sigismember(&blocked, signal_number) == 1;
}

class LinuxSignalCallsTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_GE(fd_, 0); }

  // The signal that is taken next.
  Signal Take() {
    Signal signal = {};
    EXPECT_EQ(calls_.TakeSignal(fd_, &signal), 0);
    return signal;
  }
  int TakeNothing() {
    Signal signal = {};
    return calls_.TakeSignal(fd_, &signal);
  }

  LinuxSignalCalls calls_;
  const int fd_ = calls_.OpenSignals();
};

class OpenSignals : public LinuxSignalCallsTest {
 protected:
  void TearDown() override { EXPECT_EQ(calls_.CloseSignals(fd_), 0); }
};

TEST_F(OpenSignals, GivesADescriptorThatIsNotReadable) {
  EXPECT_FALSE(IsReadable(fd_));
  EXPECT_EQ(TakeNothing(), -EAGAIN);
}

TEST_F(OpenSignals, MakesItNonBlockingAndCloseOnExec) {
  EXPECT_NE(fcntl(fd_, F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(fcntl(fd_, F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(OpenSignals, MakesItReadableWhenASignalCame) {
  ASSERT_EQ(raise(SIGTERM), 0);
  EXPECT_TRUE(IsReadable(fd_));
  EXPECT_EQ(Take(), Signal::kTerminate);
  EXPECT_FALSE(IsReadable(fd_));
}

TEST_F(OpenSignals, TellsTheTwoSignalsApart) {
  ASSERT_EQ(raise(SIGINT), 0);
  EXPECT_EQ(Take(), Signal::kInterrupt);
  ASSERT_EQ(raise(SIGTERM), 0);
  EXPECT_EQ(Take(), Signal::kTerminate);
}

TEST_F(OpenSignals, CountsASignalOnceThatCameTwiceBeforeItWasTaken) {
  ASSERT_EQ(raise(SIGINT), 0);
  ASSERT_EQ(raise(SIGINT), 0);
  EXPECT_EQ(Take(), Signal::kInterrupt);
  EXPECT_EQ(TakeNothing(), -EAGAIN);
}

TEST_F(OpenSignals, LeavesOtherSignalsAlone) {
  EXPECT_TRUE(IsBlocked(SIGINT));
  EXPECT_TRUE(IsBlocked(SIGTERM));
  EXPECT_FALSE(IsBlocked(SIGHUP));
}

TEST_F(LinuxSignalCallsTest, CloseUnblocksTheSignals) {
  EXPECT_EQ(calls_.CloseSignals(fd_), 0);
  EXPECT_FALSE(IsBlocked(SIGINT));
  EXPECT_FALSE(IsBlocked(SIGTERM));
  EXPECT_EQ(TakeNothing(), -EBADF);
}

TEST_F(LinuxSignalCallsTest, CloseLeavesASignalBlockedThatWasSoBefore) {
  EXPECT_EQ(calls_.CloseSignals(fd_), 0);
  sigset_t sigterm;
  sigemptyset(&sigterm);
  sigaddset(&sigterm, SIGTERM);
  ASSERT_EQ(pthread_sigmask(SIG_BLOCK, &sigterm, nullptr), 0);
  const int again = calls_.OpenSignals();
  EXPECT_EQ(calls_.CloseSignals(again), 0);
  EXPECT_TRUE(IsBlocked(SIGTERM));
  ASSERT_EQ(pthread_sigmask(SIG_UNBLOCK, &sigterm, nullptr), 0);
}

using LinuxSignalCallsDeathTest = LinuxSignalCallsTest;

TEST_F(LinuxSignalCallsDeathTest, CloseLetsASignalActThatWasNotTaken) {
  EXPECT_EXIT(
      {
        raise(SIGTERM);
        calls_.CloseSignals(fd_);
      },
      testing::KilledBySignal(SIGTERM), "");
  EXPECT_EQ(calls_.CloseSignals(fd_), 0);
}

}  // namespace
}  // namespace cloche

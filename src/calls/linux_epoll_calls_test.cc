// The real epoll calls: errors as negative errnos, bits and data unharmed.

#include "cloche/calls/linux_epoll_calls.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <set>

#include "cloche/calls/linux_calls_test.h"

namespace cloche {
namespace {

class LinuxEpollCallsTest : public LinuxCallsTest {
 protected:
  ~LinuxEpollCallsTest() override { EXPECT_EQ(epoll_.EpollClose(set_), 0); }

  int Control(EpollCtlOp op, int fd, uint32_t events = kEpollIn,
              uint64_t data = 0) {
    const EpollEvent event{events, data};
    return epoll_.EpollCtl(set_, op, fd, &event);
  }
  // How many events one wait gives that does not wait; they are in events_.
  int WaitNow(size_t room = 4) {
    return epoll_.EpollWait(set_, absl::MakeSpan(events_.data(), room), 0);
  }

  LinuxEpollCalls epoll_;
  const int set_ = epoll_.EpollCreate1();
  // Two ends of a pipe, as it were; the first one is watched.
  const std::pair<int, int> pair_ = Pair();
  const int fd_ = pair_.first;
  std::array<EpollEvent, 4> events_;
};

// --- Creating and closing ---------------------------------------------------

TEST_F(LinuxEpollCallsTest, AnInstanceIsBornCloseOnExec) {
  ASSERT_GE(set_, 0);
  EXPECT_TRUE(IsCloseOnExec(set_));
}

TEST_F(LinuxEpollCallsTest, CloseFreesTheDescriptor) {
  const int another = epoll_.EpollCreate1();
  EXPECT_EQ(epoll_.EpollClose(another), 0);
  EXPECT_EQ(epoll_.EpollClose(another), -EBADF);
}

// --- Errors of epoll_ctl ----------------------------------------------------

TEST_F(LinuxEpollCallsTest, AClosedDescriptorIsBad) {
  EXPECT_EQ(Control(EpollCtlOp::kAdd, -1), -EBADF);
  const EpollEvent event{kEpollIn, 0};
  EXPECT_EQ(epoll_.EpollCtl(-1, EpollCtlOp::kAdd, fd_, &event), -EBADF);
}

TEST_F(LinuxEpollCallsTest, ARegularFileCannotBeWatched) {
  const int file = Own(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  ASSERT_GE(file, 0);
  EXPECT_EQ(Control(EpollCtlOp::kAdd, file), -EPERM);
}

TEST_F(LinuxEpollCallsTest, ADescriptorIsAddedOnce) {
  EXPECT_EQ(Control(EpollCtlOp::kAdd, fd_), 0);
  EXPECT_EQ(Control(EpollCtlOp::kAdd, fd_), -EEXIST);
}

TEST_F(LinuxEpollCallsTest, WhatWasNotAddedCannotBeModifiedOrDeleted) {
  EXPECT_EQ(Control(EpollCtlOp::kModify, fd_), -ENOENT);
  EXPECT_EQ(Control(EpollCtlOp::kDelete, fd_), -ENOENT);
}

TEST_F(LinuxEpollCallsTest, OnlyDeleteDoesWithoutAnEvent) {
  EXPECT_EQ(epoll_.EpollCtl(set_, EpollCtlOp::kAdd, fd_, nullptr), -EFAULT);
  ASSERT_EQ(Control(EpollCtlOp::kAdd, fd_), 0);
  EXPECT_EQ(epoll_.EpollCtl(set_, EpollCtlOp::kModify, fd_, nullptr), -EFAULT);
  EXPECT_EQ(epoll_.EpollCtl(set_, EpollCtlOp::kDelete, fd_, nullptr), 0);
}

// --- Errors of epoll_wait ---------------------------------------------------

TEST_F(LinuxEpollCallsTest, AWaitOnWhatIsNoEpollInstanceIsAnError) {
  const auto room = absl::MakeSpan(events_);
  EXPECT_EQ(epoll_.EpollWait(-1, room, 0), -EBADF);
  EXPECT_EQ(epoll_.EpollWait(fd_, room, 0), -EINVAL);
}

TEST_F(LinuxEpollCallsTest, AWaitWithoutRoomIsAnError) {
  EXPECT_EQ(WaitNow(/*room=*/0), -EINVAL);
}

// --- Events -----------------------------------------------------------------

TEST_F(LinuxEpollCallsTest, AWaitReportsWhatIsTrueWithTheDataItWasGiven) {
  ASSERT_EQ(
      Control(EpollCtlOp::kAdd, fd_, kEpollIn | kEpollOut, 0xfedcba9876543210),
      0);
  ASSERT_EQ(calls_.Send(pair_.second, "x", 0), 1);
  ASSERT_EQ(WaitNow(), 1);
  EXPECT_EQ(uint32_t{events_[0].events}, kEpollIn | kEpollOut);
  EXPECT_EQ(uint64_t{events_[0].data}, 0xfedcba9876543210);
}

TEST_F(LinuxEpollCallsTest, ATimeoutGivesNothing) {
  ASSERT_EQ(Control(EpollCtlOp::kAdd, fd_), 0);
  EXPECT_EQ(epoll_.EpollWait(set_, absl::MakeSpan(events_), /*timeout_ms=*/0),
            0);
  EXPECT_EQ(epoll_.EpollWait(set_, absl::MakeSpan(events_), /*timeout_ms=*/1),
            0);
}

TEST_F(LinuxEpollCallsTest, AWaitForEverEndsWithAnEvent) {
  ASSERT_EQ(Control(EpollCtlOp::kAdd, fd_, kEpollOut), 0);
  EXPECT_EQ(epoll_.EpollWait(set_, absl::MakeSpan(events_), /*timeout_ms=*/-1),
            1);
}

// EpollEvent is packed on x86-64: a wrong size would garble the second one.
TEST_F(LinuxEpollCallsTest, SeveralEventsStandSideBySide) {
  ASSERT_EQ(Control(EpollCtlOp::kAdd, pair_.first, kEpollOut, 11), 0);
  ASSERT_EQ(Control(EpollCtlOp::kAdd, pair_.second, kEpollOut, 22), 0);
  ASSERT_EQ(WaitNow(), 2);
  EXPECT_EQ((std::set<uint64_t>{events_[0].data, events_[1].data}),
            (std::set<uint64_t>{11, 22}));
}

TEST_F(LinuxEpollCallsTest, AWaitStoresNoMoreThanThereIsRoomFor) {
  ASSERT_EQ(Control(EpollCtlOp::kAdd, pair_.first, kEpollOut, 11), 0);
  ASSERT_EQ(Control(EpollCtlOp::kAdd, pair_.second, kEpollOut, 22), 0);
  events_[1].data = 33;
  EXPECT_EQ(WaitNow(/*room=*/1), 1);
  EXPECT_EQ(uint64_t{events_[1].data}, 33u);
}

TEST_F(LinuxEpollCallsTest, ModifyReplacesInterestAndData) {
  ASSERT_EQ(Control(EpollCtlOp::kAdd, fd_, kEpollIn, 1), 0);
  EXPECT_EQ(WaitNow(), 0);
  ASSERT_EQ(Control(EpollCtlOp::kModify, fd_, kEpollOut, 2), 0);
  ASSERT_EQ(WaitNow(), 1);
  EXPECT_EQ(uint32_t{events_[0].events}, kEpollOut);
  EXPECT_EQ(uint64_t{events_[0].data}, 2u);
}

TEST_F(LinuxEpollCallsTest, DeleteSilences) {
  ASSERT_EQ(Control(EpollCtlOp::kAdd, fd_, kEpollOut), 0);
  ASSERT_EQ(Control(EpollCtlOp::kDelete, fd_), 0);
  EXPECT_EQ(WaitNow(), 0);
}

TEST_F(LinuxEpollCallsTest, LevelTriggeredReportsAgain) {
  ASSERT_EQ(Control(EpollCtlOp::kAdd, fd_, kEpollOut), 0);
  EXPECT_EQ(WaitNow(), 1);
  EXPECT_EQ(WaitNow(), 1);
}

TEST_F(LinuxEpollCallsTest, EdgeTriggeredReportsOnceAndAgainAfterModify) {
  const uint32_t events = kEpollOut | kEpollEdgeTriggered;
  ASSERT_EQ(Control(EpollCtlOp::kAdd, fd_, events), 0);
  EXPECT_EQ(WaitNow(), 1);
  EXPECT_EQ(WaitNow(), 0);
  ASSERT_EQ(Control(EpollCtlOp::kModify, fd_, events), 0);
  EXPECT_EQ(WaitNow(), 1);
}

TEST_F(LinuxEpollCallsTest, AHangUpComesUnasked) {
  ASSERT_EQ(Control(EpollCtlOp::kAdd, fd_, /*events=*/0), 0);
  CloseNow(pair_.second);
  ASSERT_EQ(WaitNow(), 1);
  EXPECT_EQ(uint32_t{events_[0].events}, kEpollHup);
}

TEST_F(LinuxEpollCallsTest, ThePeersEndOfStreamComesToWhoAskedForIt) {
  ASSERT_EQ(Control(EpollCtlOp::kAdd, fd_, kEpollRdHup), 0);
  ASSERT_EQ(calls_.Shutdown(pair_.second, ShutdownHow::kWrite), 0);
  ASSERT_EQ(WaitNow(), 1);
  EXPECT_EQ(uint32_t{events_[0].events}, kEpollRdHup);
}

}  // namespace
}  // namespace cloche

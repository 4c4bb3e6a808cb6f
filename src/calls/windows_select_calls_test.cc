// The real select of Winsock: lists to arrays of handles and back, and what
// Winsock has in other sets.

#include "cloche/calls/windows_select_calls.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "cloche/calls/windows_calls_test.h"

namespace cloche {
namespace {

using Fds = std::vector<int>;

class WindowsSelectCallsTest : public WindowsCallsTest {
 protected:
  int Select(absl::Duration timeout = absl::ZeroDuration()) {
    return select_.Select(sets_, timeout);
  }
  // Sends until there is no room and none comes any more: the peer's system
  // goes on for a while to make some.
  void Fill(int fd) {
    const std::string chunk(100'000, 'x');
    do {
      while (calls_.Send(fd, chunk, 0) > 0) continue;
      sets_ = {{}, {fd}, {}};
    } while (Select(absl::Milliseconds(50)) == 1);
  }
  // An out-of-band byte for the client, which cannot write.
  void AlarmAWriter() {
    Fill(ends_.client);
    ASSERT_EQ(calls_.Send(ends_.server, "!", kSendOutOfBand), 1);
    sets_ = {{}, {}, {ends_.client}};
    ASSERT_EQ(Select(absl::InfiniteDuration()), 1);
  }

  WindowsSelectCalls select_;
  SelectSets sets_;
  const Ends ends_ = Connect();
};

TEST_F(WindowsSelectCallsTest, WhatIsReadyIsLeftInItsSetInAscendingOrder) {
  ASSERT_EQ(calls_.Send(ends_.server, "x", 0), 1);
  WaitUntil(ends_.client, POLLIN);
  const int low = std::min(ends_.client, ends_.server);
  const int high = std::max(ends_.client, ends_.server);
  sets_ = {{low, high}, {high, low, high}, {low}};
  EXPECT_EQ(Select(), 3);
  EXPECT_EQ(sets_.read, Fds{ends_.client});
  EXPECT_EQ(sets_.write, (Fds{low, high}));
  EXPECT_EQ(sets_.except, Fds{});
}

TEST_F(WindowsSelectCallsTest, AtTheTimeoutTheSetsAreEmpty) {
  sets_.read = {ends_.client};
  EXPECT_EQ(Select(absl::Milliseconds(1)), 0);
  EXPECT_EQ(sets_.read, Fds{});
}

TEST_F(WindowsSelectCallsTest, AfterAnErrorTheSetsAreAsTheyWere) {
  CloseNow(ends_.server);
  sets_ = {{ends_.server, ends_.client}, {}, {ends_.client}};
  EXPECT_EQ(Select(), -EBADF);
  EXPECT_EQ(sets_.read, (Fds{ends_.server, ends_.client}));
  EXPECT_EQ(sets_.except, Fds{ends_.client});
}

TEST_F(WindowsSelectCallsTest, AConnectThatFailedIsReadyForWriting) {
  const int nobody = NewBound();
  const int fd = NewTcp();
  ASSERT_EQ(calls_.Connect(fd, NameOf(nobody)), -EINPROGRESS);
  sets_.write = {fd};
  EXPECT_EQ(Select(absl::InfiniteDuration()), 1);
  EXPECT_EQ(sets_.write, Fds{fd});
  EXPECT_EQ(sets_.except, Fds{});
}

TEST_F(WindowsSelectCallsTest, AConnectThatSucceededIsReadyForWriting) {
  const int fd = NewTcp();
  ASSERT_EQ(calls_.Connect(fd, NameOf(ends_.listener)), -EINPROGRESS);
  sets_.write = {fd};
  EXPECT_EQ(Select(absl::InfiniteDuration()), 1);
  EXPECT_EQ(sets_.write, Fds{fd});
}

TEST_F(WindowsSelectCallsTest, AnOutOfBandByteIsAnException) {
  ASSERT_EQ(calls_.Send(ends_.client, "!", kSendOutOfBand), 1);
  sets_.except = {ends_.server, ends_.client};
  EXPECT_EQ(Select(absl::InfiniteDuration()), 1);
  EXPECT_EQ(sets_.except, Fds{ends_.server});
}

// --- A writer with an out-of-band byte --------------------------------------

TEST_F(WindowsSelectCallsTest, AnOutOfBandByteMakesNobodyReadyForWriting) {
  AlarmAWriter();
  sets_ = {{}, {ends_.client}, {}};
  EXPECT_EQ(Select(), 0);
  EXPECT_EQ(sets_.write, Fds{});
}

TEST_F(WindowsSelectCallsTest, AnOutOfBandByteDoesNotEndTheWaitOfAWriter) {
  AlarmAWriter();
  sets_ = {{}, {ends_.client}, {}};
  const absl::Time before = absl::Now();
  EXPECT_EQ(Select(absl::Milliseconds(20)), 0);
  // Less a tick of Windows' clock.
  EXPECT_GE(absl::Now() - before, absl::Milliseconds(4));
}

TEST_F(WindowsSelectCallsTest, AnOutOfBandByteIsStillToldToAWriterWhoAsks) {
  AlarmAWriter();
  sets_ = {{}, {ends_.client}, {ends_.client}};
  EXPECT_EQ(Select(absl::InfiniteDuration()), 1);
  EXPECT_EQ(sets_.write, Fds{});
  EXPECT_EQ(sets_.except, Fds{ends_.client});
}

TEST_F(WindowsSelectCallsTest, AFailedConnectIsToldBesideAnAlarmedWriter) {
  AlarmAWriter();
  const int fd = NewTcp();
  ASSERT_EQ(calls_.Connect(fd, NameOf(NewBound())), -EINPROGRESS);
  sets_ = {{}, {ends_.client, fd}, {}};
  EXPECT_EQ(Select(absl::InfiniteDuration()), 1);
  EXPECT_EQ(sets_.write, Fds{fd});
}

// What tells the one from the other.
TEST_F(WindowsSelectCallsTest, OnlyAFailedConnectHasNoPeer) {
  AlarmAWriter();
  const int fd = NewTcp();
  ASSERT_EQ(calls_.Connect(fd, NameOf(NewBound())), -EINPROGRESS);
  sets_ = {{}, {fd}, {}};
  ASSERT_EQ(Select(absl::InfiniteDuration()), 1);
  SocketAddress peer;
  EXPECT_EQ(calls_.GetPeerName(ends_.client, &peer), 0);
  EXPECT_EQ(calls_.GetPeerName(fd, &peer), -ENOTCONN);
}

// --- The limit --------------------------------------------------------------

TEST_F(WindowsSelectCallsTest, ASetHasRoomForManyDescriptorsOfAnyNumber) {
  EXPECT_TRUE(select_.HasRoom(1'000'000, kSelectSetSize - 1));
  EXPECT_FALSE(select_.HasRoom(4, kSelectSetSize));
}

TEST_F(WindowsSelectCallsTest, MoreThanASetHasRoomForAreInvalid) {
  for (int i = 0; i <= kSelectSetSize; ++i) sets_.read.push_back(4 * i + 4);
  EXPECT_EQ(Select(), -EINVAL);
}

TEST_F(WindowsSelectCallsTest, ANegativeDescriptorIsInvalid) {
  sets_.read = {-1};
  EXPECT_EQ(Select(), -EINVAL);
}

TEST_F(WindowsSelectCallsTest, WaitsForMoreThanSixtyFour) {
  for (int i = 0; i < 100; ++i) sets_.read.push_back(NewUdp());
  const int last = sets_.read.back();
  const int sender = NewUdp();
  ASSERT_EQ(calls_.Connect(sender, NameOf(last)), 0);
  ASSERT_EQ(calls_.Send(sender, "x", 0), 1);
  EXPECT_EQ(Select(absl::InfiniteDuration()), 1);
  EXPECT_EQ(sets_.read, Fds{last});
}

// --- The timeout ------------------------------------------------------------

TEST_F(WindowsSelectCallsTest, ANegativeTimeoutIsInvalidAndATinyOneIsNot) {
  sets_.read = {ends_.client};
  EXPECT_EQ(Select(-absl::Nanoseconds(1)), -EINVAL);
  EXPECT_EQ(Select(absl::Nanoseconds(1) / 4), 0);
}

TEST_F(WindowsSelectCallsTest, WithoutDescriptorsItSleeps) {
  const absl::Time before = absl::Now();
  EXPECT_EQ(Select(absl::Milliseconds(20)), 0);
  // Less a tick of Windows' clock.
  EXPECT_GE(absl::Now() - before, absl::Milliseconds(4));
}

TEST_F(WindowsSelectCallsTest, AWaitForEverEndsWithAnEvent) {
  sets_.write = {ends_.client};
  EXPECT_EQ(Select(absl::InfiniteDuration()), 1);
}

}  // namespace
}  // namespace cloche

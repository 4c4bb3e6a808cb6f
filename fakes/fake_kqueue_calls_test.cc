// kevent by the BSDs' rules: changes, receipts, room, timeouts, faults.

#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include "cloche/fakes/errno_table.h"
#include "cloche/fakes/fake_kqueue_test.h"
#include "cloche/testing/kqueue_receipts.h"

namespace cloche {
namespace {

class FakeKqueueCallsTest : public FakeKqueueTest {
 protected:
  static KernelEvent Add(int fd, int flags = 0) {
    return {.ident = fd,
            .filter = kRead,
            .flags = static_cast<uint16_t>(kEvAdd | flags)};
  }
  static KernelEvent Delete(int fd) {
    return {.ident = fd, .filter = kRead, .flags = kEvDelete};
  }
  // A call with these changes and room for `room` events.
  int Kevent(std::vector<KernelEvent> changes, size_t room,
             absl::Duration timeout = absl::ZeroDuration()) {
    return calls_of_kqueue_.Kevent(
        kqueue_, changes, absl::MakeSpan(events_.data(), room), timeout);
  }
  // What the last call stored.
  std::string Stored(int count) {
    return Text(absl::MakeConstSpan(events_.data(), count));
  }
  // A socket with "abc" to read.
  int NewReadable() {
    const Ends ends = Connect();
    calls_.Send(ends.server, "abc", 0);
    return ends.client;
  }
  absl::Duration Passed() { return clock_.Now() - FakeClock::Start(); }

  std::array<KernelEvent, 8> events_;
};

// --- Changes in the event list ----------------------------------------------

TEST_F(FakeKqueueCallsTest, OneCallChangesAndThenReports) {
  ASSERT_EQ(Kevent({Add(NewReadable())}, 8), 1);
  EXPECT_EQ(Stored(1), "READ 3");
}

TEST_F(FakeKqueueCallsTest, AReceiptHasErrorForFlagsAndNoOther) {
  ASSERT_EQ(Kevent({Add(NewReadable(), kEvReceipt)}, 8), 1);
  EXPECT_EQ(events_[0].flags, kEvError);
}

TEST_F(FakeKqueueCallsTest, OnMacOsErrorIsABitAmongTheFlagsOfTheChange) {
  host_.kqueue().set_receipts(ReceiptFlags::kErrorAdded);
  ASSERT_EQ(Kevent({Add(NewReadable(), kEvReceipt)}, 8), 1);
  EXPECT_EQ(events_[0].flags, kEvAdd | kEvReceipt | kEvError);
}

TEST_F(FakeKqueueCallsTest, AnErrorWithoutASlotEndsTheCallAndTheBatch) {
  const int fd = NewReadable();
  EXPECT_EQ(Kevent({Delete(fd), Add(fd)}, 0), -ENOENT);
  EXPECT_EQ(Now(), "nothing");
}

TEST_F(FakeKqueueCallsTest, ACallWithoutRoomForEventsDoesNotWait) {
  EXPECT_EQ(Kevent({Add(NewListener(host_))}, 0, absl::InfiniteDuration()), 0);
}

// --- Receipts, of the BSDs and of macOS -------------------------------------

class FakeKqueueReceipts : public FakeKqueueCallsTest,
                           public ::testing::WithParamInterface<ReceiptFlags> {
 protected:
  FakeKqueueReceipts() { host_.kqueue().set_receipts(GetParam()); }
};

TEST_P(FakeKqueueReceipts, AnErrorTakesASlotAndTheOtherChangesAreApplied) {
  const int fd = NewReadable();
  ASSERT_EQ(Kevent({Delete(fd), Add(fd)}, 8), 1);
  EXPECT_EQ(Stored(1), "EV_ERROR ENOENT");
  EXPECT_EQ(events_[0].ident, fd);
  EXPECT_EQ(Now(), "READ 3");
}

TEST_P(FakeKqueueReceipts, AReceiptTakesASlotAndSuppressesTheScan) {
  const int fd = NewReadable();
  ASSERT_EQ(Kevent({Add(fd, kEvReceipt)}, 8, absl::InfiniteDuration()), 1);
  EXPECT_EQ(Stored(1), "receipt");
  EXPECT_EQ(Now(), "READ 3");
}

TEST_P(FakeKqueueReceipts, SlotsAreFilledFromTheFrontAndThenTheBatchEnds) {
  const int fd = NewReadable();
  EXPECT_EQ(Kevent({Delete(fd), Delete(999), Add(fd)}, 1), -EBADF);
  EXPECT_EQ(Stored(1), "EV_ERROR ENOENT");
  EXPECT_EQ(Now(), "nothing");
}

INSTANTIATE_WITH_ALL_RECEIPTS(FakeKqueueReceipts);

// --- Descriptors ------------------------------------------------------------

TEST_F(FakeKqueueCallsTest, WhatIsNoKqueueIsABadDescriptor) {
  const auto kevent = [&](int fd) {
    return calls_of_kqueue_.Kevent(fd, {}, absl::MakeSpan(events_),
                                   absl::ZeroDuration());
  };
  EXPECT_EQ(kevent(NewTcp(host_)), -EBADF);
  EXPECT_EQ(kevent(999), -EBADF);
  EXPECT_EQ(calls_of_kqueue_.KqueueClose(kqueue_), 0);
  EXPECT_EQ(kevent(kqueue_), -EBADF);
}

TEST_F(FakeKqueueCallsTest, AKqueueDoesNotWatchItself) {
  EXPECT_EQ(Kevent({Add(kqueue_)}, 0), -EINVAL);
}

// --- Waiting ----------------------------------------------------------------

TEST_F(FakeKqueueCallsTest, ATimeoutPassesInVirtualTime) {
  EXPECT_EQ(Kevent({Add(NewListener(host_))}, 8, absl::Hours(1)), 0);
  EXPECT_EQ(Passed(), absl::Hours(1));
}

TEST_F(FakeKqueueCallsTest, AWaitEndsWithAnEventThatIsOne) {
  const Ends ends = Connect();
  network_.At(clock_.Now() + absl::Seconds(1),
              [&] { calls_.Send(ends.server, "!", kSendOutOfBand); });
  network_.At(clock_.Now() + absl::Seconds(2),
              [&] { calls_.Send(ends.server, "abc", 0); });
  ASSERT_EQ(Kevent({Add(ends.client)}, 8, absl::InfiniteDuration()), 1);
  EXPECT_EQ(Stored(1), "READ 3");
  EXPECT_EQ(Passed(), absl::Seconds(2));
}

TEST_F(FakeKqueueCallsTest, WaitingForEverForNothingIsADeadlock) {
  EXPECT_EQ(Kevent({Add(NewListener(host_))}, 8, absl::InfiniteDuration()),
            -EDEADLK);
}

TEST_F(FakeKqueueCallsTest, ATimeoutBelowZeroIsInvalidAfterTheChanges) {
  EXPECT_EQ(Kevent({Add(NewReadable())}, 8, absl::Nanoseconds(-1)), -EINVAL);
  EXPECT_EQ(Now(), "READ 3");
}

TEST_F(FakeKqueueCallsTest, AnInterruptedCallHasAppliedItsChanges) {
  const int listener = NewListener(host_);
  host_.FailCall(CallKind::kKevent, EINTR);
  EXPECT_EQ(Kevent({Add(listener)}, 8, absl::InfiniteDuration()), -EINTR);
  // There is something to delete.
  EXPECT_EQ(Change(listener, kRead, kEvDelete), 0);
}

TEST_F(FakeKqueueCallsTest, MemoryRunsOutForOneKnoteAndTheOthersAreMade) {
  const Ends ends = Connect();
  calls_.Send(ends.server, "abc", 0);
  host_.FailCall(CallKind::kKeventAdd, ENOMEM);
  ASSERT_EQ(Kevent({Add(ends.server), Add(ends.client)}, 8), 1);
  EXPECT_EQ(Stored(1), "EV_ERROR ENOMEM");
  EXPECT_EQ(events_[0].ident, ends.server);
  EXPECT_EQ(Now(), "READ 3");
}

TEST_F(FakeKqueueCallsTest, AKnoteThatIsThereNeedsNoMemoryToBeChanged) {
  const int fd = NewReadable();
  ASSERT_EQ(Kevent({Add(fd)}, 0), 0);
  host_.FailCall(CallKind::kKeventAdd, ENOMEM);
  ASSERT_EQ(Kevent({Add(fd)}, 8), 1);
  EXPECT_EQ(Stored(1), "READ 3");
}

TEST_F(FakeKqueueCallsTest, AFalseAlarmIsReportedOnce) {
  const Ends ends = Connect();
  EXPECT_EQ(Kevent({Add(ends.server)}, 8), 0);
  host_.faults().Add({.kind = CallKind::kRecv, .spurious = true});
  EXPECT_EQ(Receive(ends.server), Errno(EAGAIN));
  EXPECT_EQ(Kevent({}, 8, absl::Seconds(1)), 1);
  EXPECT_EQ(Kevent({}, 8, absl::Seconds(1)), 0);
}

TEST_F(FakeKqueueCallsTest, AFalseAlarmOfBothHalvesIsReportedByBoth) {
  const Ends ends = Connect();
  while (calls_.Send(ends.server, std::string(10000, 'x'), 0) > 0) {
  }
  const KernelEvent write = {.ident = ends.server,
                             .filter = KernelFilter::kWrite,
                             .flags = kEvAdd | kEvClear};
  EXPECT_EQ(Kevent({write, Add(ends.server, kEvClear)}, 8), 0);
  host_.descriptors().Find(ends.server)->PretendReady(kEpollIn | kEpollOut);
  EXPECT_EQ(Kevent({}, 8), 2);
  EXPECT_EQ(Kevent({}, 8), 0);
}

}  // namespace
}  // namespace cloche

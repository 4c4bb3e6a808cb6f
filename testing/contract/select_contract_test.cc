// Contract: select(2). What it says of which state of a socket is in
// readiness_table_test.cc; here is how it goes about it.

#include <cerrno>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "cloche/calls/select_calls.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/testing/contract/system_call_contract.h"

namespace cloche {
namespace {

using Fds = std::vector<int>;

class SelectContract : public SystemCallContract {
 protected:
  int Select(SelectSets sets, absl::Duration timeout = absl::ZeroDuration()) {
    sets_ = std::move(sets);
    return select_.Select(sets_, timeout);
  }
  int Wait(SelectSets sets) {
    return Select(std::move(sets), kContractPatience);
  }

  SelectSets sets_;  // What the last call left.
};

// --- The three sets ---------------------------------------------------------

TEST_P(SelectContract, OnlyWhatIsReadyIsLeftInItsSet) {
  const Ends ends = Connect();
  calls_.Send(ends.server, "x", 0);
  ASSERT_TRUE(Becomes(ends.client, "IN|OUT"));
  const Fds both = {ends.client, ends.server};
  EXPECT_EQ(Select({both, both, both}), 3);
  EXPECT_EQ(sets_.read, Fds{ends.client});
  EXPECT_EQ(sets_.write, both);
  EXPECT_EQ(sets_.except, Fds{});
}

TEST_P(SelectContract, WhatIsLeftIsInAscendingOrderAndThereOnce) {
  const Ends ends = Connect();
  Fds fds = {ends.client, ends.server};
  if (fds[0] > fds[1]) std::swap(fds[0], fds[1]);
  EXPECT_EQ(Select({{}, {fds[1], fds[0], fds[1]}, {}}), 2);
  EXPECT_EQ(sets_.write, fds);
}

TEST_P(SelectContract, AnErrorIsReadableAndWritableAndNoException) {
  const Ends ends = Connect();
  Reset(ends.server);
  ASSERT_TRUE(Becomes(ends.client, "IN|OUT|RDHUP|ERR|HUP"));
  EXPECT_EQ(Select({{ends.client}, {ends.client}, {ends.client}}), 2);
  EXPECT_EQ(sets_.except, Fds{});
}

TEST_P(SelectContract, AnOutOfBandByteIsAnExceptionAndNotReadable) {
  const Ends ends = Connect();
  calls_.Send(ends.server, "!", kSendOutOfBand);
  EXPECT_EQ(Wait({{ends.client}, {}, {ends.client}}), 1);
  EXPECT_EQ(sets_.except, Fds{ends.client});
}

TEST_P(SelectContract, AnEndOfStreamIsReadable) {
  const Ends ends = Connect();
  calls_.Shutdown(ends.server, ShutdownHow::kWrite);
  EXPECT_EQ(Wait({{ends.client}, {}, {ends.client}}), 1);
  EXPECT_EQ(sets_.read, Fds{ends.client});
}

TEST_P(SelectContract, AnEpollSetIsReadableWhenItHasSomethingToReport) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollIn);
  EXPECT_EQ(Select({{epoll}, {}, {}}), 0);
  calls_.Send(ends.server, "x", 0);
  EXPECT_EQ(Wait({{epoll}, {}, {}}), 1);
}

// --- Mistakes ---------------------------------------------------------------

TEST_P(SelectContract, AClosedDescriptorFailsTheWholeCallAndLeavesTheSets) {
  const Ends ends = Connect();
  const int closed = NewTcp();
  calls_.Close(closed);
  EXPECT_EQ(Select({{}, {ends.client}, {closed}}), -EBADF);
  EXPECT_EQ(sets_.write, Fds{ends.client});
  EXPECT_EQ(sets_.except, Fds{closed});
}

TEST_P(SelectContract, ADescriptorWithoutABitIsInvalid) {
  EXPECT_EQ(Select({{-1}, {}, {}}), -EINVAL);
  EXPECT_EQ(Select({{}, {kSelectSetSize}, {}}), -EINVAL);
}

TEST_P(SelectContract, ATimeoutBelowZeroIsInvalid) {
  EXPECT_EQ(Select({}, absl::Nanoseconds(-1)), -EINVAL);
  EXPECT_EQ(Select({}, -absl::InfiniteDuration()), -EINVAL);
}

// --- Waiting ----------------------------------------------------------------

TEST_P(SelectContract, AWaitWithNothingToReportEndsAtItsTimeoutAndNotBefore) {
  const int listener = NewListener();
  const absl::Time before = kernel_->clock().Now();
  EXPECT_EQ(Select({{listener}, {}, {}}, absl::Microseconds(1500)), 0);
  EXPECT_GE(kernel_->clock().Now() - before, absl::Microseconds(1500));
  EXPECT_EQ(sets_.read, Fds{});
}

INSTANTIATE_ON_EVERY_KERNEL(SelectContract);

}  // namespace
}  // namespace cloche

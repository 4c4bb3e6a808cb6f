// Contract: poll(2). What it reports of which state of a socket is in
// readiness_table_test.cc; here is how it goes about it.

#include <cerrno>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/calls/poll_calls.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/testing/contract/system_call_contract.h"

namespace cloche {
namespace {

class PollContract : public SystemCallContract {
 protected:
  // What a poll of one entry that does not wait reports of it.
  int Reported(int fd, int interest) {
    PollEntry entry{fd, static_cast<int16_t>(interest)};
    const int count =
        poll_.Poll(absl::MakeSpan(&entry, 1), absl::ZeroDuration());
    EXPECT_EQ(count, entry.reported == 0 ? 0 : 1);
    return entry.reported;
  }
  int Wait(PollEntry& entry, absl::Duration timeout = kContractPatience) {
    return poll_.Poll(absl::MakeSpan(&entry, 1), timeout);
  }
};

// --- What is reported -------------------------------------------------------

TEST_P(PollContract, OnlyWhatWasAskedForIsReported) {
  const Ends ends = Connect();
  calls_.Send(ends.server, "x", 0);
  ASSERT_TRUE(Becomes(ends.client, "IN|OUT"));
  EXPECT_EQ(Reported(ends.client, kPollIn | kPollOut), kPollIn | kPollOut);
  EXPECT_EQ(Reported(ends.client, kPollOut), kPollOut);
  EXPECT_EQ(Reported(ends.client, 0), 0);
}

TEST_P(PollContract, ErrorsAndHangUpsAreReportedUnasked) {
  const Ends ends = Connect();
  Reset(ends.server);
  ASSERT_TRUE(Becomes(ends.client, "IN|OUT|RDHUP|ERR|HUP"));
  EXPECT_EQ(Reported(ends.client, 0), kPollErr | kPollHup);
}

TEST_P(PollContract, WhatIsTrueIsReportedByEveryCall) {
  const Ends ends = Connect();
  calls_.Send(ends.server, "x", 0);
  ASSERT_TRUE(Becomes(ends.client, "IN|OUT"));
  EXPECT_EQ(Reported(ends.client, kPollIn), kPollIn);
  EXPECT_EQ(Reported(ends.client, kPollIn), kPollIn);
  Receive(ends.client);
  EXPECT_EQ(Reported(ends.client, kPollIn), 0);
}

TEST_P(PollContract, APeersFinIsReportedToWhoAsksForIt) {
  const Ends ends = Connect();
  calls_.Shutdown(ends.server, ShutdownHow::kWrite);
  PollEntry entry{ends.client, kPollRdHup};
  EXPECT_EQ(Wait(entry), 1);
  EXPECT_EQ(entry.reported, kPollRdHup);
}

TEST_P(PollContract, AnOutOfBandByteIsAPriorityEvent) {
  const Ends ends = Connect();
  calls_.Send(ends.server, "!", kSendOutOfBand);
  PollEntry entry{ends.client, kPollIn | kPollPri};
  EXPECT_EQ(Wait(entry), 1);
  EXPECT_EQ(entry.reported, kPollPri);
}

TEST_P(PollContract, AnEpollSetIsReadableWhenItHasSomethingToReport) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollIn);
  EXPECT_EQ(Reported(epoll, kPollIn), 0);
  calls_.Send(ends.server, "x", 0);
  PollEntry entry{epoll, kPollIn};
  EXPECT_EQ(Wait(entry), 1);
}

// --- Descriptors that are none ----------------------------------------------

TEST_P(PollContract, AClosedDescriptorIsReportedAndNoError) {
  const int closed = NewTcp();
  calls_.Close(closed);
  EXPECT_EQ(Reported(closed, kPollIn), kPollNval);
  EXPECT_EQ(Reported(closed, 0), kPollNval);
}

TEST_P(PollContract, ANegativeDescriptorIsSkipped) {
  PollEntry entry{-1, kPollIn, kPollIn};
  EXPECT_EQ(Wait(entry, absl::ZeroDuration()), 0);
  EXPECT_EQ(entry.reported, 0);
}

// --- Several ----------------------------------------------------------------

TEST_P(PollContract, TheResultCountsEntriesThatReportSomething) {
  const Ends ends = Connect();
  const int closed = NewTcp();
  calls_.Close(closed);
  PollEntry entries[] = {{ends.client, kPollOut},
                         {ends.client, kPollIn},
                         {ends.client, kPollIn | kPollOut},
                         {-1, kPollOut},
                         {closed, 0}};
  EXPECT_EQ(poll_.Poll(absl::MakeSpan(entries), absl::ZeroDuration()), 3);
  EXPECT_EQ(entries[0].reported, kPollOut);
  EXPECT_EQ(entries[1].reported, 0);
  EXPECT_EQ(entries[2].reported, kPollOut);
  EXPECT_EQ(entries[3].reported, 0);
  EXPECT_EQ(entries[4].reported, kPollNval);
}

TEST_P(PollContract, MoreEntriesThanDescriptorsMayBeOpenAreInvalid) {
  kernel_->SetDescriptorLimit(20);
  std::vector<PollEntry> entries(20);
  const auto poll = [&] {
    return poll_.Poll(absl::MakeSpan(entries), absl::ZeroDuration());
  };
  EXPECT_EQ(poll(), 0);
  entries.resize(21);
  EXPECT_EQ(poll(), -EINVAL);
  kernel_->ResetDescriptorLimit();
}

// --- Waiting ----------------------------------------------------------------

TEST_P(PollContract, AWaitWithNothingToReportEndsAtItsTimeoutAndNotBefore) {
  PollEntry entry{NewListener(), kPollIn, kPollIn};
  const absl::Time before = kernel_->clock().Now();
  EXPECT_EQ(Wait(entry, absl::Microseconds(1500)), 0);
  EXPECT_GE(kernel_->clock().Now() - before, absl::Microseconds(1500));
  EXPECT_EQ(entry.reported, 0);
}

TEST_P(PollContract, ATimeoutBelowZeroIsInvalid) {
  PollEntry entry{NewListener(), kPollIn};
  EXPECT_EQ(Wait(entry, absl::Nanoseconds(-1)), -EINVAL);
  EXPECT_EQ(Wait(entry, -absl::InfiniteDuration()), -EINVAL);
}

INSTANTIATE_ON_EVERY_KERNEL(PollContract);

}  // namespace
}  // namespace cloche

// poll on the fake kernel: what only it can be asked, which is time, faults and
// deadlock. What poll reports is in testing/contract/poll_contract_test.cc.

#include <cerrno>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/calls/poll_calls.h"
#include "cloche/fakes/errno_table.h"
#include "cloche/fakes/fake_kernel_test.h"

namespace cloche {
namespace {

class FakePoll : public FakeKernelTest {
 protected:
  int Poll(PollEntry& entry, absl::Duration timeout) {
    return poll_.Poll(absl::MakeSpan(&entry, 1), timeout);
  }
  absl::Duration Passed() { return clock_.Now() - FakeClock::Start(); }

  PollCalls& poll_ = host_.poll();
};

TEST_F(FakePoll, ATimeoutPassesInVirtualTimeToTheNanosecond) {
  PollEntry entry{NewListener(host_), kPollIn};
  EXPECT_EQ(Poll(entry, absl::Hours(1) + absl::Nanoseconds(1)), 0);
  EXPECT_EQ(Passed(), absl::Hours(1) + absl::Nanoseconds(1));
}

TEST_F(FakePoll, AWaitEndsWhenTheNetworkDeliversWhatItWaitsFor) {
  PollEntry entry{NewListener(server_), kPollIn};
  NewConnecting(client_, server_.Address(AddressFamily::kIpv4, 80));
  EXPECT_EQ(
      server_.poll().Poll(absl::MakeSpan(&entry, 1), absl::InfiniteDuration()),
      1);
  EXPECT_EQ(entry.reported, kPollIn);
  EXPECT_EQ(Passed(), absl::Milliseconds(3));  // A whole handshake.
}

TEST_F(FakePoll, AWakeThatMeansNothingDoesNotEndTheWait) {
  const Ends ends = Connect();
  network_.At(clock_.Now() + absl::Seconds(1),
              [&] { calls_.Send(ends.server, "x", 0); });
  PollEntry entry{ends.client, kPollRdHup};
  EXPECT_EQ(Poll(entry, absl::Seconds(2)), 0);
  EXPECT_EQ(Passed(), absl::Seconds(2));
}

TEST_F(FakePoll, AFinThatComesLaterEndsTheWait) {
  const Ends ends = Connect();
  network_.At(clock_.Now() + absl::Seconds(1),
              [&] { calls_.Shutdown(ends.server, ShutdownHow::kWrite); });
  PollEntry entry{ends.client, kPollIn};
  EXPECT_EQ(Poll(entry, absl::Seconds(5)), 1);
  EXPECT_EQ(Passed(), absl::Seconds(1));
}

TEST_F(FakePoll, WaitingForEverForNothingIsADeadlock) {
  PollEntry entry{NewListener(host_), kPollIn};
  EXPECT_EQ(Poll(entry, absl::InfiniteDuration()), -EDEADLK);
}

TEST_F(FakePoll, ADescriptorThatIsClosedMeanwhileIsWaitedForAsBefore) {
  const Ends ends = Connect();
  const absl::Time soon = clock_.Now() + absl::Seconds(1);
  network_.At(soon, [&] { calls_.Close(ends.listener); });
  PollEntry entry{ends.listener, kPollIn};
  EXPECT_EQ(Poll(entry, absl::Seconds(5)), 0);
}

TEST_F(FakePoll, AnInterruptedWaitReportsNothing) {
  const Ends ends = Connect();
  host_.FailCall(CallKind::kPoll, EINTR);
  PollEntry entry{ends.client, kPollIn};
  EXPECT_EQ(Poll(entry, absl::InfiniteDuration()), -EINTR);
  EXPECT_EQ(entry.reported, 0);
  EXPECT_EQ(Poll(entry, absl::InfiniteDuration()), -EDEADLK);
  EXPECT_EQ(host_.CallCount(CallKind::kPoll), 2u);
}

TEST_F(FakePoll, WhatNeedNotWaitIsNotInterrupted) {
  const Ends ends = Connect();
  host_.faults().Add({.kind = CallKind::kPoll, .times = 3, .error = EINTR});
  PollEntry writable{ends.client, kPollOut};
  EXPECT_EQ(Poll(writable, absl::InfiniteDuration()), 1);
  PollEntry idle{ends.client, kPollIn};
  EXPECT_EQ(Poll(idle, absl::ZeroDuration()), 0);
}

TEST_F(FakePoll, AFalseAlarmIsReportedOnce) {
  const Ends ends = Connect();
  host_.faults().Add({.kind = CallKind::kRecv, .spurious = true});
  EXPECT_EQ(Receive(ends.server), Errno(EAGAIN));
  PollEntry entry{ends.server, kPollIn};
  EXPECT_EQ(Poll(entry, absl::Seconds(1)), 1);
  EXPECT_EQ(entry.reported, kPollIn);
  EXPECT_EQ(Poll(entry, absl::Seconds(1)), 0);
}

// As epoll does: whoever saw it full is to be woken when it is not any more.
TEST_F(FakePoll, AWriterThatIsFullWakesWhenTheReaderMakesSpace) {
  const Ends ends = Connect();
  SetOption(ends.client, SocketOption::kSendBuffer, 8192);
  while (calls_.Send(ends.client, std::string(4096, 'x'), 0) > 0) continue;
  network_.At(clock_.Now() + absl::Seconds(1),
              [&] { Receive(ends.server, 1 << 20); });
  PollEntry entry{ends.client, kPollOut};
  EXPECT_EQ(Poll(entry, absl::InfiniteDuration()), 1);
  EXPECT_EQ(entry.reported, kPollOut);
}

}  // namespace
}  // namespace cloche

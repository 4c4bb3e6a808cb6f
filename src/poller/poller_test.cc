// All pollers over the fake kernel: what happens to them when calls fail, when
// time passes, and at their own end. What they report of healthy sockets, on
// real kernels as well: testing/contract/poller_contract_test.cc.

#include "cloche/poller/poller.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/fakes/fake_kernel_test.h"
#include "cloche/testing/backend_kinds.h"
#include "cloche/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::IsEmpty;

constexpr absl::StatusCode kExhausted = absl::StatusCode::kResourceExhausted;

class PollerTest : public FakeKernelTest,
                   public ::testing::WithParamInterface<BackendKind> {
 protected:
  // How many events a wait stores, or its error.
  int Wait(absl::Duration timeout) {
    return poller_->Wait(absl::MakeSpan(events_), timeout);
  }
  int WaitForEver() { return Wait(absl::InfiniteDuration()); }

  std::unique_ptr<Poller> poller_ =
      NewPoller(GetParam(), host_.kernel_calls()).value();
  std::array<PollEvent, 8> events_;
};

TEST_P(PollerTest, WaitsInTheEndForNothing) {
  EXPECT_EQ(WaitForEver(), -EDEADLK);
}

TEST_P(PollerTest, TakesAnInterruptionForTheEndOfTheWait) {
  host_.FailCall(WaitCallOf(GetParam()), EINTR);
  EXPECT_EQ(WaitForEver(), 0);
}

// epoll's is in milliseconds; none is cut short.
TEST_P(PollerTest, WaitsUntilTheTimeIsUpAndLessThanAMillisecondLonger) {
  EXPECT_EQ(Wait(absl::Microseconds(2400)), 0);
  EXPECT_GE(clock_.Now(), FakeClock::Start() + absl::Microseconds(2400));
  EXPECT_LE(clock_.Now(), FakeClock::Start() + absl::Milliseconds(3));
}

TEST_P(PollerTest, ReportsAnUnaskedErrorToSomeoneWhoReads) {
  const Ends ends = Connect();
  SetOption(ends.server, SocketOption::kLinger, 0);
  ASSERT_EQ(poller_->Add(ends.client, kPollReadable, 11), 0);
  calls_.Close(ends.server);
  EXPECT_EQ(WaitForEver(), 1);
  EXPECT_EQ(events_[0].token, 11u);
}

TEST_P(PollerTest, ReportsTheOthersWhileOneThatWasClosedIsStillThere) {
  const Ends ends = Connect();
  const int closed = NewTcp(host_);
  ASSERT_EQ(poller_->Add(closed, kPollReadable, 11), 0);
  ASSERT_EQ(poller_->Add(ends.client, kPollReadable, 22), 0);
  calls_.Close(closed);
  calls_.Send(ends.server, "x", 0);
  const int count = WaitForEver();
  EXPECT_TRUE(std::any_of(events_.begin(), events_.begin() + count,
                          [](const PollEvent& e) { return e.token == 22; }));
}

TEST_P(PollerTest, TakesAWakeBesideADescriptorThatWasClosed) {
  const int closed = NewTcp(host_);
  ASSERT_EQ(poller_->Add(closed, kPollReadable, 11), 0);
  calls_.Close(closed);
  poller_->Wake();
  WaitForEver();
  poller_->Remove(closed);
  EXPECT_EQ(WaitForEver(), -EDEADLK);
}

// --- Wake -------------------------------------------------------------------

TEST_P(PollerTest, IsWokenInTheMiddleOfAWait) {
  network_.At(clock_.Now() + absl::Seconds(1), [&] { poller_->Wake(); });
  EXPECT_EQ(WaitForEver(), 0);
  EXPECT_EQ(clock_.Now(), FakeClock::Start() + absl::Seconds(1));
}

TEST_P(PollerTest, IsWokenByAThousandWakesOnce) {
  for (int i = 0; i < 1000; ++i) poller_->Wake();
  EXPECT_EQ(WaitForEver(), 0);
  EXPECT_LE(host_.CallCount(CallKind::kDrainWake), 1u);
  EXPECT_EQ(WaitForEver(), -EDEADLK);
}

TEST_P(PollerTest, LosesNoWakeThatIsInterrupted) {
  host_.FailCall(CallKind::kSignalWake, EINTR);
  host_.FailCall(CallKind::kKevent, EINTR);
  poller_->Wake();
  EXPECT_EQ(WaitForEver(), 0);
}

TEST_P(PollerTest, LosesNoWakeAfterADrainThatIsInterrupted) {
  host_.FailCall(CallKind::kDrainWake, EINTR);
  poller_->Wake();
  EXPECT_EQ(WaitForEver(), 0);
  poller_->Wake();
  EXPECT_EQ(WaitForEver(), 0);
}

// --- Opening and closing ----------------------------------------------------

TEST_P(PollerTest, ClosesWhatItOpened) {
  EXPECT_FALSE(host_.OpenDescriptors().empty());
  poller_ = nullptr;
  EXPECT_THAT(host_.OpenDescriptors(), IsEmpty());
}

struct Failure {
  CallKind call;
  int error;
  const char* message;
};

// Each call that making one takes, and what is said when it fails.
std::vector<Failure> FailuresOf(BackendKind kind) {
  const Failure wake = {CallKind::kOpenWake, EMFILE, "eventfd: EMFILE"};
  switch (kind) {
    case BackendKind::kEpoll:
    case BackendKind::kEpollLevel:
      return {
          {CallKind::kEpollCreate1, EMFILE, "epoll_create1: EMFILE"},
          wake,
          {CallKind::kEpollCtl, ENOSPC, "epoll_ctl(ADD, the wake fd): ENOSPC"}};
    case BackendKind::kIocp:
      break;
    case BackendKind::kKqueue:
      return {{CallKind::kKqueue, EMFILE, "kqueue: EMFILE"}};
    case BackendKind::kPoll:
    case BackendKind::kSelect:
      return {wake};
    case BackendKind::kIoUring:  // It has no poller.
      break;
  }
  return {};
}

TEST_P(PollerTest, SaysWhereItCannotBeMadeAndLeavesNothingOpen) {
  poller_ = nullptr;
  for (const Failure& failure : FailuresOf(GetParam())) {
    host_.FailCall(failure.call, failure.error);
    EXPECT_THAT(NewPoller(GetParam(), host_.kernel_calls()),
                StatusIs(kExhausted, failure.message));
    EXPECT_THAT(host_.OpenDescriptors(), IsEmpty());
  }
}

INSTANTIATE_ON_FAKE_POLLERS(PollerTest);

}  // namespace
}  // namespace cloche

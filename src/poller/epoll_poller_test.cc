// EpollPoller over a recorder: the very bits and timeouts that it asks for.
// What it has in common with all pollers: poller/poller_test.cc, and
// testing/contract/poller_contract_test.cc.

#include "cloche/poller/epoll_poller.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "cloche/fakes/fake_kernel_test.h"
#include "cloche/testing/epoll_text.h"
#include "cloche/testing/poller_text.h"
#include "gmock/gmock.h"

namespace cloche {
namespace {

// --- Over a recorder --------------------------------------------------------

// Writes down what epoll is asked for, and answers as it is told to.
class RecordingEpoll final : public EpollCalls {
 public:
  int EpollCreate1() override { return 50; }
  int EpollCtl(int, EpollCtlOp op, int fd, const EpollEvent* event) override {
    last_op = op;
    last_fd = fd;
    last_event = event != nullptr ? *event : EpollEvent();
    return 0;
  }
  int EpollWait(int, absl::Span<EpollEvent> events, int timeout_ms) override {
    last_room = events.size();
    last_timeout_ms = timeout_ms;
    std::copy(next_events.begin(), next_events.end(), events.begin());
    return next_result;
  }
  int EpollClose(int) override { return 0; }

  EpollCtlOp last_op = EpollCtlOp::kAdd;
  int last_fd = -1;
  EpollEvent last_event;
  size_t last_room = 0;
  int last_timeout_ms = -2;
  std::vector<EpollEvent> next_events;
  int next_result = 0;
};

class SilentWake final : public WakeCalls {
 public:
  int OpenWake() override { return 51; }
  int SignalWake(int) override { return 0; }
  int DrainWake(int) override { return 0; }
  int CloseWake(int) override { return 0; }
};

class EpollPollerAsks : public ::testing::Test {
 protected:
  std::unique_ptr<EpollPoller> NewPoller(EpollTrigger trigger) {
    return EpollPoller::Create(epoll_, wake_, trigger).value();
  }
  // The bits that a level-triggered poller asks for.
  std::string BitsFor(uint8_t interest) {
    level_->Add(7, interest, 0);
    return EpollText(epoll_.last_event.events);
  }
  int MillisecondsFor(absl::Duration timeout) {
    edge_->Wait(absl::MakeSpan(events_), timeout);
    return epoll_.last_timeout_ms;
  }
  // What a wait makes of an event with these bits.
  std::string FlagsFrom(uint32_t bits) {
    epoll_.next_events = {{bits, 1}};
    epoll_.next_result = 1;
    EXPECT_EQ(edge_->Wait(absl::MakeSpan(events_), absl::ZeroDuration()), 1);
    return PollerText(events_[0].flags);
  }

  RecordingEpoll epoll_;
  SilentWake wake_;
  std::unique_ptr<EpollPoller> level_ = NewPoller(EpollTrigger::kLevel);
  std::unique_ptr<EpollPoller> edge_ = NewPoller(EpollTrigger::kEdge);
  std::array<PollEvent, 4> events_;
};

// RDHUP stays true once it is: a writer who asked for it would spin.
TEST_F(EpollPollerAsks, ForThePeersFinTogetherWithDataAndNeverElse) {
  EXPECT_EQ(BitsFor(kPollReadable), "IN|RDHUP");
  EXPECT_EQ(BitsFor(kPollWritable), "OUT");
  EXPECT_EQ(BitsFor(kPollPriority), "PRI");
  EXPECT_EQ(BitsFor(0), "nothing");
  EXPECT_EQ(BitsFor(kPollReadable | kPollWritable | kPollPriority),
            "IN|PRI|OUT|RDHUP");
}

TEST_F(EpollPollerAsks, ForEdgesAlwaysOrNever) {
  for (const bool edge : {true, false}) {
    Poller& poller = edge ? *edge_ : *level_;
    const uint32_t wanted = edge ? kEpollEdgeTriggered : 0;
    poller.Add(7, kPollReadable, 0);
    EXPECT_EQ(epoll_.last_event.events & kEpollEdgeTriggered, wanted);
    poller.Modify(7, kPollWritable, 0);
    EXPECT_EQ(epoll_.last_event.events & kEpollEdgeTriggered, wanted);
  }
}

TEST_F(EpollPollerAsks, ForTheDescriptorAndWithTheTokenItWasGiven) {
  edge_->Add(7, kPollReadable, 0x123456789abcdef0);
  EXPECT_EQ(epoll_.last_op, EpollCtlOp::kAdd);
  EXPECT_EQ(epoll_.last_fd, 7);
  EXPECT_EQ(uint64_t{epoll_.last_event.data}, 0x123456789abcdef0);
  edge_->Modify(8, kPollReadable, 2);
  EXPECT_EQ(epoll_.last_op, EpollCtlOp::kModify);
  EXPECT_EQ(epoll_.last_fd, 8);
  EXPECT_EQ(uint64_t{epoll_.last_event.data}, 2u);
  edge_->Remove(9);
  EXPECT_EQ(epoll_.last_op, EpollCtlOp::kDelete);
  EXPECT_EQ(epoll_.last_fd, 9);
}

TEST_F(EpollPollerAsks, ForTimeoutsThatAreRoundedUp) {
  EXPECT_EQ(MillisecondsFor(absl::Nanoseconds(1)), 1);
  EXPECT_EQ(MillisecondsFor(absl::Microseconds(400)), 1);
  EXPECT_EQ(MillisecondsFor(absl::Milliseconds(1)), 1);
  EXPECT_EQ(MillisecondsFor(absl::Microseconds(1001)), 2);
}

TEST_F(EpollPollerAsks, ForNoWaitIfThereIsNoTimeLeft) {
  EXPECT_EQ(MillisecondsFor(absl::ZeroDuration()), 0);
  EXPECT_EQ(MillisecondsFor(-absl::Nanoseconds(1)), 0);
  EXPECT_EQ(MillisecondsFor(-absl::Seconds(1)), 0);
  EXPECT_EQ(MillisecondsFor(-absl::InfiniteDuration()), 0);
}

TEST_F(EpollPollerAsks, ForEverOnlyIfThereIsNoLimit) {
  EXPECT_EQ(MillisecondsFor(absl::InfiniteDuration()), -1);
  const int longest = std::numeric_limits<int>::max();
  EXPECT_EQ(MillisecondsFor(absl::Hours(24) * 25), longest);
  EXPECT_EQ(MillisecondsFor(absl::Seconds(std::numeric_limits<int64_t>::max())),
            longest);
}

TEST_F(EpollPollerAsks, ForNoMoreEventsThanTheCallerHasRoomFor) {
  MillisecondsFor(absl::ZeroDuration());
  EXPECT_EQ(epoll_.last_room, 4u);
  std::vector<PollEvent> plenty(10'000);
  edge_->Wait(absl::MakeSpan(plenty), absl::ZeroDuration());
  EXPECT_EQ(epoll_.last_room, 256u);
}

TEST_F(EpollPollerAsks, AndTranslatesEachBitOfTheAnswer) {
  EXPECT_EQ(FlagsFrom(kEpollIn), "readable");
  EXPECT_EQ(FlagsFrom(kEpollOut), "writable");
  EXPECT_EQ(FlagsFrom(kEpollPri), "priority");
  EXPECT_EQ(FlagsFrom(kEpollRdHup), "peer-closed-write");
  EXPECT_EQ(FlagsFrom(kEpollHup), "hang-up");
  EXPECT_EQ(FlagsFrom(kEpollErr), "error");
  EXPECT_EQ(FlagsFrom(kEpollOut | kEpollHup), "writable|hang-up");
}

TEST_F(EpollPollerAsks, AndPassesOnAnErrorThatIsNoInterruption) {
  epoll_.next_result = -EBADF;
  EXPECT_EQ(edge_->Wait(absl::MakeSpan(events_), absl::ZeroDuration()), -EBADF);
}

TEST_F(EpollPollerAsks, AndDiesOfAWaitWithoutRoom) {
  EXPECT_DEATH(edge_->Wait({}, absl::ZeroDuration()),
               "room for at least one event");
}

// --- Over the fake kernel ---------------------------------------------------

// Its three operations are the kernel's, and so are their errors.
TEST(EpollPoller, PassesOnTheErrorsOfTheThreeOperations) {
  FakeClock clock;
  FakeNetwork network(clock, /*seed=*/1);
  FakeHost& host = network.AddHost("host");
  auto poller = EpollPoller::Create(host.epoll(), host.wake()).value();
  const int fd =
      host.sockets().Socket(AddressFamily::kIpv4, SocketType::kStream);
  EXPECT_EQ(poller->Modify(fd, kPollReadable, 1), -ENOENT);
  EXPECT_EQ(poller->Remove(fd), -ENOENT);
  ASSERT_EQ(poller->Add(fd, kPollReadable, 1), 0);
  EXPECT_EQ(poller->Add(fd, kPollReadable, 1), -EEXIST);
  EXPECT_EQ(poller->Add(99, kPollReadable, 1), -EBADF);
}

// An interest of 0 does not silence it.
using EpollPollerHangUp = FakeKernelTest;

TEST_F(EpollPollerHangUp, IsReportedUnaskedUntilItIsRemoved) {
  auto poller =
      EpollPoller::Create(host_.epoll(), host_.wake(), EpollTrigger::kLevel)
          .value();
  const Ends ends = Connect();
  ASSERT_EQ(poller->Add(ends.client, /*interest=*/0, 11), 0);
  calls_.Shutdown(ends.client, ShutdownHow::kBoth);
  std::array<PollEvent, 4> events;
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(poller->Wait(absl::MakeSpan(events), absl::ZeroDuration()), 1);
    EXPECT_EQ(PollerText(events[0].flags), "hang-up");
  }
  ASSERT_EQ(poller->Remove(ends.client), 0);
  EXPECT_EQ(poller->Wait(absl::MakeSpan(events), absl::InfiniteDuration()),
            -EDEADLK);
}

}  // namespace
}  // namespace cloche

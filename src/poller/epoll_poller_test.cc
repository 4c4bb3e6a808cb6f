// EpollPoller: over the fake kernel, what it reports and cleans up; over a
// recorder, the very bits and timeouts that it asks for.

#include "cloche/poller/epoll_poller.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "cloche/fakes/fake_kernel_test.h"
#include "cloche/testing/epoll_text.h"
#include "cloche/testing/status_matchers.h"
#include "gmock/gmock.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr absl::StatusCode kExhausted = absl::StatusCode::kResourceExhausted;

// "readable|hang-up".
std::string FlagText(uint8_t flags) {
  std::vector<std::string> names;
  const auto add = [&](uint8_t bit, const char* name) {
    if ((flags & bit) != 0) names.push_back(name);
  };
  add(kPollReadable, "readable");
  add(kPollWritable, "writable");
  add(kPollPriority, "priority");
  add(kPollPeerClosedWrite, "peer-closed-write");
  add(kPollHangUp, "hang-up");
  add(kPollError, "error");
  return absl::StrJoin(names, "|");
}

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
    return FlagText(events_[0].flags);
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

class EpollPollerTest : public FakeKernelTest,
                        public ::testing::WithParamInterface<EpollTrigger> {
 protected:
  EpollPollerTest() {
    poller_ =
        EpollPoller::Create(host_.epoll(), host_.wake(), GetParam()).value();
  }
  static bool edge() { return GetParam() == EpollTrigger::kEdge; }

  // "7: readable" for each event of one wait, or what it returned instead.
  std::vector<std::string> Wait(absl::Duration timeout = absl::ZeroDuration(),
                                size_t room = 8) {
    std::vector<PollEvent> events(room);
    const int count = poller_->Wait(absl::MakeSpan(events), timeout);
    if (count < 0) return {Errno(-count)};
    std::vector<std::string> texts;
    for (int i = 0; i < count; ++i) {
      texts.push_back(
          absl::StrCat(events[i].token, ": ", FlagText(events[i].flags)));
    }
    return texts;
  }
  // It would never end: nothing is ready any more, nor will be.
  std::vector<std::string> WaitForEver() {
    return Wait(absl::InfiniteDuration());
  }
  const std::vector<std::string> never_ = {Errno(EDEADLK)};

  std::unique_ptr<EpollPoller> poller_;
};

TEST_P(EpollPollerTest, SaysItsNameAndWhetherItIsEdgeTriggered) {
  EXPECT_EQ(poller_->name(), edge() ? "epoll" : "epoll-level");
  EXPECT_EQ(poller_->edge_triggered(), edge());
}

TEST_P(EpollPollerTest, ReportsWhoIsReadyByTheirTokens) {
  const Ends ends = Connect();
  ASSERT_EQ(poller_->Add(ends.client, kPollReadable, 11), 0);
  ASSERT_EQ(poller_->Add(ends.server, kPollWritable, 22), 0);
  EXPECT_THAT(Wait(), ElementsAre("22: writable"));
  calls_.Send(ends.server, "x", 0);
  EXPECT_THAT(Wait(), ::testing::Contains("11: readable"));
}

TEST_P(EpollPollerTest, ReportsWhatWasTrueBeforeItWasAdded) {
  const Ends ends = Connect();
  calls_.Send(ends.server, "x", 0);
  ASSERT_EQ(poller_->Add(ends.client, kPollReadable, 11), 0);
  EXPECT_THAT(WaitForEver(), ElementsAre("11: readable"));
}

TEST_P(EpollPollerTest, ReportsOnceOrForAsLongAsItLasts) {
  const Ends ends = Connect();
  ASSERT_EQ(poller_->Add(ends.client, kPollWritable, 11), 0);
  EXPECT_THAT(Wait(), ElementsAre("11: writable"));
  if (edge()) {
    EXPECT_THAT(Wait(), IsEmpty());
  } else {
    EXPECT_THAT(Wait(), ElementsAre("11: writable"));
  }
}

TEST_P(EpollPollerTest, ModifyReportsAnewWhatIsTrueAtThatMoment) {
  const Ends ends = Connect();
  ASSERT_EQ(poller_->Add(ends.client, kPollWritable, 11), 0);
  EXPECT_THAT(Wait(), ElementsAre("11: writable"));
  ASSERT_EQ(poller_->Modify(ends.client, kPollWritable, 12), 0);
  EXPECT_THAT(Wait(), ElementsAre("12: writable"));
}

TEST_P(EpollPollerTest, ModifyReplacesTheInterest) {
  const Ends ends = Connect();
  ASSERT_EQ(poller_->Add(ends.client, kPollWritable, 11), 0);
  ASSERT_EQ(poller_->Modify(ends.client, kPollReadable, 11), 0);
  EXPECT_EQ(WaitForEver(), never_);
}

TEST_P(EpollPollerTest, RemoveSilencesAHangUpToo) {
  const Ends ends = Connect();
  ASSERT_EQ(poller_->Add(ends.client, /*interest=*/0, 11), 0);
  calls_.Shutdown(ends.client, ShutdownHow::kBoth);
  EXPECT_THAT(Wait(), ElementsAre("11: hang-up"));
  ASSERT_EQ(poller_->Remove(ends.client), 0);
  EXPECT_EQ(WaitForEver(), never_);
}

TEST_P(EpollPollerTest, PassesOnTheErrorsOfTheThreeOperations) {
  const int fd = NewTcp(host_);
  EXPECT_EQ(poller_->Modify(fd, kPollReadable, 1), -ENOENT);
  EXPECT_EQ(poller_->Remove(fd), -ENOENT);
  ASSERT_EQ(poller_->Add(fd, kPollReadable, 1), 0);
  EXPECT_EQ(poller_->Add(fd, kPollReadable, 1), -EEXIST);
  EXPECT_EQ(poller_->Add(99, kPollReadable, 1), -EBADF);
}

TEST_P(EpollPollerTest, LeavesForTheNextWaitWhatThereIsNoRoomFor) {
  const Ends ends = Connect();
  ASSERT_EQ(poller_->Add(ends.client, kPollWritable, 11), 0);
  ASSERT_EQ(poller_->Add(ends.server, kPollWritable, 22), 0);
  EXPECT_THAT(Wait(absl::ZeroDuration(), /*room=*/1),
              ElementsAre("11: writable"));
  EXPECT_THAT(Wait(absl::ZeroDuration(), /*room=*/1),
              ElementsAre("22: writable"));
}

TEST_P(EpollPollerTest, WaitsNoLessThanItWasTold) {
  EXPECT_THAT(Wait(absl::Microseconds(2400)), IsEmpty());
  EXPECT_EQ(clock_.Now(), FakeClock::Start() + absl::Milliseconds(3));
}

TEST_P(EpollPollerTest, TakesAnInterruptionForTheEndOfTheWait) {
  host_.FailCall(CallKind::kEpollWait, EINTR);
  EXPECT_THAT(WaitForEver(), IsEmpty());
}

// --- Wake -------------------------------------------------------------------

TEST_P(EpollPollerTest, AWakeEndsTheNextWaitAndReportsNothing) {
  poller_->Wake();
  EXPECT_THAT(WaitForEver(), IsEmpty());
}

TEST_P(EpollPollerTest, AWakeEndsAWaitThatIsUnderWay) {
  network_.At(clock_.Now() + absl::Seconds(1), [&] { poller_->Wake(); });
  EXPECT_THAT(WaitForEver(), IsEmpty());
  EXPECT_EQ(clock_.Now(), FakeClock::Start() + absl::Seconds(1));
}

TEST_P(EpollPollerTest, AThousandWakesEndOneWaitAndAreDrainedOnce) {
  for (int i = 0; i < 1000; ++i) poller_->Wake();
  EXPECT_THAT(WaitForEver(), IsEmpty());
  EXPECT_EQ(host_.CallCount(CallKind::kDrainWake), 1u);
  EXPECT_EQ(WaitForEver(), never_);
}

TEST_P(EpollPollerTest, AWakeAfterAWakeEndsAnotherWait) {
  for (int i = 0; i < 3; ++i) {
    poller_->Wake();
    EXPECT_THAT(WaitForEver(), IsEmpty());
  }
}

TEST_P(EpollPollerTest, AWakeHidesNoEventAndIsNone) {
  const Ends ends = Connect();
  poller_->Wake();
  ASSERT_EQ(poller_->Add(ends.client, kPollWritable, 11), 0);
  ASSERT_EQ(poller_->Add(ends.server, kPollWritable, 22), 0);
  EXPECT_THAT(Wait(), ElementsAre("11: writable", "22: writable"));
}

TEST_P(EpollPollerTest, AWakeThatIsInterruptedIsNotLost) {
  host_.FailCall(CallKind::kSignalWake, EINTR);
  poller_->Wake();
  EXPECT_THAT(WaitForEver(), IsEmpty());
}

TEST_P(EpollPollerTest, ADrainThatIsInterruptedLosesNoLaterWake) {
  host_.FailCall(CallKind::kDrainWake, EINTR);
  poller_->Wake();
  EXPECT_THAT(WaitForEver(), IsEmpty());
  poller_->Wake();
  EXPECT_THAT(WaitForEver(), IsEmpty());
}

// --- Opening and closing ----------------------------------------------------

TEST_P(EpollPollerTest, ClosesWhatItOpened) {
  EXPECT_THAT(host_.OpenDescriptors(),
              ElementsAre("fd 3: epoll of 1 descriptors", "fd 4: wake"));
  poller_ = nullptr;
  EXPECT_THAT(host_.OpenDescriptors(), IsEmpty());
}

TEST_P(EpollPollerTest, CreateThatFailsSaysWhereAndLeavesNothingOpen) {
  struct Failure {
    CallKind call;
    int error;
    const char* message;
  };
  poller_ = nullptr;
  for (const Failure& failure : {
           Failure{CallKind::kEpollCreate1, EMFILE, "epoll_create1: EMFILE"},
           Failure{CallKind::kOpenWake, EMFILE, "eventfd: EMFILE"},
           Failure{CallKind::kEpollCtl, ENOSPC,
                   "epoll_ctl(ADD, the wake fd): ENOSPC"},
       }) {
    host_.FailCall(failure.call, failure.error);
    EXPECT_THAT(EpollPoller::Create(host_.epoll(), host_.wake(), GetParam()),
                StatusIs(kExhausted, failure.message));
    EXPECT_THAT(host_.OpenDescriptors(), IsEmpty());
  }
}

INSTANTIATE_TEST_SUITE_P(Epoll, EpollPollerTest,
                         ::testing::Values(EpollTrigger::kEdge,
                                           EpollTrigger::kLevel),
                         [](const auto& info) {
                           return info.param == EpollTrigger::kEdge
                                      ? "EdgeTriggered"
                                      : "LevelTriggered";
                         });

}  // namespace
}  // namespace cloche

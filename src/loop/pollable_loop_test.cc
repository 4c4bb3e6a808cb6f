// A loop inside another one, on the fake kernel: what its descriptor says, and
// when the other loop has to give it a turn all the same.

#include <array>
#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/backend/backends.h"
#include "cloche/backend/operation.h"
#include "cloche/calls/poll_calls.h"
#include "cloche/fakes/fake_clock.h"
#include "cloche/fakes/fake_host.h"
#include "cloche/fakes/fake_network.h"
#include "cloche/loop/loop.h"
#include "cloche/loop/loop_test.h"
#include "cloche/testing/backend_kinds.h"
#include "cloche/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

// Receives a byte, or waits until there is one.
class Wait final : public Operation {
 public:
  explicit Wait(int descriptor, OperationKind what = OperationKind::kReceive) {
    kind = what;
    fd = descriptor;
    if (kind == OperationKind::kReceive) {
      buffer = &byte_;
      size = 1;
    } else {
      foreign_descriptor = true;
    }
  }
  void OnHandedBack() override {}
  bool over() const { return state == OperationState::kHandedBack; }

 private:
  char byte_ = 0;
};

class PollableLoopTest : public ::testing::TestWithParam<BackendKind> {
 protected:
  Environment MakeEnvironment(BackendKind kind) {
    return {.clock = &clock_,
            .sockets = &host_.sockets(),
            .backend = NewBackend(kind, host_.kernel_calls()).value()};
  }

  // What the other loop sees, which is one over poll(2).
  bool HasNews(Loop& loop) {
    PollEntry entry = {.fd = loop.PollableDescriptor().value(),
                       .interest = kPollIn};
    return host_.poll().Poll(absl::MakeSpan(&entry, 1), absl::ZeroDuration()) ==
           1;
  }
  bool HasNews() { return HasNews(loop_); }
  void TakeTurn() { EXPECT_THAT(loop_.RunOnce(absl::InfinitePast()), IsOk()); }
  void ExpectRest() {
    EXPECT_FALSE(HasNews());
    EXPECT_EQ(loop_.NextDeadline(), absl::InfiniteFuture());
  }

  std::array<int, 2> NewPair() {
    std::array<int, 2> pair;
    EXPECT_EQ(host_.sockets().SocketPair(pair.data()), 0);
    return pair;
  }
  void SendByte(int fd) { EXPECT_EQ(host_.sockets().Send(fd, "x", 0), 1); }

  FakeClock clock_;
  FakeNetwork network_{clock_, /*seed=*/1};
  FakeHost& host_ = network_.AddHost("host");
  Loop loop_{MakeEnvironment(GetParam())};
};

TEST_P(PollableLoopTest, IsSilentWhileThereIsNothingToDo) {
  ExpectRest();
  TakeTurn();
  ExpectRest();
}

// An edge-triggered poller may say that there is room to write, once.
TEST_P(PollableLoopTest, IsSilentWhileItWaitsButForOneTurnAtMost) {
  Wait wait(NewPair()[0]);
  ASSERT_FALSE(loop_.Start(wait));
  if (HasNews()) TakeTurn();
  ExpectRest();
  loop_.Cancel(wait);
  TakeTurn();
}

// Between two turns: the kernel knows of it at once.
TEST_P(PollableLoopTest, HasNewsOfWhatWasStartedWithoutATurn) {
  const auto pair = NewPair();
  Wait wait(pair[0]);
  ASSERT_FALSE(loop_.Start(wait));
  SendByte(pair[1]);
  EXPECT_TRUE(HasNews());
  TakeTurn();
  EXPECT_TRUE(wait.over());
  ExpectRest();
}

TEST_P(PollableLoopTest, HasNewsWhenItIsWoken) {
  loop_.Wake();
  EXPECT_TRUE(HasNews());
  TakeTurn();
  ExpectRest();
}

TEST_P(PollableLoopTest, AsksForATurnForWhatIsReady) {
  int runs = 0;
  CallingRunnable once([&] { ++runs; });
  CallingRunnable first([&] {
    ++runs;
    loop_.Schedule(once);  // For the next turn.
  });
  loop_.Schedule(first);
  while (loop_.NextDeadline() == absl::InfinitePast()) TakeTurn();
  EXPECT_EQ(runs, 2);
  ExpectRest();
}

TEST_P(PollableLoopTest, AsksForATurnAtATimerThatWasSetBetweenTurns) {
  bool fired = false;
  CallingTimer timer([&] { fired = true; });
  TakeTurn();
  const absl::Time due = clock_.Now() + absl::Seconds(5);
  loop_.timers().Insert(timer, due);
  EXPECT_LE(loop_.NextDeadline(), due);
  EXPECT_GT(loop_.NextDeadline(), clock_.Now());
  while (!fired) {
    clock_.AdvanceTo(loop_.NextDeadline());
    TakeTurn();
  }
  EXPECT_EQ(clock_.Now(), due);
}

// The kernel has no news then, and the descriptor says nothing.
TEST_P(PollableLoopTest, AsksForATurnAfterACancel) {
  Wait wait(NewPair()[0]);
  ASSERT_FALSE(loop_.Start(wait));
  loop_.Cancel(wait);
  EXPECT_EQ(loop_.NextDeadline(), absl::InfinitePast());
  TakeTurn();
  EXPECT_TRUE(wait.over());
  ExpectRest();
}

TEST_P(PollableLoopTest, AsksForATurnAfterAClose) {
  const int fd = NewPair()[0];
  Wait wait(fd);
  ASSERT_FALSE(loop_.Start(wait));
  loop_.backend().Close(fd);
  EXPECT_EQ(loop_.NextDeadline(), absl::InfinitePast());
  TakeTurn();
  EXPECT_TRUE(wait.over());
  ExpectRest();
}

// More than a turn takes out of the kernel at once.
TEST_P(PollableLoopTest, HasNewsUntilTurnsHaveTakenAllOfIt) {
  std::vector<std::unique_ptr<Wait>> waits;
  for (int i = 0; i < 300; ++i) {
    const auto pair = NewPair();
    waits.push_back(std::make_unique<Wait>(pair[0]));
    ASSERT_FALSE(loop_.Start(*waits.back()));
    SendByte(pair[1]);
  }
  int turns = 0;
  for (; HasNews(); ++turns) TakeTurn();
  EXPECT_GT(turns, 1);
  for (const auto& wait : waits) EXPECT_TRUE(wait->over());
  ExpectRest();
}

// Level-triggered, the news is reported for as long as it is looked at.
TEST_P(PollableLoopTest, IsSilentAfterAHangUpThatNobodyWaitsFor) {
  const auto pair = NewPair();
  Wait wait(pair[0]);
  ASSERT_FALSE(loop_.Start(wait));
  SendByte(pair[1]);
  TakeTurn();
  ASSERT_TRUE(wait.over());
  host_.sockets().Close(pair[1]);
  for (int turn = 0; HasNews(); ++turn) {
    ASSERT_LT(turn, 3) << "the other loop spins";
    TakeTurn();
  }
}

// The other loop is one of Cloche's: then a foreign descriptor is all it takes.
TEST_P(PollableLoopTest, MayLiveInAnotherLoopOfCloche) {
  Loop outer(MakeEnvironment(BackendKind::kEpoll));
  const int inner_fd = loop_.PollableDescriptor().value();
  const auto pair = NewPair();
  Wait wait(pair[0]);
  ASSERT_FALSE(loop_.Start(wait));
  for (int i = 0; i < 2; ++i) {
    Wait news(inner_fd, OperationKind::kWaitReadable);
    ASSERT_FALSE(outer.Start(news));
    if (i == 0) SendByte(pair[1]);
    if (i == 1) loop_.Wake();
    EXPECT_THAT(outer.RunOnce(absl::InfiniteFuture()), IsOk());
    EXPECT_TRUE(news.over());
    TakeTurn();
  }
  EXPECT_TRUE(wait.over());
}

INSTANTIATE_TEST_SUITE_P(On, PollableLoopTest,
                         ::testing::Values(BackendKind::kEpoll,
                                           BackendKind::kEpollLevel,
                                           BackendKind::kKqueue),
                         TestNameOfBackend);

class LoopThatCannotBePolled : public PollableLoopTest {};

TEST_P(LoopThatCannotBePolled, SaysWhatToDoInstead) {
  EXPECT_THAT(loop_.PollableDescriptor(),
              StatusIs(absl::StatusCode::kUnimplemented,
                       "use the backend epoll or kqueue"));
}

INSTANTIATE_TEST_SUITE_P(On, LoopThatCannotBePolled,
                         ::testing::Values(BackendKind::kPoll,
                                           BackendKind::kSelect,
                                           BackendKind::kIoUring,
                                           BackendKind::kIocp),
                         TestNameOfBackend);

}  // namespace
}  // namespace cloche

// The fake ring: who may touch a buffer and when, what a test can choose, and
// how faults come. What it has in common with the real one is in
// calls/linux_ring_calls_test.cc and in testing/contract.

#include "cloche/fakes/fake_ring.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/calls/poll_calls.h"
#include "cloche/fakes/fake_kernel_test.h"
#include "cloche/fakes/fault_plan.h"
#include "gmock/gmock.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

class FakeRingTest : public FakeKernelTest {
 protected:
  // Token and result.
  using Results = std::vector<std::pair<uint64_t, int32_t>>;

  FakeRingTest() { Open(/*depth=*/8); }

  void Open(unsigned depth) {
    ring_.reset();
    ASSERT_EQ(host_.ring().Open(depth, ring_), 0);
  }

  void PushReceive(int fd, uint64_t token, size_t size = 8) {
    ASSERT_TRUE(ring_->Push({.op = RingOp::kReceive,
                             .fd = fd,
                             .token = token,
                             .buffer = room_.data(),
                             .size = size}));
  }
  void PushSend(int fd, uint64_t token, std::string& bytes) {
    ASSERT_TRUE(ring_->Push({.op = RingOp::kSend,
                             .fd = fd,
                             .token = token,
                             .buffer = bytes.data(),
                             .size = bytes.size()}));
  }
  void PushPoll(int fd, uint64_t token, uint32_t events) {
    ASSERT_TRUE(ring_->Push(
        {.op = RingOp::kPoll, .fd = fd, .token = token, .events = events}));
  }
  void PushCancel(uint64_t target, uint64_t token) {
    ASSERT_TRUE(
        ring_->Push({.op = RingOp::kCancel, .token = token, .target = target}));
  }

  Results Reap() {
    std::array<RingCompletion, 16> completions;
    const size_t count = ring_->Reap(absl::MakeSpan(completions));
    Results results;
    for (size_t i = 0; i < count; ++i) {
      results.emplace_back(completions[i].token, completions[i].result);
    }
    return results;
  }
  Results Enter(absl::Duration timeout = absl::ZeroDuration()) {
    EXPECT_EQ(ring_->Enter(timeout), 0);
    return Reap();
  }

  std::unique_ptr<Ring> ring_;
  std::string room_ = "........";
};

// --- Buffers ----------------------------------------------------------------

TEST_F(FakeRingTest, ABufferHoldsRubbishUntilItsCompletionIsReaped) {
  const Ends ends = Connect();
  PushReceive(ends.client, 1);
  EXPECT_THAT(Enter(), IsEmpty());
  EXPECT_NE(room_, "........");
  calls_.Send(ends.server, "hello", 0);
  EXPECT_THAT(Enter(), ElementsAre(Pair(1, 5)));
  EXPECT_EQ(room_, "hello...");
}

TEST_F(FakeRingTest, ACancelledBufferMayBeUsedAgain) {
  const Ends ends = Connect();
  PushReceive(ends.client, 1);
  EXPECT_THAT(Enter(), IsEmpty());
  PushCancel(/*target=*/1, 2);
  EXPECT_THAT(Enter(), ElementsAre(Pair(1, -ECANCELED), Pair(2, 0)));
  room_ = "mine";
  EXPECT_THAT(Enter(), IsEmpty());
}

using FakeRingDeathTest = FakeRingTest;

TEST_F(FakeRingDeathTest, WritingIntoALentBufferIsFound) {
  const Ends ends = Connect();
  PushReceive(ends.client, 1);
  Enter();
  calls_.Send(ends.server, "hello", 0);
  EXPECT_DEATH(
      {
        room_[3] = '!';
        Enter();
      },
      "belonged to the kernel");
  EXPECT_THAT(Enter(), ElementsAre(Pair(1, 5)));
}

TEST_F(FakeRingDeathTest, WritingIntoOneThatIsCompletedButNotReapedIsFound) {
  const Ends ends = Connect();
  calls_.Send(ends.server, "hello", 0);
  PushReceive(ends.client, 1);
  EXPECT_EQ(ring_->Enter(absl::ZeroDuration()), 0);
  EXPECT_DEATH(
      {
        room_[0] = 'j';
        Reap();
      },
      "belonged to the kernel");
  EXPECT_THAT(Reap(), ElementsAre(Pair(1, 5)));
}

TEST_F(FakeRingDeathTest, ChangingWhatIsBeingSentIsFound) {
  const Ends ends = Connect();
  std::string bytes = "hello";
  PushSend(ends.client, 1, bytes);
  EXPECT_EQ(ring_->Enter(absl::ZeroDuration()), 0);
  EXPECT_DEATH(
      {
        bytes[0] = 'j';
        Reap();
      },
      "belonged to the kernel");
  EXPECT_THAT(Reap(), ElementsAre(Pair(1, 5)));
}

TEST_F(FakeRingDeathTest, ARingThatIsClosedWithBuffersInFlightIsFound) {
  const Ends ends = Connect();
  PushReceive(ends.client, 1);
  Enter();
  EXPECT_DEATH(ring_.reset(), "belonged to the kernel");
  PushCancel(/*target=*/1, 2);
  Enter();
}

// --- What a test can choose -------------------------------------------------

TEST_F(FakeRingTest, CompletionsComeFirstComeFirstServedUnlessAskedFor) {
  const Ends ends = Connect();
  for (uint64_t i = 1; i <= 3; ++i) PushPoll(ends.client, i, kPollOut);
  EXPECT_THAT(Enter(), ElementsAre(Pair(1, kPollOut), Pair(2, kPollOut),
                                   Pair(3, kPollOut)));
  host_.ring().set_order([](size_t count) { return count - 1; });
  for (uint64_t i = 1; i <= 3; ++i) PushPoll(ends.client, i, kPollOut);
  EXPECT_THAT(Enter(), ElementsAre(Pair(3, kPollOut), Pair(2, kPollOut),
                                   Pair(1, kPollOut)));
}

TEST_F(FakeRingTest, AWokenRequestMayBeQuickerThanItsCancel) {
  const Ends ends = Connect();
  PushReceive(ends.client, 1);
  EXPECT_THAT(Enter(), IsEmpty());
  calls_.Send(ends.server, "hello", 0);
  bool asked = false;
  host_.ring().set_order(
      [&](size_t) { return std::exchange(asked, true) ? 0 : 1; });
  PushCancel(/*target=*/1, 2);
  EXPECT_THAT(Enter(), ElementsAre(Pair(1, 5), Pair(2, -ENOENT)));
}

// --- Queues -----------------------------------------------------------------

TEST_F(FakeRingTest, WhatOverflowsComesWithTheNextEnter) {
  Open(/*depth=*/1);
  const Ends ends = Connect();
  for (uint64_t i = 1; i <= 5; ++i) {
    PushPoll(ends.client, i, kPollOut);
    EXPECT_EQ(ring_->Enter(absl::ZeroDuration()), 0);
  }
  EXPECT_THAT(Reap(), ElementsAre(Pair(1, kPollOut), Pair(2, kPollOut)));
  EXPECT_THAT(Reap(), IsEmpty());
  EXPECT_THAT(Enter(absl::Hours(1)),
              ElementsAre(Pair(3, kPollOut), Pair(4, kPollOut)));
  EXPECT_THAT(Enter(absl::Hours(1)), ElementsAre(Pair(5, kPollOut)));
  EXPECT_EQ(clock_.Now(), FakeClock::Start());
}

TEST_F(FakeRingTest, WhatEndsLaterDoesNotOvertakeWhatHasOverflown) {
  Open(/*depth=*/1);
  const Ends ends = Connect();
  for (uint64_t i = 1; i <= 4; ++i) {
    PushPoll(ends.client, i, kPollOut);
    EXPECT_EQ(ring_->Enter(absl::ZeroDuration()), 0);
  }
  EXPECT_THAT(Reap(), ElementsAre(Pair(1, kPollOut), Pair(2, kPollOut)));
  PushPoll(ends.client, 5, kPollOut);
  EXPECT_THAT(Enter(), ElementsAre(Pair(3, kPollOut), Pair(4, kPollOut)));
  EXPECT_THAT(Enter(), ElementsAre(Pair(5, kPollOut)));
}

// --- Faults -----------------------------------------------------------------

TEST_F(FakeRingTest, AnOperationFailsAsItsCallWould) {
  const Ends ends = Connect();
  calls_.Send(ends.server, "hello", 0);
  host_.FailCall(CallKind::kRecv, ENOMEM);
  PushReceive(ends.client, 1);
  EXPECT_THAT(Enter(), ElementsAre(Pair(1, -ENOMEM)));
}

TEST_F(FakeRingTest, AnOperationThatIsNotReadyYetWaitsUntilItIs) {
  const Ends ends = Connect();
  calls_.Send(ends.server, "hello", 0);
  host_.FailCall(CallKind::kRecv, EAGAIN);
  PushReceive(ends.client, 1);
  EXPECT_THAT(Enter(), IsEmpty());
  EXPECT_THAT(Enter(absl::Hours(1)), ElementsAre(Pair(1, 5)));
}

TEST_F(FakeRingTest, AnAcceptThatIsWokenInVainTooOftenIsGivenUp) {
  const int listener = NewListener(host_);
  ASSERT_TRUE(ring_->Push({.op = RingOp::kAccept, .fd = listener, .token = 1}));
  Results results = Enter();
  int woken = 0;
  while (results.empty() && woken < 1000) {
    NewConnecting(host_, Ipv4Loopback(80));
    EXPECT_GE(calls_.Accept4(listener, nullptr), 0);  // Quicker than the ring.
    ++woken;
    results = Enter();
  }
  EXPECT_THAT(results, ElementsAre(Pair(1, -EAGAIN)));
  EXPECT_EQ(woken, 128);
}

TEST_F(FakeRingTest, AReceiveThatIsWokenInVainIsNeverGivenUp) {
  const Ends ends = Connect();
  PushReceive(ends.client, 1);
  for (int i = 0; i < 1000; ++i) {
    calls_.Send(ends.server, "x", 0);
    EXPECT_EQ(Receive(ends.client), "x");
    EXPECT_THAT(Enter(), IsEmpty());
  }
  PushCancel(1, 2);
  EXPECT_THAT(Enter(), SizeIs(2));
}

TEST_F(FakeRingTest, OneEnterTriesTwentyOfThoseThatWereWoken) {
  Open(/*depth=*/64);
  std::vector<Ends> all;
  const int listener = NewListener(host_);
  for (int i = 0; i < 50; ++i) {
    all.push_back(ConnectTo(listener));
    PushPoll(all.back().client, i, kPollIn);
  }
  EXPECT_THAT(Enter(), IsEmpty());
  for (const Ends& ends : all) calls_.Send(ends.server, "x", 0);
  EXPECT_THAT(Enter(), SizeIs(16));  // As many as one Reap takes here.
  EXPECT_THAT(Reap(), SizeIs(4));
  EXPECT_THAT(Enter(absl::Hours(1)), SizeIs(16));
}

// There is room for one, and one more (BacklogOf).
TEST_F(FakeRingTest, TheConnectOfAUnixSocketDoesNotWaitForTheBacklog) {
  const int listener = NewUnix(host_);
  calls_.Bind(listener, UnixAddress("/x"));
  calls_.Listen(listener, 0);
  SocketAddress where = UnixAddress("/x");
  for (uint64_t token : {1, 2}) {
    ASSERT_TRUE(ring_->Push({.op = RingOp::kConnect,
                             .fd = NewUnix(host_),
                             .token = token,
                             .address = &where}));
  }
  EXPECT_THAT(Enter(), ElementsAre(Pair(1, 0), Pair(2, -EAGAIN)));
}

TEST_F(FakeRingTest, NoOperationIsInterrupted) {
  const Ends ends = Connect();
  host_.FailCall(CallKind::kRecv, EINTR);
  host_.FailCall(CallKind::kConnect, EINTR);
  calls_.Send(ends.server, "hello", 0);
  PushReceive(ends.client, 1);
  SocketAddress where = Ipv4Loopback(80);
  ASSERT_TRUE(ring_->Push({.op = RingOp::kConnect,
                           .fd = NewTcp(host_),
                           .token = 2,
                           .address = &where}));
  EXPECT_THAT(Enter(), ElementsAre(Pair(1, 5), Pair(2, 0)));
}

TEST_F(FakeRingTest, ASendMayTakeLess) {
  const Ends ends = Connect();
  host_.faults().Add({.kind = CallKind::kSend, .most_bytes = 2});
  std::string bytes = "hello";
  PushSend(ends.client, 1, bytes);
  EXPECT_THAT(Enter(), ElementsAre(Pair(1, 2)));
}

TEST_F(FakeRingTest, AFalseAlarmWakesAReceiveThatThenWaitsOn) {
  const Ends ends = Connect();
  host_.faults().Add({.kind = CallKind::kRecv, .spurious = true});
  PushReceive(ends.client, 1);
  EXPECT_THAT(Enter(absl::Seconds(1)), IsEmpty());
  EXPECT_EQ(host_.CallCount(CallKind::kRecv), 2u);
  calls_.Send(ends.server, "hello", 0);
  EXPECT_THAT(Enter(), ElementsAre(Pair(1, 5)));
}

TEST_F(FakeRingTest, WhoWaitsForEverForNothingIsTold) {
  EXPECT_EQ(ring_->Enter(absl::InfiniteDuration()), -EDEADLK);
}

}  // namespace
}  // namespace cloche

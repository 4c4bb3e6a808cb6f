// The real io_uring: each operation that Cloche asks for, and the rules that
// the fake ring follows.

#include "cloche/calls/linux_ring_calls.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/base/errors.h"
#include "cloche/calls/linux_calls_test.h"
#include "cloche/calls/poll_calls.h"
#include "gmock/gmock.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class LinuxRingCallsTest : public LinuxCallsTest {
 protected:
  // Token and result.
  using Result = std::pair<uint64_t, int32_t>;
  using Results = std::vector<Result>;
  static Result Done(uint64_t token, int32_t result) { return {token, result}; }

  // A container's rules may forbid it, and old kernels lack it.
  void SetUp() override {
    const int error = Open(/*depth=*/8);
    if (error == -EPERM || error == -ENOSYS || error == -EINVAL) {
      GTEST_SKIP() << "no io_uring here: io_uring_setup says "
                   << ErrnoName(-error);
    }
    ASSERT_EQ(error, 0);
  }

  int Open(unsigned depth) {
    ring_.reset();
    return rings_.Open(depth, ring_);
  }

  void Push(RingSubmission submission) { EXPECT_TRUE(ring_->Push(submission)); }
  void PushReceive(int fd, uint64_t token) {
    Push({.op = RingOp::kReceive,
          .fd = fd,
          .token = token,
          .buffer = room_.data(),
          .size = room_.size()});
  }
  void PushSend(int fd, uint64_t token, std::string& bytes) {
    Push({.op = RingOp::kSend,
          .fd = fd,
          .token = token,
          .buffer = bytes.data(),
          .size = bytes.size()});
  }
  void PushCancel(uint64_t target, uint64_t token) {
    Push({.op = RingOp::kCancel, .token = token, .target = target});
  }

  // What one Enter brought.
  Results Enter(absl::Duration timeout = absl::InfiniteDuration()) {
    EXPECT_EQ(ring_->Enter(timeout), 0);
    std::array<RingCompletion, 16> completions;
    Results results;
    const size_t count = ring_->Reap(absl::MakeSpan(completions));
    for (size_t i = 0; i < count; ++i) {
      results.emplace_back(completions[i].token, completions[i].result);
    }
    return results;
  }
  // Enters until there are `count`.
  Results EnterFor(size_t count) {
    Results results;
    while (results.size() < count) {
      for (const auto& result : Enter()) results.push_back(result);
    }
    return results;
  }
  Results EnterNow() { return Enter(absl::ZeroDuration()); }

  LinuxRingCalls rings_;
  std::unique_ptr<Ring> ring_;
  std::array<char, 100> room_ = {};
};

// --- The ring itself --------------------------------------------------------

TEST_F(LinuxRingCallsTest, ARingWithoutRoomIsInvalid) {
  EXPECT_EQ(Open(/*depth=*/0), -EINVAL);
}

TEST_F(LinuxRingCallsTest, AFullQueueTakesNothingUntilItIsEntered) {
  const auto [near, far] = Pair();
  for (uint64_t i = 0; i < 8; ++i) {
    Push({.op = RingOp::kPoll, .fd = near, .token = i, .events = kPollOut});
  }
  EXPECT_FALSE(ring_->Push({.op = RingOp::kPoll, .fd = near}));
  EXPECT_EQ(EnterFor(8).size(), 8u);
  EXPECT_TRUE(ring_->Push({.op = RingOp::kPoll, .fd = near}));
}

// The completion queue has room for sixteen.
TEST_F(LinuxRingCallsTest, ManyCompletionsOverflowAndNoneIsLost) {
  const auto [near, far] = Pair();
  for (uint64_t i = 0; i < 64; ++i) {
    Push({.op = RingOp::kPoll, .fd = near, .token = i, .events = kPollOut});
    if (i % 8 == 7) {
      EXPECT_EQ(ring_->Enter(absl::ZeroDuration()), 0);
    }
  }
  EXPECT_EQ(EnterFor(64).size(), 64u);
}

TEST_F(LinuxRingCallsTest, AWaitEndsWithItsTime) {
  EXPECT_THAT(Enter(absl::Milliseconds(1)), IsEmpty());
}

TEST_F(LinuxRingCallsTest, ItBelongsToTheThreadThatEntersFirst) {
  const auto [near, far] = Pair();
  Push({.op = RingOp::kPoll, .fd = near, .token = 1, .events = kPollOut});
  std::thread owner([this] { EXPECT_EQ(Enter().size(), 1u); });
  owner.join();
  EXPECT_EQ(ring_->Enter(absl::ZeroDuration()), -EEXIST);
}

// --- Operations -------------------------------------------------------------

TEST_F(LinuxRingCallsTest, ConnectIsOverWhenItIsConnected) {
  const int listener = NewListener();
  SocketAddress where = NameOf(listener);
  Push({.op = RingOp::kConnect, .fd = NewTcp(), .token = 1, .address = &where});
  where = {};  // It has been copied.
  EXPECT_THAT(Enter(), ElementsAre(Done(1, 0)));
}

TEST_F(LinuxRingCallsTest, ConnectSaysWhyNot) {
  const int nobody = NewTcp();
  EXPECT_EQ(calls_.Bind(nobody, Loopback()), 0);
  SocketAddress where = NameOf(nobody);
  Push({.op = RingOp::kConnect, .fd = NewTcp(), .token = 1, .address = &where});
  EXPECT_THAT(Enter(), ElementsAre(Done(1, -ECONNREFUSED)));
}

TEST_F(LinuxRingCallsTest, AcceptWaitsAndNamesThePeer) {
  const int listener = NewListener();
  SocketAddress peer;
  Push({.op = RingOp::kAccept, .fd = listener, .token = 1, .address = &peer});
  EXPECT_THAT(EnterNow(), IsEmpty());
  const int client = NewTcp();
  EXPECT_EQ(calls_.Connect(client, NameOf(listener)), -EINPROGRESS);
  const Results results = Enter();
  ASSERT_EQ(results.size(), 1u);
  const int accepted = Own(results[0].second);
  EXPECT_EQ(peer, NameOf(client));
  EXPECT_TRUE(IsNonBlocking(accepted));
  EXPECT_TRUE(IsCloseOnExec(accepted));
}

// It waits, although the socket is non-blocking.
TEST_F(LinuxRingCallsTest, ReceiveWaitsForBytes) {
  const auto [near, far] = Pair();
  PushReceive(near, 1);
  EXPECT_THAT(EnterNow(), IsEmpty());
  EXPECT_EQ(calls_.Send(far, "hello", 0), 5);
  EXPECT_THAT(Enter(), ElementsAre(Done(1, 5)));
  EXPECT_EQ(std::string(room_.data(), 5), "hello");
}

TEST_F(LinuxRingCallsTest, SendToAClosedPeerIsEpipeAndNoSignal) {
  const auto [near, far] = Pair();
  CloseNow(far);
  std::string bytes = "hello";
  PushSend(near, 1, bytes);
  EXPECT_THAT(Enter(), ElementsAre(Done(1, -EPIPE)));
}

TEST_F(LinuxRingCallsTest, PollSaysWhatIsTrue) {
  const auto [near, far] = Pair();
  Push({.op = RingOp::kPoll,
        .fd = near,
        .token = 1,
        .events = kPollIn | kPollRdHup});
  EXPECT_THAT(EnterNow(), IsEmpty());
  EXPECT_EQ(calls_.Send(far, "x", 0), 1);
  EXPECT_THAT(Enter(), ElementsAre(Done(1, kPollIn)));
}

TEST_F(LinuxRingCallsTest, ARegularFileIsAlwaysReady) {
  const int file = Own(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  Push({.op = RingOp::kPoll, .fd = file, .token = 1, .events = kPollIn});
  EXPECT_THAT(Enter(), ElementsAre(Done(1, kPollIn)));
}

TEST_F(LinuxRingCallsTest, AClosedDescriptorIsBad) {
  PushReceive(-1, 1);
  EXPECT_THAT(Enter(), ElementsAre(Done(1, -EBADF)));
}

// --- Cancelling -------------------------------------------------------------

TEST_F(LinuxRingCallsTest, CancelEndsWhatWaitsAndBothComplete) {
  const auto [near, far] = Pair();
  PushReceive(near, 1);
  EXPECT_THAT(EnterNow(), IsEmpty());
  PushCancel(/*target=*/1, 2);
  EXPECT_THAT(EnterFor(2),
              UnorderedElementsAre(Done(1, -ECANCELED), Done(2, 0)));
}

TEST_F(LinuxRingCallsTest, CancelOfWhatIsOverFindsNothing) {
  PushCancel(/*target=*/1, 2);
  EXPECT_THAT(Enter(), ElementsAre(Done(2, -ENOENT)));
}

// Data has come, but nobody has entered since: the cancel is first, and the
// data stays where it is.
TEST_F(LinuxRingCallsTest, ACancelThatIsSubmittedFirstLeavesTheBytes) {
  const auto [near, far] = Pair();
  PushReceive(near, 1);
  EXPECT_THAT(EnterNow(), IsEmpty());
  EXPECT_EQ(calls_.Send(far, "hello", 0), 5);
  PushCancel(/*target=*/1, 2);
  EXPECT_THAT(EnterFor(2),
              UnorderedElementsAre(Done(1, -ECANCELED), Done(2, 0)));
  EXPECT_EQ(Receive(near), "hello");
}

// What is in flight keeps the file open: its peer sees no end.
TEST_F(LinuxRingCallsTest, CloseEndsNothingThatIsInFlight) {
  const auto [near, far] = Pair();
  PushReceive(near, 1);
  EXPECT_THAT(EnterNow(), IsEmpty());
  CloseNow(near);
  EXPECT_EQ(Receive(far), Errno(EAGAIN));
  EXPECT_EQ(calls_.Send(far, "hello", 0), 5);
  EXPECT_THAT(Enter(), ElementsAre(Done(1, 5)));
  EXPECT_EQ(Receive(far), "");
}

}  // namespace
}  // namespace cloche

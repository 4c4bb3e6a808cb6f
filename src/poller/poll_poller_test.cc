// PollPoller over a recorder: the very bits and timeouts that it asks for. What
// it has in common with all pollers: poller/poller_test.cc, and
// testing/contract/poller_contract_test.cc.

#include "cloche/poller/poll_poller.h"

#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "cloche/testing/poller_text.h"
#include "gmock/gmock.h"

namespace cloche {
namespace {

// Writes down what poll is asked for, and answers as it is told to.
class RecordingPoll final : public PollCalls {
 public:
  int Poll(absl::Span<PollEntry> entries, absl::Duration timeout) override {
    last_entries.assign(entries.begin(), entries.end());
    last_timeout = timeout;
    int count = 0;
    for (PollEntry& entry : entries) {
      entry.reported = entry.fd == 7 ? next_bits : 0;
      if (entry.reported != 0) ++count;
    }
    return next_error != 0 ? next_error : count;
  }

  std::vector<PollEntry> last_entries;
  absl::Duration last_timeout;
  int16_t next_bits = 0;  // Of descriptor 7.
  int next_error = 0;
};

class SilentWake final : public WakeCalls {
 public:
  int OpenWake() override { return 51; }
  int SignalWake(int) override { return 0; }
  int DrainWake(int) override { return 0; }
  int CloseWake(int) override { return 0; }
};

class PollPollerAsks : public ::testing::Test {
 protected:
  int Wait(absl::Duration timeout = absl::ZeroDuration()) {
    return poller_->Wait(absl::MakeSpan(events_), timeout);
  }
  // The bits that it asks for.
  int BitsFor(uint8_t interest) {
    poller_->Remove(7);
    poller_->Add(7, interest, 70);
    Wait();
    return calls_.last_entries.back().interest;
  }
  // What a wait makes of an answer with these bits.
  std::string FlagsFrom(int bits) {
    poller_->Add(7, kPollReadable, 70);
    calls_.next_bits = static_cast<int16_t>(bits);
    EXPECT_EQ(Wait(), 1);
    EXPECT_EQ(events_[0].token, 70u);
    return PollerText(events_[0].flags);
  }

  RecordingPoll calls_;
  SilentWake wake_;
  std::unique_ptr<PollPoller> poller_ =
      PollPoller::Create(calls_, wake_).value();
  std::array<PollEvent, 4> events_;
};

// RDHUP stays true once it is: a writer who asked for it would spin.
TEST_F(PollPollerAsks, ForThePeersFinTogetherWithDataAndNeverElse) {
  EXPECT_EQ(BitsFor(kPollReadable), kPollIn | kPollRdHup);
  EXPECT_EQ(BitsFor(kPollWritable), kPollOut);
  EXPECT_EQ(BitsFor(kPollPriority), kPollPri);
  EXPECT_EQ(BitsFor(0), 0);
}

TEST_F(PollPollerAsks, AboutTheWakeDescriptorFirst) {
  BitsFor(kPollReadable);
  ASSERT_EQ(calls_.last_entries.size(), 2u);
  EXPECT_EQ(calls_.last_entries[0].fd, 51);
  EXPECT_EQ(calls_.last_entries[1].fd, 7);
}

TEST_F(PollPollerAsks, ForTheTimeThatThereIsAndNeverForLessThanNone) {
  Wait(absl::Nanoseconds(1500));
  EXPECT_EQ(calls_.last_timeout, absl::Nanoseconds(1500));
  Wait(absl::InfiniteDuration());
  EXPECT_EQ(calls_.last_timeout, absl::InfiniteDuration());
  Wait(-absl::Seconds(1));
  EXPECT_EQ(calls_.last_timeout, absl::ZeroDuration());
}

TEST_F(PollPollerAsks, AndTranslatesEachBitOfTheAnswer) {
  EXPECT_EQ(FlagsFrom(kPollIn), "readable");
  EXPECT_EQ(FlagsFrom(kPollOut), "writable");
  EXPECT_EQ(FlagsFrom(kPollPri), "priority");
  EXPECT_EQ(FlagsFrom(kPollRdHup), "peer-closed-write");
  EXPECT_EQ(FlagsFrom(kPollHup), "hang-up");
  EXPECT_EQ(FlagsFrom(kPollErr), "error");
  EXPECT_EQ(FlagsFrom(kPollNval), "error");
  EXPECT_EQ(FlagsFrom(kPollOut | kPollHup), "writable|hang-up");
}

TEST_F(PollPollerAsks, AndPassesOnAnErrorThatIsNoInterruption) {
  calls_.next_error = -ENOMEM;
  EXPECT_EQ(Wait(), -ENOMEM);
  calls_.next_error = -EINTR;
  EXPECT_EQ(Wait(), 0);
}

TEST_F(PollPollerAsks, AndDiesOfAWaitWithoutRoom) {
  EXPECT_DEATH(poller_->Wait({}, absl::ZeroDuration()),
               "room for at least one event");
}

}  // namespace
}  // namespace cloche

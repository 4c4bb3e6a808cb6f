// The real poll(2): errors as negative errnos, bits and timeouts unharmed. What
// poll itself does is in testing/contract/poll_contract_test.cc.

#include "cloche/calls/linux_poll_calls.h"

#include <array>

#include "absl/time/time.h"
#include "cloche/calls/linux_calls_test.h"

namespace cloche {
namespace {

class LinuxPollCallsTest : public LinuxCallsTest {
 protected:
  int Poll(absl::Span<PollEntry> entries,
           absl::Duration timeout = absl::ZeroDuration()) {
    return poll_.Poll(entries, timeout);
  }

  LinuxPollCalls poll_;
  const std::pair<int, int> pair_ = Pair();
};

TEST_F(LinuxPollCallsTest, EachEntryIsReportedWithItsOwnBits) {
  ASSERT_EQ(calls_.Send(pair_.second, "x", 0), 1);
  std::array<PollEntry, 3> entries = {
      {{pair_.first, kPollIn | kPollOut}, {pair_.second, kPollIn}, {-1}}};
  EXPECT_EQ(Poll(absl::MakeSpan(entries)), 1);
  EXPECT_EQ(entries[0].reported, kPollIn | kPollOut);
  EXPECT_EQ(entries[1].reported, 0);
  EXPECT_EQ(entries[2].reported, 0);
}

TEST_F(LinuxPollCallsTest, AClosedDescriptorIsReported) {
  CloseNow(pair_.second);
  PollEntry entry{pair_.second, 0};
  EXPECT_EQ(Poll(absl::MakeSpan(&entry, 1)), 1);
  EXPECT_EQ(entry.reported, kPollNval);
}

TEST_F(LinuxPollCallsTest, ATimeoutGivesNothing) {
  PollEntry entry{pair_.first, kPollIn, kPollIn};
  EXPECT_EQ(Poll(absl::MakeSpan(&entry, 1), absl::Milliseconds(1)), 0);
  EXPECT_EQ(entry.reported, 0);
}

// A quarter of a nanosecond is the least that absl::Duration can hold.
TEST_F(LinuxPollCallsTest, ANegativeTimeoutIsInvalidAndATinyOneIsNot) {
  EXPECT_EQ(Poll({}, -absl::Nanoseconds(1)), -EINVAL);
  EXPECT_EQ(Poll({}, -absl::InfiniteDuration()), -EINVAL);
  EXPECT_EQ(Poll({}, absl::Nanoseconds(1) / 4), 0);
}

TEST_F(LinuxPollCallsTest, AWaitForEverEndsWithAnEvent) {
  PollEntry entry{pair_.first, kPollOut};
  EXPECT_EQ(Poll(absl::MakeSpan(&entry, 1), absl::InfiniteDuration()), 1);
}

}  // namespace
}  // namespace cloche

// The real select(2): lists to bits and back. What select itself does is in
// testing/contract/select_contract_test.cc.

#include "cloche/calls/linux_select_calls.h"

#include <vector>

#include "absl/time/time.h"
#include "cloche/calls/linux_calls_test.h"

namespace cloche {
namespace {

using Fds = std::vector<int>;

class LinuxSelectCallsTest : public LinuxCallsTest {
 protected:
  int Select(absl::Duration timeout = absl::ZeroDuration()) {
    return select_.Select(sets_, timeout);
  }

  LinuxSelectCalls select_;
  SelectSets sets_;
  const std::pair<int, int> pair_ = Pair();
};

TEST_F(LinuxSelectCallsTest, WhatIsReadyIsLeftInItsSetInAscendingOrder) {
  ASSERT_EQ(calls_.Send(pair_.second, "x", 0), 1);
  sets_ = {{pair_.second, pair_.first},
           {pair_.second, pair_.first, pair_.second},
           {pair_.first}};
  EXPECT_EQ(Select(), 3);
  EXPECT_EQ(sets_.read, Fds{pair_.first});
  EXPECT_EQ(sets_.write, (Fds{pair_.first, pair_.second}));
  EXPECT_EQ(sets_.except, Fds{});
}

TEST_F(LinuxSelectCallsTest, AtTheTimeoutTheSetsAreEmpty) {
  sets_.read = {pair_.first};
  EXPECT_EQ(Select(absl::Milliseconds(1)), 0);
  EXPECT_EQ(sets_.read, Fds{});
}

TEST_F(LinuxSelectCallsTest, AfterAnErrorTheSetsAreAsTheyWere) {
  CloseNow(pair_.second);
  sets_ = {{pair_.second, pair_.first}, {}, {pair_.first}};
  EXPECT_EQ(Select(), -EBADF);
  EXPECT_EQ(sets_.read, (Fds{pair_.second, pair_.first}));
  EXPECT_EQ(sets_.except, Fds{pair_.first});
}

// They would be written beyond the end of the set.
TEST_F(LinuxSelectCallsTest, ADescriptorWithoutABitIsInvalid) {
  sets_.read = {-1};
  EXPECT_EQ(Select(), -EINVAL);
  sets_ = {{}, {kSelectSetSize}, {}};
  EXPECT_EQ(Select(), -EINVAL);
}

// A quarter of a nanosecond is the least that absl::Duration can hold.
TEST_F(LinuxSelectCallsTest, ANegativeTimeoutIsInvalidAndATinyOneIsNot) {
  EXPECT_EQ(Select(-absl::Nanoseconds(1)), -EINVAL);
  EXPECT_EQ(Select(-absl::InfiniteDuration()), -EINVAL);
  EXPECT_EQ(Select(absl::Nanoseconds(1) / 4), 0);
}

TEST_F(LinuxSelectCallsTest, AWaitForEverEndsWithAnEvent) {
  sets_.write = {pair_.first};
  EXPECT_EQ(Select(absl::InfiniteDuration()), 1);
}

}  // namespace
}  // namespace cloche

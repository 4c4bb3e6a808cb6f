// SelectPoller over a recorder: the very sets and timeouts that it asks for,
// and how it finds who is closed. What it has in common with all pollers:
// poller/poller_test.cc, and testing/contract/poller_contract_test.cc.

#include "cloche/poller/select_poller.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "cloche/testing/poller_text.h"
#include "cloche/testing/status_matchers.h"
#include "gmock/gmock.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;

std::string SetsText(const SelectSets& sets) {
  return absl::StrCat("read ", absl::StrJoin(sets.read, " "), "; write ",
                      absl::StrJoin(sets.write, " "), "; except ",
                      absl::StrJoin(sets.except, " "));
}

// Those of `fds` that are in `others`, in the order of those.
std::vector<int> Both(const std::vector<int>& fds,
                      const std::vector<int>& others) {
  std::vector<int> both = others;
  std::erase_if(both, [&](int fd) {
    return std::count(fds.begin(), fds.end(), fd) == 0;
  });
  return both;
}

// Writes down what select is asked for, and answers as it is told to.
class RecordingSelect : public SelectCalls {
 public:
  int Select(SelectSets& sets, absl::Duration timeout) override {
    asked.push_back(SetsText(sets));
    last_timeout = timeout;
    if (next_error != 0) return std::exchange(next_error, 0);
    for (const auto& set : {sets.read, sets.write, sets.except}) {
      if (!Both(set, closed).empty()) return -EBADF;
    }
    sets = {Both(sets.read, next_sets.read), Both(sets.write, next_sets.write),
            Both(sets.except, next_sets.except)};
    return static_cast<int>(sets.read.size() + sets.write.size() +
                            sets.except.size());
  }

  std::vector<std::string> asked;
  absl::Duration last_timeout;
  SelectSets next_sets;  // Who of those that are asked about is ready.
  std::vector<int> closed;
  int next_error = 0;
};

class FixedWake final : public WakeCalls {
 public:
  explicit FixedWake(int fd) : fd_(fd) {}
  int OpenWake() override { return fd_; }
  int SignalWake(int) override { return 0; }
  int DrainWake(int) override { return 0; }
  int CloseWake(int) override {
    fd_ = -1;
    return 0;
  }
  bool is_closed() const { return fd_ == -1; }

 private:
  int fd_;
};

class SelectPollerAsks : public ::testing::Test {
 protected:
  std::vector<std::string> Wait(absl::Duration timeout = absl::ZeroDuration()) {
    const int count = poller_->Wait(absl::MakeSpan(events_), timeout);
    return EventTexts(events_, count);
  }

  RecordingSelect calls_;
  FixedWake wake_{51};
  std::unique_ptr<SelectPoller> poller_ =
      SelectPoller::Create(calls_, wake_).value();
  std::array<PollEvent, 4> events_;
};

TEST_F(SelectPollerAsks, ForEachInterestInASetOfItsOwn) {
  poller_->Add(7, kPollReadable | kPollWritable, 70);
  poller_->Add(5, kPollPriority, 50);
  poller_->Add(6, 0, 60);
  Wait();
  EXPECT_THAT(calls_.asked, ElementsAre("read 51 7; write 7; except 5"));
}

TEST_F(SelectPollerAsks, ForTheTimeThatThereIsAndNeverForLessThanNone) {
  Wait(absl::Nanoseconds(1500));
  EXPECT_EQ(calls_.last_timeout, absl::Nanoseconds(1500));
  Wait(absl::InfiniteDuration());
  EXPECT_EQ(calls_.last_timeout, absl::InfiniteDuration());
  Wait(-absl::Seconds(1));
  EXPECT_EQ(calls_.last_timeout, absl::ZeroDuration());
}

TEST_F(SelectPollerAsks, AndMakesOneEventOfWhatIsInSeveralSets) {
  poller_->Add(7, kPollReadable | kPollWritable, 70);
  poller_->Add(5, kPollPriority, 50);
  calls_.next_sets = {{7}, {7}, {5}};
  EXPECT_THAT(Wait(), ElementsAre("70: readable|writable", "50: priority"));
}

TEST_F(SelectPollerAsks, AndPassesOnAnErrorThatIsNoInterruption) {
  calls_.next_error = -ENOMEM;
  EXPECT_THAT(Wait(), ElementsAre(absl::StrCat(-ENOMEM)));
  calls_.next_error = -EINTR;
  EXPECT_THAT(Wait(), ElementsAre());
}

TEST_F(SelectPollerAsks, AndDiesOfAWaitWithoutRoom) {
  EXPECT_DEATH(poller_->Wait({}, absl::ZeroDuration()),
               "room for at least one event");
}

// --- One closed descriptor --------------------------------------------------

TEST_F(SelectPollerAsks, EachDescriptorByItselfWhichOfThemIsClosed) {
  poller_->Add(7, kPollReadable, 70);
  poller_->Add(8, kPollReadable, 80);
  calls_.closed = {7};
  EXPECT_THAT(Wait(absl::InfiniteDuration()), ElementsAre("70: error"));
  EXPECT_THAT(
      calls_.asked,
      ElementsAre("read 51 7 8; write ; except ", "read 51; write ; except ",
                  "read 7; write ; except ", "read 8; write ; except "));
  EXPECT_EQ(calls_.last_timeout, absl::ZeroDuration());
}

TEST_F(SelectPollerAsks, AboutTheOthersAgainWhenTheClosedOneIsRemoved) {
  poller_->Add(7, kPollReadable, 70);
  poller_->Add(8, kPollReadable, 80);
  calls_.closed = {7};
  Wait();
  poller_->Remove(7);
  calls_.next_sets.read = {8};
  EXPECT_THAT(Wait(), ElementsAre("80: readable"));
}

TEST_F(SelectPollerAsks, EachForItsInterestBesideOneThatStaysClosed) {
  poller_->Add(7, kPollWritable, 70);
  poller_->Add(8, kPollReadable | kPollWritable, 80);
  poller_->Add(9, kPollPriority, 90);
  calls_.closed = {7};
  calls_.next_sets = {{8}, {8}, {9}};
  EXPECT_THAT(Wait(), ElementsAre("70: error", "80: readable|writable",
                                  "90: priority"));
  EXPECT_THAT(
      calls_.asked,
      ElementsAre("read 51 8; write 7 8; except 9", "read 51; write ; except ",
                  "read ; write 7; except ", "read 8; write 8; except ",
                  "read ; write ; except 9"));
}

// Another thread has given the number away again.
TEST_F(SelectPollerAsks, AndHasNothingToReportIfNoneIsClosedAnyMore) {
  poller_->Add(7, kPollReadable, 70);
  calls_.next_error = -EBADF;
  EXPECT_THAT(Wait(), ElementsAre());
  calls_.next_sets.read = {7};
  EXPECT_THAT(Wait(), ElementsAre("70: readable"));
}

TEST_F(SelectPollerAsks, AndCannotGoOnWithoutItsWakeDescriptor) {
  poller_->Add(7, kPollReadable, 70);
  calls_.closed = {7, 51};
  EXPECT_THAT(Wait(), ElementsAre(absl::StrCat(-EBADF)));
}

TEST_F(SelectPollerAsks, WhetherTheWakeDescriptorIsThereWithoutReportingIt) {
  calls_.next_sets.read = {51};
  EXPECT_THAT(Wait(), ElementsAre());
}

// --- Large descriptors ------------------------------------------------------

TEST_F(SelectPollerAsks, AboutNoDescriptorThatASetHasNoRoomFor) {
  EXPECT_EQ(poller_->Add(kSelectSetSize - 1, kPollReadable, 1), 0);
  EXPECT_EQ(poller_->Add(kSelectSetSize, kPollReadable, 2), -ERANGE);
}

// As on Windows, where the number of a descriptor says nothing.
TEST(SelectPoller, RefusesWhatTheCallsHaveNoRoomFor) {
  class RoomForTwo : public RecordingSelect {
    bool HasRoom(int, size_t others) const override { return others < 2; }
  };
  RoomForTwo calls;
  FixedWake wake(2 * kSelectSetSize);
  const auto poller = SelectPoller::Create(calls, wake).value();
  EXPECT_EQ(poller->Add(3 * kSelectSetSize, kPollReadable, 1), 0);
  EXPECT_EQ(poller->Add(7, kPollReadable, 2), -ERANGE);
}

TEST(SelectPoller, CannotBeMadeWithALargeWakeDescriptorAndClosesIt) {
  RecordingSelect calls;
  FixedWake wake(kSelectSetSize);
  EXPECT_THAT(SelectPoller::Create(calls, wake),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       "select(the wake fd): ERANGE: select takes descriptors "
                       "below 1024 only (on Windows: no more than 1024); use "
                       "another backend"));
  EXPECT_TRUE(wake.is_closed());
}

}  // namespace
}  // namespace cloche

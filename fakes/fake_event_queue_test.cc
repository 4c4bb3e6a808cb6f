// FakeEventQueue: what is next, and what could just as well be next.

#include "cloche/fakes/fake_event_queue.h"

#include <string>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

absl::Time Second(int second) {
  return absl::UnixEpoch() + absl::Seconds(second);
}

class FakeEventQueueTest : public ::testing::Test {
 protected:
  void Schedule(char name, int second, FakeEventQueue::Lane lane = 0) {
    queue_.Schedule(Second(second), [=, this] { log_ += name; }, lane);
  }

  FakeEventQueue queue_;
  std::string log_;
};

TEST_F(FakeEventQueueTest, TakesWhatIsDueFirstAndThenWhatWasScheduledFirst) {
  Schedule('c', 2);
  Schedule('a', 1);
  Schedule('b', 1);
  for (int i = 0; i < 3; ++i) queue_.Pop()();
  EXPECT_EQ(log_, "abc");
}

TEST_F(FakeEventQueueTest, HasOneCandidateInEachLane) {
  Schedule('a', 1, /*lane=*/7);
  Schedule('b', 1, /*lane=*/7);
  Schedule('c', 1, /*lane=*/8);
  EXPECT_EQ(queue_.CountCandidates(), 2u);
}

TEST_F(FakeEventQueueTest, HasNoCandidateOfALaterInstant) {
  Schedule('a', 1, /*lane=*/7);
  Schedule('b', 2, /*lane=*/8);
  EXPECT_EQ(queue_.CountCandidates(), 1u);
}

TEST_F(FakeEventQueueTest, TakesTheFirstOfALaneBeforeItsSecond) {
  Schedule('a', 1, /*lane=*/7);
  Schedule('b', 1, /*lane=*/8);
  Schedule('c', 1, /*lane=*/8);
  queue_.PopCandidate(1)();
  queue_.PopCandidate(1)();
  queue_.Pop()();
  EXPECT_EQ(log_, "bca");
}

TEST_F(FakeEventQueueTest, DelaysWhatIsDueBeforeInItsOrder) {
  Schedule('a', 1, /*lane=*/7);
  Schedule('b', 2, /*lane=*/8);
  Schedule('c', 4, /*lane=*/7);
  queue_.Delay(Second(3));
  EXPECT_EQ(queue_.NextDue(), Second(3));
  for (int i = 0; i < 3; ++i) queue_.Pop()();
  EXPECT_EQ(log_, "abc");
}

TEST_F(FakeEventQueueTest, DelaysWhatFollowsInTheSameLane) {
  Schedule('a', 1, /*lane=*/7);
  queue_.Delay(Second(3));
  Schedule('b', 2, /*lane=*/7);
  Schedule('c', 2, /*lane=*/8);
  for (int i = 0; i < 3; ++i) queue_.Pop()();
  EXPECT_EQ(log_, "cab");
}

TEST_F(FakeEventQueueTest, DelaysWhatFollowsInTheSameLaneAfterASecondDelayToo) {
  Schedule('a', 1, /*lane=*/7);
  queue_.Delay(Second(3));
  queue_.Delay(Second(3));
  Schedule('b', 2, /*lane=*/7);
  for (int i = 0; i < 2; ++i) queue_.Pop()();
  EXPECT_EQ(log_, "ab");
}

TEST_F(FakeEventQueueTest, ASecondDelayMayBeLonger) {
  Schedule('a', 1, /*lane=*/7);
  queue_.Delay(Second(3));
  queue_.Delay(Second(4));
  Schedule('b', 3, /*lane=*/7);
  for (int i = 0; i < 2; ++i) queue_.Pop()();
  EXPECT_EQ(log_, "ab");
}

TEST_F(FakeEventQueueTest, DelaysNoScripts) {
  Schedule('a', 1);
  queue_.Delay(Second(3));
  EXPECT_EQ(queue_.NextDue(), Second(1));
}

TEST_F(FakeEventQueueTest, HasNoCandidatesWhenItIsEmpty) {
  EXPECT_EQ(queue_.CountCandidates(), 0u);
}

TEST_F(FakeEventQueueTest, ToTakeWhatIsNotThereIsAMistake) {
  EXPECT_DEATH(queue_.Pop(), "no event is left");
  Schedule('a', 1);
  EXPECT_DEATH(queue_.PopCandidate(1), "no such event");
}

}  // namespace
}  // namespace cloche

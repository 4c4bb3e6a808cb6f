// Tests of IntrusiveList. Next: base/intrusive_list.h.

#include "cloche/base/intrusive_list.h"

#include <memory>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Red;
struct Blue;

// In two lists at once, one per colour.
struct Bead : ListNode<Red>, ListNode<Blue> {
  explicit Bead(int number) : number(number) {}
  int number;
};

using RedList = IntrusiveList<Bead, Red>;
using BlueList = IntrusiveList<Bead, Blue>;

template <typename List>
std::vector<int> Numbers(const List& list) {
  std::vector<int> numbers;
  for (Bead* bead = list.Front(); bead != nullptr; bead = list.Next(*bead)) {
    numbers.push_back(bead->number);
  }
  return numbers;
}

class IntrusiveListTest : public ::testing::Test {
 protected:
  Bead one_{1}, two_{2}, three_{3};
  RedList list_;
};

TEST_F(IntrusiveListTest, StartsEmpty) {
  EXPECT_TRUE(list_.empty());
  EXPECT_EQ(list_.Front(), nullptr);
  EXPECT_EQ(list_.Back(), nullptr);
  EXPECT_EQ(list_.PopFront(), nullptr);
  EXPECT_EQ(list_.CountSlowly(), 0u);
}

TEST_F(IntrusiveListTest, PushBackKeepsTheOrderOfArrival) {
  list_.PushBack(one_);
  list_.PushBack(two_);
  list_.PushBack(three_);
  EXPECT_THAT(Numbers(list_), ElementsAre(1, 2, 3));
  EXPECT_EQ(list_.Front(), &one_);
  EXPECT_EQ(list_.Back(), &three_);
  EXPECT_EQ(list_.CountSlowly(), 3u);
}

TEST_F(IntrusiveListTest, PushFrontReversesTheOrderOfArrival) {
  list_.PushFront(one_);
  list_.PushFront(two_);
  EXPECT_THAT(Numbers(list_), ElementsAre(2, 1));
}

TEST_F(IntrusiveListTest, PopFrontTakesTheFirstElementOut) {
  list_.PushBack(one_);
  list_.PushBack(two_);
  EXPECT_EQ(list_.PopFront(), &one_);
  EXPECT_FALSE(one_.ListNode<Red>::linked());
  EXPECT_THAT(Numbers(list_), ElementsAre(2));
}

TEST_F(IntrusiveListTest, AnElementLeavesFromTheMiddleByItself) {
  list_.PushBack(one_);
  list_.PushBack(two_);
  list_.PushBack(three_);
  two_.ListNode<Red>::Unlink();
  EXPECT_THAT(Numbers(list_), ElementsAre(1, 3));
}

TEST_F(IntrusiveListTest, UnlinkingWhatIsInNoListDoesNothing) {
  one_.ListNode<Red>::Unlink();
  EXPECT_FALSE(one_.ListNode<Red>::linked());
}

TEST_F(IntrusiveListTest, AnElementThatLeftCanComeBack) {
  list_.PushBack(one_);
  list_.PushBack(two_);
  one_.ListNode<Red>::Unlink();
  list_.PushBack(one_);
  EXPECT_THAT(Numbers(list_), ElementsAre(2, 1));
}

TEST_F(IntrusiveListTest, DestroyingAnElementUnlinksIt) {
  auto mortal = std::make_unique<Bead>(4);
  list_.PushBack(one_);
  list_.PushBack(*mortal);
  list_.PushBack(two_);
  mortal.reset();
  EXPECT_THAT(Numbers(list_), ElementsAre(1, 2));
}

TEST_F(IntrusiveListTest, DestroyingTheListUnlinksItsElements) {
  {
    RedList mortal;
    mortal.PushBack(one_);
    mortal.PushBack(two_);
    EXPECT_TRUE(one_.ListNode<Red>::linked());
  }
  EXPECT_FALSE(one_.ListNode<Red>::linked());
  EXPECT_FALSE(two_.ListNode<Red>::linked());
}

TEST_F(IntrusiveListTest, OneElementIsInOneListPerTagAtTheSameTime) {
  BlueList blue;
  list_.PushBack(one_);
  list_.PushBack(two_);
  blue.PushBack(two_);
  blue.PushBack(one_);
  two_.ListNode<Red>::Unlink();
  EXPECT_THAT(Numbers(list_), ElementsAre(1));
  EXPECT_THAT(Numbers(blue), ElementsAre(2, 1));
}

TEST_F(IntrusiveListTest, AppendMovesAllOfTheOtherListToTheEnd) {
  RedList other;
  list_.PushBack(one_);
  other.PushBack(two_);
  other.PushBack(three_);
  list_.Append(other);
  EXPECT_THAT(Numbers(list_), ElementsAre(1, 2, 3));
  EXPECT_EQ(list_.Back(), &three_);
  EXPECT_THAT(Numbers(other), IsEmpty());
}

TEST_F(IntrusiveListTest, WhatWasAppendedUnlinksFromItsNewList) {
  RedList other;
  list_.PushBack(one_);
  other.PushBack(two_);
  list_.Append(other);
  other.PushBack(three_);
  two_.ListNode<Red>::Unlink();
  EXPECT_THAT(Numbers(list_), ElementsAre(1));
  EXPECT_THAT(Numbers(other), ElementsAre(3));
}

TEST_F(IntrusiveListTest, AppendingAnEmptyListChangesNothing) {
  RedList other;
  list_.PushBack(one_);
  list_.Append(other);
  EXPECT_THAT(Numbers(list_), ElementsAre(1));
}

TEST_F(IntrusiveListTest, AppendingToAnEmptyListMovesEverything) {
  RedList other;
  other.PushBack(one_);
  other.PushBack(two_);
  list_.Append(other);
  EXPECT_THAT(Numbers(list_), ElementsAre(1, 2));
  EXPECT_TRUE(other.empty());
}

TEST_F(IntrusiveListTest, LinkingTwiceIsABugAndAborts) {
  list_.PushBack(one_);
  EXPECT_DEATH(list_.PushBack(one_), "one list per tag only");
}

}  // namespace
}  // namespace cloche

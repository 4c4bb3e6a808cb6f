// InterestTable: who is in it, and in which order.

#include "cloche/poller/interest_table.h"

#include <cerrno>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;

class InterestTableTest : public ::testing::Test {
 protected:
  std::vector<int> Descriptors() const {
    std::vector<int> fds;
    for (const InterestTable::Entry& entry : table_.entries()) {
      fds.push_back(entry.fd);
      EXPECT_EQ(&entry, &table_.entries()[table_.Find(entry.fd)]);
    }
    return fds;
  }
  InterestTable table_;
};

TEST_F(InterestTableTest, HasWhoWasAddedInThatOrder) {
  for (const int fd : {9, 3, 7}) EXPECT_EQ(table_.Add(fd, 1, 100), 0);
  EXPECT_THAT(Descriptors(), ElementsAre(9, 3, 7));
}

TEST_F(InterestTableTest, PutsTheLastInThePlaceOfWhoIsRemoved) {
  for (const int fd : {9, 3, 7}) table_.Add(fd, 1, 100);
  EXPECT_EQ(table_.Remove(9), 0);
  EXPECT_THAT(Descriptors(), ElementsAre(7, 3));
  EXPECT_EQ(table_.Remove(3), 0);
  EXPECT_EQ(table_.Remove(7), 0);
  EXPECT_THAT(Descriptors(), ElementsAre());
}

TEST_F(InterestTableTest, ModifyReplacesInterestAndToken) {
  table_.Add(3, 1, 100);
  EXPECT_EQ(table_.Modify(3, 2, 200), 0);
  EXPECT_EQ(table_.entries()[0].interest, 2);
  EXPECT_EQ(table_.entries()[0].token, 200u);
}

TEST_F(InterestTableTest, RefusesAsEpollDoes) {
  EXPECT_EQ(table_.Add(-1, 1, 100), -EBADF);
  EXPECT_EQ(table_.Modify(-1, 1, 100), -ENOENT);
  EXPECT_EQ(table_.Remove(3), -ENOENT);
  table_.Add(3, 1, 100);
  EXPECT_EQ(table_.Add(3, 1, 100), -EEXIST);
  EXPECT_EQ(table_.Remove(99), -ENOENT);
}

TEST_F(InterestTableTest, TakesADescriptorAgainThatWasRemoved) {
  table_.Add(3, 1, 100);
  table_.Remove(3);
  EXPECT_EQ(table_.Add(3, 1, 200), 0);
  EXPECT_THAT(Descriptors(), ElementsAre(3));
}

}  // namespace
}  // namespace cloche

// ReceiveBuffer: what is used makes room, what is not stays, and there is never
// more than the limit.

#include "cloche/http/receive_buffer.h"

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

// What reading these bytes does to it, in as many reads as that takes.
void Receive(ReceiveBuffer& buffer, absl::string_view bytes) {
  while (!bytes.empty()) {
    const absl::Span<char> room = buffer.Room();
    ASSERT_FALSE(room.empty());
    const size_t size = bytes.copy(room.data(), room.size());
    buffer.Add(size);
    bytes.remove_prefix(size);
  }
}

TEST(ReceiveBuffer, IsEmptyAtFirst) {
  const ReceiveBuffer buffer(100);
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.data(), "");
}

TEST(ReceiveBuffer, GivesDataInTheOrderInWhichItCame) {
  ReceiveBuffer buffer(100);
  Receive(buffer, "abc");
  Receive(buffer, "def");
  EXPECT_EQ(buffer.data(), "abcdef");
  EXPECT_FALSE(buffer.empty());
}

TEST(ReceiveBuffer, LeavesWhatWasNotUsed) {
  ReceiveBuffer buffer(100);
  Receive(buffer, "abcdef");
  buffer.Use(2);
  EXPECT_EQ(buffer.data(), "cdef");
  Receive(buffer, "ghi");
  EXPECT_EQ(buffer.data(), "cdefghi");
}

TEST(ReceiveBuffer, IsEmptyWhenAllIsUsedOrCleared) {
  ReceiveBuffer buffer(100);
  Receive(buffer, "abc");
  buffer.Use(3);
  EXPECT_TRUE(buffer.empty());
  Receive(buffer, "def");
  buffer.Clear();
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.Room().size(), 100u);
}

TEST(ReceiveBuffer, HasRoomUntilTheDataHasReachedTheLimit) {
  ReceiveBuffer buffer(10000);
  std::string all;
  for (int i = 0; i < 100; ++i) {
    const std::string part(100, static_cast<char>('a' + i % 26));
    Receive(buffer, part);
    all += part;
    EXPECT_EQ(buffer.Room().empty(), all.size() == 10000) << all.size();
  }
  EXPECT_TRUE(buffer.data() == all);
}

TEST(ReceiveBuffer, NeverOffersMoreThanTheLimit) {
  ReceiveBuffer buffer(5000);
  size_t size = 0;
  while (!buffer.Room().empty()) {
    const size_t room = buffer.Room().size();
    EXPECT_LE(size + room, 5000u);
    buffer.Add(room);
    size += room;
  }
  EXPECT_EQ(size, 5000u);
}

TEST(ReceiveBuffer, GetsTheRoomOfUsedDataBack) {
  ReceiveBuffer buffer(10);
  Receive(buffer, "0123456789");
  buffer.Use(7);
  EXPECT_EQ(buffer.Room().size(), 7u);
  EXPECT_EQ(buffer.data(), "789");
}

TEST(ReceiveBuffer, MayBeAsSmallAsOneByte) {
  ReceiveBuffer buffer(1);
  Receive(buffer, "a");
  EXPECT_TRUE(buffer.Room().empty());
  buffer.Use(1);
  Receive(buffer, "b");
  EXPECT_EQ(buffer.data(), "b");
}

// Most connections need no more, and 10,000 of them wait.
TEST(ReceiveBuffer, BeginsSmall) {
  ReceiveBuffer buffer(1000000);
  EXPECT_LE(buffer.Room().size(), 4096u);
}

}  // namespace
}  // namespace cloche

// ByteBuffer: what is used makes room, what is not stays, and there is never
// more than the limit.

#include "cloche/http/byte_buffer.h"

#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

// What reading these bytes does to it, in as many reads as that takes.
void Receive(ByteBuffer& buffer, absl::string_view bytes) {
  while (!bytes.empty()) {
    const absl::Span<char> room = buffer.Room();
    ASSERT_FALSE(room.empty());
    const size_t size = bytes.copy(room.data(), room.size());
    buffer.Add(size);
    bytes.remove_prefix(size);
  }
}

TEST(ByteBuffer, IsEmptyAtFirst) {
  const ByteBuffer buffer(100);
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.data(), "");
}

TEST(ByteBuffer, GivesDataInTheOrderInWhichItCame) {
  ByteBuffer buffer(100);
  Receive(buffer, "abc");
  Receive(buffer, "def");
  EXPECT_EQ(buffer.data(), "abcdef");
  EXPECT_FALSE(buffer.empty());
}

TEST(ByteBuffer, LeavesWhatWasNotUsed) {
  ByteBuffer buffer(100);
  Receive(buffer, "abcdef");
  buffer.Use(2);
  EXPECT_EQ(buffer.data(), "cdef");
  Receive(buffer, "ghi");
  EXPECT_EQ(buffer.data(), "cdefghi");
}

TEST(ByteBuffer, IsEmptyWhenAllIsUsedOrCleared) {
  ByteBuffer buffer(100);
  Receive(buffer, "abc");
  buffer.Use(3);
  EXPECT_TRUE(buffer.empty());
  Receive(buffer, "def");
  buffer.Clear();
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.Room().size(), 100u);
}

TEST(ByteBuffer, HasRoomUntilTheDataHasReachedTheLimit) {
  ByteBuffer buffer(10000);
  std::string all;
  for (int i = 0; i < 100; ++i) {
    const std::string part(100, static_cast<char>('a' + i % 26));
    Receive(buffer, part);
    all += part;
    EXPECT_EQ(buffer.Room().empty(), all.size() == 10000) << all.size();
  }
  EXPECT_TRUE(buffer.data() == all);
}

TEST(ByteBuffer, NeverOffersMoreThanTheLimit) {
  ByteBuffer buffer(5000);
  size_t size = 0;
  while (!buffer.Room().empty()) {
    const size_t room = buffer.Room().size();
    EXPECT_LE(size + room, 5000u);
    buffer.Add(room);
    size += room;
  }
  EXPECT_EQ(size, 5000u);
}

TEST(ByteBuffer, GetsTheRoomOfUsedDataBack) {
  ByteBuffer buffer(10);
  Receive(buffer, "0123456789");
  buffer.Use(7);
  EXPECT_EQ(buffer.Room().size(), 7u);
  EXPECT_EQ(buffer.data(), "789");
}

TEST(ByteBuffer, MayBeAsSmallAsOneByte) {
  ByteBuffer buffer(1);
  Receive(buffer, "a");
  EXPECT_TRUE(buffer.Room().empty());
  buffer.Use(1);
  Receive(buffer, "b");
  EXPECT_EQ(buffer.data(), "b");
}

// Most connections need no more, and 10,000 of them wait.
TEST(ByteBuffer, BeginsSmall) {
  ByteBuffer buffer(1000000);
  EXPECT_LE(buffer.Room().size(), 4096u);
}

// --- Output -----------------------------------------------------------------

TEST(ByteBufferAppend, PutsBytesBehindTheDataHoweverManyThereAre) {
  ByteBuffer buffer;
  std::string all;
  for (int i = 0; i < 1000; ++i) {
    const std::string part(i, static_cast<char>('a' + i % 26));
    buffer.Append(part);
    all += part;
  }
  EXPECT_TRUE(buffer.data() == all);
}

TEST(ByteBufferAppend, TakesMoreAtOnceThanTwiceWhatThereIs) {
  ByteBuffer buffer;
  buffer.Append("a");
  buffer.Append(std::string(100000, 'b'));
  EXPECT_TRUE(buffer.data() == "a" + std::string(100000, 'b'));
}

TEST(ByteBufferAppend, UsesTheRoomOfWhatWasUsed) {
  ByteBuffer buffer(2048);
  buffer.Append(std::string(2000, 'a'));
  buffer.Use(1999);
  buffer.Append(std::string(2047, 'b'));
  EXPECT_TRUE(buffer.data() == "a" + std::string(2047, 'b'));
}

TEST(ByteBufferAppend, OfNothingChangesNothing) {
  ByteBuffer buffer;
  buffer.Append("");
  buffer.Append(absl::string_view());
  EXPECT_TRUE(buffer.empty());
}

TEST(ByteBufferAppendDeathTest, EndsTheProgramBeyondTheLimit) {
  ByteBuffer buffer(10);
  EXPECT_DEATH(buffer.Append("12345678901"), "beyond the buffer's limit");
}

// --- Moving -----------------------------------------------------------------

TEST(ByteBuffer, MovesWithItsDataAndLeavesNothing) {
  ByteBuffer from(5000);
  Receive(from, "abcdef");
  from.Use(2);
  ByteBuffer to(1);
  Receive(to, "x");
  to = std::move(from);
  EXPECT_EQ(to.data(), "cdef");
  EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move)
}

TEST(ByteBuffer, TakesItsLimitAlongWhenItMoves) {
  ByteBuffer from(100);
  ByteBuffer to;
  to = std::move(from);
  EXPECT_EQ(to.Room().size(), 100u);
}

}  // namespace
}  // namespace cloche

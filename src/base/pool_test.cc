#include "cloche/base/pool.h"

#include <cstdint>
#include <cstring>
#include <set>
#include <vector>

#include "gtest/gtest.h"

namespace cloche {
namespace {

// Where sanitizers watch memory, the pool stands aside.
bool PoolsHere() { return PoolBlockSize(1) > 1; }

class Sizes : public ::testing::TestWithParam<size_t> {};

TEST_P(Sizes, GetABlockThatHoldsThem) {
  const size_t size = GetParam();
  EXPECT_GE(PoolBlockSize(size), size);
  void* block = PoolAllocate(size);
  std::memset(block, 0xff, size);  // AddressSanitizer looks on.
  EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % alignof(std::max_align_t), 0u);
  PoolFree(block, size);
}

TEST_P(Sizes, GetTheSameBlockAgainAfterItWasGivenBack) {
  const size_t size = GetParam();
  if (!PoolsHere() || size > 16 * 1024) return;  // Then malloc decides.
  void* first = PoolAllocate(size);
  PoolFree(first, size);
  void* second = PoolAllocate(size);
  EXPECT_EQ(second, first);
  PoolFree(second, size);
}

INSTANTIATE_TEST_SUITE_P(Pool, Sizes,
                         ::testing::Values(0, 1, 31, 32, 33, 500, 1023, 1024,
                                           1025, 2048, 2049, 16384, 16385,
                                           1000000));

TEST(Pool, WastesLessThanAStepOfASmallBlock) {
  if (!PoolsHere()) return;
  for (size_t size = 1; size <= 1024; ++size) {
    EXPECT_LT(PoolBlockSize(size) - size, 16u) << size;
  }
}

TEST(Pool, GivesNoBlockTwiceWhileItIsInUse) {
  std::set<char*> blocks;
  for (int i = 0; i < 5000; ++i) {  // More than one slab.
    char* block = static_cast<char*>(PoolAllocate(48));
    const auto [place, is_new] = blocks.insert(block);
    ASSERT_TRUE(is_new);
    if (place != blocks.begin()) EXPECT_GE(block - *std::prev(place), 48);
  }
  for (char* block : blocks) PoolFree(block, 48);
}

TEST(Pool, KnowsHowMuchIsInUse) {
  if (!PoolsHere()) return;
  const size_t before = PoolBytesInUse();
  void* block = PoolAllocate(100);
  EXPECT_EQ(PoolBytesInUse(), before + PoolBlockSize(100));
  PoolFree(block, 100);
  EXPECT_EQ(PoolBytesInUse(), before);
}

class Thing : public Pooled {
 public:
  virtual ~Thing() = default;
  char bytes[100];
};

TEST(Pool, HoldsObjectsOfClassesThatWantIt) {
  Thing* first = new Thing;
  delete first;
  Thing* second = new Thing;
  if (PoolsHere()) EXPECT_EQ(first, second);
  delete second;
}

}  // namespace
}  // namespace cloche

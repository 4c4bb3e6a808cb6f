// The pool's blocks against malloc and free, in one process.
//
// Two patterns, for blocks as large as a small coroutine frame, a large one,
// and a buffer:
//
//   few   4 blocks are allocated and freed in reverse, as the frames of tasks
//         that call each other are
//   many  1000 blocks are live, and 100 of them, from all over the memory, go
//         before 100 others come, as with the connections of a server
//
//   ./cloche bench pool
//
// Next: src/base/pool.h.

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <random>
#include <vector>

#include "benchmark/benchmark.h"
#include "cloche/base/pool.h"
#include "cloche/benchmarks/paired.h"

namespace cloche {
namespace {

// Both ways under the names that they share. Each block is written to once, as
// whoever asks for one will.
struct Pool {
  static void* Allocate(size_t size) { return Touched(PoolAllocate(size)); }
  static void Free(void* block, size_t size) { PoolFree(block, size); }
  static void* Touched(void* block) {
    *static_cast<char*>(block) = 1;
    return block;
  }
};

struct Plain {
  static void* Allocate(size_t size) {
    return Pool::Touched(std::malloc(size));
  }
  static void Free(void* block, size_t) { std::free(block); }
};

constexpr int kFew = 4;
constexpr int kMany = 1000;
constexpr int kBurst = 100;

template <typename Memory>
void FewInReverse(size_t size) {
  void* blocks[kFew];
  for (void*& block : blocks) {
    block = Memory::Allocate(size);
    benchmark::DoNotOptimize(block);
  }
  for (int i = kFew - 1; i >= 0; --i) Memory::Free(blocks[i], size);
}

// Many live blocks, all of which each call replaces, a burst at a time.
template <typename Memory>
class ManyLive {
 public:
  explicit ManyLive(size_t size) : size_(size), blocks_(kMany) {
    for (void*& block : blocks_) block = Memory::Allocate(size_);
    std::shuffle(blocks_.begin(), blocks_.end(), std::mt19937(1));
  }
  ManyLive(const ManyLive&) = delete;
  ManyLive& operator=(const ManyLive&) = delete;
  ~ManyLive() {
    for (void* block : blocks_) Memory::Free(block, size_);
  }

  void ReplaceAll() {
    for (int burst = 0; burst < kMany; burst += kBurst) {
      for (int i = 0; i < kBurst; ++i) Memory::Free(blocks_[burst + i], size_);
      for (int i = 0; i < kBurst; ++i) {
        blocks_[burst + i] = Memory::Allocate(size_);
      }
    }
  }

 private:
  const size_t size_;
  std::vector<void*> blocks_;
};

// Per block: one allocation and one release.
void BM_PooledBlocks(benchmark::State& state) {
  const auto size = static_cast<size_t>(state.range(0));
  if (state.range(1) == kFew) {
    RunPaired(
        state, [size] { FewInReverse<Pool>(size); },
        [size] { FewInReverse<Plain>(size); }, kFew);
    return;
  }
  ManyLive<Pool> pool(size);
  ManyLive<Plain> plain(size);
  RunPaired(
      state, [&] { pool.ReplaceAll(); }, [&] { plain.ReplaceAll(); }, kMany);
}
BENCHMARK(BM_PooledBlocks)
    ->ArgNames({"bytes", "live"})
    ->ArgsProduct({{100, 500, 2000}, {kFew, kMany}});

}  // namespace
}  // namespace cloche

// What a look at the clock costs, and what stands in for it.
//
//   bazel run -c opt //benchmarks:clock_benchmark
//
// Next: src/loop/loop.h, turn_began.

#include "absl/time/time.h"
#include "benchmark/benchmark.h"
#include "cloche/benchmarks/paired.h"
#include "cloche/loop/loop.h"
#include "cloche/loop/system_environment.h"

namespace cloche {
namespace {

// Per deadline that is set.
void BM_TurnTime(benchmark::State& state) {
  const auto system = SystemEnvironment::Create("epoll").value();
  Loop loop(system->MakeEnvironment());
  RunPaired(
      state,
      [&] { benchmark::DoNotOptimize(loop.turn_began() + absl::Minutes(1)); },
      [&] { benchmark::DoNotOptimize(loop.Now() + absl::Minutes(1)); });
}
BENCHMARK(BM_TurnTime);

}  // namespace
}  // namespace cloche

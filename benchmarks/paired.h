// RunPaired: a clever way and the plain way, measured beside each other.
//
// How it works: both run in one process, in turn, and within each round in both
// orders, since whoever comes second finds what the first has left behind.
// Whatever else the machine does then hits both alike, so that their ratio
// holds even where the nanoseconds do not:
//
//   round 1:  [clever x batch] [plain x batch] [plain x batch] [clever x batch]
//              \_______ both clever times and both plain times: a ratio ______/
//   round 2:  the same again                                    another ratio
//   ...       their median, and the quartiles around it
//
// What is shorter than the clock can measure is repeated within a round (the
// batch), so a way may be anything from a nanosecond to seconds.
//
//   void BM_ParseByTable(benchmark::State& state) {
//     RunPaired(state, [] { ByTable(kText); }, [] { ByBranches(kText); });
//   }
//   BENCHMARK(BM_ParseByTable);
//
// The counters: clever_ns and plain_ns (medians), ratio (plain through clever:
// above 1, the clever way is the faster one), ratio_p25 and ratio_p75. These
// two say how far single rounds differ. Where 1 lies between them, run it
// again, and believe only what every run says.
//
// Times are CPU time of the thread, the kernel's on its behalf included;
// waiting is not.
//
// Main disadvantage: each way finds the caches as the other has left them, as
// it seldom does in a program.
//
// Next: timers_benchmark.cc, which uses it.

#ifndef CLOCHE_BENCHMARKS_PAIRED_H_
#define CLOCHE_BENCHMARKS_PAIRED_H_

#include <time.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "benchmark/benchmark.h"

namespace cloche {

// The value below which `share` of all lie, 0 being the least and 1 the most;
// between two values, what a straight line gives. `values` must not be empty.
inline double Quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  const double place = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, values.size() - 1);
  const double rest = place - static_cast<double>(below);
  return values[below] + rest * (values[above] - values[below]);
}

// CPU time of this thread so far: what others do on the same core is not in it.
inline double ThreadNanoseconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 +
         static_cast<double>(now.tv_nsec);
}

// What `batch` calls of `way` take.
template <typename Way>
double TimeBatch(Way& way, int64_t batch) {
  const double start = ThreadNanoseconds();
  for (int64_t i = 0; i < batch; ++i) {
    way();
    benchmark::ClobberMemory();  // No call may be merged with the next.
  }
  return ThreadNanoseconds() - start;
}

// How many calls take so long that reading the clock is nothing beside them.
// Also the warm-up.
template <typename Way>
int64_t BatchSize(Way& way) {
  constexpr double kLongEnoughNs = 500'000;
  int64_t batch = 1;
  while (TimeBatch(way, batch) < kLongEnoughNs) batch *= 2;
  return batch;
}

// What the rounds have shown, per operation.
struct PairedTimes {
  std::vector<double> clever_ns;
  std::vector<double> plain_ns;
  std::vector<double> ratios;

  void Add(double clever, double plain) {
    clever_ns.push_back(clever);
    plain_ns.push_back(plain);
    ratios.push_back(plain / clever);
  }
  void Report(benchmark::State& state) const {
    state.counters["clever_ns"] = Quantile(clever_ns, 0.5);
    state.counters["plain_ns"] = Quantile(plain_ns, 0.5);
    state.counters["ratio"] = Quantile(ratios, 0.5);
    state.counters["ratio_p25"] = Quantile(ratios, 0.25);
    state.counters["ratio_p75"] = Quantile(ratios, 0.75);
  }
};

// Measures both ways and sets the counters above. A way is anything that can be
// called; what it computes must reach benchmark::DoNotOptimize. The nanoseconds
// are per operation, of which each call does `operations`.
template <typename Clever, typename Plain>
void RunPaired(benchmark::State& state, Clever clever, Plain plain,
               int64_t operations = 1) {
  constexpr size_t kFewestRounds = 5;
  const int64_t batch = std::max(BatchSize(clever), BatchSize(plain));
  const auto calls = static_cast<double>(2 * batch * operations);
  PairedTimes times;
  const auto round = [&] {
    const double clever_first = TimeBatch(clever, batch);
    const double plain_twice =
        TimeBatch(plain, batch) + TimeBatch(plain, batch);
    const double clever_twice = clever_first + TimeBatch(clever, batch);
    times.Add(clever_twice / calls, plain_twice / calls);
  };
  for (auto unused : state) round();
  while (times.ratios.size() < kFewestRounds) round();
  times.Report(state);
}

}  // namespace cloche

#endif  // CLOCHE_BENCHMARKS_PAIRED_H_

// TimerQueue's wheel against the plain way, a sorted container, in one process.
//
// The plain queue is what one writes first: a std::multimap from deadline to
// timer, each timer remembering its place so that it can be erased. It takes
// O(log n) and an allocation per insert.
//
//   ./cloche bench timers
//
// Next: src/time/timer_queue.h.

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <vector>

#include "absl/time/time.h"
#include "benchmark/benchmark.h"
#include "cloche/benchmarks/paired.h"
#include "cloche/time/timer_queue.h"

namespace cloche {
namespace {

class NoTimer : public Timer {
 public:
  void OnDeadline() override {}
};

// The wheel under the names that both ways share.
class Wheel {
 public:
  explicit Wheel(int timers) : timers_(timers), queue_(absl::UnixEpoch()) {}
  void Insert(int i, absl::Time deadline) {
    queue_.Insert(timers_[i], deadline);
  }
  void Cancel(int i) { queue_.Cancel(timers_[i]); }
  absl::Time NextDeadline() { return queue_.NextDeadline(); }
  size_t Fire(absl::Time now) { return queue_.Fire(now); }

 private:
  std::vector<NoTimer> timers_;
  TimerQueue queue_;
};

class PlainQueue {
 public:
  explicit PlainQueue(int timers) : places_(timers) {}
  void Insert(int i, absl::Time deadline) {
    places_[i] = queue_.emplace(deadline, i);
  }
  void Cancel(int i) {
    if (!places_[i]) return;
    queue_.erase(*places_[i]);
    places_[i].reset();
  }
  absl::Time NextDeadline() {
    return queue_.empty() ? absl::InfiniteFuture() : queue_.begin()->first;
  }
  size_t Fire(absl::Time now) {
    size_t fired = 0;
    for (; NextDeadline() <= now; ++fired) Cancel(queue_.begin()->second);
    return fired;
  }

 private:
  using Queue = std::multimap<absl::Time, int>;
  Queue queue_;
  std::vector<std::optional<Queue::iterator>> places_;
};

// Timeouts as a server has them: 0 to 60 seconds, all different.
std::vector<absl::Time> Deadlines(int count) {
  std::mt19937_64 random(1);
  std::vector<absl::Time> deadlines(count);
  for (absl::Time& deadline : deadlines) {
    deadline =
        absl::UnixEpoch() +
        absl::Microseconds(static_cast<int64_t>(1 + random() % 60'000'000));
  }
  return deadlines;
}

// What is measured: each of these does its work once for every deadline.

template <typename Queue>
void InsertThenCancel(const std::vector<absl::Time>& deadlines) {
  const int count = static_cast<int>(deadlines.size());
  Queue queue(count);
  for (int i = 0; i < count; ++i) queue.Insert(i, deadlines[i]);
  for (int i = 0; i < count; ++i) queue.Cancel(i);
  benchmark::DoNotOptimize(queue.NextDeadline());
}

template <typename Queue>
void InsertThenFireAll(const std::vector<absl::Time>& deadlines) {
  const int count = static_cast<int>(deadlines.size());
  Queue queue(count);
  for (int i = 0; i < count; ++i) queue.Insert(i, deadlines[i]);
  while (queue.NextDeadline() < absl::InfiniteFuture()) {
    benchmark::DoNotOptimize(queue.Fire(queue.NextDeadline()));
  }
}

using Work = void(const std::vector<absl::Time>&);

void RunBoth(benchmark::State& state, Work& wheel, Work& plain) {
  const std::vector<absl::Time> deadlines =
      Deadlines(static_cast<int>(state.range(0)));
  RunPaired(
      state, [&] { wheel(deadlines); }, [&] { plain(deadlines); },
      state.range(0));
}

// Per timer: one Insert and one Cancel.
void BM_TimerWheelInsertCancel(benchmark::State& state) {
  RunBoth(state, InsertThenCancel<Wheel>, InsertThenCancel<PlainQueue>);
}
BENCHMARK(BM_TimerWheelInsertCancel)->Arg(100)->Arg(10'000)->Arg(1'000'000);

// A queue with a timer for each connection, which puts it off whenever
// something arrives.
template <typename Queue>
class Connections {
 public:
  explicit Connections(const std::vector<absl::Time>& deadlines)
      : deadlines_(deadlines), queue_(static_cast<int>(deadlines.size())) {
    PutAllOff();
  }

  void PutAllOff() {
    for (size_t i = 0; i < deadlines_.size(); ++i) {
      deadlines_[i] += absl::Milliseconds(1);
      queue_.Cancel(static_cast<int>(i));
      queue_.Insert(static_cast<int>(i), deadlines_[i]);
    }
    benchmark::DoNotOptimize(queue_.NextDeadline());
  }

 private:
  std::vector<absl::Time> deadlines_;
  Queue queue_;
};

// Per timer: one Cancel and one Insert, while all the others are in the queue.
void BM_TimerWheelRearm(benchmark::State& state) {
  const auto deadlines = Deadlines(static_cast<int>(state.range(0)));
  Connections<Wheel> wheel(deadlines);
  Connections<PlainQueue> plain(deadlines);
  RunPaired(
      state, [&] { wheel.PutAllOff(); }, [&] { plain.PutAllOff(); },
      state.range(0));
}
BENCHMARK(BM_TimerWheelRearm)->Arg(100)->Arg(10'000)->Arg(1'000'000);

// Per timer: one Insert, its share of the cascades, one Fire.
void BM_TimerWheelFire(benchmark::State& state) {
  RunBoth(state, InsertThenFireAll<Wheel>, InsertThenFireAll<PlainQueue>);
}
BENCHMARK(BM_TimerWheelFire)->Arg(100)->Arg(10'000)->Arg(1'000'000);

}  // namespace
}  // namespace cloche

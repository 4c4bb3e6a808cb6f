// What an idle descriptor costs in each turn of a loop, over each backend of
// the real kernel: one descriptor is ready, all the others are only waited for.
//
// A turn is: make the one ready, wait, drain it, wait for it anew. Where the
// kernel keeps the set that takes as long with ten others as with ten thousand;
// poll and select are handed all of them each time, so they go through all of
// them each time, in the kernel and here. docs/backends.md has the figures.
//
// The busy one is the last in their lists. A kernel that has found one ready
// does not prepare to be woken by those behind it, which is most of the cost;
// a loop that sleeps is never that lucky.
//
// Main disadvantage: the idle ones are eventfds, which the kernel asks more
// quickly than TCP sockets. With sockets, O(n) is steeper.
//
//   ./cloche bench idle_descriptor
//
// Next: poller/poll_poller.h; docs/backends.md; limits/plot_idle.py.

#include <sys/resource.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>

#include "absl/time/time.h"
#include "benchmark/benchmark.h"
#include "cloche/backend/backends.h"
#include "cloche/backend/operation.h"
#include "cloche/base/check.h"
#include "cloche/calls/system_calls.h"
#include "cloche/calls/wake_calls.h"

namespace cloche {
namespace {

// Waits until there is something to read.
class Watch final : public Operation {
 public:
  explicit Watch(int descriptor) {
    kind = OperationKind::kWaitReadable;
    fd = descriptor;
    foreign_descriptor = true;
  }
  void OnHandedBack() override {}
};

// A backend that watches one busy descriptor and so many idle ones.
class Crowd {
 public:
  Crowd(BackendKind kind, int64_t idle)
      : backend_(NewBackend(kind, system_->kernel_calls()).value()) {
    for (int64_t i = 0; i <= idle; ++i) {
      const int fd = wake_.OpenWake();
      CLOCHE_CHECK(fd >= 0, "raise `ulimit -n`");
      StartWaiting(watches_.emplace_back(fd));
    }
  }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;
  ~Crowd() {
    for (const Watch& watch : watches_) backend_->Close(watch.fd);
    while (in_flight_ > 0) Wait();
  }

  void Turn() {
    Watch& busy = watches_.back();
    wake_.SignalWake(busy.fd);
    const size_t before = in_flight_;
    while (in_flight_ == before) Wait();
    wake_.DrainWake(busy.fd);
    StartWaiting(busy);
  }

 private:
  void StartWaiting(Watch& watch) {
    CLOCHE_CHECK(!backend_->Start(watch), "nothing is there to be read");
    ++in_flight_;
  }
  void Wait() {
    OperationList done;
    CLOCHE_CHECK(backend_->Wait(absl::InfiniteDuration(), done).ok(), "wait");
    while (done.PopFront() != nullptr) --in_flight_;
  }

  const std::unique_ptr<SystemCalls> system_ = NewSystemCalls();
  WakeCalls& wake_ = *system_->kernel_calls().wake;
  const std::unique_ptr<Backend> backend_;
  std::deque<Watch> watches_;  // In flight they must not move.
  size_t in_flight_ = 0;
};

void AllowDescriptors() {
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void BM_Turn(benchmark::State& state, BackendKind kind) {
  AllowDescriptors();
  Crowd crowd(kind, state.range(0));
  for (auto _ : state) crowd.Turn();
}
BENCHMARK_CAPTURE(BM_Turn, epoll, BackendKind::kEpoll)
    ->RangeMultiplier(10)
    ->Range(10, 10000);
BENCHMARK_CAPTURE(BM_Turn, epoll_level, BackendKind::kEpollLevel)
    ->RangeMultiplier(10)
    ->Range(10, 10000);
BENCHMARK_CAPTURE(BM_Turn, poll, BackendKind::kPoll)
    ->RangeMultiplier(10)
    ->Range(10, 10000);
BENCHMARK_CAPTURE(BM_Turn, io_uring, BackendKind::kIoUring)
    ->RangeMultiplier(10)
    ->Range(10, 10000);
// Less than FD_SETSIZE, with what a process has besides.
BENCHMARK_CAPTURE(BM_Turn, select, BackendKind::kSelect)
    ->RangeMultiplier(10)
    ->Range(10, 1000);

}  // namespace
}  // namespace cloche

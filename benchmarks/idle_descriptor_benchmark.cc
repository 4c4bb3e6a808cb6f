// What an idle descriptor costs in each turn of a loop, over each poller of the
// real kernel: one descriptor is ready, all the others are only watched.
//
// A turn is: make the one ready, wait, drain it. Where the kernel keeps the set
// that takes as long with ten others as with ten thousand; poll and select are
// handed all of them each time, so they go through all of them each time, in
// the kernel and here. docs/backends.md has the figures.
//
// Main disadvantage: the idle ones are eventfds, which the kernel asks more
// quickly than TCP sockets. With sockets, O(n) is steeper.
//
//   ./cloche bench idle_descriptor
//
// Next: poller/poll_poller.h; docs/backends.md.

#include <sys/resource.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "benchmark/benchmark.h"
#include "cloche/backend/backends.h"
#include "cloche/base/check.h"
#include "cloche/calls/linux_epoll_calls.h"
#include "cloche/calls/linux_poll_calls.h"
#include "cloche/calls/linux_select_calls.h"
#include "cloche/calls/linux_wake_calls.h"
#include "cloche/poller/poller.h"

namespace cloche {
namespace {

// A poller that watches one busy descriptor and so many idle ones.
class Crowd {
 public:
  Crowd(BackendKind kind, int64_t idle)
      : poller_(NewPoller(kind, {.wake = &wake_,
                                 .epoll = &epoll_,
                                 .poll = &poll_,
                                 .select = &select_})
                    .value()) {
    for (int64_t i = 0; i <= idle; ++i) {
      fds_.push_back(wake_.OpenWake());
      const int error =
          poller_->Add(fds_.back(), kPollReadable, static_cast<uint64_t>(i));
      CLOCHE_CHECK(error == 0, "raise `ulimit -n`");
    }
  }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;
  ~Crowd() {
    for (const int fd : fds_) wake_.CloseWake(fd);
  }

  void Turn() {
    wake_.SignalWake(fds_[0]);
    const int count =
        poller_->Wait(absl::MakeSpan(events_), absl::InfiniteDuration());
    CLOCHE_CHECK(count == 1, "one is ready");
    wake_.DrainWake(fds_[0]);
  }

 private:
  LinuxWakeCalls wake_;
  LinuxEpollCalls epoll_;
  LinuxPollCalls poll_;
  LinuxSelectCalls select_;
  std::unique_ptr<Poller> poller_;
  std::vector<int> fds_;
  std::array<PollEvent, 8> events_;
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
// Less than FD_SETSIZE, with what a process has besides.
BENCHMARK_CAPTURE(BM_Turn, select, BackendKind::kSelect)
    ->RangeMultiplier(10)
    ->Range(10, 1000);

}  // namespace
}  // namespace cloche

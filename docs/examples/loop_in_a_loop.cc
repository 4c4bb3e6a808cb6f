#include "cloche/docs/examples/loop_in_a_loop.h"

#include <poll.h>

#include <algorithm>
#include <climits>
#include <cstdio>
#include <utility>

#include "absl/status/status.h"

namespace {

// Rounded up: to be too early is to look in vain, again and again.
int ToPollTimeout(absl::Duration time) {
  if (time == absl::InfiniteDuration()) return -1;
  const int64_t milliseconds = absl::ToInt64Milliseconds(
      absl::Ceil(std::max(time, absl::ZeroDuration()), absl::Milliseconds(1)));
  return static_cast<int>(std::min<int64_t>(milliseconds, INT_MAX));
}

}  // namespace

void HostLoop::RunUntil(const std::function<bool()>& done) {
  while (!done()) TurnOnce();
}

void HostLoop::TurnOnce() {
  ++turns_;
  std::vector<pollfd> asked;
  for (const Source* source : sources_) {
    asked.push_back({source->descriptor(), POLLIN, /*revents=*/0});
  }
  poll(asked.data(), asked.size(), ToPollTimeout(TimeToSleep()));
  for (size_t i = 0; i < asked.size(); ++i) {  // A source may add others.
    const bool has_news = asked[i].revents != 0;
    if (has_news || sources_[i]->Patience() <= absl::ZeroDuration()) {
      sources_[i]->Run();
    }
  }
  RunTimers();
}

absl::Duration HostLoop::TimeToSleep() {
  absl::Duration time = absl::InfiniteDuration();
  for (Source* source : sources_) time = std::min(time, source->Patience());
  if (timers_.empty()) return time;
  return std::min(time,
                  absl::FromChrono(timers_.begin()->first - Clock::now()));
}

void HostLoop::RunTimers() {
  while (!timers_.empty() && timers_.begin()->first <= Clock::now()) {
    const auto call = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    call();
  }
}

// One turn, not all there are: the host's other sources are waiting. What is
// left is asked for by Patience, or by the descriptor.
void ClocheSource::Run() {
  const absl::Status status = loop_.RunOnce(absl::InfinitePast());
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str());
}

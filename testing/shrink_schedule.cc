#include "cloche/testing/shrink_schedule.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace cloche {
namespace {

using Fails = absl::FunctionRef<bool(const Schedule&)>;

// Takes `size` deviations from `at` on out of it, if it still fails then.
bool LeaveOut(Schedule& schedule, size_t at, size_t size, Fails fails) {
  Schedule rest = schedule;
  const auto begin = rest.begin() + static_cast<std::ptrdiff_t>(at);
  rest.erase(begin, begin + static_cast<std::ptrdiff_t>(size));
  if (!fails(rest)) return false;
  schedule = std::move(rest);
  return true;
}

bool LeaveOutPartsOf(Schedule& schedule, size_t part, Fails fails) {
  bool any = false;
  for (size_t at = 0; at < schedule.size();) {
    const size_t size = std::min(part, schedule.size() - at);
    if (LeaveOut(schedule, at, size, fails)) {
      any = true;
    } else {
      at += size;
    }
  }
  return any;
}

bool LeaveOutWhatCanBe(Schedule& schedule, Fails fails) {
  bool any = false;
  for (size_t part = schedule.size(); part > 0; part /= 2) {
    any |= LeaveOutPartsOf(schedule, part, fails);
  }
  return any;
}

// The lowest index with which it still fails.
bool Lower(Schedule& schedule, size_t at, Fails fails) {
  for (size_t index = 1; index < schedule[at].index; ++index) {
    Schedule lower = schedule;
    lower[at].index = index;
    if (!fails(lower)) continue;
    schedule = std::move(lower);
    return true;
  }
  return false;
}

bool LowerWhatCanBe(Schedule& schedule, Fails fails) {
  bool any = false;
  for (size_t at = 0; at < schedule.size(); ++at) {
    any |= Lower(schedule, at, fails);
  }
  return any;
}

}  // namespace

Schedule ShrinkSchedule(Schedule schedule, Fails fails) {
  while (LeaveOutWhatCanBe(schedule, fails) ||
         LowerWhatCanBe(schedule, fails)) {
  }
  return schedule;
}

}  // namespace cloche

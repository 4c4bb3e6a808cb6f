#include "cloche/testing/shrink_schedule.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace cloche {
namespace {

using Fails = absl::FunctionRef<bool(const Schedule&)>;

// There are as many ways to move up as pairs of deviations.
constexpr size_t kMostToMoveUp = 30;

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

// Leaves out the deviation at `at`. Who was preferred by it runs later, so
// those in the same turn run one choice earlier: the next `moved` move up.
bool LeaveOutAndMoveUp(Schedule& schedule, size_t at, size_t moved,
                       Fails fails) {
  Schedule rest = schedule;
  for (size_t i = at + 1; i <= at + moved; ++i) --rest[i].choice;
  rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(at));
  if (!fails(rest)) return false;
  schedule = std::move(rest);
  return true;
}

// One that can be. The choices still ascend: each moves into a place that the
// one before it has left.
bool LeaveOutAndMoveUpOne(Schedule& schedule, Fails fails) {
  if (schedule.size() > kMostToMoveUp) return false;
  for (size_t at = 0; at < schedule.size(); ++at) {
    for (size_t moved = 1; at + moved < schedule.size(); ++moved) {
      if (LeaveOutAndMoveUp(schedule, at, moved, fails)) return true;
    }
  }
  return false;
}

}  // namespace

Schedule ShrinkSchedule(Schedule schedule, Fails fails) {
  while (LeaveOutWhatCanBe(schedule, fails) ||
         LowerWhatCanBe(schedule, fails) ||
         LeaveOutAndMoveUpOne(schedule, fails)) {
  }
  return schedule;
}

}  // namespace cloche

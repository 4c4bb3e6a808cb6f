#include "cloche/testing/shrink_schedule.h"

#include <cstddef>
#include <utility>

#include "cloche/testing/shrink_steps.h"

namespace cloche {
namespace {

using Fails = absl::FunctionRef<bool(const Schedule&)>;

// There are as many ways to move up as pairs of deviations.
constexpr size_t kMostToMoveUp = 30;

// The same choice with each lower index, as far as 1: 0 would be no deviation.
Schedule Lower(const Deviation& deviation) {
  Schedule lower;
  for (size_t index = 1; index < deviation.index; ++index) {
    lower.push_back({deviation.choice, index});
  }
  return lower;
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
  do {
    schedule = ShrinkSteps<Deviation>(std::move(schedule), fails, Lower);
  } while (LeaveOutAndMoveUpOne(schedule, fails));
  return schedule;
}

}  // namespace cloche

// ShrinkSchedule: the least that a schedule must say to make a scenario fail.
//
// How it works: a schedule is a list of steps, so ShrinkSteps leaves out what
// can be left out and lowers each index as far as it goes. Then one more is
// left out, and those behind it happen a choice earlier; and it begins again
// until nothing of it helps. Each try is a run.
//
// Main disadvantage: the result is small, not the smallest. No single deviation
// of it can be left out; two at a time, perhaps.
//
// Next: testing/shrink_steps.h, testing/explore.cc.

#ifndef CLOCHE_TESTING_SHRINK_SCHEDULE_H_
#define CLOCHE_TESTING_SHRINK_SCHEDULE_H_

#include "absl/functional/function_ref.h"
#include "cloche/testing/task_orders.h"

namespace cloche {

// `fails` says whether the scenario fails with a schedule; it does with the
// given one.
Schedule ShrinkSchedule(Schedule schedule,
                        absl::FunctionRef<bool(const Schedule&)> fails);

}  // namespace cloche

#endif  // CLOCHE_TESTING_SHRINK_SCHEDULE_H_

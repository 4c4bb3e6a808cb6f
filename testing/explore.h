// Explore: a scenario, with its tasks in every order that there is.
//
//     TEST(Transfer, LosesNothingInAnyOrder) {
//       EXPECT_TRUE(Explore(Transfer).complete);
//     }
//
// Tasks of one loop never run at the same time, and still they race: whatever
// was true before a co_await may be false after it. First come, first served is
// one order among many, and the only one that a test without this ever sees.
//
// How it works: the scenario (testing/sweep_run.h) runs first come, first
// served, and shows where there was a choice: where more than one task was
// ready. From there on
//
//   1. exhaustively: every schedule (testing/task_orders.h) with one deviation
//      from that, then every one with two, up to `most_deviations`. Each
//      run shows the choices that can be deviated from next:
//
//                    first come, first served
//                   /          |             \          1 deviation
//                "1:1"       "1:2"          "2:1"
//                 /  \         |
//         "1:1 2:1"  ...   "1:2 2:1"                    2 deviations
//
//   2. by chance: shuffles, and then priorities that few things change (PCT).
//
// After each run must hold what testing/sweep_run.h says, and main tasks must
// have ended with OK. The first schedule with which they do not is made as
// small as can be: deviation by deviation is left out, or lowered, as long as
// the scenario still fails. That ends the exploration and fails the test, with
// the line that makes this run again, in a debugger if need be:
//
//     bazel test ... --test_env=CLOCHE_SCHEDULE='3:1 17:2'
//
// That run then comes first, and the others only if it goes well: so the test
// passes once the bug is mended. Choices that no run of the program comes to
// fail it (testing/asked_run.h). With CLOCHE_TRACE=FILE that run writes what
// happens to a file that https://ui.perfetto.dev opens (testing/trace.h).
//
// A run that crashes ends all that. With CLOCHE_RUN_NAMES=1 each run prints its
// CLOCHE_SCHEDULE as it begins; of those by chance, whose schedule nobody knows
// yet, it is what the chance comes from: 'shuffle 7' (testing/order_names.h).
//
// Main disadvantage: most bugs need few deviations, but a bug that needs more
// than were tried, or choices of the kernel, is not found. The number of runs
// grows with the number of choices to the power of `most_deviations`.
//
// Next: testing/sweep.h, for what goes wrong outside; docs/testing.md.

#ifndef CLOCHE_TESTING_EXPLORE_H_
#define CLOCHE_TESTING_EXPLORE_H_

#include <cstddef>
#include <string>

#include "cloche/testing/sweep_run.h"
#include "cloche/testing/task_orders.h"

namespace cloche {

struct ExploreOptions {
  // The network's seed, and so on; it is the same for all runs. The orders that
  // are made by chance come from it too.
  SweepOptions run = {};
  size_t most_deviations = 2;
  // Only tasks in every order; timers and arrivals first come, first served.
  bool tasks_only = false;
  // The exhaustive part gives up after so many runs.
  int most_runs = 2000;
  int shuffles = 100;
  int pct_runs = 100;
  // How many orderings a bug takes that the PCT runs are good at finding.
  int pct_depth = 3;
};

// What was done. It is also printed.
struct ExploreReport {
  int exhaustive_runs = 0;  // With the one without a deviation.
  // Whether these were all with at most so many deviations.
  bool complete = false;
  int shuffles = 0;
  int pct_runs = 0;
  int shrinking_runs = 0;
  size_t choices = 0;  // First come, first served.
  bool failed = false;
  // With which it fails, as small as can be.
  Schedule schedule;
};

// Explores, prints what it did, and fails the test with the first schedule that
// goes wrong, made small. CLOCHE_SCHEDULE has that one run come first, alone if
// it fails; CLOCHE_TRACE traces it; CLOCHE_RUN_NAMES names all runs. Thread
// safety: one thread, and never inside another exploration or a sweep: what
// fails in there is caught and is no failure of the test.
ExploreReport Explore(const SweepScenario& scenario,
                      const ExploreOptions& options = {});

}  // namespace cloche

#endif  // CLOCHE_TESTING_EXPLORE_H_

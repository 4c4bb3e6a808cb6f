// The sweeps: a scenario, disturbed in every way, one way at a time.
//
//     TEST(Greeting, SurvivesEveryFault) {
//       EXPECT_GT(SweepFaults(Greeting).runs, 100);
//     }
//
//   SweepFaults        each system call fails with each errno that it can have
//                      in a correct program: once, and, if that can be, from
//                      then on (fakes/errno_table.h). EINTR and EAGAIN make
//                      no difference: the library tries again. And each
//                      call comes two minutes late, once: its host stands
//                      still after the turn in which it was made.
//   SweepCancellation  each task that the scenario starts is cancelled at each
//                      moment: whenever anybody could cancel it, so at each of
//                      its checkpoints. Children of its nurseries are cancelled
//                      with it, and never alone
//   SweepDestruction   each host dies before each round of the loops, and in
//                      runs of their own all of them do
//   SweepNuisances     what must make no difference, all the time: EINTR,
//                      false alarms, reads and writes of 1 byte, ...
//   SweepMixtures      everything that SweepFaults does, by chance, so that
//                      things go wrong together; from one seed after the other.
//                      One call in a hundred has each errno that it can have,
//                      about one errno stays from some call on, and of each
//                      host one call at most comes late.
//
// How it works: an undisturbed run is watched and shows what there is to
// disturb. A run for each disturbance follows; since everything repeats from
// the seed, it is the same up to there. After each one must hold what
// testing/sweep_run.h says.
//
// A run that goes wrong fails the test with its name, and with it alone can be
// made again, in a debugger:
//
//     CLOCHE_FAULT='server: recv #5 ENOMEM from then on'
//
// (in Bazel: --test_env). The other runs are then counted and not made, so that
// what a test says of their number still holds, and it passes once the bug is
// mended; a name that no run of the program has fails it (testing/asked_run.h).
// CLOCHE_RUN_NAMES=1 prints such a line for each run as it begins, for one that
// crashes.
//
// Main disadvantage: one disturbance at a time. Two that are harmless alone can
// be fatal together; which two, SweepMixtures only guesses.
//
// Next: testing/sweep_run.h, what a scenario is; docs/testing.md.

#ifndef CLOCHE_TESTING_SWEEP_H_
#define CLOCHE_TESTING_SWEEP_H_

#include "cloche/testing/sweep_run.h"

namespace cloche {

// What was done. It is also printed.
struct SweepReport {
  // Without the undisturbed one; where CLOCHE_FAULT asks for one of them, with
  // those that were not made because of that.
  int runs = 0;
  int failed_runs = 0;
  // Those that were call by call, with all results and at the same times, as
  // the undisturbed one: whatever should have come did not. They show nothing,
  // and where all runs of an errno are such, the errno is not in what is
  // printed. Mixtures, each of its own seed, are not compared.
  int without_effect = 0;
};

// What holds of all five: they fail the test with each run that goes wrong, at
// most `most_failures` of them, and at once if the undisturbed one does. They
// read CLOCHE_FAULT and CLOCHE_RUN_NAMES, and print a table to standard
// output. Thread safety: one thread, and never inside another sweep or an
// exploration: what fails in there is caught and is no failure of the test.

// Each call with each errno, once and from then on, and late.
SweepReport SweepFaults(const SweepScenario& scenario,
                        const SweepOptions& options = {});
// Each task of Main and Background at each moment.
SweepReport SweepCancellation(const SweepScenario& scenario,
                              const SweepOptions& options = {});
// Each host, and all of them, before each round.
SweepReport SweepDestruction(const SweepScenario& scenario,
                             const SweepOptions& options = {});
// Each nuisance all the time; main tasks must end with OK all the same.
SweepReport SweepNuisances(const SweepScenario& scenario,
                           const SweepOptions& options = {});
// `runs` seeds, from that of options on.
SweepReport SweepMixtures(const SweepScenario& scenario, int runs,
                          const SweepOptions& options = {});

}  // namespace cloche

#endif  // CLOCHE_TESTING_SWEEP_H_

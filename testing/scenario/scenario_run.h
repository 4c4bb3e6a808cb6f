// ScenarioTasks: what a scenario says, done by tasks on fake hosts.
//
//     const absl::StatusOr<Scenario> scenario = ParseScenario(text);
//     EXPECT_TRUE(Explore(ToSweepScenario(*scenario)).complete);
//
// How it works: one task for each of the scenario's does its steps one after
// the other, and compares. A step with a label is noted when it is over, and at
// the end the notes must agree with the partial order. Events are the world's,
// so a task can wait for one that is set on another host, which no network
// could do: they are there to say what the test means, not what a program does.
//
// Main disadvantage: whatever does not end, ends by virtual time alone. A
// scenario that hangs is reported with its task tree and not with its line.
//
// Next: testing/scenario/corpus, the scenarios.

#ifndef CLOCHE_TESTING_SCENARIO_SCENARIO_RUN_H_
#define CLOCHE_TESTING_SCENARIO_SCENARIO_RUN_H_

#include "cloche/testing/scenario/scenario.h"
#include "cloche/testing/sweep_run.h"

namespace cloche {

// For Explore. What does not come as the scenario says, fails the test, with
// the line of the scenario's text.
SweepScenario ToSweepScenario(Scenario scenario);

}  // namespace cloche

#endif  // CLOCHE_TESTING_SCENARIO_SCENARIO_RUN_H_

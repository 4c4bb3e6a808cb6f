// ParseScenario: from the text of a scenario to what it says.
//
// How it works: a line is words, and a table of forms says what they may be:
//
//     "connect HOST PORT as NAME"
//      ^keyword     ^what stands here is the port
//
// The first form that fits a line gives the fields their values. So the tables,
// one here and one of the steps in scenario_step.cc, are the language, and
// whoever ports it copies them.
//
// Next: testing/scenario/scenario_run.h, docs/porting.md.

#ifndef CLOCHE_TESTING_SCENARIO_SCENARIO_PARSER_H_
#define CLOCHE_TESTING_SCENARIO_SCENARIO_PARSER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cloche/testing/scenario/scenario.h"

namespace cloche {

// INVALID_ARGUMENT, with the line's number and what would be right. What it
// gives refers to hosts, tasks and labels that there are.
absl::StatusOr<Scenario> ParseScenario(absl::string_view text);

}  // namespace cloche

#endif  // CLOCHE_TESTING_SCENARIO_SCENARIO_PARSER_H_

// ParseScenarioStep: one step of a scenario's task, from the words of its line.
//
//     asked: within 2s read visitor 5 = "hello"
//
// Next: testing/scenario/scenario_parser.h, for the other lines.

#ifndef CLOCHE_TESTING_SCENARIO_SCENARIO_STEP_H_
#define CLOCHE_TESTING_SCENARIO_SCENARIO_STEP_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "cloche/testing/scenario/scenario.h"
#include "cloche/testing/scenario/scenario_words.h"

namespace cloche {

// Nullopt: the words are no step. INVALID_ARGUMENT: a value in them is wrong.
absl::StatusOr<std::optional<ScenarioStep>> ParseScenarioStep(
    absl::Span<const ScenarioWord> words);

// What there is, one a line, for people who have written what there is not.
std::string ScenarioStepForms();

}  // namespace cloche

#endif  // CLOCHE_TESTING_SCENARIO_SCENARIO_STEP_H_

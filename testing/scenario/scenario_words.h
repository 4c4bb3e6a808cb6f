// The words of a scenario's line, and what they are when they fit a form.
//
//     greet: write line "a\n" # why        greet: | write | line | a⏎
//     write line pattern 3                 write | line | (3 bytes of Pattern)
//
//     words   connect | server | 7000 | as | line
//     form    connect   HOST     PORT   as   NAME
//     fields            server   7000        line
//
// Next: testing/scenario/scenario_parser.cc and scenario_step.cc, which have
// the forms.

#ifndef CLOCHE_TESTING_SCENARIO_SCENARIO_WORDS_H_
#define CLOCHE_TESTING_SCENARIO_SCENARIO_WORDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/fakes/errno_table.h"

namespace cloche {

// The most that a scenario may ask for; a slip of the finger is more.
inline constexpr uint64_t kMostScenarioBytes = 10'000'000;
inline constexpr absl::Duration kMostScenarioTime = absl::Hours(720);

struct ScenarioWord {
  std::string text = {};
  bool quoted = false;  // A text, which is no keyword and no name.
};

// The words, without comments; escapes are C's. INVALID_ARGUMENT: a quote is
// not closed, or an escape is none.
absl::StatusOr<std::vector<ScenarioWord>> SplitScenarioLine(
    absl::string_view line);

// What stands where a form has a word in capitals. A field that the form does
// not have gives "", 0 or no time.
class ScenarioFields {
 public:
  // Nullopt if the words are not what the form says.
  static std::optional<ScenarioFields> Match(
      absl::string_view form, absl::Span<const ScenarioWord> words);

  std::string Text(absl::string_view field) const;

  // INVALID_ARGUMENT, with what would be right, if what stands there is none.

  // From `least` to `most`.
  absl::StatusOr<uint64_t> Number(absl::string_view field, uint64_t least,
                                  uint64_t most) const;
  // From 0 to kMostScenarioTime.
  absl::StatusOr<absl::Duration> Time(absl::string_view field) const;
  // From 0 to below 1.
  absl::StatusOr<double> Probability(absl::string_view field) const;
  absl::StatusOr<CallKind> Call(absl::string_view field) const;
  // One that the environment can make `call` fail with, on a stream.
  absl::StatusOr<int> Errno(absl::string_view field, CallKind call) const;

 private:
  absl::btree_map<std::string, std::string> values_;
};

// The status code of that name. INVALID_ARGUMENT: there is none.
absl::StatusOr<absl::StatusCode> ParseStatusCode(absl::string_view name);

// INVALID_ARGUMENT: "'x' is no time; 1.5s is".
absl::Status NotInScenario(absl::string_view value, absl::string_view what,
                           absl::string_view right);

}  // namespace cloche

#endif  // CLOCHE_TESTING_SCENARIO_SCENARIO_WORDS_H_

#include "cloche/testing/scenario/scenario_words.h"

#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cloche/base/errors.h"
#include "cloche/testing/stream_tasks.h"

namespace cloche {
namespace {

// Up to the quote that closes; `line` begins behind the one that opens.
absl::StatusOr<ScenarioWord> TakeQuoted(absl::string_view& line) {
  size_t end = 0;
  while (end < line.size() && line[end] != '"') {
    end += line[end] == '\\' ? 2 : 1;
  }
  if (end >= line.size()) {
    return absl::InvalidArgumentError("a text has no closing quote");
  }
  ScenarioWord word{.quoted = true};
  std::string problem;
  if (!absl::CUnescape(line.substr(0, end), &word.text, &problem)) {
    return absl::InvalidArgumentError(absl::StrCat("a text: ", problem));
  }
  line.remove_prefix(end + 1);
  return word;
}

ScenarioWord TakePlain(absl::string_view& line) {
  const size_t end = line.find_first_of(" \t\"#");
  ScenarioWord word{.text = std::string(line.substr(0, end))};
  line.remove_prefix(word.text.size());
  return word;
}

// "pattern 3" is a way to write a long text.
void JoinPatterns(std::vector<ScenarioWord>& words) {
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    size_t size = 0;
    if (words[i].quoted || words[i].text != "pattern") continue;
    if (!absl::SimpleAtoi(words[i + 1].text, &size)) continue;
    if (size > kMostScenarioBytes) continue;
    words[i] = {.text = Pattern(size), .quoted = true};
    words.erase(words.begin() + static_cast<ptrdiff_t>(i) + 1);
  }
}

}  // namespace

absl::StatusOr<std::vector<ScenarioWord>> SplitScenarioLine(
    absl::string_view line) {
  std::vector<ScenarioWord> words;
  while (true) {
    line = absl::StripLeadingAsciiWhitespace(line);
    if (line.empty() || line[0] == '#') break;
    if (line[0] != '"') {
      words.push_back(TakePlain(line));
      continue;
    }
    line.remove_prefix(1);
    absl::StatusOr<ScenarioWord> quoted = TakeQuoted(line);
    if (!quoted.ok()) return quoted.status();
    words.push_back(*std::move(quoted));
  }
  JoinPatterns(words);
  return words;
}

// --- Fields -----------------------------------------------------------------

std::optional<ScenarioFields> ScenarioFields::Match(
    absl::string_view form, absl::Span<const ScenarioWord> words) {
  const std::vector<absl::string_view> parts = absl::StrSplit(form, ' ');
  if (parts.size() != words.size()) return std::nullopt;
  ScenarioFields fields;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (words[i].quoted != (parts[i] == "TEXT")) return std::nullopt;
    if (absl::ascii_isupper(static_cast<unsigned char>(parts[i][0]))) {
      fields.values_.emplace(parts[i], words[i].text);
    } else if (words[i].text != parts[i]) {
      return std::nullopt;
    }
  }
  return fields;
}

std::string ScenarioFields::Text(absl::string_view field) const {
  const auto found = values_.find(std::string(field));
  return found == values_.end() ? "" : found->second;
}

absl::StatusOr<uint64_t> ScenarioFields::Number(absl::string_view field,
                                                uint64_t least,
                                                uint64_t most) const {
  uint64_t value = 0;
  const std::string text = Text(field);
  if (text.empty()) return value;
  const bool is_number = absl::SimpleAtoi(text, &value);
  if (is_number && value >= least && value <= most) return value;
  return NotInScenario(text, absl::StrCat("number from ", least, " to ", most),
                       "7000 is");
}

absl::StatusOr<absl::Duration> ScenarioFields::Time(
    absl::string_view field) const {
  absl::Duration value;
  const std::string text = Text(field);
  if (text.empty()) return value;
  const bool is_time = absl::ParseDuration(text, &value);
  if (is_time && value >= absl::ZeroDuration() && value <= kMostScenarioTime) {
    return value;
  }
  return NotInScenario(
      text,
      absl::StrCat("time from 0 to ", absl::FormatDuration(kMostScenarioTime)),
      "1.5s is, and 20ms");
}

absl::StatusOr<double> ScenarioFields::Probability(
    absl::string_view field) const {
  double value = 0;
  const std::string text = Text(field);
  if (absl::SimpleAtod(text, &value) && value >= 0 && value < 1) return value;
  return NotInScenario(text, "probability", "0.1 is");
}

absl::StatusOr<CallKind> ScenarioFields::Call(absl::string_view field) const {
  for (size_t i = 0; i < kCallKinds; ++i) {
    const auto kind = static_cast<CallKind>(i);
    if (CallName(kind) == Text(field)) return kind;
  }
  return NotInScenario(Text(field), "system call", "recv is");
}

absl::StatusOr<int> ScenarioFields::Errno(absl::string_view field,
                                          CallKind call) const {
  for (const ErrnoFacts& facts : ErrnosOf(call)) {
    if (ErrnoName(facts.error) != Text(field)) continue;
    if (CanFailWith(call, facts.error, /*on_datagrams=*/false)) {
      return facts.error;
    }
  }
  return NotInScenario(
      Text(field), absl::StrCat("errno that can be made of ", CallName(call)),
      "fakes/errno_table.cc has them");
}

absl::StatusOr<absl::StatusCode> ParseStatusCode(absl::string_view name) {
  for (int code = 0; code <= 16; ++code) {
    const auto each = static_cast<absl::StatusCode>(code);
    if (absl::StatusCodeToString(each) == name) return each;
  }
  return NotInScenario(name, "status code", "UNAVAILABLE is");
}

absl::Status NotInScenario(absl::string_view value, absl::string_view what,
                           absl::string_view right) {
  return absl::InvalidArgumentError(
      absl::StrCat("'", value, "' is no ", what, "; ", right));
}

}  // namespace cloche

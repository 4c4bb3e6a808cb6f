#include "cloche/testing/scenario/scenario_step.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

namespace cloche {
namespace {

using Fields = ScenarioFields;
using Kind = ScenarioStep::Kind;
using Words = absl::Span<const ScenarioWord>;

constexpr uint64_t kMostPort = 65535;

struct Form {
  absl::string_view form;
  Kind kind;
};

// In front of a step may stand "LABEL:", and then "within TIME"; behind it what
// must come of it, "= TEXT" or "! CODE".
constexpr Form kForms[] = {
    {"listen PORT as NAME", Kind::kListen},
    {"accept OBJECT as NAME", Kind::kAccept},
    {"connect HOST PORT as NAME", Kind::kConnect},
    {"read OBJECT NUMBER", Kind::kRead},
    {"read OBJECT to end", Kind::kReadToEnd},
    {"write OBJECT TEXT", Kind::kWrite},
    {"finish OBJECT", Kind::kFinish},
    {"close OBJECT", Kind::kClose},
    {"reset OBJECT", Kind::kReset},
    {"sleep TIME", Kind::kSleep},
    {"set OBJECT", Kind::kSet},
    {"await OBJECT", Kind::kAwait},
    {"cancel OBJECT", Kind::kCancel},
};

void TakeLabel(Words& words, ScenarioStep& step) {
  if (words.empty() || words[0].quoted) return;
  const absl::string_view first = words[0].text;
  if (first.size() < 2 || first.back() != ':') return;
  step.label = std::string(first.substr(0, first.size() - 1));
  words.remove_prefix(1);
}

absl::Status TakeLimit(Words& words, ScenarioStep& step) {
  const auto limit = Fields::Match("within TIME", words.subspan(0, 2));
  if (!limit.has_value()) return absl::OkStatus();
  words.remove_prefix(2);
  const absl::StatusOr<absl::Duration> time = limit->Time("TIME");
  if (time.ok()) step.limit = *time;
  return time.status();
}

absl::Status TakeOutcome(Words& words, ScenarioStep& step) {
  if (words.size() < 3) return absl::OkStatus();
  const Words last = words.subspan(words.size() - 2);
  if (const auto read = Fields::Match("= TEXT", last)) {
    step.expected = read->Text("TEXT");
    words.remove_suffix(2);
  } else if (const auto failure = Fields::Match("! CODE", last)) {
    words.remove_suffix(2);
    const auto code = ParseStatusCode(failure->Text("CODE"));
    if (code.ok()) step.code = *code;
    return code.status();
  }
  return absl::OkStatus();
}

absl::Status Fill(const Fields& fields, ScenarioStep& step) {
  step.object = fields.Text("OBJECT");
  step.name = fields.Text("NAME");
  step.host = fields.Text("HOST");
  step.bytes = fields.Text("TEXT");
  const auto port = fields.Number("PORT", 1, kMostPort);
  if (!port.ok()) return port.status();
  const auto number = fields.Number("NUMBER", 1, kMostScenarioBytes);
  if (!number.ok()) return number.status();
  const absl::StatusOr<absl::Duration> duration = fields.Time("TIME");
  if (!duration.ok()) return duration.status();
  step.number = *port + *number;  // No form has both.
  step.duration = *duration;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::optional<ScenarioStep>> ParseScenarioStep(Words words) {
  ScenarioStep step;
  TakeLabel(words, step);
  absl::Status status = TakeLimit(words, step);
  status.Update(TakeOutcome(words, step));
  if (!status.ok()) return status;
  for (const Form& each : kForms) {
    const std::optional<Fields> fields = Fields::Match(each.form, words);
    if (!fields.has_value()) continue;
    step.kind = each.kind;
    status = Fill(*fields, step);
    if (!status.ok()) return status;
    return step;
  }
  return std::nullopt;
}

std::string ScenarioStepForms() {
  std::vector<absl::string_view> forms;
  for (const Form& each : kForms) forms.push_back(each.form);
  return absl::StrJoin(forms, "\n  ");
}

}  // namespace cloche

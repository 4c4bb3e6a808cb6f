#include "cloche/testing/scenario/scenario_parser.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/types/span.h"
#include "cloche/testing/scenario/scenario_step.h"
#include "cloche/testing/scenario/scenario_words.h"

namespace cloche {
namespace {

class Parser {
 public:
  absl::StatusOr<Scenario> Parse(absl::string_view text);

 private:
  using Fields = ScenarioFields;
  using Words = absl::Span<const ScenarioWord>;

  struct LineForm {
    absl::string_view form;
    absl::Status (Parser::*take)(const Fields& fields);
  };
  static const LineForm kLines[];

  absl::Status TakeLine(absl::string_view line);
  absl::Status TakeHost(const Fields& fields);
  absl::Status TakeLink(const Fields& fields);
  absl::Status TakeTask(const Fields& fields);
  absl::Status TakeEnd(const Fields& fields);
  absl::Status TakeFault(const Fields& fields);
  absl::Status TakeFaultsFrom(const Fields& fields);
  absl::Status TakeIncident(const Fields& fields);
  absl::Status TakeOrder(const Fields& fields);

  absl::Status TakeStep(Words words);
  static absl::Status NoForm();

  absl::Status CheckHosts(const Fields& fields) const;
  absl::Status CheckHost(const std::string& name) const;
  absl::Status CheckLabels() const;
  ScenarioTask* FindTask(absl::string_view name);

  int line_ = 0;
  Scenario scenario_;
  absl::btree_set<std::string> labels_;
};

// --- The language -----------------------------------------------------------

const Parser::LineForm Parser::kLines[] = {
    {"host NAME", &Parser::TakeHost},
    {"link HOST PEER PROPERTY VALUE", &Parser::TakeLink},
    {"task NAME on HOST", &Parser::TakeTask},
    {"ends NAME CODE", &Parser::TakeEnd},
    {"fault HOST CALL NTH ERRNO", &Parser::TakeFault},
    {"fault HOST CALL from NTH on ERRNO", &Parser::TakeFaultsFrom},
    {"at TIME INCIDENT HOST PEER", &Parser::TakeIncident},
    {"order NAME < LATER", &Parser::TakeOrder},
};

constexpr std::pair<absl::string_view, ScenarioLink::Property> kProperties[] = {
    {"latency", ScenarioLink::Property::kLatency},
    {"jitter", ScenarioLink::Property::kJitter},
    {"loss", ScenarioLink::Property::kLoss},
    {"rate", ScenarioLink::Property::kRate},
};

constexpr std::pair<absl::string_view, ScenarioIncident::Kind> kIncidents[] = {
    {"cut", ScenarioIncident::Kind::kCut},
    {"mend", ScenarioIncident::Kind::kMend},
    {"partition", ScenarioIncident::Kind::kPartition},
    {"heal", ScenarioIncident::Kind::kHeal},
};

// Of the fake network, whose addresses are 10.0.0.1 to 10.0.0.254.
constexpr size_t kMostHosts = 254;
// A slip of the finger is more.
constexpr uint64_t kMostNth = 1'000'000;
constexpr uint64_t kMostRate = 1'000'000'000;

// What `name` means in one of these two tables.
template <typename Table>
auto Find(const Table& table, absl::string_view name, absl::string_view what)
    -> absl::StatusOr<decltype(std::begin(table)->second)> {
  for (const auto& [each, meaning] : table) {
    if (each == name) return meaning;
  }
  return NotInScenario(name, what, absl::StrCat(table[0].first, " is"));
}

// --- Lines ------------------------------------------------------------------

absl::StatusOr<Scenario> Parser::Parse(absl::string_view text) {
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    ++line_;
    const absl::Status status = TakeLine(line);
    if (!status.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("scenario, line ", line_, ": ", status.message()));
    }
  }
  const absl::Status status = CheckLabels();
  if (!status.ok()) return status;
  return std::move(scenario_);
}

absl::Status Parser::TakeLine(absl::string_view line) {
  const auto words = SplitScenarioLine(line);
  if (!words.ok() || words->empty()) return words.status();
  for (const LineForm& each : kLines) {
    const std::optional<Fields> fields = Fields::Match(each.form, *words);
    if (!fields.has_value()) continue;
    const absl::Status status = CheckHosts(*fields);
    return status.ok() ? (this->*each.take)(*fields) : status;
  }
  return TakeStep(*words);
}

absl::Status Parser::TakeHost(const Fields& fields) {
  auto& hosts = scenario_.hosts;
  const std::string name = fields.Text("NAME");
  if (std::find(hosts.begin(), hosts.end(), name) != hosts.end()) {
    return NotInScenario(name, "new host", "each has a name of its own");
  }
  if (hosts.size() == kMostHosts) {
    return absl::InvalidArgumentError(
        absl::StrCat("there is room for ", kMostHosts, " hosts"));
  }
  hosts.push_back(name);
  return absl::OkStatus();
}

absl::Status Parser::TakeLink(const Fields& fields) {
  const auto property = Find(kProperties, fields.Text("PROPERTY"), "property");
  if (!property.ok()) return property.status();
  absl::StatusOr<double> value;
  if (*property == ScenarioLink::Property::kLoss) {
    value = fields.Probability("VALUE");
  } else if (*property == ScenarioLink::Property::kRate) {
    value = fields.Number("VALUE", 1, kMostRate);
  } else {
    const absl::StatusOr<absl::Duration> time = fields.Time("VALUE");
    if (!time.ok()) return time.status();
    value = absl::ToDoubleSeconds(*time);
  }
  if (!value.ok()) return value.status();
  scenario_.links.push_back(
      {fields.Text("HOST"), fields.Text("PEER"), *property, *value});
  return absl::OkStatus();
}

absl::Status Parser::TakeTask(const Fields& fields) {
  const std::string name = fields.Text("NAME");
  if (FindTask(name) != nullptr) {
    return NotInScenario(name, "new task", "each has a name of its own");
  }
  scenario_.tasks.push_back({.name = name, .host = fields.Text("HOST")});
  return absl::OkStatus();
}

absl::Status Parser::TakeEnd(const Fields& fields) {
  ScenarioTask* const task = FindTask(fields.Text("NAME"));
  if (task == nullptr) {
    return NotInScenario(fields.Text("NAME"), "task so far",
                         "how one ends stands below it");
  }
  const auto code = ParseStatusCode(fields.Text("CODE"));
  if (code.ok()) task->code = *code;
  return code.status();
}

absl::Status Parser::TakeFault(const Fields& fields) {
  const absl::StatusOr<CallKind> call = fields.Call("CALL");
  if (!call.ok()) return call.status();
  const absl::StatusOr<uint64_t> nth = fields.Number("NTH", 1, kMostNth);
  if (!nth.ok()) return nth.status();
  const absl::StatusOr<int> error = fields.Errno("ERRNO", *call);
  if (!error.ok()) return error.status();
  scenario_.faults.push_back(
      {fields.Text("HOST"), *call, static_cast<int>(*nth), *error});
  return absl::OkStatus();
}

absl::Status Parser::TakeFaultsFrom(const Fields& fields) {
  const absl::Status status = TakeFault(fields);
  if (status.ok()) scenario_.faults.back().persistent = true;
  return status;
}

absl::Status Parser::TakeIncident(const Fields& fields) {
  const auto kind = Find(kIncidents, fields.Text("INCIDENT"), "incident");
  if (!kind.ok()) return kind.status();
  const absl::StatusOr<absl::Duration> at = fields.Time("TIME");
  if (!at.ok()) return at.status();
  scenario_.incidents.push_back(
      {*kind, *at, fields.Text("HOST"), fields.Text("PEER")});
  return absl::OkStatus();
}

absl::Status Parser::TakeOrder(const Fields& fields) {
  scenario_.orders.push_back(
      {line_, fields.Text("NAME"), fields.Text("LATER")});
  return absl::OkStatus();
}

// --- Steps ------------------------------------------------------------------

absl::Status Parser::TakeStep(Words words) {
  absl::StatusOr<std::optional<ScenarioStep>> step = ParseScenarioStep(words);
  if (!step.ok()) return step.status();
  if (!step->has_value()) return NoForm();
  if (scenario_.tasks.empty()) {
    return absl::InvalidArgumentError(
        "a step is part of a task; 'task NAME on HOST' begins one");
  }
  const std::string& label = (*step)->label;
  if (!label.empty() && !labels_.insert(label).second) {
    return NotInScenario(label, "new label", "each is a step's own");
  }
  (*step)->line = line_;
  scenario_.tasks.back().steps.push_back(**std::move(step));
  return CheckHost(scenario_.tasks.back().steps.back().host);
}

absl::Status Parser::NoForm() {
  std::vector<absl::string_view> forms;
  for (const LineForm& each : kLines) forms.push_back(each.form);
  return absl::InvalidArgumentError(
      absl::StrCat("this is none of\n  ", absl::StrJoin(forms, "\n  "),
                   "\nand no step, which are\n  ", ScenarioStepForms()));
}

// --- Names ------------------------------------------------------------------

ScenarioTask* Parser::FindTask(absl::string_view name) {
  const auto found =
      std::find_if(scenario_.tasks.begin(), scenario_.tasks.end(),
                   [&](const ScenarioTask& task) { return task.name == name; });
  return found == scenario_.tasks.end() ? nullptr : &*found;
}

// A form with a peer is about the way from one host to another.
absl::Status Parser::CheckHosts(const Fields& fields) const {
  const std::string host = fields.Text("HOST");
  const std::string peer = fields.Text("PEER");
  absl::Status status = CheckHost(host);
  status.Update(CheckHost(peer));
  if (!status.ok() || peer.empty() || host != peer) return status;
  return NotInScenario(peer, "other host", "a way has two ends");
}

// Nothing to check where the form has none.
absl::Status Parser::CheckHost(const std::string& name) const {
  const auto& hosts = scenario_.hosts;
  if (name.empty()) return absl::OkStatus();
  if (std::find(hosts.begin(), hosts.end(), name) != hosts.end()) {
    return absl::OkStatus();
  }
  return NotInScenario(name, "host so far", "'host NAME' makes one");
}

absl::Status Parser::CheckLabels() const {
  for (const ScenarioOrder& order : scenario_.orders) {
    for (const std::string* label : {&order.before, &order.after}) {
      if (labels_.contains(*label)) continue;
      const auto none =
          NotInScenario(*label, "label", "'NAME: step' makes one");
      return absl::InvalidArgumentError(
          absl::StrCat("scenario, line ", order.line, ": ", none.message()));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Scenario> ParseScenario(absl::string_view text) {
  return Parser().Parse(text);
}

}  // namespace cloche

#include "cloche/testing/explore.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "cloche/testing/asked_run.h"
#include "cloche/testing/order_names.h"
#include "cloche/testing/run_again.h"
#include "cloche/testing/shrink_schedule.h"
#include "cloche/testing/sweep_log.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

class Explorer {
 public:
  Explorer(const SweepScenario& scenario, const ExploreOptions& options)
      : scenario_(scenario), options_(options) {}

  ExploreReport ExploreAll();
  // One run, because somebody asked for it; false if it goes wrong.
  bool RunAgain(const AskedRun& asked);
  const ExploreReport& report() const { return report_; }

 private:
  // One run; false, and the failures are noted, if it goes wrong.
  bool Run(const std::string& name, RecordedOrder& order);
  std::function<void(SweepRun&)> In(RecordedOrder& order) const;
  void RunAndTrace(RecordedOrder& order);
  void ExploreExhaustively();
  void AddChildren(const Schedule& schedule, const ScriptedOrder& order);
  void Shuffle();
  void RunPct();
  uint64_t SeedOfRun(int number, int runs) const;
  void ShrinkAndFail(const char* found_by, const Schedule& found);
  void Fail(absl::string_view introduction, const Schedule& schedule);
  void PrintSummary() const;

  const SweepScenario& scenario_;
  const ExploreOptions& options_;
  std::vector<std::string> failures_;  // Of the last run.
  std::string last_events_;            // Of the last one that was traced.
  std::deque<Schedule> to_do_;
  ExploreReport report_;
  const absl::Time began_ = absl::Now();  // The real time, for people.
};

bool Explorer::Run(const std::string& name, RecordedOrder& order) {
  SayWhichRunBegins("CLOCHE_SCHEDULE", name);
  failures_ = FailuresOfRun(scenario_, options_.run, In(order));
  return failures_.empty();
}

std::function<void(SweepRun&)> Explorer::In(RecordedOrder& order) const {
  if (options_.tasks_only) order.ChooseTasksOnly();
  return [&order](SweepRun& run) {
    run.set_order(&order);
    run.Finish(/*undisturbed=*/true);
  };
}

// The run that is reported, which has been made before or somebody asked for.
void Explorer::RunAndTrace(RecordedOrder& order) {
  const auto look = [this](const Trace& trace) {
    last_events_ = LastEvents(trace);
    const char* const path = std::getenv("CLOCHE_TRACE");
    if (path != nullptr) std::ofstream(path) << trace.ChromeJson();
  };
  failures_ = FailuresOfTracedRun(scenario_, options_.run, In(order), look);
}

ExploreReport Explorer::ExploreAll() {
  ExploreExhaustively();
  if (!report_.failed) Shuffle();
  if (!report_.failed) RunPct();
  PrintSummary();
  return report_;
}

// --- The three parts --------------------------------------------------------

// Those with few deviations come first, so that of what fails the smallest is
// found first.
void Explorer::ExploreExhaustively() {
  to_do_.push_back({});
  while (!to_do_.empty() && report_.exhaustive_runs < options_.most_runs) {
    const Schedule schedule = std::move(to_do_.front());
    to_do_.pop_front();
    ScriptedOrder order(schedule);
    ++report_.exhaustive_runs;
    if (!Run(ScheduleText(schedule), order)) {
      return ShrinkAndFail("exhaustively", schedule);
    }
    if (order.deviations() != schedule) {
      return Fail(
          absl::StrCat("the scenario does not repeat itself: asked for '",
                       ScheduleText(schedule), "' it did\n"),
          order.deviations());
    }
    if (schedule.empty()) report_.choices = order.counts().size();
    AddChildren(schedule, order);
  }
  report_.complete = to_do_.empty();
}

// All that have one deviation more, behind those that it has: so that none
// comes twice.
void Explorer::AddChildren(const Schedule& schedule,
                           const ScriptedOrder& order) {
  if (schedule.size() >= options_.most_deviations) return;
  const std::vector<size_t>& counts = order.counts();
  const uint64_t last = schedule.empty() ? 0 : schedule.back().choice;
  for (uint64_t choice = last + 1; choice <= counts.size(); ++choice) {
    for (size_t index = 1; index < counts[choice - 1]; ++index) {
      Schedule child = schedule;
      child.push_back({choice, index});
      to_do_.push_back(std::move(child));
    }
  }
}

void Explorer::Shuffle() {
  while (report_.shuffles < options_.shuffles) {
    const uint64_t seed = SeedOfRun(++report_.shuffles, options_.shuffles);
    ShuffledOrder order(seed);
    if (!Run(ShuffleName(seed), order)) {
      return ShrinkAndFail("by a shuffle", order.deviations());
    }
  }
}

void Explorer::RunPct() {
  while (report_.pct_runs < options_.pct_runs) {
    const uint64_t seed = SeedOfRun(++report_.pct_runs, options_.pct_runs);
    PctOrder order(seed, options_.pct_depth, report_.choices);
    if (!Run(PctName(seed, options_.pct_depth, report_.choices), order)) {
      return ShrinkAndFail("by PCT", order.deviations());
    }
  }
}

// Another seed gives runs that no other seed has; seed 1, those from 1 on.
uint64_t Explorer::SeedOfRun(int number, int runs) const {
  const uint64_t before = SeedOf(options_.run) - 1;
  return before * static_cast<uint64_t>(runs) + static_cast<uint64_t>(number);
}

// --- Failures ---------------------------------------------------------------

void Explorer::ShrinkAndFail(const char* found_by, const Schedule& found) {
  const Schedule schedule =
      ShrinkSchedule(found, [this](const Schedule& smaller) {
        ScriptedOrder order(smaller);
        ++report_.shrinking_runs;
        return !Run(ScheduleText(smaller), order);
      });
  ScriptedOrder smallest(schedule);
  RunAndTrace(smallest);
  Fail(absl::StrCat("found ", found_by, " with ", found.size(),
                    " deviations, of which ", schedule.size(), " are left:\n"),
       schedule);
}

void Explorer::Fail(absl::string_view introduction, const Schedule& schedule) {
  report_.failed = true;
  report_.schedule = schedule;
  ADD_FAILURE() << "CLOCHE_SCHEDULE='" << ScheduleText(schedule)
                << "' makes this run again:\n  "
                << HowToRunAgain(SeedOf(options_.run), "CLOCHE_SCHEDULE",
                                 ScheduleText(schedule))
                << "\n"
                << introduction << absl::StrJoin(failures_, "\n")
                << "\nthe last that happened:\n"
                << last_events_;
}

bool Explorer::RunAgain(const AskedRun& asked) {
  const std::unique_ptr<RecordedOrder> order = OrderOfName(*asked.name());
  if (order == nullptr) {
    asked.NoteMade();  // There is none to miss.
    ADD_FAILURE() << "CLOCHE_SCHEDULE: '" << *asked.name()
                  << "' is none; '3:1 17:2' is";
    return false;
  }
  RunAndTrace(*order);
  // What is by chance has no choices that could be missing.
  const std::optional<Schedule> schedule = ParseSchedule(*asked.name());
  const bool same = !schedule.has_value() || order->deviations() == *schedule;
  if (same) asked.NoteMade();
  if (!failures_.empty()) {
    Fail("", schedule.value_or(order->deviations()));
    return false;
  }
  std::puts(same ? "exploration: the run that CLOCHE_SCHEDULE asks for goes "
                   "well; now all the others"
                 : "exploration: there are no such choices as CLOCHE_SCHEDULE "
                   "asks for; now all that there are");
  return true;
}

void Explorer::PrintSummary() const {
  const std::string text = absl::StrCat(
      "exploration: ", report_.choices, " choices, ", report_.exhaustive_runs,
      " runs with at most ", options_.most_deviations, " deviations (",
      report_.complete ? "all" : "not all", "), ", report_.shuffles,
      " shuffles, ", report_.pct_runs, " PCT runs, ",
      report_.failed ? "1 failed, " : "0 failed, ", RealTimeSince(began_),
      "\n");
  std::fputs(text.c_str(), stdout);
}

}  // namespace

ExploreReport Explore(const SweepScenario& scenario,
                      const ExploreOptions& options) {
  Explorer explorer(scenario, options);
  const AskedRun asked("CLOCHE_SCHEDULE");
  const bool goes_on = !asked.name().has_value() || explorer.RunAgain(asked);
  return goes_on ? explorer.ExploreAll() : explorer.report();
}

}  // namespace cloche

#include "cloche/testing/sweep_log.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "cloche/base/pool.h"
#include "cloche/testing/run_again.h"
#include "gtest/gtest-spi.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

constexpr absl::Duration kProgressEvery = absl::Seconds(5);

}  // namespace

std::vector<std::string> FailuresOfRun(
    const SweepScenario& scenario, const SweepOptions& options,
    const std::function<void(SweepRun&)>& work) {
  ::testing::TestPartResultArray caught;
  const size_t bytes_before = PoolBytesInUse();
  {
    const ::testing::ScopedFakeTestPartResultReporter reporter(
        ::testing::ScopedFakeTestPartResultReporter::
            INTERCEPT_ONLY_CURRENT_THREAD,
        &caught);
    SweepRun run(options);
    scenario(run);
    work(run);
  }
  std::vector<std::string> failures;
  for (int i = 0; i < caught.size(); ++i) {
    const ::testing::TestPartResult& part = caught.GetTestPartResult(i);
    if (part.failed()) failures.push_back(part.message());
  }
  const size_t bytes_after = PoolBytesInUse();
  if (bytes_after != bytes_before) {
    failures.push_back(absl::StrCat("of the pool ", bytes_before,
                                    " bytes were in use before the run, and ",
                                    bytes_after, " are after it"));
  }
  return failures;
}

std::vector<std::string> FailuresOfTracedRun(
    const SweepScenario& scenario, const SweepOptions& options,
    const std::function<void(SweepRun&)>& work,
    const std::function<void(const Trace&)>& look) {
  return FailuresOfRun(scenario, options, [&work, &look](SweepRun& run) {
    run.StartTrace();
    work(run);
    look(run.trace());
  });
}

std::string LastEvents(const Trace& trace) {
  return trace.LastLines(kLastEvents);
}

std::string RealTimeSince(absl::Time began) {
  return absl::FormatDuration(
      absl::Trunc(absl::Now() - began, absl::Milliseconds(1)));
}

SweepLog::SweepLog(std::string what, const SweepScenario& scenario,
                   const SweepOptions& options)
    : what_(std::move(what)),
      scenario_(scenario),
      options_(options),
      asked_("CLOCHE_FAULT") {}

SweepLog::~SweepLog() {
  std::string text =
      absl::StrCat("sweep of ", what_, ": ", CountText(), report_.failed_runs,
                   " failed, ", RealTimeSince(began_), "\n");
  for (const auto& [name, row] : rows_) {
    absl::StrAppend(
        &text, "  ", name,
        std::string(name.size() < 24 ? 24 - name.size() : 1, ' '), row.runs,
        " runs, ", row.failed, " failed",
        row.without_effect > 0
            ? absl::StrCat(", ", row.without_effect, " without effect")
            : "",
        "  ", absl::StrJoin(row.columns, " "), "\n");
  }
  std::fputs(text.c_str(), stdout);
}

std::string SweepLog::CountText() const {
  std::string text = absl::StrCat(report_.runs, " runs, ");
  if (asked_.name().has_value()) {
    absl::StrAppend(&text, "of which ", made_,
                    " was made, as CLOCHE_FAULT asks, ");
  }
  return text;
}

bool SweepLog::RunUndisturbed(const std::function<void(SweepRun&)>& work) {
  const std::vector<std::string> failures = Make(work);
  undisturbed_ = histories_;
  if (failures.empty()) return true;
  ++report_.failed_runs;
  ADD_FAILURE() << "the scenario fails without any disturbance:\n"
                << absl::StrJoin(failures, "\n");
  return false;
}

std::vector<std::string> SweepLog::Make(
    const std::function<void(SweepRun&)>& work) {
  return FailuresOfRun(scenario_, options_, [&](SweepRun& run) {
    work(run);
    histories_ = run.histories();
  });
}

bool SweepLog::HadNoEffect() const { return undisturbed_ == histories_; }

bool SweepLog::Run(const std::string& name, const std::string& row,
                   const std::string& column,
                   const std::function<void(SweepRun&)>& work) {
  ++report_.runs;
  if (asked_.name().has_value()) {
    if (!asked_.IsFor(name)) return true;
    asked_.NoteMade();
  }
  ++made_;
  SayWhichRunBegins("CLOCHE_FAULT", name);
  const std::vector<std::string> failures = Make(work);
  Note(row, column, !failures.empty());
  ShowProgress();
  if (failures.empty()) return true;
  ++report_.failed_runs;
  ADD_FAILURE() << "CLOCHE_FAULT='" << name << "' makes this run again:\n  "
                << HowToRunAgain(SeedOf(options_), "CLOCHE_FAULT", name) << "\n"
                << absl::StrJoin(failures, "\n")
                << "\nthe last that happened:\n"
                << LastEventsOf(work);
  return report_.failed_runs < options_.most_failures;
}

// The run repeats itself, so that only one that fails has to be watched.
std::string SweepLog::LastEventsOf(const std::function<void(SweepRun&)>& work) {
  std::string text;
  FailuresOfTracedRun(scenario_, options_, work, [&text](const Trace& trace) {
    text = LastEvents(trace);
  });
  return text;
}

void SweepLog::Note(const std::string& row, const std::string& column,
                    bool failed) {
  Row& noted = rows_[row];
  ++noted.runs;
  noted.failed += failed ? 1 : 0;
  if (HadNoEffect()) {
    ++noted.without_effect;
    ++report_.without_effect;
    return;
  }
  if (column.empty()) return;
  if (std::find(noted.columns.begin(), noted.columns.end(), column) ==
      noted.columns.end()) {
    noted.columns.push_back(column);
  }
}

void SweepLog::ShowProgress() {
  const absl::Time now = absl::Now();
  if (now - last_progress_ < kProgressEvery) return;
  last_progress_ = now;
  std::fprintf(stderr, "sweep of %s: %d of %zu runs, %d failed\n",
               what_.c_str(), made_, expected_runs_, report_.failed_runs);
}

}  // namespace cloche

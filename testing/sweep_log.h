// SweepLog: makes the runs of a sweep, and keeps the books.
//
// How it works: what a run fails is caught (gtest-spi.h) and handed on as one
// failure that begins with the run's name and how to make it again.
//
// Main disadvantage: what ends the whole program is not caught; see sweep.h for
// how to learn which run it was.
//
// Next: testing/sweep.cc.

#ifndef CLOCHE_TESTING_SWEEP_LOG_H_
#define CLOCHE_TESTING_SWEEP_LOG_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "cloche/fakes/errno_table.h"
#include "cloche/testing/asked_run.h"
#include "cloche/testing/sweep.h"
#include "cloche/testing/sweep_run.h"
#include "cloche/testing/trace.h"

namespace cloche {

// Makes one run of the scenario, which `work` is given not driven yet, and
// gives what it failed, as text.
std::vector<std::string> FailuresOfRun(
    const SweepScenario& scenario, const SweepOptions& options,
    const std::function<void(SweepRun&)>& work);

// The same; `look` sees what happened.
std::vector<std::string> FailuresOfTracedRun(
    const SweepScenario& scenario, const SweepOptions& options,
    const std::function<void(SweepRun&)>& work,
    const std::function<void(const Trace&)>& look);

// What a failure shows of it.
std::string LastEvents(const Trace& trace);

// The real time since then, for people.
std::string RealTimeSince(absl::Time began);

// A loop that cannot wait any more (poll(2): ENOMEM) has ended, and tells
// whoever drives it (Loop::RunOnce). No program on it can do anything about
// that, so it is no fault to sweep.
inline bool EndsTheLoop(CallKind kind, const ErrnoFacts& facts) {
  return WaitsForMany(kind) && facts.errno_class == ErrnoClass::kEnvironmental;
}

// How late a call is that comes late: later than most timeouts.
inline constexpr absl::Duration kSweepStall = absl::Minutes(2);

class SweepLog {
 public:
  // `what` is swept: "faults".
  SweepLog(std::string what, const SweepScenario& scenario,
           const SweepOptions& options);
  SweepLog(const SweepLog&) = delete;
  SweepLog& operator=(const SweepLog&) = delete;
  // Prints the summary.
  ~SweepLog();

  // The run that shows what there is; `work` is given the scenario's run, not
  // driven yet. False if not even that one goes well.
  bool RunUndisturbed(const std::function<void(SweepRun&)>& work);

  // One run of the sweep; counted only, if another one was asked for. `row` and
  // `column` are its place in the summary. False when the sweep has had enough.
  bool Run(const std::string& name, const std::string& row,
           const std::string& column,
           const std::function<void(SweepRun&)>& work);

  // Of the runs from now on; they are not compared with the undisturbed one,
  // which was of another seed.
  void set_seed(uint64_t seed) {
    options_.seed = seed;
    undisturbed_.reset();
  }

  // So many runs there will be.
  void Expect(size_t runs) { expected_runs_ = runs; }

  const SweepReport& report() const { return report_; }

 private:
  struct Row {
    int runs = 0;
    int failed = 0;
    int without_effect = 0;
    std::vector<std::string> columns;  // Each once, in order.
  };

  std::string LastEventsOf(const std::function<void(SweepRun&)>& work);
  std::string CountText() const;
  void ShowProgress();
  // As FailuresOfRun.
  std::vector<std::string> Make(const std::function<void(SweepRun&)>& work);
  bool HadNoEffect() const;
  void Note(const std::string& row, const std::string& column, bool failed);

  const std::string what_;
  const SweepScenario& scenario_;
  SweepOptions options_;
  const AskedRun asked_;
  size_t expected_runs_ = 0;
  SweepReport report_;
  // What the hosts saw in the last run (SweepRun::histories), and without any
  // disturbance.
  std::vector<uint64_t> histories_;
  std::optional<std::vector<uint64_t>> undisturbed_;
  int made_ = 0;  // Of the runs in report_.
  std::map<std::string, Row> rows_;
  // The real time, for people.
  absl::Time began_ = absl::Now();
  absl::Time last_progress_ = began_;
};

}  // namespace cloche

#endif  // CLOCHE_TESTING_SWEEP_LOG_H_

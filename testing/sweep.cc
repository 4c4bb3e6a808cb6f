#include "cloche/testing/sweep.h"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/base/errors.h"
#include "cloche/fakes/errno_table.h"
#include "cloche/fakes/fault_plan.h"
#include "cloche/testing/sweep_log.h"

namespace cloche {
namespace {

// The `nth` call of this kind that the programs of a host made.
struct MadeCall {
  size_t host;
  std::string host_name;
  FaultPlan::Entry entry;
  int nth;
};

struct CallFault {
  MadeCall call;
  int error;  // 0: the host stands still.
  bool from_then_on;
};

std::string WhatOf(const CallFault& fault) {
  return fault.error == 0 ? "late" : ErrnoName(fault.error);
}

std::string NameOf(const CallFault& fault) {
  return absl::StrCat(fault.call.host_name, ": ",
                      CallName(fault.call.entry.kind), " #", fault.call.nth,
                      " ", WhatOf(fault),
                      fault.from_then_on ? " from then on" : " once");
}

// Every call of the undisturbed run.
bool FindCalls(SweepLog& log, std::vector<MadeCall>& calls) {
  return log.RunUndisturbed([&calls](SweepRun& run) {
    for (size_t i = 0; i < run.host_count(); ++i) {
      FakeHost& kernel = run.host(i).kernel();
      std::array<int, kCallKinds> made = {};
      kernel.faults().set_watcher(
          [&calls, i, name = kernel.name(), made](
              uint64_t, const FaultPlan::Entry& entry) mutable {
            const int nth = ++made[static_cast<size_t>(entry.kind)];
            calls.push_back({i, name, entry, nth});
          });
    }
    run.Finish(/*undisturbed=*/true);
    // The world's own end makes calls as well.
    for (size_t i = 0; i < run.host_count(); ++i) {
      run.host(i).kernel().faults().set_watcher(nullptr);
    }
  });
}

// All that can become of these calls: once, and of what may stay so for good,
// from then on.
std::vector<CallFault> FaultsOf(const std::vector<MadeCall>& calls) {
  std::vector<CallFault> faults;
  for (const MadeCall& call : calls) {
    faults.push_back({call, 0, false});
    for (const ErrnoFacts& facts : ErrnosOf(call.entry.kind)) {
      if (!FaultPlan::CanFail(call.entry, facts.error)) continue;
      if (EndsTheLoop(call.entry.kind, facts)) continue;
      faults.push_back({call, facts.error, false});
      if (facts.errno_class == ErrnoClass::kEnvironmental) {
        faults.push_back({call, facts.error, true});
      }
    }
  }
  return faults;
}

void RunWithFault(SweepRun& run, const CallFault& fault) {
  run.host(fault.call.host)
      .kernel()
      .faults()
      .Add({.kind = fault.call.entry.kind,
            .nth_from_now = fault.call.nth,
            .times = fault.from_then_on ? kForEver : 1,
            .error = fault.error,
            .stall = fault.error == 0 ? kSweepStall : absl::ZeroDuration()});
  // Of what is transient these two are the library's own business.
  const auto facts = FindErrno(fault.call.entry.kind, fault.error);
  run.Finish(/*undisturbed=*/facts.has_value() &&
             facts->errno_class == ErrnoClass::kTransient &&
             (fault.error == EINTR || fault.error == EAGAIN));
}

// What the undisturbed run shows.
struct Seen {
  std::vector<SweepRun::Moment> moments;
  std::vector<std::string> tasks;
  std::vector<std::string> hosts;
};

bool See(SweepLog& log, Seen& seen) {
  return log.RunUndisturbed([&seen](SweepRun& run) {
    for (size_t i = 0; i < run.task_count(); ++i) {
      seen.tasks.push_back(run.NameOfTask(i));
    }
    for (size_t i = 0; i < run.host_count(); ++i) {
      seen.hosts.push_back(run.host(i).kernel().name());
    }
    run.set_on_moment([&seen](const SweepRun::Moment& moment) {
      seen.moments.push_back(moment);
    });
    run.Finish(/*undisturbed=*/true);
  });
}

// Does something at one moment of the run.
void RunWithInterruption(SweepRun& run, uint64_t at,
                         const std::function<void()>& interrupt) {
  run.set_on_moment([at, &interrupt](const SweepRun::Moment& moment) {
    if (moment.number == at) interrupt();
  });
  run.Finish(/*undisturbed=*/false);
}

}  // namespace

SweepReport SweepFaults(const SweepScenario& scenario,
                        const SweepOptions& options) {
  SweepLog log("faults", scenario, options);
  std::vector<MadeCall> calls;
  if (!FindCalls(log, calls)) return log.report();
  const std::vector<CallFault> faults = FaultsOf(calls);
  log.Expect(faults.size());
  for (const CallFault& fault : faults) {
    const bool go_on = log.Run(
        NameOf(fault),
        absl::StrCat(fault.call.host_name, ": ",
                     CallName(fault.call.entry.kind)),
        WhatOf(fault), [&fault](SweepRun& run) { RunWithFault(run, fault); });
    if (!go_on) break;
  }
  return log.report();
}

SweepReport SweepCancellation(const SweepScenario& scenario,
                              const SweepOptions& options) {
  SweepLog log("cancellation", scenario, options);
  Seen seen;
  if (!See(log, seen)) return log.report();
  log.Expect(seen.moments.size() * seen.tasks.size());
  for (size_t task = 0; task < seen.tasks.size(); ++task) {
    for (const SweepRun::Moment& moment : seen.moments) {
      const auto work = [&](SweepRun& run) {
        RunWithInterruption(run, moment.number, [&] { run.CancelTask(task); });
      };
      const std::string& name = seen.tasks[task];
      const std::string run_name =
          absl::StrCat("cancel ", name, " at moment ", moment.number);
      if (!log.Run(run_name, name, "", work)) return log.report();
    }
  }
  return log.report();
}

SweepReport SweepDestruction(const SweepScenario& scenario,
                             const SweepOptions& options) {
  SweepLog log("destruction", scenario, options);
  Seen seen;
  if (!See(log, seen)) return log.report();
  const std::vector<std::string>& hosts = seen.hosts;
  std::vector<SweepRun::Moment>& moments = seen.moments;
  std::erase_if(moments, [](const auto& moment) { return moment.in_a_turn; });
  log.Expect(moments.size() * (hosts.size() + 1));
  for (const SweepRun::Moment& moment : moments) {
    const std::string when = absl::StrCat(" at moment ", moment.number);
    for (size_t host = 0; host < hosts.size(); ++host) {
      const auto work = [&](SweepRun& run) {
        RunWithInterruption(run, moment.number, [&] { run.host(host).Kill(); });
      };
      const std::string name = absl::StrCat("kill ", hosts[host], when);
      if (!log.Run(name, hosts[host], "", work)) return log.report();
    }
    const auto drop = [&](SweepRun& run) { run.DropAfter(moment.number); };
    if (!log.Run(absl::StrCat("drop all", when), "all", "", drop)) break;
  }
  return log.report();
}

}  // namespace cloche

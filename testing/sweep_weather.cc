// SweepNuisances and SweepMixtures: what goes on all the time, on all hosts.

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/fakes/errno_table.h"
#include "cloche/fakes/fault_plan.h"
#include "cloche/testing/sweep.h"
#include "cloche/testing/sweep_log.h"

namespace cloche {
namespace {

// What must not make any difference.
struct Weather {
  const char* name;
  void (*begin)(FaultPlan&);
};

constexpr absl::Duration kShortly = absl::Microseconds(10);

void AlwaysInterrupt(FaultPlan& plan) {
  plan.Add({.times = kForEver, .probability = 0.5, .error = EINTR});
}
void AlwaysPutOff(FaultPlan& plan) {
  for (const CallKind kind :
       {CallKind::kAccept4, CallKind::kRecv, CallKind::kSend}) {
    plan.Add({.kind = kind,
              .times = kForEver,
              .probability = 0.5,
              .error = EAGAIN,
              .delay = kShortly});
  }
}
void AlwaysFalselyAlarm(FaultPlan& plan) {
  plan.Add({.times = kForEver,
            .probability = 0.5,
            .delay = kShortly,
            .spurious = true});
}
template <size_t kBytes>
void AlwaysWriteLittle(FaultPlan& plan) {
  for (const CallKind kind : {CallKind::kSend, CallKind::kSendMsg}) {
    plan.Add({.kind = kind,
              .times = kForEver,
              .delay = kShortly,
              .most_bytes = kBytes});
  }
}
template <size_t kBytes>
void AlwaysArriveInPieces(FaultPlan& plan) {
  plan.CutArrivals({.most_bytes = kBytes, .gap = kShortly});
}
void AlwaysSetTheClock(FaultPlan& plan) {
  plan.Add({.times = kForEver, .wall_clock_jump = -absl::Hours(1)});
}
void AllAtOnce(FaultPlan& plan) {
  AlwaysInterrupt(plan);
  AlwaysPutOff(plan);
  AlwaysFalselyAlarm(plan);
  AlwaysWriteLittle<7>(plan);
  AlwaysArriveInPieces<5>(plan);
}

constexpr Weather kWeathers[] = {
    {"EINTR now and then", AlwaysInterrupt},
    {"EAGAIN now and then", AlwaysPutOff},
    {"false alarms now and then", AlwaysFalselyAlarm},
    {"writes of 1 byte", AlwaysWriteLittle<1>},
    {"writes of 100 bytes", AlwaysWriteLittle<100>},
    {"arrivals of 1 byte", AlwaysArriveInPieces<1>},
    {"arrivals of 100 bytes", AlwaysArriveInPieces<100>},
    {"a clock that is set back with each call", AlwaysSetTheClock},
    {"all at once", AllAtOnce},
};

void RunEverywhere(SweepRun& run, const std::function<void(FaultPlan&)>& begin,
                   bool undisturbed) {
  for (size_t i = 0; i < run.host_count(); ++i) {
    begin(run.host(i).kernel().faults());
  }
  run.Finish(undisturbed);
}

// Mixtures draw raw numbers, as FaultPlan does and for the same reason.
using Random = std::mt19937_64;

// One call in a hundred has it. And of what may stay so for good, one errno in
// two hundred does, from one of its first calls on: so about one for each host.
void AddErrno(FaultPlan& plan, CallKind kind, const ErrnoFacts& facts,
              Random& random) {
  plan.Add({.kind = kind,
            .times = kForEver,
            .probability = 0.01,
            .error = facts.error});
  const int nth = 1 + static_cast<int>(random() % 20);
  const bool stays =
      random() % 200 == 0 && facts.errno_class == ErrnoClass::kEnvironmental;
  if (!stays) return;
  plan.Add({.kind = kind,
            .nth_from_now = nth,
            .times = kForEver,
            .error = facts.error});
}

// And one call comes late, or none: more than one, and nobody would know how
// much patience it takes.
void AddMixture(FaultPlan& plan, Random& random) {
  plan.Add({.probability = 0.01, .stall = kSweepStall});
  for (size_t i = 0; i < kCallKinds; ++i) {
    const CallKind kind = static_cast<CallKind>(i);
    for (const ErrnoFacts& facts : ErrnosOf(kind)) {
      if (facts.errno_class == ErrnoClass::kBug) continue;
      if (EndsTheLoop(kind, facts)) continue;
      AddErrno(plan, kind, facts, random);
    }
  }
}

void RunMixture(SweepRun& run, uint64_t seed) {
  Random random(seed);
  const auto begin = [&random](FaultPlan& plan) { AddMixture(plan, random); };
  RunEverywhere(run, begin, /*undisturbed=*/false);
}

void RunUndisturbed(SweepRun& run) { run.Finish(/*undisturbed=*/true); }

}  // namespace

SweepReport SweepNuisances(const SweepScenario& scenario,
                           const SweepOptions& options) {
  SweepLog log("nuisances", scenario, options);
  if (!log.RunUndisturbed(RunUndisturbed)) return log.report();
  for (const Weather& weather : kWeathers) {
    const auto work = [&weather](SweepRun& run) {
      RunEverywhere(run, weather.begin, /*undisturbed=*/true);
    };
    if (!log.Run(weather.name, weather.name, "", work)) break;
  }
  return log.report();
}

SweepReport SweepMixtures(const SweepScenario& scenario, int runs,
                          const SweepOptions& options) {
  SweepLog log("mixtures", scenario, options);
  if (!log.RunUndisturbed(RunUndisturbed)) return log.report();
  log.Expect(static_cast<size_t>(runs));
  for (int i = 0; i < runs; ++i) {
    const uint64_t seed = SeedOf(options) + i;
    log.set_seed(seed);
    const auto work = [seed](SweepRun& run) { RunMixture(run, seed); };
    if (!log.Run(absl::StrCat("mixture of seed ", seed), "all", "", work)) {
      break;
    }
  }
  return log.report();
}

}  // namespace cloche

#include "cloche/fakes/fault_plan.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/base/check.h"
#include "cloche/base/errors.h"
#include "cloche/fakes/fake_chance.h"

namespace cloche {
namespace {

void CheckErrno(CallKind kind, int error) {
  const std::optional<ErrnoFacts> facts = FindErrno(kind, error);
  const std::string call =
      absl::StrCat(CallName(kind), " cannot fail with ", ErrnoName(error));
  CLOCHE_CHECK(facts.has_value(),
               absl::StrCat(call, ": it is not in ", ErrnoSource(kind),
                            "; see fakes/errno_table.cc for what is"));
  CLOCHE_CHECK(facts->errno_class != ErrnoClass::kBug,
               absl::StrCat(call,
                            " by the environment's whim: only a mistake "
                            "of the program does that"));
}

void CheckKind(const Fault& fault) {
  if (fault.error != 0) CheckErrno(*fault.kind, fault.error);
  const bool sends =
      fault.kind == CallKind::kSend || fault.kind == CallKind::kSendMsg;
  CLOCHE_CHECK(sends || fault.most_bytes == Fault().most_bytes,
               "only send and sendmsg take fewer bytes on request; for short "
               "reads cut what arrives: FaultPlan::CutArrivals");
}

void CheckTime(absl::Duration time, absl::string_view name) {
  CLOCHE_CHECK(time >= absl::ZeroDuration() && time < absl::InfiniteDuration(),
               absl::StrCat("a ", name,
                            " is not negative and has an end; only "
                            "wall_clock_jump may go backwards"));
}

void CheckWhen(const Fault& fault) {
  CLOCHE_CHECK(fault.nth_from_now >= 1, "the next call is number 1");
  CLOCHE_CHECK(fault.times >= 1, "a fault that never comes");
  CLOCHE_CHECK(fault.probability >= 0 && fault.probability <= 1,
               "a probability is from 0 to 1");
}

void CheckWhat(const Fault& fault) {
  CLOCHE_CHECK(fault.most_bytes >= 1, "a send that takes nothing is EAGAIN");
  CheckTime(fault.delay, "delay");
  CheckTime(fault.stall, "stall");
  const bool does_something =
      fault.error != 0 || fault.most_bytes != Fault().most_bytes ||
      fault.spurious || fault.stall != absl::ZeroDuration() ||
      fault.wall_clock_jump != absl::ZeroDuration();
  CLOCHE_CHECK(does_something,
               "a fault that does nothing; give it one of error, most_bytes, "
               "spurious, stall, wall_clock_jump (delay only says how much "
               "later others are woken)");
}

// What could not be checked before it was known which call it is.
void CheckCall(const FaultPlan::Entry& entry, const Fault& fault) {
  if (!fault.kind.has_value()) CheckErrno(entry.kind, fault.error);
  const bool can = CanFailWith(entry.kind, fault.error, entry.on_datagrams);
  CLOCHE_CHECK(can || fault.times == kForEver,
               absl::StrCat(CallName(entry.kind), " cannot fail with ",
                            ErrnoName(fault.error), " on a ",
                            entry.on_datagrams ? "datagram" : "stream",
                            " socket (fakes/errno_table.cc); name another "
                            "call, or times = kForEver for all that can"));
}

// The earliest fault wins where two say something about the same, if the call
// can have what it says.
void AddTo(CallFate& fate, const FaultPlan::Entry& entry, const Fault& fault) {
  const bool can = fault.error == 0 || FaultPlan::CanFail(entry, fault.error);
  if (can && fate.error == 0) {
    fate.error = fault.error;
    fate.delay = fault.delay;
  }
  fate.most_bytes = std::min(fate.most_bytes, fault.most_bytes);
  fate.spurious |= fault.spurious;
  fate.stall += fault.stall;
  fate.wall_clock_jump += fault.wall_clock_jump;
}

}  // namespace

void FaultPlan::Add(const Fault& fault) {
  CheckWhen(fault);
  CheckWhat(fault);
  if (fault.kind.has_value()) CheckKind(fault);
  faults_.push_back(fault);
}

void FaultPlan::CutArrivals(const ArrivalCut& cut) {
  CLOCHE_CHECK(cut.most_bytes >= 1, "pieces have at least 1 byte");
  CLOCHE_CHECK(cut.times >= 1, "a cut that never comes");
  CheckTime(cut.gap, "gap");
  cut_ = cut;
}

void FaultPlan::Clear() {
  faults_.clear();
  cut_.reset();
}

CallFate FaultPlan::Enter(const Entry& entry) {
  const CallKind kind = entry.kind;
  ++counts_[static_cast<size_t>(kind)];
  ++count_of_all_;
  if (watcher_) watcher_(count_of_all_, entry);
  CallFate fate;
  for (Fault& fault : faults_) {
    const bool meant = !fault.kind.has_value() || fault.kind == kind;
    if (!meant || !IsDue(fault, entry)) continue;
    if (fault.error != 0) CheckCall(entry, fault);
    AddTo(fate, entry, fault);
  }
  faults_.erase(
      std::remove_if(faults_.begin(), faults_.end(),
                     [](const Fault& fault) { return fault.times == 0; }),
      faults_.end());
  LetSomeThrough(kind, fate);
  return fate;
}

bool FaultPlan::CanFail(const Entry& entry, int error) {
  if (!entry.can_fail) return false;
  if (!CanFailWith(entry.kind, error, entry.on_datagrams)) return false;
  return entry.may_wait ||
         FindErrno(entry.kind, error)->means != FaultMeans::kWaiting;
}

// Counts `fault` down by one of its calls. Whether this one is hit.
bool FaultPlan::IsDue(Fault& fault, const Entry& entry) {
  if (fault.nth_from_now > 1) {
    --fault.nth_from_now;
    return false;
  }
  // An errno by probability is for the calls that can have it.
  if (fault.probability < 1) {
    const bool can = fault.error == 0 || CanFail(entry, fault.error);
    if (!can || !Drawn(random_, fault.probability)) return false;
  }
  if (fault.times != kForEver) --fault.times;
  return true;
}

void FaultPlan::LetSomeThrough(CallKind kind, CallFate& fate) {
  int& in_a_row = transients_in_a_row_[static_cast<size_t>(kind)];
  const bool transient =
      fate.error != 0 &&
      FindErrno(kind, fate.error)->errno_class == ErrnoClass::kTransient;
  in_a_row = transient ? in_a_row + 1 : 0;
  if (in_a_row <= kMostInARow) return;
  in_a_row = 0;
  fate.error = 0;
}

std::optional<ArrivalCut> FaultPlan::EnterArrival() {
  if (!cut_.has_value()) return std::nullopt;
  const ArrivalCut cut = *cut_;
  if (cut_->times != kForEver && --cut_->times == 0) cut_.reset();
  return cut;
}

}  // namespace cloche

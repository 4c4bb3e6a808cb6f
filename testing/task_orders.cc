#include "cloche/testing/task_orders.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "cloche/tasks/running_task.h"

namespace cloche {
namespace {

// Above all that a task can fall to.
constexpr uint64_t kFirstPriority = uint64_t{1} << 63;

bool IsATaskThatHasNotBegun(const Runnable& runnable) {
  const auto* const task = dynamic_cast<const RunningTask*>(&runnable);
  return task != nullptr && !task->begun();
}

std::optional<Deviation> ParseDeviation(absl::string_view text) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits(':', 1));
  Deviation deviation;
  if (!absl::SimpleAtoi(parts.first, &deviation.choice) ||
      !absl::SimpleAtoi(parts.second, &deviation.index) ||
      deviation.index == 0) {
    return std::nullopt;
  }
  return deviation;
}

}  // namespace

// --- Schedules --------------------------------------------------------------

std::string ScheduleText(const Schedule& schedule) {
  return absl::StrJoin(
      schedule, " ", [](std::string* text, const Deviation& deviation) {
        absl::StrAppend(text, deviation.choice, ":", deviation.index);
      });
}

std::optional<Schedule> ParseSchedule(absl::string_view text) {
  Schedule schedule;
  uint64_t last_choice = 0;
  for (absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    const std::optional<Deviation> deviation = ParseDeviation(word);
    if (!deviation.has_value() || deviation->choice <= last_choice) {
      return std::nullopt;
    }
    last_choice = deviation->choice;
    schedule.push_back(*deviation);
  }
  return schedule;
}

// --- Orders -----------------------------------------------------------------

size_t RecordedOrder::Choose(absl::Span<Runnable* const> ready) {
  const size_t index = Record(ready.size(), ready);
  OnTurn(*ready[index]);
  return index;
}

size_t RecordedOrder::ChooseTimer(size_t count, bool may_wait) {
  return tasks_only_ ? 0 : Record(count + (may_wait ? 1 : 0), {});
}

size_t RecordedOrder::ChooseEvent(size_t count, bool may_wait) {
  return tasks_only_ ? 0 : Record(count + (may_wait ? 1 : 0), {});
}

size_t RecordedOrder::Record(size_t count, Ready ready) {
  if (count < 2) return 0;
  counts_.push_back(count);
  const uint64_t choice = counts_.size();
  const size_t index = Pick(choice, count, ready);
  if (index > 0) deviations_.push_back({choice, index});
  return index;
}

size_t ScriptedOrder::Pick(uint64_t choice, size_t count,
                           absl::Span<Runnable* const> /*ready*/) {
  if (next_ == schedule_.size() || schedule_[next_].choice != choice) return 0;
  return std::min(schedule_[next_++].index, count - 1);
}

// The remainder favours nobody that matters, and is the same with every
// standard library.
size_t ShuffledOrder::Pick(uint64_t /*choice*/, size_t count,
                           absl::Span<Runnable* const> /*ready*/) {
  return static_cast<size_t>(random_() % count);
}

PctOrder::PctOrder(uint64_t seed, int depth, uint64_t length)
    : random_(seed), next_low_priority_(kFirstPriority) {
  for (int i = 1; i < depth && length > 0; ++i) {
    changes_.insert(1 + random_() % length);
  }
}

size_t PctOrder::Pick(uint64_t choice, size_t count,
                      absl::Span<Runnable* const> ready) {
  if (ready.empty()) return static_cast<size_t>(random_() % count);
  const size_t highest = Highest(ready);
  if (changes_.count(choice) == 0) return highest;
  PriorityOf(*ready[highest]) = --next_low_priority_;
  return Highest(ready);
}

size_t PctOrder::Highest(absl::Span<Runnable* const> ready) {
  size_t highest = 0;
  uint64_t highest_priority = 0;
  for (size_t i = 0; i < ready.size(); ++i) {
    const uint64_t priority = PriorityOf(*ready[i]);
    if (priority > highest_priority) {
      highest = i;
      highest_priority = priority;
    }
  }
  return highest;
}

// Who has begun and is known at the address of a task that has not.
void PctOrder::ForgetWhoIsGone(const Runnable& runnable) {
  const auto known = known_.find(&runnable);
  if (known == known_.end() || !known->second.begun) return;
  if (IsATaskThatHasNotBegun(runnable)) known_.erase(known);
}

uint64_t& PctOrder::PriorityOf(const Runnable& runnable) {
  ForgetWhoIsGone(runnable);
  const auto [found, is_new] = known_.try_emplace(&runnable);
  if (is_new) found->second.priority = kFirstPriority | random_();
  return found->second.priority;
}

// One that was never chosen among others is not known yet.
void PctOrder::OnTurn(const Runnable& runnable) {
  ForgetWhoIsGone(runnable);
  const auto found = known_.find(&runnable);
  if (found != known_.end()) found->second.begun = true;
}

}  // namespace cloche

// Task orders: which of the ready tasks runs next, which timer and which
// arrival of one instant comes first, other than first come, first served; and
// schedules, by which what was chosen can be chosen again.
//
//     ShuffledOrder order(/*seed=*/7);
//     world.set_order(&order);
//     ...
//     ScheduleText(order.deviations());           // "3:1 17:2"
//     ScriptedOrder again(order.deviations());    // Chooses the same.
//
// A choice is where there is more than one possibility; choices are numbered
// from 1 on, in the order in which the loops of a world and its network meet
// them. A schedule lists only the deviations from first come, first served:
// "3:1" says that at the third choice the one with index 1, so the second, came
// first.
//
//     turn of a loop       [A B C]    [A B]    [C]     [A B C]
//     choices               1, 2       3        -       4, 5
//     "1:2 3:1"             C A B      B A      C       A B C
//
// A loop runs all that are ready before it looks for more, so an order permutes
// each turn and never leaves somebody out of it. That is all the freedom that a
// real run has once the kernel has spoken. When it speaks, an order decides
// only within an instant: timers of one instant fire in any order, and perhaps
// a turn later; what arrives at one instant comes in any order, and perhaps not
// before the loops have run (testing/world_order.h).
//
// Main disadvantage: what has an instant of its own stays there. How late
// things come is for the network's seed and for faults.
//
// Next: testing/explore.h, which tries them all.

#ifndef CLOCHE_TESTING_TASK_ORDERS_H_
#define CLOCHE_TESTING_TASK_ORDERS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cloche/loop/runnable.h"
#include "cloche/testing/world_order.h"

namespace cloche {

// At choice number `choice` the one with this index, from 1 on, is taken.
struct Deviation {
  uint64_t choice;
  size_t index;

  friend bool operator==(const Deviation&, const Deviation&) = default;
};

// In ascending order of choices. Empty: first come, first served.
using Schedule = std::vector<Deviation>;

// "3:1 17:2"
std::string ScheduleText(const Schedule& schedule);
// Nullopt if the text is none.
std::optional<Schedule> ParseSchedule(absl::string_view text);

// What all orders share: they note what there was to choose, and what they
// chose. Thread safety: none.
class RecordedOrder : public WorldOrder {
 public:
  size_t Choose(absl::Span<Runnable* const> ready) final;
  size_t ChooseTimer(size_t count, bool may_wait) final;
  size_t ChooseEvent(size_t count, bool may_wait) final;
  bool OrdersEvents() const final { return !tasks_only_; }

  // From now on timers and arrivals come first come, first served, and are no
  // choices.
  void ChooseTasksOnly() { tasks_only_ = true; }

  // What was chosen, as a schedule.
  const Schedule& deviations() const { return deviations_; }
  // Among how many each choice was made; that of choice 1 is the first.
  const std::vector<size_t>& counts() const { return counts_; }

 private:
  using Ready = absl::Span<Runnable* const>;

  // This one's turn comes, whether or not there was a choice.
  virtual void OnTurn(const Runnable& /*runnable*/) {}

  // `choice` is this choice's number, and there are `count`, two or more,
  // possibilities. If they are tasks, `ready` are these; else it is empty.
  virtual size_t Pick(uint64_t choice, size_t count, Ready ready) = 0;
  size_t Record(size_t count, Ready ready);

  bool tasks_only_ = false;
  Schedule deviations_;
  std::vector<size_t> counts_;
};

// As a schedule says. Where fewer are ready than it thinks, the last one.
class ScriptedOrder final : public RecordedOrder {
 public:
  explicit ScriptedOrder(Schedule schedule) : schedule_(std::move(schedule)) {}

 private:
  size_t Pick(uint64_t choice, size_t count,
              absl::Span<Runnable* const> ready) override;

  const Schedule schedule_;
  size_t next_ = 0;
};

// Anybody, each time.
class ShuffledOrder final : public RecordedOrder {
 public:
  explicit ShuffledOrder(uint64_t seed) : random_(seed) {}

 private:
  size_t Pick(uint64_t choice, size_t count,
              absl::Span<Runnable* const> ready) override;

  std::mt19937_64 random_;
};

// Probabilistic concurrency testing: each task has a random priority, and the
// highest runs first; at depth - 1 random choices the one that would run next
// falls below all others. What goes wrong because of a few orderings that must
// hold for a long time ("this task is always behind that one, until ...") is
// what a shuffle hardly ever does. (Burckhardt, Kothari, Musuvathi and
// Nagarakatte: A Randomized Scheduler with Probabilistic Guarantees of Finding
// Bugs, ASPLOS 2010.) The guarantee is not ours: no task is held back for
// longer than a turn. Timers and arrivals are nobody's, and have no priority:
// there it throws a die.
//
// Priorities are drawn as tasks are seen for the first time, so that among
// tasks a seed means the same in every process. A task is known by its address,
// from its first choice on; and who comes to an address after it is known by
// not having begun, though somebody there has. That somebody has is noted when
// their turn comes, for a task may end in its first one and never be seen
// again.
//
// Who is no task (a Burst, http/burst.h) does not say whether it has begun: at
// an address that another one had, it has the other one's priority. Where there
// are such, a seed may mean something else in a process whose memory lies
// differently; what it did is in the schedule, which says it all.
class PctOrder final : public RecordedOrder {
 public:
  // `length`: about how many choices there will be.
  PctOrder(uint64_t seed, int depth, uint64_t length);

 private:
  size_t Pick(uint64_t choice, size_t count,
              absl::Span<Runnable* const> ready) override;
  size_t Highest(absl::Span<Runnable* const> ready);
  void ForgetWhoIsGone(const Runnable& runnable);
  uint64_t& PriorityOf(const Runnable& runnable);
  void OnTurn(const Runnable& runnable) override;

  struct Known {
    uint64_t priority;
    bool begun;  // It has had a turn.
  };

  std::mt19937_64 random_;
  std::map<const Runnable*, Known> known_;  // Never gone through.
  std::set<uint64_t> changes_;              // At these choices.
  uint64_t next_low_priority_;
};

}  // namespace cloche

#endif  // CLOCHE_TESTING_TASK_ORDERS_H_

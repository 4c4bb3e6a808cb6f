// TimerQueue: which deadline is next, and which have passed.
//
// A hierarchical timing wheel (Varghese and Lauck, "Hashed and Hierarchical
// Timing Wheels", SOSP 1987). Time is counted in ticks of one microsecond, and
// a tick is read as a number with digits in base 64. There is one level per
// digit, and each level has one slot per value of its digit:
//
//   the current tick, in base 64:       ... 0  7  2 61
//
//   level 0, a slot is        1 us:  [0] ... [60] [61] [62] [63]
//                                            now---^    B
//   level 1, a slot is       64 us:  [0] [1] [2] [3] ...   [63]
//                                        now--^   C
//   level 2, a slot is     4096 us:  [0] ... [7] [8] ...   [63]
//                                        now--^        D
//   ... up to level 10: every tick that 64 bits can hold has its place
//
// A timer goes to the level of the highest digit in which its deadline differs
// from now, and there into the slot of that digit. B, say, differs from now in
// the last digit only. Three things follow, and they are the whole trick:
//
//   - Everything on a level is earlier than everything on the levels above it,
//     and a slot earlier than the slots to its right. So the first occupied
//     slot of the lowest occupied level holds the next deadline.
//   - When now reaches a slot, that digit has become equal; each of the slot's
//     timers moves ("cascades") to the level of its next digit that differs,
//     or is due. So a timer moves at most once per level.
//   - Timers for the same tick are always in the same slot, in the order in
//     which they were inserted. So the order of firing is fully determined.
//
// One 64-bit number per level has a bit set for each slot that may hold
// timers, so passing over empty slots costs one instruction. That is why
// a jump of a year costs no more than a step of a millisecond.
//
// SPEED(BM_TimerWheelRearm): a wheel instead of a sorted std::multimap. With
// 100, 10,000 and 1,000,000 timers of up to a minute, putting one off takes
// 15 to 40 ns instead of 60 to 3000 (ratio 4, 10, 80), because most timeouts
// never fire. BM_TimerWheelFire, where all of them do: ratio 0.7, 2.0, 5, so
// few timers that all fire are faster in the plain queue. (2-core EPYC virtual
// machine, November 2026.) The reader pays with the picture above.
//
// Main disadvantage: 17 KB per queue, however few timers are in it, against
// nothing for a sorted container. And a timer that lives for long is touched
// several times where a heap would touch it once.
//
// Next: loop/loop.h, which sleeps until NextDeadline and then calls Fire.

#ifndef CLOCHE_TIME_TIMER_QUEUE_H_
#define CLOCHE_TIME_TIMER_QUEUE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "cloche/base/intrusive_list.h"

namespace cloche {

// Something that happens at a time. Derive from it and say what happens.
// Lifetime: the owner's; while queued it must not move. Destroying a queued
// timer cancels it. Thread safety: none, it belongs to one loop's thread.
class Timer : public ListNode<Timer> {
 public:
  virtual ~Timer() = default;

  // Called by TimerQueue::Fire when the timer has left the queue. May insert
  // it again, destroy it, and insert, cancel or destroy any other timer; must
  // not call Fire and must not destroy the queue.
  virtual void OnDeadline() = 0;

  // The deadline of the last Insert, rounded up to the tick. InfiniteFuture
  // for a timer that was never inserted.
  absl::Time deadline() const;

 private:
  friend class TimerQueue;

  uint64_t tick_ = UINT64_MAX;
};

// Example:
//   TimerQueue timers(clock.Now());
//   timers.Insert(lunch, clock.Now() + absl::Hours(4));
//   for (;;) {
//     SleepUntil(timers.NextDeadline());
//     timers.Fire(clock.Now());  // calls lunch.OnDeadline() in time
//   }
//
// Lifetime: does not own the timers; destroying the queue unlinks them.
// Thread safety: none, it belongs to one loop's thread.
//
// Invariants:
//   1. A timer on level L has the digits of current_ above L, and in digit L,
//      which names its slot, a greater one. So its tick is after current_.
//   2. A slot that holds timers has its bit set. The reverse need not hold: a
//      timer that is cancelled or destroyed unlinks itself and cannot tell the
//      queue. So a set bit is a hint, cleared by whoever finds the slot empty.
//   3. slot.earliest is at or before the tick of each timer in the slot.
//   4. due_ holds what was inserted with its deadline at or before current_.
class TimerQueue {
 public:
  // `start` is the current time until the first Fire.
  explicit TimerQueue(absl::Time start);

  // Queues the timer to fire at `deadline`, rounded up to the microsecond. A
  // deadline that has passed fires in the next Fire. InfiniteFuture (and what
  // is after the year 294,000) never fires, but is queued and can be
  // cancelled like any other. CHECKs that the timer is not queued yet. O(1).
  void Insert(Timer& timer, absl::Time deadline);

  // Takes the timer out, so that it does not fire; no effect if it is not
  // queued. Within a Fire, also for a timer that is due in the same one. O(1).
  void Cancel(Timer& timer);

  // No timer fires before this time: sleep until then, then call Fire.
  // InfiniteFuture if none is queued. It is the earliest deadline exactly,
  // except that after a Cancel it may be that of the cancelled timer, or one
  // between: then one Fire fires nothing, and the next answer is later. O(1).
  absl::Time NextDeadline() const;

  // Fires every timer whose deadline is at or before `now`, and returns how
  // many. They fire in order of their deadlines; those of the same tick, and
  // those that had passed when they were inserted, in order of insertion. What
  // OnDeadline inserts waits for the next Fire, even if its deadline has
  // passed: so a timer that keeps re-arming itself cannot starve the loop. A
  // `now` that is earlier than the last Fire's counts as the last Fire's. O(1)
  // amortised a timer.
  size_t Fire(absl::Time now);

  // The same, but of those that share the next deadline `choose` says which is
  // first, as an index below `count`; or `count`: they, and all that are later,
  // stay due. For tests: O(n) each.
  using Choice = absl::FunctionRef<size_t(size_t count)>;
  size_t FireInOrder(absl::Time now, Choice choose);

  bool empty() const;

 private:
  using Tick = uint64_t;

  static constexpr int kBitsPerDigit = 6;
  static constexpr int kSlots = 1 << kBitsPerDigit;
  // 11 digits of 6 bits hold the 64 of a tick; the last has 4 bits only.
  static constexpr int kLevels = 11;

  struct Slot {
    IntrusiveList<Timer, Timer> timers;
    // The earliest tick inserted since the slot was last empty.
    Tick earliest = 0;
  };

  // Where a slot is.
  struct Place {
    int level;
    int slot;
  };

  static void AddTo(Slot& slot, Timer& timer);
  static size_t CountOfFirstTick(const IntrusiveList<Timer, Timer>& timers);
  void StayDue(IntrusiveList<Timer, Timer>& timers);

  void Add(Timer& timer);
  Place PlaceOf(Tick tick) const;
  Tick StartOf(Place place) const;
  std::optional<Place> FirstOccupied() const;
  std::optional<int> FirstOccupiedSlot(int level) const;
  void AdvanceTo(Tick now);
  void Cascade(Place place);

  Tick current_;
  Slot due_;
  std::array<std::array<Slot, kSlots>, kLevels> levels_;
  // Bit s of occupied_[L] belongs to levels_[L][s]. Mutable because it is a
  // hint (invariant 2) that looking corrects: so that a stale bit is looked at
  // once, and is paid for by the Insert that set it.
  mutable std::array<uint64_t, kLevels> occupied_ = {};
};

}  // namespace cloche

#endif  // CLOCHE_TIME_TIMER_QUEUE_H_

// The wheel, in the order in which a timer meets it: time becomes a tick, the
// tick becomes a place, now arrives at the place, the timer fires.

#include "cloche/time/timer_queue.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <optional>

#include "absl/time/time.h"
#include "cloche/base/check.h"

namespace cloche {
namespace {

// The last tick stands for InfiniteFuture, and time never reaches it.
constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();

// Ticks are unsigned, for shifting and masking, and count from the first
// microsecond that an int64_t can express: flipping the sign bit moves
// INT64_MIN to 0 and keeps the order.
constexpr uint64_t kSignBit = uint64_t{1} << 63;

uint64_t TickOfMicros(int64_t unix_micros) {
  return static_cast<uint64_t>(unix_micros) ^ kSignBit;
}

absl::Time TimeOfTick(uint64_t tick) {
  if (tick == kNever) return absl::InfiniteFuture();
  return absl::FromUnixMicros(static_cast<int64_t>(tick ^ kSignBit));
}

// For "now": rounding up would let a timer fire before its deadline.
uint64_t TickAtOrBefore(absl::Time time) {
  // ToUnixMicros rounds down and saturates, also for the two infinities.
  return std::min(TickOfMicros(absl::ToUnixMicros(time)), kNever - 1);
}

// For deadlines: rounding down would let a timer fire before its deadline.
uint64_t TickAtOrAfter(absl::Time time) {
  const int64_t micros = absl::ToUnixMicros(time);
  const uint64_t tick = TickOfMicros(micros);
  const bool exact = absl::FromUnixMicros(micros) >= time;
  return exact || tick == kNever ? tick : tick + 1;
}

}  // namespace

absl::Time Timer::deadline() const { return TimeOfTick(tick_); }

TimerQueue::TimerQueue(absl::Time start) : current_(TickAtOrBefore(start)) {}

void TimerQueue::Insert(Timer& timer, absl::Time deadline) {
  CLOCHE_CHECK(!timer.linked(),
               "this timer is queued already; Cancel it before Insert");
  timer.tick_ = TickAtOrAfter(deadline);
  Add(timer);
}

void TimerQueue::Cancel(Timer& timer) { timer.Unlink(); }

absl::Time TimerQueue::NextDeadline() const {
  if (!due_.timers.empty()) return TimeOfTick(due_.earliest);
  const std::optional<Place> first = FirstOccupied();
  if (!first) return absl::InfiniteFuture();
  return TimeOfTick(levels_[first->level][first->slot].earliest);
}

size_t TimerQueue::Fire(absl::Time now) {
  AdvanceTo(TickAtOrBefore(now));
  // A list of its own, so that what OnDeadline inserts is not in it. What
  // OnDeadline cancels or destroys unlinks itself from this list as from any.
  IntrusiveList<Timer, Timer> firing;
  firing.Append(due_.timers);
  size_t fired = 0;
  while (Timer* timer = firing.PopFront()) {
    timer->OnDeadline();  // may destroy the timer
    ++fired;
  }
  return fired;
}

size_t TimerQueue::FireInOrder(absl::Time now, Choice choose) {
  AdvanceTo(TickAtOrBefore(now));
  IntrusiveList<Timer, Timer> firing;
  firing.Append(due_.timers);
  size_t fired = 0;
  while (!firing.empty()) {
    const size_t count = CountOfFirstTick(firing);
    const size_t index = choose(count);
    if (index >= count) break;
    Timer* timer = firing.Front();
    for (size_t i = 0; i < index; ++i) timer = firing.Next(*timer);
    timer->Unlink();
    timer->OnDeadline();
    ++fired;
  }
  StayDue(firing);
  return fired;
}

size_t TimerQueue::CountOfFirstTick(const IntrusiveList<Timer, Timer>& timers) {
  size_t count = 0;
  for (const Timer* timer = timers.Front();
       timer != nullptr && timer->tick_ == timers.Front()->tick_;
       timer = timers.Next(*timer)) {
    ++count;
  }
  return count;
}

// Before those that were inserted meanwhile.
void TimerQueue::StayDue(IntrusiveList<Timer, Timer>& timers) {
  timers.Append(due_.timers);
  while (Timer* timer = timers.PopFront()) AddTo(due_, *timer);
}

bool TimerQueue::empty() const {
  return due_.timers.empty() && !FirstOccupied();
}

void TimerQueue::Add(Timer& timer) {
  if (timer.tick_ <= current_) return AddTo(due_, timer);
  const Place place = PlaceOf(timer.tick_);
  AddTo(levels_[place.level][place.slot], timer);
  occupied_[place.level] |= uint64_t{1} << place.slot;
}

void TimerQueue::AddTo(Slot& slot, Timer& timer) {
  slot.earliest =
      slot.timers.empty() ? timer.tick_ : std::min(slot.earliest, timer.tick_);
  slot.timers.PushBack(timer);
}

// Only for ticks after current_: there must be a digit that differs.
TimerQueue::Place TimerQueue::PlaceOf(Tick tick) const {
  const int highest_bit = 63 - std::countl_zero(tick ^ current_);
  const int level = highest_bit / kBitsPerDigit;
  const Tick digit = (tick >> (level * kBitsPerDigit)) % kSlots;
  return {level, static_cast<int>(digit)};
}

// The first tick of a slot: the digits of current_ above its level, its own
// digit, and zeros below.
TimerQueue::Tick TimerQueue::StartOf(Place place) const {
  const int shift = place.level * kBitsPerDigit;
  const Tick below = (Tick{1} << shift) - 1;
  const Tick digit = Tick{kSlots - 1} << shift;
  return (current_ & ~(digit | below)) | (Tick(place.slot) << shift);
}

// The slot with the next deadline, if any timer is queued that is not due yet.
std::optional<TimerQueue::Place> TimerQueue::FirstOccupied() const {
  for (int level = 0; level < kLevels; ++level) {
    const std::optional<int> slot = FirstOccupiedSlot(level);
    if (slot) return Place{level, *slot};
  }
  return std::nullopt;
}

std::optional<int> TimerQueue::FirstOccupiedSlot(int level) const {
  while (occupied_[level] != 0) {
    const int slot = std::countr_zero(occupied_[level]);
    if (!levels_[level][slot].timers.empty()) return slot;
    occupied_[level] &= occupied_[level] - 1;  // clears the lowest bit: stale
  }
  return std::nullopt;
}

// Goes from occupied slot to occupied slot, not from tick to tick. Each stop
// is at a slot's start, so that invariant 1 holds for whatever cascades there.
void TimerQueue::AdvanceTo(Tick now) {
  std::optional<Place> first = FirstOccupied();
  while (first && StartOf(*first) <= now) {
    current_ = StartOf(*first);
    Cascade(*first);
    first = FirstOccupied();
  }
  current_ = std::max(current_, now);
}

// Moves the timers of a slot that current_ has reached: those of this very
// tick become due, the others go to lower levels, in unchanged order.
void TimerQueue::Cascade(Place place) {
  Slot& slot = levels_[place.level][place.slot];
  occupied_[place.level] &= ~(uint64_t{1} << place.slot);
  while (Timer* timer = slot.timers.PopFront()) Add(*timer);
}

}  // namespace cloche

// FakeEventQueue: what will happen in a simulated world, and in which order.
//
// Segments in flight, retries of a handshake and scripted events ("at 3 s,
// pull the plug") all wait here. The order is total: first by time, then by
// the order in which they were scheduled. That is the whole reason why the
// same program with the same seed always runs the same way.
//
//     due:     3.000 s   3.001 s   3.001 s   7.000 s
//     number:     #9        #4        #8        #2
//                 ^ Pop() takes this one
//
// Main disadvantage: one ordered map for everything, O(log n) and an
// allocation for each segment. A ring per link would be faster.
//
// Next: fakes/fake_network.h, its owner.

#ifndef CLOCHE_FAKES_FAKE_EVENT_QUEUE_H_
#define CLOCHE_FAKES_FAKE_EVENT_QUEUE_H_

#include <cstdint>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"

namespace cloche {

// Thread safety: none.
//
// Invariants:
//   1. No two events have the same number.
//   2. The first element of the map is the next event to happen.
class FakeEventQueue {
 public:
  using Action = absl::AnyInvocable<void()>;

  // Names a scheduled event, and orders it. A default-made one names none.
  struct Id {
    absl::Time due = absl::InfinitePast();
    uint64_t number = 0;

    friend bool operator<(const Id& a, const Id& b) {
      return a.due != b.due ? a.due < b.due : a.number < b.number;
    }
  };

  Id Schedule(absl::Time due, Action action) {
    const Id id{due, ++last_number_};
    events_.emplace(id, std::move(action));
    return id;
  }

  // Forgets the event; nothing if it has happened, or never was.
  void Cancel(const Id& id) { events_.erase(id); }

  // When the next event happens; InfiniteFuture if none will.
  absl::Time NextDue() const {
    return events_.empty() ? absl::InfiniteFuture()
                           : events_.begin()->first.due;
  }

  // Takes the next event out, for the caller to run. It has left the queue
  // before it runs, so it may schedule and cancel whatever it likes.
  Action Pop() {
    Action action = std::move(events_.begin()->second);
    events_.erase(events_.begin());
    return action;
  }

 private:
  absl::btree_map<Id, Action> events_;
  uint64_t last_number_ = 0;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_EVENT_QUEUE_H_

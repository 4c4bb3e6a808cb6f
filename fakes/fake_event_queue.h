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
// A test that explores asks for more: which of the events of one instant could
// just as well be the first? Any, but for those that keep their order among
// themselves, such as the segments of one connection. These are in one lane.
//
// Main disadvantage: one ordered map for everything, O(log n) and an
// allocation for each segment. A ring per link would be faster.
//
// Next: fakes/fake_network.h, its owner.

#ifndef CLOCHE_FAKES_FAKE_EVENT_QUEUE_H_
#define CLOCHE_FAKES_FAKE_EVENT_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "cloche/base/check.h"

namespace cloche {

// Thread safety: none. Lifetime: what the actions refer to must live until they
// have happened or are cancelled; at its end the queue destroys those that are
// left, and runs none.
//
// Invariants:
//   1. No two events have the same number.
//   2. The first element of the map is the next event to happen.
class FakeEventQueue {
 public:
  using Action = absl::AnyInvocable<void()>;
  using Lane = uint64_t;
  static constexpr Lane kScript = 0;  // What tests and retries schedule.

  // Names a scheduled event, and orders it. A default-made one names none.
  struct Id {
    absl::Time due = absl::InfinitePast();
    uint64_t number = 0;

    friend bool operator<(const Id& a, const Id& b) {
      return a.due != b.due ? a.due < b.due : a.number < b.number;
    }
  };

  Id Schedule(absl::Time due, Action action, Lane lane = kScript) {
    if (due < late_until_ && late_.contains(lane)) due = late_until_;
    const Id id{due, ++last_number_};
    events_.emplace(id, Event{std::move(action), lane});
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
  // before it runs, so it may schedule and cancel whatever it likes. CHECK:
  // there is one (NextDue is not InfiniteFuture).
  Action Pop() {
    CLOCHE_CHECK(!events_.empty(), "Pop: no event is left");
    return Take(events_.begin());
  }

  // The same, of what arrives by `now`: scripts are left where they are. None
  // if nothing does.
  std::optional<Action> PopArrival(absl::Time now) {
    for (auto place = events_.begin(); place != events_.end(); ++place) {
      if (place->first.due > now) break;
      if (place->second.lane != kScript) return Take(place);
    }
    return std::nullopt;
  }

  // The events that could be the next: the first of each lane, of those that
  // are due when the next one is.
  size_t CountCandidates() const { return Candidates().size(); }
  // Pop for one of these, which stand in the order of Pop. CHECK: `index` is
  // below what CountCandidates says now.
  Action PopCandidate(size_t index) {
    const std::vector<Id> candidates = Candidates();
    CLOCHE_CHECK(index < candidates.size(), "PopCandidate: no such event");
    return Take(events_.find(candidates[index]));
  }

  // Puts off to `until` whatever is due before, and what follows it in its
  // lane. Scripts stay: somebody may have their Ids.
  void Delay(absl::Time until) {
    // Otherwise what is late already stays so.
    if (until > late_until_) {
      late_.clear();
      late_until_ = until;
    }
    std::vector<Id> early;
    for (const auto& [id, event] : events_) {
      if (id.due >= until) break;
      if (event.lane != kScript) early.push_back(id);
    }
    for (const Id& id : early) {
      const auto place = events_.find(id);
      late_.insert(place->second.lane);
      Event event = std::move(place->second);
      events_.erase(place);
      events_.emplace(Id{until, id.number}, std::move(event));
    }
  }

 private:
  struct Event {
    Action action;
    Lane lane;
  };
  using Events = absl::btree_map<Id, Event>;

  Action Take(Events::iterator place) {
    Action action = std::move(place->second.action);
    events_.erase(place);
    return action;
  }

  std::vector<Id> Candidates() const {
    std::vector<Id> candidates;
    absl::btree_set<Lane> lanes;
    for (const auto& [id, event] : events_) {
      if (id.due != NextDue()) break;
      if (lanes.insert(event.lane).second) candidates.push_back(id);
    }
    return candidates;
  }

  Events events_;
  // What Delay has put off.
  absl::btree_set<Lane> late_;
  absl::Time late_until_ = absl::InfinitePast();
  uint64_t last_number_ = 0;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_EVENT_QUEUE_H_

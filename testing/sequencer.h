// Sequencer: numbered turns, by which a test says who goes before whom.
//
//     Sequencer order;
//     ... in one task:                         ... in another one:
//     {                                        {
//       const auto turn =                        const auto turn =
//           co_await Try(order.At(0));               co_await Try(order.At(1));
//       co_await Try(Lock());                    co_await Try(Lock());
//     }                                        }
//     {
//       const auto turn = co_await Try(order.At(2));
//       Unlock();
//     }
//
// Turn 0 comes at once; each other one when the turn before it is over, which
// is when its SequencerTurn is destroyed. So the steps above happen in the
// order of their numbers, whatever the loop would have done.
//
// Main disadvantage: a turn that nobody takes is waited for, for ever. In
// virtual time that is a deadlock, which fails the test and says so.
//
// Next: testing/until_blocked.h, for "when everybody waits".

#ifndef CLOCHE_TESTING_SEQUENCER_H_
#define CLOCHE_TESTING_SEQUENCER_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"
#include "cloche/sync/event.h"
#include "cloche/tasks/task.h"

namespace cloche {

class Sequencer;

// While it lives it is somebody's turn. Empty after a move.
class [[nodiscard]] SequencerTurn {
 public:
  SequencerTurn(SequencerTurn&& other) noexcept
      : sequencer_(std::exchange(other.sequencer_, nullptr)) {}
  SequencerTurn& operator=(SequencerTurn&& other) noexcept {
    std::swap(sequencer_, other.sequencer_);  // Ours ends with the other one.
    return *this;
  }
  ~SequencerTurn();

 private:
  friend class Sequencer;
  explicit SequencerTurn(Sequencer& sequencer) : sequencer_(&sequencer) {}

  Sequencer* sequencer_;
};

// Thread safety: one thread. Lifetime: outlives its turns and who waits for
// one.
//
// Invariant: an event is set when its turn has come, or never will.
class Sequencer {
 public:
  Sequencer() = default;
  Sequencer(const Sequencer&) = delete;
  Sequencer& operator=(const Sequencer&) = delete;

  // Waits for turn `number`, from 0 on. CANCELLED; then the turns from this one
  // on never come, and who wants one gets ABORTED. ALREADY_EXISTS if somebody
  // has asked for this number before.
  Task<SequencerTurn> At(uint64_t number);

 private:
  friend class SequencerTurn;

  // Breaks the sequence unless it is told that its turn has come.
  class Claim;

  void BeginNext();
  void Break(uint64_t number);

  uint64_t next_ = 0;
  bool broken_ = false;
  uint64_t broken_at_ = 0;
  // Of all that were asked for.
  absl::btree_map<uint64_t, std::unique_ptr<Event>> turns_;
};

}  // namespace cloche

#endif  // CLOCHE_TESTING_SEQUENCER_H_

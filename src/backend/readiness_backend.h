// ReadinessBackend: makes any Poller into a Backend.
//
// This is where the reactor becomes a proactor. A poller says "try now"; the
// loop wants to hear "done". In between stands one rule: try the call, and if
// it would block, park the operation and try again when told to.
//
//   Start ──► try the call ──► done? ───────────────────────► true
//                  │ EAGAIN
//                  ▼
//   table[fd]   [reader][writer]  <── parked, at most one of each
//                  │        ▲
//     event: try again ─────┘ EAGAIN: stays parked (a false alarm)
//                  │ done                        Cancel, Close ──┐
//                  ▼                                             ▼
//   Wait ◄── finished list: in the order in which they ended ◄───┘
//
// What wakes whom: readable, priority and the peer's FIN wake the reader,
// writable wakes the writer, and hang-up and error wake both. No flag is taken
// for an answer: the system call is made again and says what is true.
//
// Facts about readiness that the code below depends on
//   * A closed descriptor's number is given out again at once, so an event
//     taken from the kernel before may name a stranger.
//   * A level-triggered hang-up that nobody consumes is reported at every
//     wait: the loop spins at 100 % CPU (seastar#64, bun#37920).
//   * After EINPROGRESS a socket becomes writable when connect(2) has ended,
//     well or not, and SO_ERROR says which; reading it clears it. But SO_ERROR
//     is 0 as well while nothing has happened yet.
//   * connect(2) on a UNIX socket says EAGAIN when the listener's backlog is
//     full, and never becomes "writable and connected" on its own.
//
// What this means for us
//   * Each event carries the generation of its table entry; stale ones drop.
//   * Edge-triggered: a descriptor is registered once, when it first has to
//     wait, for both directions, and left alone until it is closed.
//   * Level-triggered: interest is added when somebody parks, and dropped
//     lazily, when an event comes that nobody waits for. A connection that
//     reads in turns thus costs no epoll_ctl per turn.
//   * A connect has succeeded only if SO_ERROR is 0 and there is a peer.
//   * EAGAIN from connect is not a reason to park: it is the result.
//   * What a TCP stream has been drained of need not be asked for again: until
//     the poller reports it, a receive parks at once.
//
//       [unknown] --- EAGAIN, or fewer bytes than asked for ---> [drained]
//           ^                                                        |
//           +------------- any event that wakes the reader ----------+
//
//     Fewer bytes than asked for do not mean drained if a FIN, an error or
//     out-of-band data was reported: the end came along with the data, or the
//     receive stopped at the mark, and there will be no other edge for it. Nor
//     do they where nobody reports out-of-band data (kqueue).
//
// SPEED(BM_ShortReadSkipsRetry): a short read parks the next one, instead of
// asking the kernel to hear EAGAIN. A request and its answer over loopback take
// 12.4 instead of 12.9 us, the client's half included (ratio 1.04; 2-core EPYC
// virtual machine, November 2026). The reader pays with the picture above.
//
// SPEED(BM_CloseSkipsRemove): an edge-triggered descriptor is closed without
// being taken out of the poller first; close(2) does that, for nobody else has
// a copy of it, and what was reported before is dropped by its generation. Some
// 0.2 us less for the life of a pair of UNIX sockets, which takes 14 (ratio
// 1.02; same machine). The reader pays with the generations.
//
// Main disadvantage: a wait whose descriptor is not known to be drained begins
// with a call that fails, some 200 ns spent on hearing EAGAIN.
//
// Next: backend/operation_calls.h, the calls it makes; poller/epoll_poller.h
// below it, loop/loop.h above it.

#ifndef CLOCHE_BACKEND_READINESS_BACKEND_H_
#define CLOCHE_BACKEND_READINESS_BACKEND_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/backend/backend.h"
#include "cloche/backend/operation.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/poller/poller.h"

namespace cloche {

// Thread safety: one thread, Wake excepted.
//
// Invariants:
//   1. An operation in flight is either parked in its descriptor's entry or in
//      finished_, never both.
//   2. An entry with a parked operation is registered with the poller, for at
//      least that operation's direction.
//   3. A closing entry has nothing parked and is not registered; its
//      descriptor is in closing_ and still open.
//   4. A foreign descriptor is registered only while somebody waits on it.
class ReadinessBackend final : public Backend {
 public:
  // Lifetime: `sockets` must outlive the backend.
  ReadinessBackend(SocketCalls& sockets, std::unique_ptr<Poller> poller);
  ReadinessBackend(const ReadinessBackend&) = delete;
  ReadinessBackend& operator=(const ReadinessBackend&) = delete;
  ~ReadinessBackend() override;

  absl::string_view name() const override;
  bool Start(Operation& operation) override;
  void Cancel(Operation& operation) override;
  absl::Status Wait(absl::Duration timeout, OperationList& done) override;
  void Wake() override;
  void Close(int fd) override;
  int pollable_descriptor() const override {
    return poller_->pollable_descriptor();
  }
  bool HasEnded() const override { return !finished_.empty(); }

 private:
  // What is known of one descriptor number.
  struct Entry {
    Operation* reader = nullptr;
    Operation* writer = nullptr;
    uint32_t generation = 0;  // Part of the token; new for each registration.
    uint8_t interest = 0;     // As registered with the poller.
    bool registered : 1 = false;
    bool foreign : 1 = false;
    bool closing : 1 = false;
    bool drained : 1 = false;       // Nothing to receive, as far as is known.
    bool end_reported : 1 = false;  // FIN, reset or out-of-band data.
    uint16_t unreturned = 0;        // Operations on it that are in finished_.
  };

  // Every connection has one (docs/where-time-goes.md).
  static_assert(sizeof(Entry) == 24);

  // Taken from the poller at once. The rest comes at the next Wait, or in the
  // same one if nothing of this ended an operation.
  static constexpr size_t kMaxEvents = 256;

  // The entry of `fd`, which the table grows to hold.
  Entry& EntryOf(int fd);
  static Operation*& SlotOf(Entry& entry, OperationKind kind);
  static uint64_t TokenOf(int fd, const Entry& entry);
  // The bits that the parked operations need.
  static uint8_t NeededBy(const Entry& entry);

  // Whether a drained stream makes its call unnecessary; what a call's result
  // says about that for the next one.
  static bool KnowsTheAnswer(const Entry& entry, const Operation& operation);
  void Learn(Entry& entry, const Operation& operation, int64_t result);

  // True if it finished at once, because the poller refused.
  bool Park(Entry& entry, Operation& operation);
  int Watch(Entry& entry, const Operation& operation);
  int Register(int fd, Entry& entry, uint8_t interest);
  void Deregister(int fd, Entry& entry);
  // The descriptor is about to be closed.
  void Forget(int fd, Entry& entry);

  void Dispatch(const PollEvent& event);
  void Retry(Operation* parked);
  // Level-triggered: asks only for what somebody still waits for.
  void DropUnwantedInterest(int fd, Entry& entry);

  // Moves a parked operation to finished_.
  void Finish(Operation& parked, int64_t result);
  void FinishClosed(Operation* parked);
  void HandBack(OperationList& done);
  void CloseNow(int fd, Entry& entry);
  void CloseHandedBack();

  SocketCalls& sockets_;
  const std::unique_ptr<Poller> poller_;
  std::vector<Entry> table_;  // Indexed by descriptor: they are small numbers.
  OperationList finished_;
  std::vector<int> closing_;
  std::array<PollEvent, kMaxEvents> events_;
};

}  // namespace cloche

#endif  // CLOCHE_BACKEND_READINESS_BACKEND_H_

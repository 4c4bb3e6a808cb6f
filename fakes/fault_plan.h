// FaultPlan: what goes wrong on one host, and when.
//
//     FaultPlan& plan = server.kernel().faults();
//     plan.Add({.kind = CallKind::kRecv, .nth_from_now = 3, .error = ENOMEM});
//     plan.Add({.kind = CallKind::kSend, .times = kForEver, .most_bytes = 1});
//     plan.Add({.times = kForEver, .probability = 0.1, .error = EINTR});
//     plan.CutArrivals({.most_bytes = 1, .gap = absl::Milliseconds(5)});
//
// How it works: each system call enters here first. The plan counts it, and
// says what is to become of it: how FakeHost makes that come true without
// breaking the kernel's own rules is in fakes/errno_table.h and in CallFate
// below. What arrives for the host enters by another door, EnterArrival.
//
// A fault must obey those rules, or it would hang correct code. So:
//   * Asking for an errno that the call cannot return, or that only a bug can
//     cause, is a CHECK: a mistake of the test.
//   * So is what only a datagram socket can have (ECONNREFUSED from recv), or
//     only a connection (ECONNRESET), where the call is about another one.
//     Asked for with kForEver it is for the calls that can have it.
//   * A datagram is never cut: it comes and goes whole.
//   * "Try again" has an end: a transient errno comes kMostInARow times, and
//     then one call gets through, whatever was asked for.
//   * A short read means that no more has arrived. It is made where data
//     arrives (CutArrivals): the rest comes later, with an edge of its own.
//   * A short write means that no more fitted: an edge says when more does.
//
// A stall stops one host, and no other. Who drives several loops by turns
// (testing/test_world.h) cannot stop one in the middle of its turn, for nobody
// else would have a turn before that is over. So the call and the rest of the
// turn take no time, as always, and the stall follows:
//
//     the host's loop  ─ turn: recv, send ─┬─── no turn ────┬─ turn: what has
//     the other loops  ─ turn ──── turn ───┼─ turn ─ turn ──┼─ come meanwhile,
//     the network      ──────── segment ───┼──── segment ───┼─ timers, late
//                                          └ now            └ StalledUntil
//
// What the rest of the turn says, others hear before the stall and not behind
// it; everything else that the program sees and does is as late as if the call
// had taken so long. Without such a driver, where a test makes the calls itself
// or a loop sleeps in them, the call does take so long.
//
// Randomness is that of the network, so it repeats from a seed. It is drawn as
// raw numbers of std::mt19937_64, which the C++ standard fixes bit by bit; what
// std::bernoulli_distribution or Abseil make of them is their own affair and
// changes with the library.
//
// Main disadvantage: a plan looks at every fault for each call. There are few.
//
// Next: fakes/fake_host.h, which carries it out; testing/sweep.h.

#ifndef CLOCHE_FAKES_FAULT_PLAN_H_
#define CLOCHE_FAKES_FAULT_PLAN_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "cloche/fakes/errno_table.h"

namespace cloche {

inline constexpr int kForEver = std::numeric_limits<int>::max();

// Which calls, and what becomes of them: any of the last six fields.
struct Fault {
  std::optional<CallKind> kind = {};  // Null: any call.
  int nth_from_now = 1;               // 1 is the next such call.
  int times = 1;  // That one and the following; kForEver: all of them.
  // From 0 to 1, of each of these. Those spared do not count.
  double probability = 1;

  int error = 0;  // A positive errno, made to happen by its means.
  // How much later those who wait are told, after EAGAIN, a short write or for
  // nothing. Until then they are not, however they wait.
  absl::Duration delay = absl::Milliseconds(1);
  // Send, sendmsg: takes no more than that, at least 1.
  size_t most_bytes = std::numeric_limits<size_t>::max();
  // If the call has to wait (EAGAIN), those who wait for what it wants are
  // woken for nothing. A connect that is under way has no false alarms:
  // "writable" would mean that it is over.
  bool spurious = false;
  // At the call the host's processes stand still for so long: somebody else has
  // the processor, the laptop sleeps. The network and all other hosts go on;
  // see above.
  absl::Duration stall = {};
  // Before the call somebody sets the wall clock.
  absl::Duration wall_clock_jump = {};
};

// What arrives with data for the host comes in pieces; of UNIX sockets nothing
// arrives, it is there.
struct ArrivalCut {
  size_t most_bytes = 1;                       // At least.
  absl::Duration gap = absl::Milliseconds(1);  // From piece to piece.
  int times = kForEver;                        // So many segments.
};

// What is to become of one call.
struct CallFate {
  int error = 0;
  absl::Duration delay;
  size_t most_bytes = std::numeric_limits<size_t>::max();
  bool spurious = false;
  absl::Duration stall = {};
  absl::Duration wall_clock_jump = {};
};

// Thread safety: none. Lifetime: at most that of `random`.
class FaultPlan {
 public:
  static constexpr int kMostInARow = 8;

  // What there is to know of a call as it begins.
  struct Entry {
    CallKind kind;
    // False for a call that the kernel always carries out, whatever others of
    // its kind do.
    bool can_fail = true;
    bool on_datagrams = false;  // It is about a socket that has datagrams.
    bool may_wait = false;      // It waits if nothing is ready.
  };
  // Whether this one may fail with `error` by the environment's whim.
  static bool CanFail(const Entry& entry, int error);
  // Told of each call: its number from 1 on, and what it is.
  using Watcher = std::function<void(uint64_t, const Entry&)>;

  explicit FaultPlan(std::mt19937_64& random) : random_(random) {}

  // CHECKs that the kernel could do that; what depends on the call, when it
  // comes to that call. And that it does something, at some time.
  void Add(const Fault& fault);
  // Takes the place of the cut that was asked for before, if there was one.
  void CutArrivals(const ArrivalCut& cut);
  // Forgets everything that was asked for.
  void Clear();

  void set_watcher(Watcher watcher) { watcher_ = std::move(watcher); }

  uint64_t Count(CallKind kind) const {
    return counts_[static_cast<size_t>(kind)];
  }
  uint64_t CountAll() const { return count_of_all_; }

  // For FakeHost.

  // A call begins.
  CallFate Enter(const Entry& entry);
  // A segment with data comes: how it is to be cut, if at all.
  std::optional<ArrivalCut> EnterArrival();

 private:
  bool IsDue(Fault& fault, const Entry& entry);
  void LetSomeThrough(CallKind kind, CallFate& fate);

  std::mt19937_64& random_;
  std::array<uint64_t, kCallKinds> counts_ = {};
  uint64_t count_of_all_ = 0;
  std::array<int, kCallKinds> transients_in_a_row_ = {};
  std::vector<Fault> faults_;  // In the order in which they were asked for.
  std::optional<ArrivalCut> cut_;
  Watcher watcher_;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAULT_PLAN_H_

// FakeNetwork: a whole world of hosts, in one process and in virtual time.
//
// How it works: hosts hand it segments (TCP) and datagrams (UDP); it works out
// when each arrives and keeps them in one queue. Whoever waits lets the world
// go on: WaitFor takes the next event out of the queue, jumps the clock to it,
// lets it happen, and asks again whether the wait is over. So nothing ever
// sleeps.
//
//     host a                     FakeNetwork                      host b
//     sendmsg ──► Transmit ──► [3.001 s: segment] ──► its stack ──► readable
//                                     ▲
//     epoll_wait ──► WaitFor ─────────┘ jumps the clock from event to event
//
// What takes no time (anything between two sockets of one host, or a link
// without latency) is delivered before the system call that caused it returns,
// as on a real loopback: what Send has taken, the peer can read at once.
//
// What a test scripts (At) and the kernel's own timers are another matter: they
// never happen inside a call that does not wait. A script may do anything, also
// kill the program that is making the call. They wait for who drives the world:
// a wait, or DeliverDue.
//
// Main disadvantage: what TCP loses only comes late, in its order, as a program
// sees it. Nothing of how TCP itself copes can be tested here.
//
// Not modelled yet: ARP; ICMP beyond "host unreachable" for a SYN and "port
// unreachable" for a datagram.
//
// Next: fakes/fake_host.h, fakes/fake_link.h; fakes/fake_event_queue.h for the
// order of events.

#ifndef CLOCHE_FAKES_FAKE_NETWORK_H_
#define CLOCHE_FAKES_FAKE_NETWORK_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/base/check.h"
#include "cloche/calls/socket_address.h"
#include "cloche/fakes/fake_clock.h"
#include "cloche/fakes/fake_datagram.h"
#include "cloche/fakes/fake_event_queue.h"
#include "cloche/fakes/fake_link.h"
#include "cloche/fakes/fake_segment.h"
#include "cloche/fakes/fault_plan.h"

namespace cloche {

class FakeHost;

// Thread safety: none. Lifetime: owns its hosts; must outlive all who use
// their calls. The clock must outlive it.
//
// Invariants:
//   1. Everything that will happen by itself is in events_.
//   2. The clock moves only in WaitFor (or by the test's own hand), never past
//      an event that has not been delivered, and not at all while one is due.
class FakeNetwork {
 public:
  FakeNetwork(FakeClock& clock, uint64_t seed);
  FakeNetwork(const FakeNetwork&) = delete;
  FakeNetwork& operator=(const FakeNetwork&) = delete;
  ~FakeNetwork();

  // A new host, with the next free addresses: the first is 10.0.0.1 and
  // fd00::1, the second 10.0.0.2 and fd00::2. It also has 127.0.0.0/8 and ::1,
  // as every host. Lifetime: the network's.
  FakeHost& AddHost(absl::string_view name);

  // Null if there is none.
  FakeHost* FindHost(absl::string_view name) const;
  FakeHost* FindHostByAddress(const SocketAddress& address) const;

  // From now on `address` (its port does not matter) swallows whatever is sent
  // to it, as a firewall that drops. Connecting there ends in ETIMEDOUT, and so
  // does, after 924.6 s, what is said on a connection that was there before;
  // connecting to an address of nobody ends in EHOSTUNREACH.
  void AddBlackHole(const SocketAddress& address);

  // For every pair of hosts that has no link of its own, and for one pair, in
  // both directions; applies to what is sent from now on.
  void SetLink(const FakeLinkOptions& options);
  void SetLink(FakeHost& a, FakeHost& b, const FakeLinkOptions& options);

  // Nothing passes between the two any more, until Heal; or in one direction,
  // until Mend. TCP notices late, and tries again meanwhile.
  void Partition(FakeHost& a, FakeHost& b);
  void Heal(FakeHost& a, FakeHost& b);
  void Cut(FakeHost& from, FakeHost& to) { LinkBetween(from, to).Cut(); }
  void Mend(FakeHost& from, FakeHost& to) { LinkBetween(from, to).Mend(); }

  // A scripted event: `action` runs when the clock comes to `due`, though not
  // inside a system call, unless that waits. It may make system calls itself.
  // It counts as outstanding: nobody is deadlocked before it.
  FakeEventQueue::Id At(absl::Time due, FakeEventQueue::Action action);
  void Cancel(const FakeEventQueue::Id& id) { events_.Cancel(id); }

  // When the next event is due; InfiniteFuture if nothing is outstanding.
  absl::Time NextEvent() const { return events_.NextDue(); }

  // Lets everything happen that is due by now, and what follows from it
  // without delay; or so many of these. Returns how many events that were. The
  // clock stays.
  size_t DeliverDue(size_t most = std::numeric_limits<size_t>::max());

  // What a system call ends with: of that, only what arrives.
  void DeliverArrivals();

  // The same as DeliverDue one by one, for who decides which is first.
  //
  // How many of the events that are due by now could be the first.
  size_t CountDue() const;
  // Lets the one with this index happen; the order is that in which they would
  // happen by themselves. CHECK: CountDue() says now that there are more than
  // `index`. It may schedule others, so count again afterwards.
  void DeliverOne(size_t index) {
    CLOCHE_CHECK(events_.NextDue() <= clock_.Now(), "DeliverOne: none is due");
    events_.PopCandidate(index)();
  }
  // What arrives now comes a nanosecond later, so that the hosts are quicker.
  void DelayArrivals() { events_.Delay(clock_.Now() + absl::Nanoseconds(1)); }

  // Lets time pass until `ready` or `deadline`: delivers one event after
  // another, jumping the clock. Returns 1 when ready, 0 at the deadline, and
  // -EDEADLK if `deadline` is infinite and nothing is left that could happen.
  // A deadline that is not in the future moves no clock, and lets nothing
  // happen but what arrives now.
  int WaitFor(absl::FunctionRef<bool()> ready, absl::Time deadline);

  FakeClock& clock() { return clock_; }
  // The one source of randomness in this world.
  std::mt19937_64& random() { return random_; }

  // What the hosts' TCP and UDP use.

  enum class Route { kHost, kBlackHole, kNobody };
  Route FindRoute(const SocketAddress& destination) const;
  // Whether that is a black hole.
  bool Swallows(const SocketAddress& destination) const;
  size_t MaxSegmentBytes(const FakeHost& from,
                         const SocketAddress& destination) const;
  // Sends it on its way. Lost without a word if nobody is there, or if it comes
  // from a loopback address and goes to another host.
  void Transmit(FakeHost& from, FakeSegment segment);
  void Transmit(FakeHost& from, FakeDatagram datagram);

  // What links use: `segment` comes to `to` at `due`, or a little later if that
  // is how things arrive there (FaultPlan::CutArrivals).
  void Arrive(FakeHost& to, FakeSegment segment, absl::Time due);
  // A host has lost its power, and with it what it would have sent again.
  void ForgetWhatIsSentAgain(FakeHost& from);
  // A datagram is not cut and waits for nobody.
  void Arrive(FakeHost& to, FakeDatagram datagram, absl::Time due);

 private:
  using HostPair = std::pair<const FakeHost*, const FakeHost*>;  // From, to.

  // The host that `destination` means when `from` says it: loopback addresses
  // mean the host itself. Null if there is none.
  FakeHost* Resolve(const FakeHost& from,
                    const SocketAddress& destination) const;
  // CHECKs that these are two.
  FakeLink& LinkBetween(FakeHost& from, FakeHost& to);
  void RunNextEvent();
  bool RunNextArrival();
  void Deliver(FakeHost& to, FakeSegment segment, absl::Time due);
  void Hand(FakeHost& to, const FakeSegment& segment);
  absl::Time DeliverPieces(FakeHost& to, FakeSegment& segment,
                           const ArrivalCut& cut, absl::Time due);

  FakeClock& clock_;
  std::mt19937_64 random_;
  FakeLinkOptions link_options_;
  // Made when they are first used. Never gone through: pointers have no order
  // that would repeat.
  absl::flat_hash_map<HostPair, std::unique_ptr<FakeLink>> links_;
  FakeEventQueue events_;
  std::vector<std::unique_ptr<FakeHost>> hosts_;
  std::vector<SocketAddress> black_holes_;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_NETWORK_H_

// WorldOrder: what comes first in a simulated world, where nothing says so.
//
// A loop asks which ready task runs next and which timer of one instant fires
// first (loop/environment.h); a world asks, besides, which of the things that
// arrive at one instant arrives first:
//
//     3.001 s:  a's connect ─┐
//               b's connect ─┼─► which first?  And do the loops run in between,
//               c's connect ─┘   when only some of them are there?
//
// One answer is always that of a real network. Two segments of one conversation
// are never swapped: what is sent in order on one way comes in order.
//
// Hosts are not asked about: within an instant each of them acts by itself, and
// what it sends to another one takes time on the way, or is there at once.
//
// Next: testing/task_orders.h, some orders; testing/test_world.h, who asks.

#ifndef CLOCHE_TESTING_WORLD_ORDER_H_
#define CLOCHE_TESTING_WORLD_ORDER_H_

#include <cstddef>

#include "cloche/loop/environment.h"

namespace cloche {

class WorldOrder : public TaskOrder {
 public:
  // Whether it will say anything about arrivals: counting them takes time.
  virtual bool OrdersEvents() const { return true; }
  // Which of `count` things that arrive now is first, in the order in which
  // they were sent; or `count`, if `may_wait`: the loops run first. Likewise of
  // the completions of an io_uring, and what else a kernel may do one way or
  // another (fakes/fake_ring.h).
  virtual size_t ChooseEvent(size_t /*count*/, bool /*may_wait*/) { return 0; }
};

}  // namespace cloche

#endif  // CLOCHE_TESTING_WORLD_ORDER_H_

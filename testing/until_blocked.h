// UntilBlocked: a task of a test waits until all the others wait.
//
//     nursery.Start(Serve, std::ref(stream));
//     co_await Try(world.UntilBlocked());   // It waits for our request by now.
//     stop.Stop();
//
// "When the server is where I want it" is what tests sleep for, and sleeping is
// never right: too short on one machine, too long on all others. Here it is the
// moment at which nothing can happen any more without time passing: no task is
// ready on any loop, and nothing arrives at this instant.
//
// How it works: whoever drives the loops (testing/test_world.h,
// testing/test_loop.h) wakes those who wait for this just before it would let
// time pass. So they get their turn in an order that has nothing to do with
// chance. What happens after that is up to them.
//
// Main disadvantage: it says that all wait, not what for. A test that wants to
// know that asks for the task dump.
//
// Next: testing/sequencer.h, for who must go before whom.

#ifndef CLOCHE_TESTING_UNTIL_BLOCKED_H_
#define CLOCHE_TESTING_UNTIL_BLOCKED_H_

#include <memory>
#include <utility>

#include "cloche/sync/event.h"
#include "cloche/tasks/task.h"

namespace cloche {

// Those who wait for it. Thread safety: one thread, that of all their loops.
class BlockedWaiters {
 public:
  // OK, or CANCELLED.
  Task<> Wait() {
    const std::shared_ptr<Event> blocked = blocked_;
    co_return co_await blocked->Wait();
  }

  // Somebody waits. Each holds the event as well as this does.
  bool any() const { return blocked_.use_count() > 1; }

  // All are blocked: wakes those who wait for it. False if nobody does.
  bool Wake() {
    if (!any()) return false;
    std::exchange(blocked_, std::make_shared<Event>())->Set();
    return true;
  }

 private:
  std::shared_ptr<Event> blocked_ = std::make_shared<Event>();
};

}  // namespace cloche

#endif  // CLOCHE_TESTING_UNTIL_BLOCKED_H_

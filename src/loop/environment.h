// Environment: everything outside of itself that a Loop depends on.
//
// A loop has no global state, no hidden clock and no hidden randomness: what
// it is given here is all it knows of the world. Give it a fake kernel and a
// fake clock, and the same program runs in virtual time from a seed.
//
// Next: loop/system_environment.h (the real world), fakes/fake_host.h (the
// other one).

#ifndef CLOCHE_LOOP_ENVIRONMENT_H_
#define CLOCHE_LOOP_ENVIRONMENT_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cloche/backend/backend.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/time/clock.h"

namespace cloche {

class Runnable;

// Which of the ready tasks runs next, and which of the timers of one instant
// fires next. Null in the Environment means first come, first served; a test
// explores others.
class TaskOrder {
 public:
  virtual ~TaskOrder() = default;
  // The index in `ready` of the one to run. There is at least one; who became
  // ready first comes first. They are there to be told apart, not to be run.
  virtual size_t Choose(absl::Span<Runnable* const> ready) = 0;
  // Which of `count` timers of one instant fires now, in the order in which
  // they were set; or `count`, if `may_wait`: all of them wait for the next
  // turn, as they do where the clock was read a moment earlier.
  virtual size_t ChooseTimer(size_t /*count*/, bool /*may_wait*/) { return 0; }
};

// Is told what a person should know but no status can carry.
class Observer {
 public:
  virtual ~Observer() = default;
  // A program's mistake that the loop can live with, such as a task that
  // ignores cancellation. The real one prints it; the fake one fails the test.
  virtual void OnMisuse(absl::string_view message) = 0;
};

// Lifetime: whatever the pointers name outlives the Loop.
struct Environment {
  Clock* clock = nullptr;
  SocketCalls* sockets = nullptr;
  std::unique_ptr<Backend> backend;
  uint64_t seed = 0;  // For randomness that repeats; nothing draws from it yet.
  TaskOrder* order = nullptr;    // Null: first come, first served.
  Observer* observer = nullptr;  // Null: prints to stderr.
};

}  // namespace cloche

#endif  // CLOCHE_LOOP_ENVIRONMENT_H_

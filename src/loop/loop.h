// Loop: turns the ready queue, the timers and the backend into progress.
//
// An event loop is a `while` around three questions, asked in this order:
//
//        +--> 1. Backend: which operations have ended?   --> their tasks
//        |                                                   become ready
//        |    2. TimerQueue: which deadlines have passed? --> likewise
//        |
//        |    3. Ready queue: run each task that was ready when this turn
//        +------- began; who becomes ready meanwhile runs in the next turn
//
// It sleeps only in step 1, and only if nothing is ready: until an operation
// ends, the next deadline, or Wake. The loop knows Runnables, Operations and
// Timers, and nothing of tasks or coroutines: those are src/tasks.
//
// Threads: all of it belongs to the thread that drives it, except Wake, which
// any thread may call, and a signal handler too. With a poller it goes
//
//     Loop::Wake -> Backend::Wake -> Poller::Wake -> a descriptor of the
//     poller's own becomes readable -> its wait ends, RunOnce returns
//
// and a completion port is sent a packet (iocp_backend.cc). Nothing is missed:
// a wake before the sleep ends that sleep. But a wake carries no work, and Run
// (tasks/run.h) sleeps on if it finds none. What another thread wants done it
// puts where this one looks: into a queue under a mutex that whoever calls
// RunOnce empties between two turns, or, for a task, into a pipe or an eventfd
// that the task awaits with WaitReadable (tasks/readiness.h).
//
// Main disadvantage: one thread. A Runnable that computes for a second delays
// everybody for a second.
//
// Next: loop/loop.cc, which is short; then tasks/task.h.

#ifndef CLOCHE_LOOP_LOOP_H_
#define CLOCHE_LOOP_LOOP_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/backend/backend.h"
#include "cloche/backend/operation.h"
#include "cloche/base/intrusive_list.h"
#include "cloche/loop/environment.h"
#include "cloche/loop/runnable.h"
#include "cloche/time/timer_queue.h"

namespace cloche {

// Something that lives on a loop and must be taken down with it: a main task.
// src/tasks derives from it, so that the loop can end tasks it knows nothing
// about.
class Resident : public ListNode<> {
 public:
  virtual ~Resident() = default;

  // Adds a description, one line per task, to `text`.
  virtual void Describe(std::string& text) const = 0;

  // Destroys everything it holds without resuming any of it. Called by ~Loop
  // after every operation has been handed back. May delete the Resident.
  virtual void TearDown() = 0;
};

// Thread safety: everything on the thread that drives the loop, except Wake.
//
// Invariants:
//   1. in_flight_ holds the operations that are in flight; the backend holds
//      these and those that have ended since the last wait, held_ in all.
//   2. A Runnable is in ready_ at most once.
//   3. No Runnable runs inside another one: RunOnce does not nest.
class Loop {
 public:
  explicit Loop(Environment environment);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Resumes nothing. Cancels and drains every operation, then tears the
  // residents down. CHECK: not from one of the loop's own Runnables.
  ~Loop();

  // One turn: sleeps until there is something to do, though not past `latest`
  // (InfinitePast: does not sleep at all), and does it. Returns an error only
  // if waiting is impossible; see Backend::Wait.
  absl::Status RunOnce(absl::Time latest);

  // When RunOnce would have something to do of its own accord: InfinitePast
  // if something is ready now or has ended, else the next deadline (never later
  // than the true one), InfiniteFuture if only the outside world can bring
  // news. Whatever is done to the loop from outside may change it: ask last.
  absl::Time NextDeadline() const;

  // To keep this loop inside another one: a descriptor that is readable when
  // the outside world has brought news, or Wake was called. The other loop
  // sleeps until that or NextDeadline, and calls RunOnce(InfinitePast()):
  //
  //   pollfd news = {*loop.PollableDescriptor(), POLLIN, 0};
  //   poll(&news, 1, MillisecondsUntil(loop.NextDeadline()));
  //   loop.RunOnce(absl::InfinitePast());
  //
  // It must be watched level-triggered: a turn need not take all there is.
  // docs/embedding.md has the other traps. UNIMPLEMENTED if the backend has no
  // such descriptor: poll, select, io_uring and iocp. Lifetime: the loop's;
  // stop watching it before ~Loop, and neither read nor close it.
  absl::StatusOr<int> PollableDescriptor() const;

  // Runs `runnable` in the next turn, once. Scheduling it again before it ran
  // changes nothing.
  void Schedule(Runnable& runnable);

  // Hands the operation to the backend; see Backend::Start and Cancel.
  // Lifetime: in flight it stays where it is, until OnHandedBack or the end of
  // ~Loop. CHECK: not from a destructor that ~Loop runs.
  bool Start(Operation& operation);
  void Cancel(Operation& operation);

  // How many operations, timers and Runnables it has handled so far. If a
  // RunOnce leaves it as it was, there was nothing to do: whoever drives
  // several loops by hand sees by it that all of them rest.
  uint64_t progress() const { return progress_; }

  // How many operations the backend holds: in flight, or ended and not handed
  // back yet.
  size_t operations() const { return held_; }

  // Makes a sleeping RunOnce return, or else the next one not sleep. Any
  // thread, async-signal-safe; whoever calls it sees to it that the loop lives.
  void Wake();

  // Tells the environment's observer of a program's mistake; without one,
  // prints it to stderr.
  void ReportMisuse(absl::string_view message);

  absl::Time Now() { return environment_.clock->Now(); }
  // When this turn began to run what is ready: a little before Now(), for who
  // would rather be early by a part of a turn than look at the clock again.
  absl::Time turn_began() const { return turn_began_; }
  // How many turns have begun.
  uint64_t turns() const { return turns_; }
  TimerQueue& timers() { return timers_; }
  Backend& backend() { return *environment_.backend; }
  const Environment& environment() const { return environment_; }
  IntrusiveList<Resident>& residents() { return residents_; }

  // A number that this loop has not given out before; never 0. It names cancel
  // scopes, so that a status can say which one cancelled. Another loop gives
  // out the same numbers.
  uint64_t NextId() { return ++last_id_; }

  // True while ~Loop takes things down: nothing may be scheduled any more.
  bool tearing_down() const { return tearing_down_; }

 private:
  absl::Duration SleepTime(absl::Time latest);
  absl::Status CollectFinished(absl::Duration timeout);
  size_t FireTimers();
  void RunReady();
  Runnable* PickReady(IntrusiveList<Runnable>& batch);
  void DrainBackend();

  Environment environment_;
  TimerQueue timers_;
  IntrusiveList<Runnable> ready_;
  OperationList in_flight_;
  size_t held_ = 0;
  IntrusiveList<Resident> residents_;
  uint64_t last_id_ = 0;
  uint64_t progress_ = 0;
  uint64_t turns_ = 0;
  absl::Time turn_began_;
  bool running_ = false;
  bool tearing_down_ = false;
};

}  // namespace cloche

#endif  // CLOCHE_LOOP_LOOP_H_

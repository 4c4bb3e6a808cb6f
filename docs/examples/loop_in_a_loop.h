// A Cloche loop in another loop, as a guest.
//
// The host is written by hand over poll(2), and stands for whatever else has
// the say in a program: GLib, Qt, libuv, a game. It asks each of its sources
// the three questions that all of them ask, under one name or another:
//
//   turn:  1. how long may I sleep?     NextDeadline    GLib: prepare
//          2. (poll) is there news?     the descriptor        check
//          3. then do what there is     RunOnce               dispatch
//
// The first is asked last, right before the sleep, when nobody does anything to
// the guest any more: what a callback of the host starts, cancels or sets
// changes the answer.
//
// Main disadvantage: a turn of the host, and a system call more, for a turn of
// the guest.
//
// Next: docs/embedding.md.

#ifndef CLOCHE_DOCS_EXAMPLES_LOOP_IN_A_LOOP_H_
#define CLOCHE_DOCS_EXAMPLES_LOOP_IN_A_LOOP_H_

#include <chrono>
#include <functional>
#include <map>
#include <vector>

#include "absl/time/time.h"
#include "cloche/loop/loop.h"

// The host, which has never heard of Cloche.
class HostLoop {
 public:
  class Source {
   public:
    virtual ~Source() = default;
    // Readable when there is something to do.
    virtual int descriptor() const = 0;
    // How long it may be left alone all the same; zero or less: not at all.
    virtual absl::Duration Patience() = 0;
    // Does what there is to do, and does not wait.
    virtual void Run() = 0;
  };

  // Lifetime: the source's as long as the host runs.
  void Add(Source& source) { sources_.push_back(&source); }

  // A timer of the host's own.
  void CallLater(absl::Duration pause, std::function<void()> call) {
    timers_.emplace(Clock::now() + absl::ToChronoNanoseconds(pause),
                    std::move(call));
  }

  // Turns until `done`.
  void RunUntil(const std::function<bool()>& done);

  // How often it has slept, or looked: one that spins has a high number.
  int turns() const { return turns_; }

 private:
  using Clock = std::chrono::steady_clock;

  void TurnOnce();
  absl::Duration TimeToSleep();
  void RunTimers();

  std::vector<Source*> sources_;
  std::multimap<Clock::time_point, std::function<void()>> timers_;
  int turns_ = 0;
};

// The guest. CHECKs (value()) that its backend can be watched: epoll or kqueue.
class ClocheSource final : public HostLoop::Source {
 public:
  explicit ClocheSource(cloche::Loop& loop)
      : loop_(loop), descriptor_(loop.PollableDescriptor().value()) {}

  int descriptor() const override { return descriptor_; }
  absl::Duration Patience() override {
    return loop_.NextDeadline() - loop_.Now();
  }
  void Run() override;

 private:
  cloche::Loop& loop_;
  const int descriptor_;
};

#endif  // CLOCHE_DOCS_EXAMPLES_LOOP_IN_A_LOOP_H_

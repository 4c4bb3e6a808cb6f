// Event: something that happens once, for whoever waits for it.
//
//     Event closing;
//     ... in one task:    co_await Try(closing.Wait());
//     ... in another:     closing.Set();
//
// It is level-triggered, as everything in Cloche: once set it stays set, and
// who comes later does not wait. So nothing is missed, however the tasks are
// interleaved, which a bare condition variable cannot say of itself.
//
// Main disadvantage: it cannot be reset. What happens again and again is a
// queue or a Semaphore.
//
// Next: sync/semaphore.h.

#ifndef CLOCHE_SYNC_EVENT_H_
#define CLOCHE_SYNC_EVENT_H_

#include <string>

#include "absl/status/status.h"
#include "cloche/base/intrusive_list.h"
#include "cloche/tasks/leaf.h"
#include "cloche/tasks/running_task.h"

namespace cloche {

class Event;

// What Event::Wait returns. A leaf: it waits in the awaiting frame.
class [[nodiscard]] EventWait : public Leaf<EventWait, absl::Status>,
                                public ListNode<EventWait> {
 public:
  explicit EventWait(Event& event) : event_(event) {}
  EventWait(EventWait&& other) noexcept : event_(other.event_) {}

  bool Start(RunningTask& task);
  absl::Status TakeResult();
  void Cancel() override;
  std::string Describe() const override {
    return "waits for an event, until Set is called";
  }

 private:
  friend class Event;

  Event& event_;
  RunningTask* task_ = nullptr;
};

// Thread safety: the loop's thread. Lifetime: outlives its waiters.
//
// Invariant: waiters_ is empty once it is set.
class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  // Wakes everybody who waits, in the order in which they came. Setting it
  // again changes nothing.
  void Set() {
    is_set_ = true;
    while (EventWait* waiter = waiters_.PopFront()) waiter->task_->Wake();
  }
  bool is_set() const { return is_set_; }

  // Awaits Set. OK, or CANCELLED; OK if both came at the same time.
  EventWait Wait() { return EventWait(*this); }

 private:
  friend class EventWait;

  IntrusiveList<EventWait, EventWait> waiters_;
  bool is_set_ = false;
};

inline bool EventWait::Start(RunningTask& task) {
  task_ = &task;
  if (event_.is_set()) return true;
  event_.waiters_.PushBack(*this);
  return false;
}

inline absl::Status EventWait::TakeResult() {
  return event_.is_set() ? absl::OkStatus() : task_->CancellationStatus();
}

inline void EventWait::Cancel() {
  Unlink();
  task_->Wake();
}

}  // namespace cloche

#endif  // CLOCHE_SYNC_EVENT_H_

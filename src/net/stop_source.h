// StopSource: asks a server to stop, politely.
//
//     StopSource stop;
//     ... on SIGTERM: stop.Stop();
//     ... in a connection between two requests: if (stop.requested()) ...
//     ... in a task that has nothing to do but wait: co_await stop.Wait();
//
// A cancelled scope says "end now"; a stop says "finish what you do and begin
// nothing new". Whoever can end early waits in RunUnlessStopped
// (net/run_unless_stopped.h).
//
// Main disadvantage: nobody is made to listen. That is why Serve gives the
// connections a grace period and cancels what is left.
//
// Next: net/server.h.

#ifndef CLOCHE_NET_STOP_SOURCE_H_
#define CLOCHE_NET_STOP_SOURCE_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "cloche/base/intrusive_list.h"
#include "cloche/tasks/leaf.h"
#include "cloche/tasks/running_task.h"

namespace cloche {

class StopLeaf;

// Is told of a stop while it happens. Lifetime: destroying it unlinks it.
class StopListener : public ListNode<> {
 public:
  // Called once, by Stop, which has unlinked it. Must not resume anything.
  virtual void OnStop() = 0;

 protected:
  ~StopListener() = default;
};

// Thread safety: the loop's thread. Lifetime: longer than all who wait for it.
class StopSource {
 public:
  // From now on requested() is true, and Wait gives OK. Once and for all. Not
  // from a signal handler or another thread: see net/stop_on_signals.h.
  void Stop();
  bool requested() const { return requested_; }

  // Tells `listener` of the stop; at once if it was requested before.
  void Tell(StopListener& listener) {
    if (requested_) return listener.OnStop();
    listeners_.PushBack(listener);
  }

  // Waits until somebody stops it. OK or CANCELLED.
  StopLeaf Wait();

 private:
  bool requested_ = false;
  IntrusiveList<StopListener> listeners_;
};

class [[nodiscard]] StopLeaf final : public Leaf<StopLeaf, absl::Status>,
                                     private StopListener {
 public:
  explicit StopLeaf(StopSource& source) : source_(source) {}
  StopLeaf(StopLeaf&& other) noexcept : StopLeaf(other.source_) {}

  bool Start(RunningTask& task) {
    task_ = &task;
    if (source_.requested()) return true;
    source_.Tell(*this);
    return false;
  }
  absl::Status TakeResult() {
    return source_.requested() ? absl::OkStatus() : task_->CancellationStatus();
  }
  void Cancel() override {
    Unlink();
    task_->Wake();
  }
  std::string Describe() const override { return "waits for the stop"; }

 private:
  void OnStop() override { task_->Wake(); }

  StopSource& source_;
  RunningTask* task_ = nullptr;
};

inline StopLeaf StopSource::Wait() { return StopLeaf(*this); }

inline void StopSource::Stop() {
  requested_ = true;
  while (StopListener* listener = listeners_.PopFront()) listener->OnStop();
}

}  // namespace cloche

#endif  // CLOCHE_NET_STOP_SOURCE_H_

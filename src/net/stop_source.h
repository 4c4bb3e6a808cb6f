// StopSource: asks a server to stop, politely.
//
//     StopSource stop;
//     ... on SIGTERM: stop.Stop();
//     ... in a connection between two requests: if (stop.requested()) ...
//     ... in a task that has nothing to do but wait: co_await stop.Wait();
//
// A cancelled scope says "end now"; a stop says "finish what you do and begin
// nothing new". Whoever can end early waits in RunUnlessStopped.
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

// Thread safety: the loop's thread. Lifetime: longer than all who wait for it.
class StopSource {
 public:
  // From now on requested() is true, and Wait gives OK. Once and for all.
  void Stop();
  bool requested() const { return requested_; }

  // Waits until somebody stops it. OK or CANCELLED.
  StopLeaf Wait();

 private:
  friend class StopLeaf;

  bool requested_ = false;
  IntrusiveList<StopLeaf> waiting_;
};

class StopLeaf : public Leaf<StopLeaf, absl::Status>, public ListNode<> {
 public:
  explicit StopLeaf(StopSource& source) : source_(source) {}
  StopLeaf(StopLeaf&& other) noexcept : StopLeaf(other.source_) {}

  bool Start(RunningTask& task) {
    task_ = &task;
    if (!source_.requested_) source_.waiting_.PushBack(*this);
    return source_.requested_;
  }
  absl::Status TakeResult() {
    return source_.requested_ ? absl::OkStatus() : task_->CancellationStatus();
  }
  void Cancel() override { WakeTask(); }
  std::string Describe() const override { return "waits for the stop"; }

 private:
  friend class StopSource;
  void WakeTask() {
    Unlink();
    task_->Wake();
  }

  StopSource& source_;
  RunningTask* task_ = nullptr;
};

inline StopLeaf StopSource::Wait() { return StopLeaf(*this); }

inline void StopSource::Stop() {
  requested_ = true;
  while (StopLeaf* leaf = waiting_.Front()) leaf->WakeTask();
}

}  // namespace cloche

#endif  // CLOCHE_NET_STOP_SOURCE_H_

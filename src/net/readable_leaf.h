// ReadableLeaf: the wait of an idle connection: for the first byte of whatever
// comes next, for a time limit, and for a stop, in one operation.
//
//     const WaitLimits limits = {.timeout = absl::Minutes(1), .stop = &stop};
//     const absl::Status news = co_await stream.WaitReadable(limits);
//
// Ten thousand connections wait like this at once, so what counts is how much
// each holds meanwhile: no buffer to read into, no frame and no scope for the
// timeout (WithTimeout), none for the stop (RunUnlessStopped). All that can end
// the wait is part of the leaf:
//
//   backend: readable, end, error ----+
//   timer:   the time is up ----------+--> Cancel of the operation --> handed
//   stop:    requested ---------------+                                 back
//   scope:   cancelled ---------------+
//
// Main disadvantage: it says that there may be something, and not what: one
// has to try. False alarms are allowed.
//
// Next: net/byte_stream.h, ReadNow; backend/readiness_backend.h for what a
// stream is known to hold.

#ifndef CLOCHE_NET_READABLE_LEAF_H_
#define CLOCHE_NET_READABLE_LEAF_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/backend/operation.h"
#include "cloche/net/stop_source.h"
#include "cloche/tasks/leaf.h"
#include "cloche/tasks/running_task.h"
#include "cloche/time/timer_queue.h"

namespace cloche {

// What else may end a wait. The same for all connections of a server. The time
// runs from the beginning of the loop's turn, so the wait is shorter by a part
// of a turn.
//
// SPEED(BM_TurnTime): the turn's time instead of a look at the clock for each
// wait: 1 instead of 36 ns (ratio 33; 2-core EPYC virtual machine, November
// 2026). The reader pays with the sentence before.
struct WaitLimits {
  absl::Duration timeout = absl::InfiniteDuration();
  StopSource* stop = nullptr;  // Null: nothing to stop for.
};

// Gives OK if a read may give something: data, the end, an error. Else
// DEADLINE_EXCEEDED; ABORTED if the stop came, or if the stream was closed
// locally; CANCELLED; FAILED_PRECONDITION if another task reads. Lifetime:
// `limits` outlives the wait; the stream need not, the wait then is over.
class [[nodiscard]] ReadableLeaf final
    : public Leaf<ReadableLeaf, absl::Status>,
      private Operation,
      private Timer,
      private StopListener {
 public:
  // Of a stream of its own, that makes all its receives through the backend.
  // -1: there is nothing to wait for, a read says more.
  ReadableLeaf(int descriptor, const WaitLimits& limits) : limits_(limits) {
    kind = OperationKind::kWaitReadable;
    is_tcp_stream = true;
    fd = descriptor;
  }
  ReadableLeaf(ReadableLeaf&& other) noexcept
      : ReadableLeaf(other.fd, other.limits_) {}

  bool Start(RunningTask& task);
  absl::Status TakeResult();
  void Cancel() override { task_->loop().Cancel(*this); }
  std::string Describe() const override;

 private:
  void OnHandedBack() override;
  void OnDeadline() override { Cancel(); }
  void OnStop() override { Cancel(); }

  bool Stopped() const {
    return limits_.stop != nullptr && limits_.stop->requested();
  }
  absl::Status WhyEndedEarly() const;

  const WaitLimits& limits_;
  RunningTask* task_ = nullptr;
};

}  // namespace cloche

#endif  // CLOCHE_NET_READABLE_LEAF_H_

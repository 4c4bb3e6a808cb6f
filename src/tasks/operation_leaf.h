// OperationLeaf: awaiting an Operation of the backend.
//
// The leaf is the operation: it lives in the awaiting frame, the backend holds
// a pointer to it while it is in flight, and handing it back wakes the task.
// No allocation, no map from descriptors to callbacks.
//
// Main disadvantage: the frame cannot die while the kernel holds the
// operation; that is why ~Loop drains the backend before it destroys frames.
//
// Next: tasks/readiness.h, and net/tcp_stream.h for reads and writes.

#ifndef CLOCHE_TASKS_OPERATION_LEAF_H_
#define CLOCHE_TASKS_OPERATION_LEAF_H_

#include <cerrno>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cloche/backend/operation.h"
#include "cloche/base/errors.h"
#include "cloche/loop/loop.h"
#include "cloche/tasks/leaf.h"
#include "cloche/tasks/running_task.h"

namespace cloche {

// The status of an ended operation: OK for a result that is not negative;
// CANCELLED by the task's scope; ABORTED "closed locally"; FAILED_PRECONDITION
// for a second operation of one direction; else the errno's. `what` names
// operation and object: "receive on fd 7".
absl::Status OperationStatus(const RunningTask& task,
                             const Operation& operation,
                             absl::string_view what);

// The same of an operation that no scope can have cancelled, because it did not
// wait: it has no task.
absl::Status OperationFailure(const Operation& operation,
                              absl::string_view what);

// Derive, fill in the Operation in the constructor, add TakeResult, Describe
// and a move constructor that fills it in anew.
template <typename Derived, typename R>
class OperationLeaf : public Leaf<Derived, R>, protected Operation {
 public:
  static constexpr bool kCanBeCancelledAlone = true;

  bool Start(RunningTask& task) {
    task_ = &task;
    return task.loop().Start(*this);
  }
  void Cancel() override { loop().Cancel(*this); }

 protected:
  absl::Status StatusFor(absl::string_view what) const {
    return OperationStatus(*task_, *this, what);
  }
  // The task that awaits it.
  const RunningTask& task() const { return *task_; }
  // The loop it was started on.
  Loop& loop() const { return task_->loop(); }

 private:
  void OnHandedBack() override { task_->Wake(); }

  RunningTask* task_ = nullptr;
};

}  // namespace cloche

#endif  // CLOCHE_TASKS_OPERATION_LEAF_H_

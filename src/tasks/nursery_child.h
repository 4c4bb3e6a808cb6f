// NurseryChild: a started task as its nursery sees it, and no more than that.
//
// Most children also have a handle by which they can be joined and cancelled
// alone: those are NurseryMembers. A server's connections need neither, and
// there are ten thousand of them.
//
// Next: tasks/nursery_member.h; net/server.cc for one without a handle.

#ifndef CLOCHE_TASKS_NURSERY_CHILD_H_
#define CLOCHE_TASKS_NURSERY_CHILD_H_

#include "absl/status/status.h"
#include "cloche/tasks/running_task.h"

namespace cloche {

class Nursery;

// Thread safety: the loop's thread. Lifetime: its own affair; it lives at least
// until it has ended or is torn down.
class NurseryChild : public RunningTask {
 public:
  // In the nursery's scope. `nursery` is null for a main task, which has to be
  // given a scope.
  explicit NurseryChild(Nursery* nursery);

  // OK or what it failed with. After ended().
  virtual absl::Status EndStatus() const = 0;

  // Whether `status`, with which it ended, is the cancellation of this child
  // and no other.
  virtual bool WasCancelledAlone(const absl::Status& status) const = 0;

  // While true, a failure is the business of somebody else: of who waits for
  // the child to say that it has started.
  virtual bool failure_is_private() const { return false; }

 protected:
  // Tells the nursery that it has ended; the last thing but to die.
  void LeaveNursery();

 private:
  Nursery* const nursery_;
};

}  // namespace cloche

#endif  // CLOCHE_TASKS_NURSERY_CHILD_H_

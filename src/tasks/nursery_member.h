// NurseryMember: a started task as its nursery and its joiners see it, whatever
// type its value has.
//
// Next: tasks/nursery.h.

#ifndef CLOCHE_TASKS_NURSERY_MEMBER_H_
#define CLOCHE_TASKS_NURSERY_MEMBER_H_

#include <memory>

#include "absl/status/status.h"
#include "cloche/base/intrusive_list.h"
#include "cloche/loop/loop.h"
#include "cloche/tasks/running_task.h"

namespace cloche {

class Nursery;

// A task that waits for another to end.
class Joiner : public ListNode<Joiner> {
 public:
  virtual ~Joiner() = default;
  virtual void OnJoinedTaskEnded() = 0;
};

// Thread safety: the loop's thread. Lifetime: shared by its handles, and by
// itself from Begin until it has ended.
class NurseryMember : public RunningTask {
 public:
  // `nursery` is null for a main task.
  NurseryMember(Loop& loop, Nursery* nursery);

  // Schedules the first turn. `self` keeps the task alive until it has ended.
  void Begin(std::shared_ptr<NurseryMember> self);

  // OK or what it failed with. After ended().
  virtual absl::Status EndStatus() const = 0;

  // `joiner` is told when the task ends; it leaves by unlinking itself.
  void AddJoiner(Joiner& joiner) { joiners_.PushBack(joiner); }

  // While true, a failure is the business of a joiner and not of the nursery:
  // a child that has not said yet that it started.
  bool failure_is_private() const { return failure_is_private_; }
  void set_failure_is_private(bool value) { failure_is_private_ = value; }

 protected:
  // Tells the joiners, then the nursery, and lets go of itself.
  void OnEnded() override;
  void OnTornDown() override;

 private:
  Nursery* const nursery_;
  IntrusiveList<Joiner, Joiner> joiners_;
  std::shared_ptr<NurseryMember> self_;
  bool failure_is_private_ = false;
};

}  // namespace cloche

#endif  // CLOCHE_TASKS_NURSERY_MEMBER_H_

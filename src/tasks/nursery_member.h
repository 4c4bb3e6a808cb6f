// NurseryMember: a started task that has handles, whatever type its value has:
// it can be joined, and cancelled alone.
//
// Next: tasks/nursery.h.

#ifndef CLOCHE_TASKS_NURSERY_MEMBER_H_
#define CLOCHE_TASKS_NURSERY_MEMBER_H_

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "cloche/base/intrusive_list.h"
#include "cloche/loop/loop.h"
#include "cloche/tasks/nursery_child.h"
#include "cloche/tasks/scope_node.h"

namespace cloche {

// A task that waits for another to end.
class Joiner : public ListNode<Joiner> {
 public:
  virtual ~Joiner() = default;
  virtual void OnJoinedTaskEnded() = 0;
};

// Thread safety: the loop's thread. Lifetime: shared by its handles, and by
// itself from Own until it has ended.
class NurseryMember : public NurseryChild {
 public:
  // `nursery` is null for a main task.
  NurseryMember(Loop& loop, Nursery* nursery);

  // `self` keeps the task alive until it has ended.
  void Own(std::shared_ptr<NurseryMember> self) { self_ = std::move(self); }

  // The scope that surrounds the whole task: cancelling it cancels the task
  // and nothing else.
  ScopeNode& own_scope() { return own_scope_; }
  bool WasCancelledAlone(const absl::Status& status) const override {
    return own_scope_.Caused(status);
  }

  // `joiner` is told when the task ends; it leaves by unlinking itself.
  void AddJoiner(Joiner& joiner) { joiners_.PushBack(joiner); }

  bool failure_is_private() const override { return failure_is_private_; }
  void set_failure_is_private(bool value) { failure_is_private_ = value; }

 protected:
  // Tells the joiners, then the nursery, and lets go of itself.
  void OnEnded() override;
  void OnTornDown() override;

 private:
  void LeaveOwnScope();

  ScopeNode own_scope_;
  IntrusiveList<Joiner, Joiner> joiners_;
  std::shared_ptr<NurseryMember> self_;
  bool failure_is_private_ = false;
};

}  // namespace cloche

#endif  // CLOCHE_TASKS_NURSERY_MEMBER_H_

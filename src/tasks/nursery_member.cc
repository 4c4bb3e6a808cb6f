#include "cloche/tasks/nursery_member.h"

#include <memory>
#include <utility>

#include "cloche/tasks/nursery.h"

namespace cloche {

NurseryMember::NurseryMember(Loop& loop, Nursery* nursery)
    : NurseryChild(nursery) {
  own_scope_.Open(loop, nursery == nullptr ? nullptr : &nursery->scope(),
                  {.what = "its TaskHandle"});
  SetScope(own_scope_);
}

// A handle may still cancel it, to no effect.
void NurseryMember::LeaveOwnScope() {
  ListNode<ScopeTag>::Unlink();
  own_scope_.Close();
}

// The joiners first: who waits for the result gets it, even if the nursery
// answers the failure by cancelling that very joiner.
void NurseryMember::OnEnded() {
  LeaveOwnScope();
  while (Joiner* joiner = joiners_.PopFront()) joiner->OnJoinedTaskEnded();
  LeaveNursery();
  self_.reset();
}

void NurseryMember::OnTornDown() {
  LeaveOwnScope();
  ListNode<NurseryTag>::Unlink();
  self_.reset();
}

}  // namespace cloche

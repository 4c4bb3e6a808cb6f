#include "cloche/tasks/nursery_member.h"

#include <memory>
#include <utility>

#include "cloche/tasks/nursery.h"

namespace cloche {

NurseryMember::NurseryMember(Loop& loop, Nursery* nursery)
    : RunningTask(loop, nursery == nullptr ? nullptr : &nursery->scope()),
      nursery_(nursery) {}

void NurseryMember::Begin(std::shared_ptr<NurseryMember> self) {
  self_ = std::move(self);
  Wake();
}

// The joiners first: who waits for the result gets it, even if the nursery
// answers the failure by cancelling that very joiner.
void NurseryMember::OnEnded() {
  while (Joiner* joiner = joiners_.PopFront()) joiner->OnJoinedTaskEnded();
  if (nursery_ != nullptr) nursery_->OnChildEnded(*this);
  self_.reset();
}

void NurseryMember::OnTornDown() {
  ListNode<NurseryTag>::Unlink();
  self_.reset();
}

}  // namespace cloche

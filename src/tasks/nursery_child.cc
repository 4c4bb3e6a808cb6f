#include "cloche/tasks/nursery_child.h"

#include "cloche/tasks/nursery.h"

namespace cloche {

NurseryChild::NurseryChild(Loop& loop, Nursery* nursery)
    : RunningTask(loop), nursery_(nursery) {
  if (nursery != nullptr) SetScope(nursery->scope());
}

void NurseryChild::LeaveNursery() {
  if (nursery_ != nullptr) nursery_->OnChildEnded(*this);
}

}  // namespace cloche

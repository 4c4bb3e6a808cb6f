#include "cloche/tasks/nursery_child.h"

#include "cloche/tasks/nursery.h"

namespace cloche {

NurseryChild::NurseryChild(Nursery* nursery) : nursery_(nursery) {
  if (nursery != nullptr) SetScope(nursery->scope());
}

void NurseryChild::LeaveNursery() {
  if (nursery_ != nullptr) nursery_->OnChildEnded(*this);
}

}  // namespace cloche

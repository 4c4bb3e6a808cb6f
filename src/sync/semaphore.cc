#include "cloche/sync/semaphore.h"

#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace cloche {

void Semaphore::PutBack() {
  PermitWait* next = waiters_.PopFront();
  if (next == nullptr) {
    ++free_;
    return;
  }
  next->granted_ = true;
  next->task_->Wake();
}

void Permit::Release() {
  if (semaphore_ != nullptr) std::exchange(semaphore_, nullptr)->PutBack();
}

PermitWait::~PermitWait() {
  if (granted_) semaphore_.PutBack();
}

bool PermitWait::Start(RunningTask& task) {
  task_ = &task;
  granted_ = semaphore_.free_ > 0;
  if (granted_) {
    --semaphore_.free_;
  } else {
    semaphore_.waiters_.PushBack(*this);
  }
  return granted_;
}

absl::StatusOr<Permit> PermitWait::TakeResult() {
  if (!std::exchange(granted_, false)) return task_->CancellationStatus();
  return Permit(semaphore_);
}

// Only called while nothing was granted: who has a permit is scheduled, and
// is not cancelled any more.
void PermitWait::Cancel() {
  Unlink();
  task_->Wake();
}

std::string PermitWait::Describe() const {
  return "waits for a permit of a semaphore, until one is released";
}

}  // namespace cloche

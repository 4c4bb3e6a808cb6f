#include "cloche/tasks/scope_node.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cloche/base/check.h"
#include "cloche/base/errors.h"
#include "cloche/tasks/running_task.h"

namespace cloche {

void ScopeNode::Open(Loop& loop, ScopeNode* parent, ScopeOrigin origin) {
  CLOCHE_CHECK(!is_open(),
               "a cancel scope is in use already; one scope runs "
               "one awaitable at a time");
  loop_ = &loop;
  parent_ = parent;
  origin_ = origin;
  if (id_ == 0) id_ = loop.NextId();
  if (parent_ != nullptr) parent_->children_.PushBack(*this);
  const bool from_outside = !shielded_ && parent_ != nullptr;
  reached_ = cancelled_ || (from_outside && parent_->reached_);
}

void ScopeNode::Close() {
  if (!is_open()) return;
  Unlink();
  loop_ = nullptr;
  parent_ = nullptr;
}

void DeadlineScope::SetDeadline(absl::Time deadline) {
  CLOCHE_CHECK(is_open(), "a deadline needs an open scope");
  loop().timers().Cancel(*this);
  if (deadline <= loop().Now()) {
    CancelForDeadline();
  } else {
    loop().timers().Insert(*this, deadline);
  }
}

void ScopeNode::CancelForDeadline() {
  // A scope that somebody cancelled before its time was cancelled, not late.
  if (cancelled_) return;
  deadline_passed_ = true;
  Cancel();
}

void ScopeNode::Cancel() {
  if (cancelled_) return;
  cancelled_ = true;
  TellTasks();
}

void ScopeNode::TellTasks() {
  reached_ = true;
  for (RunningTask* task = tasks_.Front(); task != nullptr;
       task = tasks_.Next(*task)) {
    task->OnScopeCancelled();
  }
  for (ScopeNode* child = children_.Front(); child != nullptr;
       child = children_.Next(*child)) {
    if (!child->shielded_) child->TellTasks();
  }
}

const ScopeNode* ScopeNode::OutermostCancelled() const {
  const ScopeNode* outermost = nullptr;
  for (const ScopeNode* scope = this; scope != nullptr;
       scope = scope->shielded_ ? nullptr : scope->parent_) {
    if (scope->cancelled_) outermost = scope;
  }
  return outermost;
}

absl::Status ScopeNode::Error() const {
  std::string text =
      absl::StrCat("cancelled by ", deadline_passed_ ? "the deadline of " : "",
                   origin_.what);
  if (origin_.where.line() != 0) {
    absl::StrAppend(&text, " at ", FormatLocation(origin_.where));
  }
  return CancelledBy(id_, text);
}

bool ScopeNode::Caused(const absl::Status& status) const {
  return id_ != 0 && CancelledScopeOf(status) == id_;
}

void ScopeNode::AddTask(RunningTask& task) { tasks_.PushBack(task); }

}  // namespace cloche

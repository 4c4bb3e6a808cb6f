#include "cloche/tasks/nursery.h"

#include <memory>
#include <source_location>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cloche/base/check.h"
#include "cloche/base/errors.h"

namespace cloche {

Nursery::Nursery(RunningTask& opener, NurseryPolicy policy,
                 std::source_location where)
    : opener_(opener),
      outer_(opener.innermost_nursery()),
      policy_(policy),
      where_(where) {
  scope_.Open(opener.loop(), &opener.scope(),
              {.what = "the nursery opened", .where = where});
  opener_.SetScope(scope_);
  opener_.SetInnermostNursery(this);
}

Nursery::~Nursery() {
  CLOCHE_CHECK(children_.empty(), "a nursery ended before its children");
  // The body's scope is left when the body ends; at teardown it never did.
  if (!closed_ && scope_.is_open()) opener_.SetScope(*scope_.parent());
  // At teardown it is none already.
  if (opener_.innermost_nursery() == this) opener_.SetInnermostNursery(outer_);
}

// --- Starting ---------------------------------------------------------------

void Nursery::Adopt(NurseryChild& child) {
  CLOCHE_CHECK(!closed_,
               "a task was started in a nursery that has ended; "
               "hold it open from a task inside it");
  children_.PushBack(child);
  child.Wake();
}

void Nursery::Adopt(std::shared_ptr<NurseryMember> child) {
  NurseryMember& member = *child;
  member.Own(std::move(child));
  Adopt(static_cast<NurseryChild&>(member));
}

// --- Ending -----------------------------------------------------------------

void Nursery::OnBodyEnded(const absl::Status& status) {
  opener_.SetScope(*scope_.parent());
  if (!status.ok()) OnFailure(status);
}

void Nursery::OnChildEnded(NurseryChild& child) {
  static_cast<ListNode<NurseryTag>&>(child).Unlink();
  const absl::Status status = child.EndStatus();
  if (child.failure_is_private()) {
    // All that came of it, its caller hears.
  } else if (child.WasCancelledAlone(status)) {
    KeepAttached(status);  // Cancelled alone, by its handle.
  } else {
    OnEnded(status);
  }
  if (opener_waits_ && CloseIfEmpty()) opener_.Wake();
}

void Nursery::OnEnded(const absl::Status& status) {
  if (!status.ok()) return OnFailure(status);
  if (policy_ != NurseryPolicy::kFirstSuccess) return;
  succeeded_ = true;
  scope_.Cancel();
}

void Nursery::OnFailure(const absl::Status& failure) {
  const bool expected = IsExpected(failure);
  if (expected) cancelled_from_outside_ = failure;
  if (expected || scope_.Caused(failure)) return KeepAttached(failure);
  failures_.push_back(failure);
  if (policy_ == NurseryPolicy::kCancelSiblings) scope_.Cancel();
}

// A cancellation is no failure, but it may bring one along: that of a cleanup
// (WithCleanup attaches it), which nobody else would ever hear of.
void Nursery::KeepAttached(const absl::Status& cancelled) {
  const std::vector<absl::Status> all = FailuresOf(cancelled);
  for (size_t i = 1; i < all.size(); ++i) OnFailure(all[i]);
}

// Whether the failure is a cancellation by a scope around this nursery.
bool Nursery::IsExpected(const absl::Status& failure) const {
  for (const ScopeNode* scope = scope_.parent(); scope != nullptr;
       scope = scope->parent()) {
    if (scope->Caused(failure)) return true;
  }
  return false;
}

absl::Status Nursery::Result() const {
  if (succeeded_) return absl::OkStatus();
  if (failures_.empty()) return ResultWithoutFailures();
  absl::Status result = failures_.front();
  for (size_t i = 1; i < failures_.size(); ++i) {
    result = WithFailure(std::move(result), failures_[i]);
  }
  return result;
}

absl::Status Nursery::ResultWithoutFailures() const {
  if (!cancelled_from_outside_.ok()) return cancelled_from_outside_;
  if (policy_ != NurseryPolicy::kFirstSuccess || scope_.cancelled()) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      absl::StrCat("the nursery opened at ", FormatLocation(where_),
                   " wants a first success, but no child has ended by itself: "
                   "none was started, or each was cancelled by its handle"));
}

// --- Waiting for the last child ---------------------------------------------

bool Nursery::CloseIfEmpty() {
  closed_ = children_.empty();
  return closed_;
}

bool AllEnded::Start(RunningTask&) {
  nursery_.opener_waits_ = true;
  return nursery_.CloseIfEmpty();
}

std::string AllEnded::Describe() const {
  return absl::StrCat("waits for the last of ",
                      nursery_.children_.CountSlowly(), " children to end");
}

// --- Teardown and description -----------------------------------------------

void Nursery::TearDownChildren() {
  while (NurseryChild* child = children_.Front()) child->TearDown();
}

void Nursery::DescribeFromOutside(int depth, std::string& text) const {
  if (outer_ != nullptr) outer_->DescribeFromOutside(depth, text);
  Describe(depth, text);
}

void Nursery::Describe(int depth, std::string& text) const {
  absl::StrAppend(&text, std::string(2 * depth, ' '), "nursery opened at ",
                  FormatLocation(where_),
                  ", children: ", children_.CountSlowly(), "\n");
  for (NurseryChild* child = children_.Front(); child != nullptr;
       child = children_.Next(*child)) {
    absl::StrAppend(&text, std::string(2 * depth + 2, ' '), "task\n");
    child->Describe(depth + 2, text);
  }
}

}  // namespace cloche

#include "cloche/tasks/running_task.h"

#include <coroutine>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cloche/base/check.h"
#include "cloche/base/errors.h"
#include "cloche/tasks/nursery.h"

namespace cloche {

RunningTask::RunningTask(Loop& loop, ScopeNode* parent_scope) : loop_(loop) {
  own_scope_.Open(loop, parent_scope, {.what = "its TaskHandle"});
  scope_ = &own_scope_;
  scope_->AddTask(*this);
}

RunningTask::~RunningTask() {
  CLOCHE_CHECK(parked_ == nullptr, "a task was destroyed while suspended");
}

void RunningTask::SetScope(ScopeNode& scope) {
  ListNode<ScopeTag>::Unlink();
  scope_ = &scope;
  scope_->AddTask(*this);
}

// --- Cancellation -----------------------------------------------------------

absl::Status RunningTask::CancellationStatus() const {
  const ScopeNode* cancelled = scope_->EffectiveCancel();
  return cancelled == nullptr ? absl::OkStatus() : cancelled->Error();
}

absl::Status RunningTask::Checkpoint() {
  absl::Status status = CancellationStatus();
  if (status.ok()) {
    ignored_cancellations_ = 0;
  } else if (++ignored_cancellations_ == kIgnoredCancellationLimit) {
    loop_.ReportMisuse(absl::StrCat(
        "a task ignores its cancellation: ", kIgnoredCancellationLimit,
        " checkpoints in a row returned CANCELLED and it goes on; return the "
        "error instead, or do cleanup in WithCleanup. ",
        FormatError(status)));
  }
  return status;
}

void RunningTask::OnScopeCancelled() {
  // Scheduled already: what it waited for has come, and beats the cancel.
  if (waiter_ != nullptr && !scheduled()) waiter_->Cancel();
}

// --- Suspending and resuming ------------------------------------------------

void RunningTask::Park(TaskFrame& frame, Waiter* waiter) {
  parked_ = &frame;
  waiter_ = waiter;
}

void RunningTask::Wake() { loop_.Schedule(*this); }

void RunningTask::Run() {
  budget_ = kTurnBudget;
  ResumeInnermost();
  while (failing_ != nullptr) {
    if (TaskFrame* parent = UnwindOneFrame()) parent->handle.resume();
  }
  if (finished_ != nullptr) TakeFinished();
  if (!ended_) return;
  own_scope_.Close();
  OnEnded();
}

void RunningTask::ResumeInnermost() {
  if (!std::exchange(started_, true)) {
    TaskFrame& first = CreateFirstFrame();
    first.task = this;
    first.holder = this;
    first.handle.resume();
    return;
  }
  TaskFrame& frame = *std::exchange(parked_, nullptr);
  waiter_ = nullptr;
  if (TriedLeaf* leaf = std::exchange(frame.tried_leaf, nullptr)) {
    const absl::Status failure = leaf->Collect();
    if (!failure.ok()) return Fail(frame, failure);
  }
  frame.handle.resume();
}

// --- Ending -----------------------------------------------------------------

std::coroutine_handle<> RunningTask::OnFrameFinished(TaskFrame& frame) {
  if (frame.parent == nullptr) {
    finished_ = &frame;
    return std::noop_coroutine();
  }
  if (frame.parent->tries) {
    absl::Status failure = frame.Failure();
    if (!failure.ok()) {
      Fail(frame, std::move(failure));
      return std::noop_coroutine();
    }
  }
  return frame.parent->handle;
}

void RunningTask::Fail(TaskFrame& frame, absl::Status failure) {
  failing_ = &frame;
  failure_ = std::move(failure);
}

// Destroys the failing frame. Returns its parent if that is to be resumed with
// the failure as a value; if the parent waits by Try, it is the failing one
// now.
TaskFrame* RunningTask::UnwindOneFrame() {
  TaskFrame* parent = failing_->parent;
  FrameHolder* holder = failing_->holder;
  std::exchange(failing_, nullptr)->handle.destroy();
  absl::Status failure = std::exchange(failure_, absl::OkStatus());
  if (parent != nullptr) {
    failure = WithFrame(std::move(failure), parent->location);
    if (parent->tries) {
      holder->ForgetFrame();
      Fail(*parent, std::move(failure));
      return nullptr;
    }
  }
  holder->OnFrameFailed(std::move(failure));
  return parent;
}

// The holder of the first frame is this task.
void RunningTask::OnFrameFailed(absl::Status failure) {
  TakeFailure(std::move(failure));
  ended_ = true;
}

void RunningTask::TakeFinished() {
  TakeResult(*finished_);
  std::exchange(finished_, nullptr)->handle.destroy();
  ended_ = true;
}

// --- Teardown ---------------------------------------------------------------

void RunningTask::TearDown() {
  Runnable::Unlink();
  while (Nursery* nursery = open_nurseries_.Back()) {
    nursery->TearDownChildren();
    nursery->Unlink();
  }
  DestroyFrames();
  own_scope_.Close();
  OnTornDown();
}

void RunningTask::DestroyFrames() {
  waiter_ = nullptr;
  for (TaskFrame* frame = std::exchange(parked_, nullptr); frame != nullptr;) {
    TaskFrame* parent = frame->parent;
    frame->holder->ForgetFrame();
    frame->handle.destroy();
    frame = parent;
  }
}

// --- Description ------------------------------------------------------------

void RunningTask::Describe(int depth, std::string& text) const {
  const std::string indent(2 * depth, ' ');
  if (parked_ == nullptr) {
    absl::StrAppend(&text, indent, started_ ? "running now" : "not begun yet",
                    "\n");
  }
  std::vector<const TaskFrame*> frames;
  for (const TaskFrame* f = parked_; f != nullptr; f = f->parent) {
    frames.push_back(f);
  }
  for (size_t i = frames.size(); i-- > 0;) {
    const std::string wait =
        waiter_ == nullptr ? "waits for its turn" : waiter_->Describe();
    absl::StrAppend(&text, indent, FormatLocation(frames[i]->location),
                    i == 0 ? ": " : "", i == 0 ? wait : "", "\n");
  }
  for (Nursery* nursery = open_nurseries_.Front(); nursery != nullptr;
       nursery = open_nurseries_.Next(*nursery)) {
    nursery->Describe(depth, text);
  }
}

}  // namespace cloche

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

RunningTask::~RunningTask() {
  CLOCHE_CHECK(parked() == nullptr, "a task was destroyed while suspended");
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
  } else if (ignored_cancellations_ < kIgnoredCancellationLimit &&
             ++ignored_cancellations_ == kIgnoredCancellationLimit) {
    loop().ReportMisuse(absl::StrCat(
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
  running_ = false;
  at_.parked = &frame;
  waiter_ = waiter;
}

void RunningTask::Wake() { loop().Schedule(*this); }

void RunningTask::Run() {
  TaskFrame* innermost = std::exchange(at_.parked, nullptr);
  Turn turn;
  at_.turn = &turn;
  running_ = true;
  budget_ = kTurnBudget;
  ResumeInnermost(innermost);
  while (turn.failing != nullptr) {
    if (TaskFrame* parent = UnwindOneFrame()) parent->handle().resume();
  }
  if (turn.finished != nullptr) TakeFinished(*turn.finished);
  if (!ended_) return;  // It has parked.
  running_ = false;
  at_.parked = nullptr;
  OnEnded();
}

void RunningTask::ResumeInnermost(TaskFrame* innermost) {
  if (!std::exchange(started_, true)) return StartFirstFrame();
  waiter_ = nullptr;
  if (TriedLeaf* leaf = std::exchange(innermost->tried_leaf, nullptr)) {
    const absl::Status failure = leaf->Collect();
    if (!failure.ok()) return Fail(*innermost, failure);
  }
  innermost->handle().resume();
}

void RunningTask::StartFirstFrame() {
  TaskFrame& first = CreateFirstFrame();
  first.task = this;
  first.handle().resume();
}

// --- Ending -----------------------------------------------------------------

std::coroutine_handle<> RunningTask::OnFrameFinished(TaskFrame& frame) {
  if (frame.parent == nullptr) {
    at_.turn->finished = &frame;
    return std::noop_coroutine();
  }
  if (frame.parent->tries) {
    absl::Status failure = frame.Failure();
    if (!failure.ok()) {
      Fail(frame, std::move(failure));
      return std::noop_coroutine();
    }
  }
  return frame.parent->handle();
}

void RunningTask::Fail(TaskFrame& frame, absl::Status failure) {
  at_.turn->failing = &frame;
  at_.turn->failure = std::move(failure);
}

// Destroys the failing frame. Returns its parent if that is to be resumed with
// the failure as a value; if the parent waits by Try, it is the failing one
// now.
TaskFrame* RunningTask::UnwindOneFrame() {
  TaskFrame* parent = at_.turn->failing->parent;
  FrameHolder* holder = at_.turn->failing->holder;
  std::exchange(at_.turn->failing, nullptr)->handle().destroy();
  absl::Status failure = std::exchange(at_.turn->failure, absl::OkStatus());
  if (parent == nullptr) {
    TakeFailure(std::move(failure));
    ended_ = true;
    return nullptr;
  }
  failure = WithFrame(std::move(failure), parent->location);
  if (parent->tries) {
    holder->ForgetFrame();
    Fail(*parent, std::move(failure));
    return nullptr;
  }
  holder->OnFrameFailed(std::move(failure));
  return parent;
}

void RunningTask::TakeFinished(TaskFrame& first) {
  TakeResult(first);
  first.handle().destroy();
  ended_ = true;
}

// --- Teardown ---------------------------------------------------------------

void RunningTask::TearDown() {
  Runnable::Unlink();
  while (Nursery* nursery = innermost_nursery_) {
    nursery->TearDownChildren();
    innermost_nursery_ = nursery->outer();
  }
  DestroyFrames();
  OnTornDown();
}

void RunningTask::DestroyFrames() {
  waiter_ = nullptr;
  for (TaskFrame* frame = std::exchange(at_.parked, nullptr);
       frame != nullptr;) {
    TaskFrame* parent = frame->parent;
    if (parent != nullptr) frame->holder->ForgetFrame();
    frame->handle().destroy();
    frame = parent;
  }
}

// --- Description ------------------------------------------------------------

void RunningTask::Describe(int depth, std::string& text) const {
  const std::string indent(2 * depth, ' ');
  if (parked() == nullptr) {
    absl::StrAppend(&text, indent, started_ ? "running now" : "not begun yet",
                    "\n");
  }
  std::vector<const TaskFrame*> frames;
  for (const TaskFrame* f = parked(); f != nullptr; f = f->parent) {
    frames.push_back(f);
  }
  for (size_t i = frames.size(); i-- > 0;) {
    const std::string wait =
        waiter_ == nullptr ? "waits for its turn" : waiter_->Describe();
    absl::StrAppend(&text, indent, FormatLocation(frames[i]->location),
                    i == 0 ? ": " : "", i == 0 ? wait : "", "\n");
  }
  if (innermost_nursery_ != nullptr) {
    innermost_nursery_->DescribeFromOutside(depth, text);
  }
}

}  // namespace cloche

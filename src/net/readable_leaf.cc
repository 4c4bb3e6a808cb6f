#include "cloche/net/readable_leaf.h"

#include <cerrno>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/tasks/operation_leaf.h"

namespace cloche {

// What an idle connection waits in (docs/where-time-goes.md).
static_assert(sizeof(ReadableLeaf) == 136);
static_assert(sizeof(LeafAwaiter<ReadableLeaf>) == 24);

// The stop first: who is asked to stop begins nothing, whatever has arrived.
bool ReadableLeaf::Start(RunningTask& task) {
  task_ = &task;
  result = 0;
  if (Stopped()) {
    result = -ECANCELED;
    return true;
  }
  if (fd < 0 || task.loop().Start(*this)) return true;
  if (limits_.timeout != absl::InfiniteDuration()) {
    task.loop().timers().Insert(*this,
                                task.loop().turn_began() + limits_.timeout);
  }
  if (limits_.stop != nullptr) limits_.stop->Tell(*this);
  return false;
}

void ReadableLeaf::OnHandedBack() {
  task_->loop().timers().Cancel(*this);
  StopListener::Unlink();
  task_->Wake();
}

absl::Status ReadableLeaf::TakeResult() {
  if (result >= 0) return absl::OkStatus();
  if (result == -ECANCELED && !closed_locally) return WhyEndedEarly();
  return OperationStatus(*task_, *this,
                         absl::StrCat("wait until fd ", fd, " is readable"));
}

absl::Status ReadableLeaf::WhyEndedEarly() const {
  absl::Status cancelled = task_->CancellationStatus();
  if (!cancelled.ok()) return cancelled;
  if (Stopped()) {
    return absl::AbortedError(
        absl::StrCat("nothing had come on fd ", fd, " when the stop did"));
  }
  return absl::DeadlineExceededError(
      absl::StrCat("nothing came on fd ", fd, " within ",
                   absl::FormatDuration(limits_.timeout)));
}

std::string ReadableLeaf::Describe() const {
  std::string text = absl::StrCat("waits until fd ", fd, " is readable");
  if (limits_.timeout != absl::InfiniteDuration()) {
    absl::StrAppend(&text, ", for another ",
                    absl::FormatDuration(deadline() - task_->loop().Now()));
  }
  if (limits_.stop != nullptr) absl::StrAppend(&text, ", or the stop");
  return text;
}

}  // namespace cloche

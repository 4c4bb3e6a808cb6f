#include "cloche/tasks/run.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cloche/base/errors.h"
#include "cloche/loop/loop.h"
#include "cloche/tasks/nursery_member.h"

namespace cloche {
namespace {

// The loop's hold on a main task. Owns itself, until the task ends or the loop
// does.
class MainTask final : public Resident, private Joiner {
 public:
  explicit MainTask(std::shared_ptr<NurseryMember> task)
      : task_(std::move(task)) {
    task_->AddJoiner(*this);
  }

  void Describe(std::string& text) const override {
    absl::StrAppend(&text, "main task\n");
    task_->Describe(1, text);
  }
  void TearDown() override {
    task_->TearDown();
    delete this;
  }

 private:
  void OnJoinedTaskEnded() override { delete this; }

  std::shared_ptr<NurseryMember> task_;
};

}  // namespace

void BeginMainTask(Loop& loop, std::shared_ptr<NurseryMember> task) {
  loop.residents().PushBack(*new MainTask(task));
  NurseryMember& member = *task;
  member.Own(std::move(task));
  member.Wake();
}

absl::Status DriveUntilEnded(Loop& loop, const RunningTask& task) {
  while (!task.ended()) {
    const absl::Status status = loop.RunOnce(absl::InfiniteFuture());
    if (status.ok()) continue;
    if (!absl::IsFailedPrecondition(status)) return status;
    return WithCause(
        absl::FailedPreconditionError(absl::StrCat(
            "deadlock: every task waits, and nothing can wake them\n",
            DumpTasks(loop))),
        status);
  }
  return absl::OkStatus();
}

std::string DumpTasks(Loop& loop) {
  std::string text;
  for (Resident* resident = loop.residents().Front(); resident != nullptr;
       resident = loop.residents().Next(*resident)) {
    resident->Describe(text);
  }
  return text;
}

}  // namespace cloche

#include "cloche/testing/scripted_backend.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

absl::string_view NameOf(OperationKind kind) {
  switch (kind) {
    case OperationKind::kAccept:
      return "accept";
    case OperationKind::kReceive:
      return "receive";
    case OperationKind::kWaitReadable:
      return "readable";
    case OperationKind::kConnect:
      return "connect";
    case OperationKind::kSend:
      return "send";
    case OperationKind::kWaitWritable:
      return "writable";
  }
  return "";
}

std::string NameOf(const Operation& operation) {
  return absl::StrCat(NameOf(operation.kind), " ", operation.fd);
}

}  // namespace

ScriptedBackend::~ScriptedBackend() {
  EXPECT_TRUE(in_flight_.empty()) << "the loop left operations in flight";
  EXPECT_TRUE(ended_.empty()) << "the loop did not take ended operations back";
}

bool ScriptedBackend::Start(Operation& operation) {
  calls_.push_back(absl::StrCat("start ", NameOf(operation)));
  for (const Operation* other : in_flight_) {
    if (other->fd == operation.fd &&
        Reads(other->kind) == Reads(operation.kind)) {
      operation.result = -EBUSY;
      return true;
    }
  }
  if (on_start_ != nullptr) {
    if (const std::optional<int64_t> result = on_start_(operation)) {
      operation.result = *result;
      return true;
    }
  }
  in_flight_.push_back(&operation);
  return false;
}

void ScriptedBackend::Cancel(Operation& operation) {
  calls_.push_back(absl::StrCat("cancel ", NameOf(operation)));
  const auto found =
      std::find(in_flight_.begin(), in_flight_.end(), &operation);
  // Ended, and not handed back yet: the result stands.
  if (found != in_flight_.end()) End(operation, -ECANCELED);
}

void ScriptedBackend::Close(int fd) {
  calls_.push_back(absl::StrCat("close ", fd));
  const std::vector<Operation*> in_flight = in_flight_;
  for (Operation* operation : in_flight) {
    if (operation->fd != fd) continue;
    operation->closed_locally = true;
    End(*operation, -ECANCELED);
  }
}

void ScriptedBackend::Complete(int fd, OperationKind kind, int64_t result) {
  Operation* operation = Find(fd, kind);
  if (operation == nullptr) {
    ADD_FAILURE() << "nothing of this kind is in flight on fd " << fd;
    return;
  }
  End(*operation, result);
}

void ScriptedBackend::At(absl::Time due, std::function<void()> action) {
  actions_.emplace(due, std::move(action));
}

absl::Status ScriptedBackend::Wait(absl::Duration timeout,
                                   OperationList& done) {
  calls_.push_back(absl::StrCat("wait ", absl::FormatDuration(timeout)));
  if (!wait_failure_.ok()) return wait_failure_;
  const absl::Time until = clock_.Now() + timeout;
  RunDueActions();
  while (ended_.empty() && !woken_ && clock_.Now() < until) {
    if (until == absl::InfiniteFuture() && actions_.empty()) {
      return absl::FailedPreconditionError(
          "nothing is scripted that could still happen");
    }
    PassTime(until);
  }
  woken_ = false;
  while (Operation* operation = ended_.PopFront()) {
    operation->state = OperationState::kHandedBack;
    done.PushBack(*operation);
  }
  return absl::OkStatus();
}

Operation* ScriptedBackend::Find(int fd, OperationKind kind) const {
  for (Operation* operation : in_flight_) {
    if (operation->fd == fd && operation->kind == kind) return operation;
  }
  return nullptr;
}

void ScriptedBackend::End(Operation& operation, int64_t result) {
  in_flight_.erase(std::find(in_flight_.begin(), in_flight_.end(), &operation));
  operation.result = result;
  operation.EndInto(ended_);
}

// What they add for this very instant is for the next wait.
void ScriptedBackend::RunDueActions() {
  std::vector<std::function<void()>> due;
  while (!actions_.empty() && actions_.begin()->first <= clock_.Now()) {
    due.push_back(std::move(actions_.begin()->second));
    actions_.erase(actions_.begin());
  }
  for (const std::function<void()>& action : due) {
    action();
    woken_ = true;  // It may have made a task ready: the loop has to look.
  }
}

void ScriptedBackend::PassTime(absl::Time until) {
  if (!actions_.empty()) until = std::min(until, actions_.begin()->first);
  clock_.AdvanceTo(until);
  RunDueActions();
}

}  // namespace cloche

#include "cloche/tasks/readiness.h"

#include <cerrno>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace cloche {
namespace {

// What to do where there is nothing to wait for. Empty: the errno says it all.
absl::string_view RemedyFor(const Operation& wait) {
  switch (wait.result) {
    case -EPERM:
      return "; a regular file is never waited for: read or write it as it is, "
             "on a thread of its own if the disk may be slow";
    case -EOPNOTSUPP:
      if (Reads(wait.kind)) {
        return "; a completion port cannot say when a datagram has come "
               "without "
               "taking it: receive, or use the backend select";
      }
      return "; a completion port cannot say when a foreign socket has room: "
             "make the socket a stream of Cloche's, or ask its owner";
    case -EINVAL:
      return "; if this is a completion port: the socket has another one, and "
             "a "
             "socket keeps its port for good: wait for it in that loop";
    default:
      return "";
  }
}

// The same status, with more to say.
absl::Status Append(const absl::Status& status, absl::string_view more) {
  absl::Status longer(status.code(), absl::StrCat(status.message(), more));
  status.ForEachPayload([&](absl::string_view type, const absl::Cord& payload) {
    longer.SetPayload(type, payload);
  });
  return longer;
}

}  // namespace

std::string NameOfWait(const Operation& wait) {
  return absl::StrCat("wait until fd ", wait.fd, " is ",
                      Reads(wait.kind) ? "readable" : "writable");
}

absl::Status StatusOfWait(const RunningTask& task, const Operation& wait) {
  const absl::Status status = OperationStatus(task, wait, NameOfWait(wait));
  const absl::string_view remedy = RemedyFor(wait);
  return remedy.empty() ? status : Append(status, remedy);
}

// --- Either of two ----------------------------------------------------------

// A direction that is over at once, well or not, settles it for both.
bool WaitForEither::Start(RunningTask& task) {
  task_ = &task;
  if (task.loop().Start(reader_)) return true;
  if (!task.loop().Start(writer_)) return false;
  Cancel();  // The reader; its end wakes the task.
  return false;
}

void WaitForEither::Cancel() {
  if (reader_.waits()) task_->loop().Cancel(reader_);
  if (writer_.waits()) task_->loop().Cancel(writer_);
}

void WaitForEither::OnOneEnded() {
  Cancel();
  if (!reader_.waits() && !writer_.waits()) task_->Wake();
}

absl::StatusOr<Readiness> WaitForEither::TakeResult() {
  const Readiness ready = {.readable = reader_.result >= 0,
                           .writable = writer_.result >= 0};
  if (ready.readable || ready.writable) return ready;
  // Who ended by itself, and not because the other had, says why.
  const bool reader_tells = reader_.result != -ECANCELED;
  return StatusOfWait(*task_, reader_tells ? reader_ : writer_);
}

std::string WaitForEither::Describe() const {
  return absl::StrCat("waits: ", NameOfWait(reader_), " or writable");
}

}  // namespace cloche

#include "cloche/backend/ring_submission.h"

#include <algorithm>
#include <cerrno>

#include "cloche/backend/operation_calls.h"
#include "cloche/calls/poll_calls.h"

namespace cloche {
namespace {

// The peer's FIN and an out-of-band byte wake a reader as well.
constexpr uint32_t kWakesReader = kPollIn | kPollPri | kPollRdHup;

RingOp RingOpOf(OperationKind kind) {
  switch (kind) {
    case OperationKind::kAccept:
      return RingOp::kAccept;
    case OperationKind::kReceive:
      return RingOp::kReceive;
    case OperationKind::kConnect:
      return RingOp::kConnect;
    case OperationKind::kSend:
      return RingOp::kSend;
    case OperationKind::kWaitReadable:
    case OperationKind::kWaitWritable:
      return RingOp::kPoll;
  }
}

}  // namespace

RingSubmission SubmissionOf(const Operation& operation, uint64_t token) {
  RingSubmission submission;
  submission.op = RingOpOf(operation.kind);
  submission.fd = operation.fd;
  submission.token = token;
  if (operation.kind == OperationKind::kAccept ||
      operation.kind == OperationKind::kConnect) {
    submission.address = operation.address;
  } else {
    submission.buffer = operation.buffer;
    submission.size = operation.size;
  }
  submission.events = Reads(operation.kind) ? kWakesReader : kPollOut;
  return submission;
}

int64_t ResultOfCompletion(OperationKind kind, int32_t completed) {
  // Some of what is cancelled has been interrupted.
  if (IsNoResult(kind, completed)) return -ECANCELED;
  return OnlyWaits(kind) ? std::min(completed, 0) : completed;
}

bool IsNoResult(OperationKind kind, int32_t completed) {
  const bool connects = kind == OperationKind::kConnect;
  return completed == -EINTR || (completed == -EAGAIN && !connects);
}

}  // namespace cloche

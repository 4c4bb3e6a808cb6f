// Bodies: of a request, which may wait for "100 Continue", and of an answer
// that is sent in parts.

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cloche/http/body_framing.h"
#include "cloche/http/burst.h"
#include "cloche/tasks/invoke.h"
#include "cloche/tasks/try.h"

namespace cloche {

// Whether the client waits to be told to send the body. It will not be, once
// the answer has begun.
bool Burst::AwaitsContinue() const {
  return continue_possible_ && !body_->finished();
}

// The client may not send the body before it has what we keep back.
Task<> Burst::PrepareToWait() {
  Runnable::Unlink();
  if (head_appended_) {
    if (!continue_possible_) co_return absl::OkStatus();
    co_return absl::FailedPreconditionError(
        "read the body: the client waits for \"100 Continue\" before it sends "
        "any, which cannot come behind the head of the answer; read before "
        "the answer's first Write");
  }
  if (continue_possible_) output_.Append("HTTP/1.1 100 Continue\r\n\r\n");
  continue_possible_ = false;
  co_return co_await Flush();
}

// As late as possible: before the first part of the body, the handler may still
// fail, and read what "100 Continue" asks for.
void Burst::AppendHead() {
  head_appended_ = true;
  const bool body_may_come =
      body_->finished() || (body_->failure().ok() && !AwaitsContinue());
  context_.keep_alive =
      MayGoOn() && body_may_come &&
      SentFraming(*streamed_, context_).kind != BodyKind::kUntilClose;
  AppendHeadOf(*streamed_);
}

// Gives whether the answer is whole: all of it sent, or its end in the output.
// Before anything of it is sent, another one may take its place.
Task<bool> Burst::Stream(Response& response) {
  co_await Try(Flush());
  streamed_ = &response;
  BodyWriter writer(stream_, output_, SentFraming(response, context_),
                    options_.write_timeout, this);
  absl::Status streamed = co_await InvokeTask(response.stream, writer);
  const absl::Status cancelled = task_.CancellationStatus();
  if (!cancelled.ok()) co_return EndCancelled(streamed, cancelled);
  if (streamed.ok()) streamed = writer.Finish();
  body_bytes_ = writer.written();
  if (streamed.ok()) co_return true;
  if (writer.begun()) co_return CutOff(writer, streamed);
  if (IsBodyBroken()) co_return body_->failure();
  response = ResponseTo(streamed);
  Append(response);
  co_return true;
}

// An answer that has begun and cannot be ended: the client sees by the missing
// end that it is cut off. Where the end of the stream is the end of the body,
// it takes a reset to say so.
absl::StatusOr<bool> Burst::CutOff(const BodyWriter& writer,
                                   const absl::Status& failure) {
  Record(&request(), streamed_->status_code);
  if (writer.stream_failed()) return failure;
  if (IsBodyBroken()) return body_->failure();
  if (options_.on_error && !body_->refusal()) options_.on_error(failure);
  const BodyFraming framing = SentFraming(*streamed_, context_);
  if (framing.kind == BodyKind::kUntilClose) stream_.Abort();
  return false;
}

}  // namespace cloche

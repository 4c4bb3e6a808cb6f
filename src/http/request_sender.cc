#include "cloche/http/request_sender.h"

#include "absl/status/status.h"
#include "cloche/http/body_framing.h"
#include "cloche/tasks/current_task.h"
#include "cloche/tasks/invoke.h"
#include "cloche/tasks/timeout.h"
#include "cloche/tasks/try.h"
#include "cloche/tasks/within.h"

namespace cloche {

Task<> RequestSender::Send() {
  Loop& loop = (co_await CurrentTask()).loop();
  const absl::Status end = co_await SendAll();
  ended_at_ = loop.Now();
  if (!stream_failed_ || absl::IsCancelled(end)) co_return end;
  // Want of memory here says nothing of the server: it would wait for the rest
  // of the request, and we for its answer.
  if (absl::IsResourceExhausted(end)) co_return end;
  failure_ = end;
  co_return absl::OkStatus();
}

Task<> RequestSender::SendAll() {
  AppendRequestHead(request_, output_);
  if (ExpectsContinue(request_) && !co_await Try(MaySendBody())) {
    co_return absl::OkStatus();
  }
  BodyWriter writer(stream_, output_, SentFraming(request_),
                    options_.write_timeout, nullptr);
  absl::Status end = co_await WriteBody(writer);
  if (end.ok()) end = writer.Finish();
  stream_failed_ = writer.stream_failed();
  if (!end.ok()) co_return end;
  co_await Try(Flush());
  sent_ = true;
  co_return absl::OkStatus();
}

Task<bool> RequestSender::MaySendBody() {
  co_await Try(Flush());
  co_await Try(MoveOnAfter(options_.continue_timeout, decided_.Wait()));
  co_return !answered_;
}

Task<> RequestSender::WriteBody(BodyWriter& writer) {
  if (request_.stream) {
    co_return co_await InvokeTask(request_.stream, writer);
  }
  co_return co_await writer.Write(request_.body);
}

Task<> RequestSender::Flush() {
  if (output_.empty()) co_return absl::OkStatus();
  const absl::Status written =
      co_await Within(options_.write_timeout, stream_.Write(output_.data()));
  output_.Clear();
  stream_failed_ = !written.ok();
  // With a plain close the system would go on trying, for minutes.
  if (absl::IsDeadlineExceeded(written)) stream_.Abort();
  co_return written;
}

}  // namespace cloche

// RequestSender: sends one request of a client, while its answer may come.
//
//   [head] --+--------------------------------> [body] --> sent
//            | expect_continue                    ^
//            +--> [waits] --100, or a while ------+
//                    |
//                    +--answered--> ended without the body
//
// How it works: one task, beside the one that reads. A broken connection does
// not end that one: a server that refuses a request answers and closes,
// and the answer is what one wants to know.
//
// Main disadvantage: a failure is known only to those who ask for it.
//
// Next: http/client_connection.h; http/body_writer.h.

#ifndef CLOCHE_HTTP_REQUEST_SENDER_H_
#define CLOCHE_HTTP_REQUEST_SENDER_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/http/body_writer.h"
#include "cloche/http/byte_buffer.h"
#include "cloche/http/client_options.h"
#include "cloche/http/client_request.h"
#include "cloche/net/byte_stream.h"
#include "cloche/sync/event.h"
#include "cloche/tasks/task.h"

namespace cloche {

// Thread safety: the loop's thread. Lifetime: all three outlive it, and it
// outlives its task.
class RequestSender {
 public:
  RequestSender(ByteStream& stream, const ClientRequest& request,
                const ClientOptions& options)
      : stream_(stream), request_(request), options_(options) {}

  // The task. OK also if the connection failed; else what the request's
  // `stream` failed with, or RESOURCE_EXHAUSTED if this machine cannot send.
  Task<> Send();

  // The server said "100 Continue".
  void OnContinue() { decided_.Set(); }
  // The server answered: a body that has not begun is not sent any more.
  void OnAnswer() {
    answered_ = true;
    decided_.Set();
  }

  // When it ended, well or not.
  const std::optional<absl::Time>& ended_at() const { return ended_at_; }
  // Whether all of it was sent.
  bool sent() const { return sent_; }
  // How the stream failed, if it did.
  const absl::Status& failure() const { return failure_; }

 private:
  Task<> SendAll();
  Task<bool> MaySendBody();
  Task<> WriteBody(BodyWriter& writer);
  Task<> Flush();

  ByteStream& stream_;
  const ClientRequest& request_;
  const ClientOptions& options_;
  ByteBuffer output_;
  Event decided_;
  bool answered_ = false;
  bool sent_ = false;
  bool stream_failed_ = false;
  std::optional<absl::Time> ended_at_;
  absl::Status failure_;
};

}  // namespace cloche

#endif  // CLOCHE_HTTP_REQUEST_SENDER_H_

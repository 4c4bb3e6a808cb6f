// Burst: what a connection holds while it is not idle, and the steps that
// ServeBurst (http/connection.cc) is made of.
//
//   input_   [ head | body as far as it came | the next requests ... ]
//              ^ the request points here  ^ body_ reads this, then the stream
//   output_  [ answers that are complete | the beginning of the next one ]
//
// It lives in the frame of ServeBurst, which does itself what every request
// needs. What few need are coroutines of their own, so that an ordinary request
// has two frames: that one, and its handler's.
//
// Main disadvantage: the steps make sense only in the order in which ServeBurst
// takes them.
//
// Next: http/connection.cc; http/body_reader.h, http/body_writer.h.

#ifndef CLOCHE_HTTP_BURST_H_
#define CLOCHE_HTTP_BURST_H_

#include <cstddef>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/http/body_reader.h"
#include "cloche/http/body_writer.h"
#include "cloche/http/byte_buffer.h"
#include "cloche/http/connection.h"
#include "cloche/http/http_options.h"
#include "cloche/http/refusal.h"
#include "cloche/http/request.h"
#include "cloche/http/request_parser.h"
#include "cloche/http/response.h"
#include "cloche/http/response_writer.h"
#include "cloche/loop/runnable.h"
#include "cloche/net/byte_stream.h"
#include "cloche/tasks/running_task.h"
#include "cloche/tasks/task.h"
#include "cloche/tasks/within.h"

namespace cloche {

// Thread safety: the loop's thread. Lifetime: the burst's.
//
// Invariants:
//   1. While a handler or its answer's `stream` runs, input_ is not touched:
//      the request points into it.
//   2. After a refusal, nothing more is parsed.
//   3. It is in the loop's queue, as a Runnable, only while a handler runs.
class Burst final : private BeforeBodyWait,
                    private BeforeBodyWrite,
                    private Runnable {
 public:
  Burst(RunningTask& task, HttpShared& shared, ByteStream& stream)
      : task_(task),
        shared_(shared),
        options_(shared.options),
        stream_(stream),
        input_(options_.limits.max_bytes),
        parser_(options_.limits) {}

  // Looks for the next request in the input. After kComplete it is request(),
  // with its body; after kRefused, RefuseNext says why.
  ParseState Next();
  const Request& request() const { return parser_.request(); }
  Task<BurstEnd> RefuseNext();

  // --- Reading.
  // Whether there is a part of a request, or an empty line before one: that is
  // no request, but its time is limited all the same.
  bool HasBegun() const { return !input_.empty(); }
  // Of a request that has not begun: takes what has come. If nothing has, gives
  // how the burst ends.
  std::optional<BurstEnd> ReadFirst();
  // Whether it is better to wait for the first read, and for writes, than to
  // try them.
  //
  // SPEED(BM_AwaitingBatches): over an io_uring what is awaited goes to the
  // kernel together, for all connections, instead of each by a call of its own:
  // 174 instead of 229 us for two hundred of them (ratio 1.3; 2-core EPYC
  // virtual machine, November 2026), and 0.09 instead of 2 system calls a
  // request. The reader pays with two ways to begin and to end a burst.
  bool batches() const { return stream_.batches(); }
  // Of a head that has begun: what to wait for; false if that was the end.
  TimedLeaf<ReadLeaf> ReadOn();
  bool Take(const absl::StatusOr<size_t>& read);
  Task<BurstEnd> EndInHead(absl::StatusOr<size_t> read);

  // --- Answering.
  // Makes the handler's result a response that can be sent. Fails if nothing
  // can be sent any more.
  absl::Status Settle(absl::StatusOr<Response>& response);
  // The response goes into the output, or if it Streams, is sent in parts;
  // false if that was cut off.
  bool Streams(const Response& response) const;
  void Append(const Response& response);
  Task<bool> Stream(Response& response);
  // Gives whether another exchange may follow.
  bool EndExchange();
  // Whether it may follow in this turn: an exchange counts like a wait that was
  // over at once.
  bool SpendTurn() { return task_.SpendTurn(); }

  // --- Sending.
  // Whether the output must not wait for what will follow.
  bool MustSend() const;
  // As much of the output as the system takes at once, which then has left it.
  //
  // SPEED(BM_WriteNowFirst): tried before Send, which has the bookkeeping of a
  // wait that is hardly ever needed: 18 instead of 41 ns above the kernel
  // (ratio 2.3; 2-core EPYC virtual machine, November 2026). The reader pays
  // with two ways to send.
  absl::Status SendNow();
  bool MayTryToSend() const { return !output_.empty() && !batches(); }
  // All of it, with a wait if need be.
  TimedLeaf<WriteLeaf> Send() {
    return Within(options_.write_timeout, stream_.Write(output_.data()));
  }
  TimedLeaf<WriteLeaf> SendLargeBody() {
    return Within(options_.write_timeout, stream_.Write(large_body_));
  }
  void OnSent(const Response& response);
  Task<> Flush();
  ByteBuffer& output() { return output_; }

  Task<BurstEnd> Close();

 private:
  Task<> PrepareToWait() override;
  void AppendHead() override;
  void Run() override;

  void BeginExchange();
  Task<BurstEnd> Refuse(Refusal refusal, const Request* request);
  bool AwaitsContinue() const;
  bool MayGoOn() const;
  // What a cancelled exchange comes to: a failure of the handler's, if any.
  absl::Status EndCancelled(const absl::Status& handlers,
                            const absl::Status& cancelled) const;
  Response ResponseTo(const absl::Status& failure) const;
  void AppendHeadOf(const Response& response);
  bool IsBodyBroken() const {
    return !body_->failure().ok() && !body_->refusal();
  }
  absl::StatusOr<bool> CutOff(const BodyWriter& writer,
                              const absl::Status& failure);
  void Record(const Request* request, int status_code) const;

  RunningTask& task_;
  HttpShared& shared_;
  const HttpOptions& options_;
  ByteStream& stream_;

  ByteBuffer input_;
  ByteBuffer output_;
  RequestParser parser_;
  absl::Time head_deadline_ = absl::InfiniteFuture();  // Of a begun head.

  // Of the exchange.
  std::optional<BodyReader> body_;  // None if a head is refused.
  bool continue_possible_ = false;  // 100 Continue is expected, and not sent.
  ResponseContext context_;
  const Response* streamed_ = nullptr;  // What Stream is about.
  bool head_appended_ = false;          // Of that.
  absl::string_view large_body_;        // Sent behind the output, not in it.
  size_t body_bytes_ = 0;               // Of the answer.
  absl::Time begin_;
};

}  // namespace cloche

#endif  // CLOCHE_HTTP_BURST_H_

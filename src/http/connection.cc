#include "cloche/http/connection.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/http/body_framing.h"
#include "cloche/http/byte_buffer.h"
#include "cloche/http/http_date.h"
#include "cloche/http/refusal.h"
#include "cloche/http/response_writer.h"
#include "cloche/http/status_code.h"
#include "cloche/net/run_unless_stopped.h"
#include "cloche/tasks/current_task.h"
#include "cloche/tasks/invoke.h"
#include "cloche/tasks/timeout.h"
#include "cloche/tasks/try.h"

namespace cloche {
namespace {

enum class Event { kRequest, kRefusal, kEnd };

// "400 Bad Request: there is more than one Host header".
Response ErrorResponse(int status_code, absl::string_view detail) {
  return TextResponse(status_code,
                      absl::StrCat(status_code, " ", ReasonPhrase(status_code),
                                   detail.empty() ? "" : ": ", detail, "\n"));
}

// Lives in ServeHttp's frame.
//
// Invariants:
//   1. While a handler runs, the buffer is not touched: the request points
//      into it.
//   2. After a refusal, nothing more is parsed.
class Connection {
 public:
  Connection(Loop& loop, ByteStream& stream, const Handler& handler,
             const HttpOptions& options)
      : loop_(loop),
        stream_(stream),
        handler_(handler),
        options_(options),
        stop_(options.stop != nullptr ? *options.stop : never_),
        buffer_(options.limits.max_bytes),
        parser_(options.limits) {}

  Task<> Serve();

 private:
  Task<Event> ReadHead();
  Task<size_t> ReadMore(absl::Time idle_deadline);
  absl::StatusOr<Event> OnReadFailure(const absl::Status& failure);
  Event RefuseWith(Refusal refusal);
  Event RequestOrRefusal();

  Task<bool> Answer();
  Response ResponseOrError(absl::StatusOr<Response> response) const;
  Task<> Refuse();
  Task<> Send(const Response& response, const ResponseContext& context);
  void Record(const Exchange& exchange) const;

  bool MayBeClosedAtOnce() const;
  Task<> Linger();
  Task<> Drain();

  Loop& loop_;
  ByteStream& stream_;
  const Handler& handler_;
  const HttpOptions& options_;
  StopSource never_;  // Stands in for a stop that nobody gave.
  StopSource& stop_;

  ByteBuffer buffer_;
  RequestParser parser_;
  HttpDateCache date_;
  absl::Time head_deadline_;  // While a head is incomplete.
  Refusal refusal_ = {};      // After Event::kRefusal.
  bool client_closes_ = false;
};

Task<> Connection::Serve() {
  while (true) {
    const Event event = co_await Try(ReadHead());
    if (event == Event::kEnd) co_return absl::OkStatus();
    if (event == Event::kRefusal) co_return co_await Refuse();
    const bool keep_alive = co_await Try(Answer());
    if (keep_alive) continue;
    if (MayBeClosedAtOnce()) co_return absl::OkStatus();
    co_return co_await Linger();
  }
}

// --- Reading ----------------------------------------------------------------

Task<Event> Connection::ReadHead() {
  parser_.Reset();
  head_deadline_ = absl::InfiniteFuture();
  const absl::Time idle_deadline = loop_.Now() + options_.idle_timeout;
  while (true) {
    const ParseState state = parser_.Parse(buffer_.data());
    if (state == ParseState::kComplete) co_return RequestOrRefusal();
    if (state == ParseState::kRefused) co_return RefuseWith(parser_.refusal());
    const absl::StatusOr<size_t> read = co_await ReadMore(idle_deadline);
    if (!read.ok()) co_return OnReadFailure(read.status());
    if (*read == 0 && !parser_.started()) co_return Event::kEnd;
    if (*read == 0) {
      co_return RefuseWith(BadRequest("it ends in the middle of its head"));
    }
    buffer_.Add(*read);
  }
}

// The time for a head runs from its first byte, not from its last: otherwise a
// byte now and then would hold the connection for ever.
Task<size_t> Connection::ReadMore(absl::Time idle_deadline) {
  const absl::Time now = loop_.Now();
  if (!parser_.started()) {
    co_return co_await WithTimeout(
        idle_deadline - now,
        RunUnlessStopped(stop_, stream_.Read(buffer_.Room())));
  }
  if (head_deadline_ == absl::InfiniteFuture()) {
    head_deadline_ = now + options_.head_timeout;
  }
  co_return co_await WithTimeout(head_deadline_ - now,
                                 stream_.Read(buffer_.Room()));
}

// Between two requests a connection may end in any way: a timeout, a stop and a
// reset are all the same to us.
absl::StatusOr<Event> Connection::OnReadFailure(const absl::Status& failure) {
  if (absl::IsCancelled(failure)) return failure;
  if (!parser_.started()) return Event::kEnd;
  if (!absl::IsDeadlineExceeded(failure)) return failure;
  return RefuseWith({408, "the request took too long to arrive"});
}

Event Connection::RefuseWith(Refusal refusal) {
  refusal_ = refusal;
  return Event::kRefusal;
}

// There is nobody yet who reads a body.
Event Connection::RequestOrRefusal() {
  const BodyFraming& framing = parser_.request().framing;
  constexpr absl::string_view kReason = "request bodies are not supported yet";
  if (framing.kind == BodyKind::kChunked) return RefuseWith({501, kReason});
  if (framing.length > 0) return RefuseWith({413, kReason});
  return Event::kRequest;
}

// --- Answering --------------------------------------------------------------

// Gives whether the connection goes on.
Task<bool> Connection::Answer() {
  const Request& request = parser_.request();
  const absl::Time begin = loop_.Now();
  absl::StatusOr<Response> handled = co_await InvokeTask(handler_, request);
  // Nothing can be sent any more, so there is no answer to tell anybody of. A
  // handler that ends with a CANCELLED of its own has failed like any other.
  const absl::Status cancelled = (co_await CurrentTask()).CancellationStatus();
  if (!cancelled.ok()) co_return handled.ok() ? cancelled : handled.status();
  const Response response = ResponseOrError(std::move(handled));
  client_closes_ = !request.keep_alive;
  ResponseContext context;
  context.is_head = parser_.is_head();
  context.keep_alive = request.keep_alive && !stop_.requested();
  context.is_http_1_0 = request.minor_version == 0;
  const absl::Status sent = co_await Send(response, context);
  Record({&request, response.status_code, SentBody(response, context).size(),
          loop_.Now() - begin});
  buffer_.Use(parser_.head_bytes());
  if (!sent.ok()) co_return sent;
  co_return context.keep_alive;
}

// What went wrong inside is for us to know; the client learns only that.
Response Connection::ResponseOrError(absl::StatusOr<Response> response) const {
  absl::Status status = response.status();
  if (status.ok()) status = CheckResponse(*response);
  if (status.ok()) return *std::move(response);
  if (options_.on_error) options_.on_error(status);
  return ErrorResponse(500, "");
}

Task<> Connection::Refuse() {
  const Response response =
      ErrorResponse(refusal_.status_code, refusal_.reason);
  ResponseContext context;
  context.is_head = parser_.is_head();
  context.keep_alive = false;
  const absl::Status sent = co_await Send(response, context);
  Record({nullptr, response.status_code, SentBody(response, context).size(),
          absl::ZeroDuration()});
  if (!sent.ok()) co_return sent;
  co_return co_await Linger();
}

Task<> Connection::Send(const Response& response,
                        const ResponseContext& context) {
  ResponseContext dated = context;
  dated.date = date_.Text(loop_.environment().clock->WallNow());
  ByteBuffer text;
  AppendResponseHead(response, dated, text);
  text.Append(SentBody(response, dated));
  absl::Status sent =
      co_await WithTimeout(options_.write_timeout, stream_.Write(text.data()));
  // With a plain close the system would keep what was not read, for minutes.
  if (absl::IsDeadlineExceeded(sent)) stream_.Abort();
  co_return sent;
}

void Connection::Record(const Exchange& exchange) const {
  if (options_.on_exchange) options_.on_exchange(exchange);
}

// --- Ending -----------------------------------------------------------------

// A client that asked to close has promised to send nothing more (RFC 9112
// section 9.6). If it kept that so far, a close will be no reset.
bool Connection::MayBeClosedAtOnce() const {
  return client_closes_ && buffer_.empty();
}

// However the client takes our end, the connection has ended well.
Task<> Connection::Linger() {
  co_await Try(stream_.ShutdownWrite());
  const absl::Status drained =
      co_await WithTimeout(options_.linger_timeout, Drain());
  co_return absl::IsCancelled(drained) ? drained : absl::OkStatus();
}

Task<> Connection::Drain() {
  for (size_t drained = 0; drained < options_.linger_bytes;) {
    buffer_.Clear();
    const size_t size = co_await Try(stream_.Read(buffer_.Room()));
    if (size == 0) co_return absl::OkStatus();
    drained += size;
  }
  co_return absl::OkStatus();
}

}  // namespace

Task<> ServeHttp(ByteStream& stream, const Handler& handler,
                 const HttpOptions& options) {
  Loop& loop = (co_await CurrentTask()).loop();
  Connection connection(loop, stream, handler, options);
  co_return co_await connection.Serve();
}

}  // namespace cloche

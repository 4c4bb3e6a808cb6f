#include "cloche/http/burst.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/http/body_framing.h"
#include "cloche/http/error_response.h"
#include "cloche/http/linger.h"
#include "cloche/http/status_code.h"
#include "cloche/loop/loop.h"
#include "cloche/tasks/invoke.h"
#include "cloche/tasks/try.h"

namespace cloche {
namespace {

// So many answers are kept back for those that will follow.
constexpr size_t kOutputBytes = 15 * 1024;

}  // namespace

// A body that is said to be too long is refused as a head that is wrong.
ParseState Burst::Next() {
  if (input_.empty()) return ParseState::kNeedsMore;
  const ParseState state = parser_.Parse(input_.data());
  if (state == ParseState::kRefused) body_.reset();
  if (state != ParseState::kComplete) return state;
  BeginExchange();
  if (body_->refusal()) return ParseState::kRefused;
  // Should the handler wait, finished answers do not wait with it.
  if (!output_.empty()) task_.loop().Schedule(*this);
  return state;
}

Task<BurstEnd> Burst::RefuseNext() {
  if (body_) co_return co_await Refuse(*body_->refusal(), &request());
  co_return co_await Refuse(parser_.refusal(), nullptr);
}

// --- Reading ----------------------------------------------------------------

// Reads what has come, if anything has. Gives how the burst ends otherwise.
std::optional<BurstEnd> Burst::ReadFirst() {
  const absl::StatusOr<std::optional<size_t>> read =
      stream_.ReadNow(input_.Room());
  if (!read.ok() || *read == 0u) return BurstEnd::kOver;
  if (!*read) return BurstEnd::kIdle;
  input_.Add(**read);
  return std::nullopt;
}

// The time for a head runs from when we first wait for it, and not from its
// last byte: otherwise a byte now and then would hold the connection for ever.
TimedLeaf<ReadLeaf> Burst::ReadOn() {
  const absl::Time now = task_.loop().Now();
  if (head_deadline_ == absl::InfiniteFuture()) {
    head_deadline_ = now + options_.head_timeout;
  }
  return Within(head_deadline_ - now, stream_.Read(input_.Room()));
}

bool Burst::Take(const absl::StatusOr<size_t>& read) {
  if (!read.ok() || *read == 0) return false;
  input_.Add(*read);
  return true;
}

Task<BurstEnd> Burst::EndInHead(absl::StatusOr<size_t> read) {
  if (absl::IsCancelled(read.status())) co_return read.status();
  if (!parser_.started()) co_return BurstEnd::kOver;  // Empty lines only.
  Refusal refusal = BadRequest("it ends in the middle of its head");
  if (absl::IsDeadlineExceeded(read.status())) {
    refusal = {408, "the request took too long to arrive"};
  } else if (!read.ok()) {
    co_return read.status();
  }
  co_return co_await Refuse(refusal, nullptr);
}

// --- Answering --------------------------------------------------------------

void Burst::BeginExchange() {
  head_deadline_ = absl::InfiniteFuture();
  if (options_.on_exchange) begin_ = task_.loop().Now();
  Request& request = parser_.request();
  const absl::string_view arrived = input_.data().substr(parser_.head_bytes());
  body_.emplace(stream_, arrived, request.framing, shared_.body_limits,
                static_cast<BeforeBodyWait*>(this));
  request.body = &*body_;
  // A client that sends without being told to has not waited.
  continue_possible_ = request.expects_continue && arrived.empty();
  context_.is_head = parser_.is_head();
  context_.is_http_1_0 = request.minor_version == 0;
  head_appended_ = false;
}

// The handler waits, or it would have ended by now. What the system does not
// take is sent later, and an error is met again then.
void Burst::Run() { (void)SendNow(); }

// Fails if there is no answer to tell anybody of, as nothing can be sent any
// more. A handler that ends with a CANCELLED of its own has failed like any.
absl::Status Burst::Settle(absl::StatusOr<Response>& response) {
  Runnable::Unlink();
  const absl::Status cancelled = task_.CancellationStatus();
  if (!cancelled.ok()) return EndCancelled(response.status(), cancelled);
  if (IsBodyBroken()) return body_->failure();
  absl::Status failure = response.status();
  if (failure.ok()) failure = CheckResponse(*response);
  if (!failure.ok()) response = ResponseTo(failure);
  return absl::OkStatus();
}

// Whose mistake a refusal is, the client's, nobody can be told any more.
absl::Status Burst::EndCancelled(const absl::Status& handlers,
                                 const absl::Status& cancelled) const {
  const bool is_ours = !handlers.ok() && !body_->refusal();
  return is_ours ? handlers : cancelled;
}

// What the client did wrong with its body, and the handler passed on, is for
// the client to know. What went wrong inside is for us to know; the client
// learns only that.
Response Burst::ResponseTo(const absl::Status& failure) const {
  if (body_->refusal()) {
    return ErrorResponse(body_->refusal()->status_code,
                         body_->refusal()->reason);
  }
  if (options_.on_error) options_.on_error(failure);
  return ErrorResponse(500);
}

bool Burst::Streams(const Response& response) const {
  return response.stream && !context_.is_head &&
         HasContent(response.status_code);
}

// An answer as a whole. If the client sends a body that nobody has read, we
// cannot know how much more of it there is to come.
void Burst::Append(const Response& response) {
  context_.keep_alive = MayGoOn() && body_->SkipArrived();
  AppendHeadOf(response);
  const absl::string_view body = SentBody(response, context_);
  body_bytes_ = body.size();
  if (body.size() < kOutputBytes) return output_.Append(body);
  large_body_ = body;
}

bool Burst::MayGoOn() const {
  const bool stopping = options_.stop != nullptr && options_.stop->requested();
  return request().keep_alive && !stopping;
}

// The answers of one send have one date.
void Burst::AppendHeadOf(const Response& response) {
  if (output_.empty()) context_.date = shared_.DateIn(task_.loop());
  AppendResponseHead(response, context_, output_);
}

// Gives whether the connection goes on. The input up to the next request has
// been used then.
bool Burst::EndExchange() {
  const bool goes_on = context_.keep_alive && body_->SkipArrived();
  input_.Use(parser_.head_bytes() + body_->arrived_used());
  if (!body_->surplus().empty()) input_ = std::move(body_->surplus());
  // With nothing left the burst is over, and its parser with it.
  if (goes_on && !input_.empty()) parser_.Reset();
  return goes_on;
}

Task<BurstEnd> Burst::Refuse(Refusal refusal, const Request* request) {
  const Response response = ErrorResponse(refusal.status_code, refusal.reason);
  context_.is_head = parser_.is_head();
  context_.is_http_1_0 = false;
  context_.keep_alive = false;
  AppendHeadOf(response);
  body_bytes_ = SentBody(response, context_).size();
  output_.Append(SentBody(response, context_));
  const absl::Status sent = co_await Send();
  output_.Clear();
  Record(request, response.status_code);
  if (!sent.ok()) co_return sent;
  co_await Try(Linger(stream_, input_, options_));
  co_return BurstEnd::kOver;
}

// --- Sending ----------------------------------------------------------------

bool Burst::MustSend() const {
  return !context_.keep_alive ||
         output_.size() + large_body_.size() >= kOutputBytes ||
         options_.on_exchange;
}

absl::Status Burst::SendNow() {
  const absl::StatusOr<size_t> sent = stream_.WriteNow(output_.data());
  if (sent.ok()) output_.Use(*sent);
  return sent.status();
}

// It has been sent, or that has failed.
void Burst::OnSent(const Response& response) {
  output_.Clear();
  large_body_ = {};
  Record(&request(), response.status_code);
}

void Burst::Record(const Request* request, int status_code) const {
  if (!options_.on_exchange) return;
  const absl::Duration duration =
      request == nullptr ? absl::ZeroDuration() : task_.loop().Now() - begin_;
  options_.on_exchange({request, status_code, body_bytes_, duration});
}

Task<> Burst::Flush() {
  if (output_.empty()) co_return absl::OkStatus();
  co_await Try(Send());
  output_.Clear();
  co_return absl::OkStatus();
}

// --- Ending -----------------------------------------------------------------

// A client that asked to close has promised to send nothing more (RFC 9112
// section 9.6). If it kept that so far, a close will be no reset.
Task<BurstEnd> Burst::Close() {
  co_await Try(Flush());
  const bool client_has_finished =
      !request().keep_alive && body_->finished() && input_.empty();
  if (!client_has_finished) co_await Try(Linger(stream_, input_, options_));
  co_return BurstEnd::kOver;
}

}  // namespace cloche

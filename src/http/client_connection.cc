#include "cloche/http/client_connection.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/base/errors.h"
#include "cloche/tasks/current_task.h"
#include "cloche/tasks/invoke.h"
#include "cloche/tasks/nursery.h"
#include "cloche/tasks/try.h"
#include "cloche/tasks/within.h"

namespace cloche {

ClientConnection::ClientConnection(ByteStream& stream, ClientOptions options)
    : stream_(stream),
      options_(options),
      buffer_(options_.limits.max_bytes),
      parser_(options_.limits) {}

Task<> ClientConnection::Ask(ClientRequest request, AnswerUser use) {
  co_await Try(CheckClientRequest(request));
  co_await Try(Begin(request));
  RequestSender sender(stream_, request, options_);
  const absl::Status end = co_await Exchange(sender, use);
  reusable_ = end.ok() && sender.sent() && ends_cleanly_ && request.keep_alive;
  buffer_.Clear();
  // What went wrong first is why the rest did.
  if (!end.ok() && !absl::IsCancelled(end) && !sender.failure().ok()) {
    co_return WithFailure(sender.failure(), end);
  }
  co_return end;
}

Task<ClientResponse> ClientConnection::Ask(ClientRequest request) {
  ClientResponse whole;
  const auto read_all = [&](const ClientResponse& response,
                            BodyReader& body) -> Task<> {
    whole = response;
    whole.body = co_await Try(body.ReadAll(options_.body.max_bytes));
    whole.trailers = body.trailers();
    co_return absl::OkStatus();
  };
  co_await Try(Ask(std::move(request), read_all));
  co_return whole;
}

// From here on it is not reusable until it is known to be, whatever happens.
absl::Status ClientConnection::Begin(const ClientRequest& request) {
  what_ = absl::StrCat(request.method, " ", request.target);
  if (!std::exchange(reusable_, false)) {
    return absl::FailedPreconditionError(absl::StrCat(
        What(),
        ": the connection takes no request, since it is at another one or the "
        "last one ended it; use a new connection"));
  }
  interim_responses_ = 0;
  ends_cleanly_ = false;
  parser_.Reset(request.method == "HEAD");
  if (!std::exchange(used_, true)) return absl::OkStatus();
  // What has come meanwhile is no answer to what was not yet asked: an end of
  // the stream, mostly.
  const absl::StatusOr<std::optional<size_t>> early =
      stream_.ReadNow(buffer_.Room());
  if (!early.ok()) return WithCause(ClosedWithoutAnswer(), early.status());
  return *early ? ClosedWithoutAnswer() : absl::OkStatus();
}

Task<> ClientConnection::Exchange(RequestSender& sender, AnswerUser& use) {
  co_return co_await WithNursery([&](Nursery& nursery) -> Task<> {
    nursery.Start([&sender] { return sender.Send(); });
    co_await Try(Receive(sender, use));
    nursery.Cancel();
    co_return absl::OkStatus();
  });
}

// --- Receiving --------------------------------------------------------------

Task<> ClientConnection::Receive(RequestSender& sender, AnswerUser& use) {
  co_await Try(ReadFinalHead(sender));
  sender.OnAnswer();
  const ResponseHead& head = parser_.head();
  const ClientResponse response(head);
  const absl::string_view arrived = buffer_.data().substr(parser_.head_bytes());
  BodyReader body(stream_, arrived, head.framing, options_.body, nullptr);
  co_await Try(InvokeTask(use, response, body));
  ends_cleanly_ = head.keep_alive && body.failure().ok() &&
                  body.SkipArrived() && body.arrived_used() == arrived.size() &&
                  body.surplus().empty();
  co_return absl::OkStatus();
}

Task<> ClientConnection::ReadFinalHead(RequestSender& sender) {
  co_await Try(ReadHead(sender));
  while (parser_.head().status_code < 200) {
    co_await Try(SkipInterimResponse(sender));
    co_await Try(ReadHead(sender));
  }
  co_return absl::OkStatus();
}

// RFC 9110 section 15.2: an answer before the answer may come at any time.
absl::Status ClientConnection::SkipInterimResponse(RequestSender& sender) {
  if (parser_.head().status_code == 101) {
    return Malformed("101 Switching Protocols, which nobody asked for");
  }
  if (++interim_responses_ > options_.max_interim_responses) {
    return Malformed("too many answers before the answer (1xx)");
  }
  if (parser_.head().status_code == 100) sender.OnContinue();
  buffer_.Use(parser_.head_bytes());
  parser_.Reset(absl::StartsWith(what_, "HEAD "));
  return absl::OkStatus();
}

Task<> ClientConnection::ReadHead(const RequestSender& sender) {
  while (true) {
    const ParseState state = parser_.Parse(buffer_.data());
    if (state == ParseState::kComplete) co_return absl::OkStatus();
    if (state == ParseState::kRefused) {
      co_return Malformed(parser_.refusal().reason);
    }
    const size_t size = co_await Try(ReadMore(sender));
    if (size == 0) co_return OnEndOfStream();
    buffer_.Add(size);
  }
}

// While the request is being sent, the answer has all the time that takes.
Task<size_t> ClientConnection::ReadMore(const RequestSender& sender) {
  Loop& loop = (co_await CurrentTask()).loop();
  const absl::Span<char> room = buffer_.Room();
  while (true) {
    const absl::Time begin = sender.ended_at().value_or(loop.Now());
    absl::StatusOr<size_t> read = co_await Within(
        begin + options_.head_timeout - loop.Now(), stream_.Read(room));
    if (!absl::IsDeadlineExceeded(read.status())) co_return read;
    if (!sender.ended_at() ||
        loop.Now() < *sender.ended_at() + options_.head_timeout) {
      continue;
    }
    co_return WithCause(
        absl::DeadlineExceededError(
            absl::StrCat(What(), ": the server has not answered within ",
                         absl::FormatDuration(options_.head_timeout),
                         " of the request; if it is slow, raise head_timeout")),
        read.status());
  }
}

// --- Errors -----------------------------------------------------------------

absl::Status ClientConnection::OnEndOfStream() const {
  if (buffer_.empty()) return ClosedWithoutAnswer();
  return Malformed("it ends in the middle of its head");
}

absl::Status ClientConnection::ClosedWithoutAnswer() const {
  return absl::UnavailableError(
      absl::StrCat(What(),
                   ": the server closed the connection without an answer; ask "
                   "again on a new one if it may be asked twice"));
}

absl::Status ClientConnection::Malformed(absl::string_view reason) const {
  return absl::DataLossError(
      absl::StrCat(What(), ": the answer is not valid HTTP: ", reason));
}

// "GET /hello from TCP 127.0.0.1:80 (fd 7)".
std::string ClientConnection::What() const {
  return absl::StrCat(absl::CHexEscape(what_), " from ", stream_.Description());
}

}  // namespace cloche

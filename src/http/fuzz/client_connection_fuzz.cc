// ClientConnection, for a server that sends any bytes, at any time, and leaves
// in any way.
//
// Whatever it asks must end by itself and leave nothing; and an answer that it
// gives must be the one that the bytes have, whole. Which that is is found out
// by reading all that was sent at once, without a client.
//
// Next: http/client_connection_test.cc.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/http/chunked_decoder_test.h"
#include "cloche/http/client_connection.h"
#include "cloche/http/client_test.h"
#include "cloche/http/fuzz/scripted_peer.h"
#include "cloche/http/response_parser.h"
#include "cloche/testing/fuzz/fuzz_target.h"
#include "cloche/testing/fuzz/script.h"
#include "cloche/testing/test_world.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

ClientOptions SmallOptions() {
  ClientOptions options;
  options.limits = {
      .max_request_line_bytes = 100, .max_bytes = 400, .max_headers = 8};
  options.body.trailers = options.limits;
  options.body.max_bytes = 600;
  options.body.buffer_bytes = options.limits.max_bytes;
  options.body.timeout = absl::Seconds(2);
  options.head_timeout = absl::Seconds(1);
  options.write_timeout = absl::Seconds(2);
  options.max_interim_responses = 3;
  return options;
}

// What the client asks, one after the other, for as long as it can.
std::vector<ClientRequest> Questions() {
  std::vector<ClientRequest> questions = {Get("/1"), Get("/2"),
                                          Post("/3", "hello"), Get("/4")};
  questions[1].method = "HEAD";
  questions[2].expect_continue = true;
  return questions;
}

// --- What the bytes say -----------------------------------------------------

// Takes the content of a body off the front of `text`; nullopt if it is not
// whole, too long, or wrong. `ends`: so does the connection, behind `text`.
std::optional<std::string> TakeBody(absl::string_view& text,
                                    const BodyFraming& framing, bool ends) {
  std::string content;
  if (framing.kind == BodyKind::kChunked) {
    DecodedBody body(SmallOptions().limits);
    body.Take(text);
    if (!body.decoder().finished()) return std::nullopt;
    content = body.content();
    text.remove_prefix(text.size() - body.rest().size());
  } else {
    const bool to_end = framing.kind == BodyKind::kUntilClose;
    if (to_end && !ends) return std::nullopt;
    const uint64_t size = to_end ? text.size() : framing.length;
    if (size > text.size()) return std::nullopt;
    content = std::string(text.substr(0, size));
    text.remove_prefix(size);
  }
  if (content.size() > SmallOptions().body.max_bytes) return std::nullopt;
  return content;
}

// Takes the answer at the front of `text`, as "200 body"; nullopt if there is
// no whole one.
std::optional<std::string> TakeAnswer(absl::string_view& text, bool to_head,
                                      bool ends) {
  ResponseParser parser(SmallOptions().limits);
  for (int i = 0; i <= SmallOptions().max_interim_responses; ++i) {
    parser.Reset(to_head);
    if (parser.Parse(text) != ParseState::kComplete) return std::nullopt;
    text.remove_prefix(parser.head_bytes());
    const int code = parser.head().status_code;
    if (code == 101) return std::nullopt;
    if (code < 200) continue;
    const auto body = TakeBody(text, parser.head().framing, ends);
    if (!body) return std::nullopt;
    return absl::StrCat(code, " ", *body);
  }
  return std::nullopt;
}

// --- The two sides ----------------------------------------------------------

class Interview {
 public:
  Interview(const Script& script, BackendKind backend)
      : peer_(script), world_(/*seed=*/1, backend) {
    answering_ = Start(server_.loop(), [this] { return RunServer(); });
    asking_ = Start(client_.loop(), [this] { return RunClient(); });
  }
  Interview(const Interview&) = delete;
  Interview& operator=(const Interview&) = delete;

  // Until both sides have ended: OK, or a deadlock.
  absl::Status Run() {
    return world_.DriveUntil(
        [&] { return answering_->ended() && asking_->ended(); });
  }

  // What came of each question that was asked.
  const std::vector<absl::StatusOr<ClientResponse>>& outcomes() const {
    return outcomes_;
  }
  absl::Duration took() const { return took_; }
  TestHost& client() { return client_; }

 private:
  // Says nothing before it is asked.
  Task<> RunServer() {
    TcpStream stream = co_await Try(AcceptOne(where_, TcpListenOptions()));
    co_await Try(ReadOnce(stream));
    co_return co_await peer_.Play(server_.loop(), stream);
  }

  Task<> RunClient() {
    TcpStream stream = co_await Try(TcpStream::Connect(where_));
    const absl::Duration begin = world_.elapsed();
    ClientConnection connection(stream, SmallOptions());
    for (ClientRequest& question : questions_) {
      if (!connection.reusable()) break;
      outcomes_.push_back(co_await connection.Ask(std::move(question)));
    }
    took_ = world_.elapsed() - begin;
    co_return absl::OkStatus();
  }

  ScriptedPeer peer_;
  std::vector<ClientRequest> questions_ = Questions();
  std::vector<absl::StatusOr<ClientResponse>> outcomes_;
  absl::Duration took_;
  std::optional<TaskHandle<>> answering_;
  std::optional<TaskHandle<>> asking_;
  TestWorld world_;
  TestHost& server_ = world_.AddHost("server");
  TestHost& client_ = world_.AddHost("client");
  const Endpoint where_ = server_.EndpointAt(80);
};

// --- Whether they fit -------------------------------------------------------

// What may come of a question, apart from an answer.
bool IsFitFailure(const absl::Status& status) {
  static constexpr absl::StatusCode kFit[] = {
      absl::StatusCode::kDataLoss, absl::StatusCode::kUnavailable,
      absl::StatusCode::kDeadlineExceeded, absl::StatusCode::kInvalidArgument,
      absl::StatusCode::kResourceExhausted};
  return absl::c_linear_search(kFit, status.code());
}

void ExpectAnswersFit(const Interview& interview, const Script& script) {
  const std::string sent = BytesSent(script);
  absl::string_view text = sent;
  const bool ends = absl::c_any_of(script, [](const ScriptStep& step) {
    return step.then == Then::kFinish || step.then == Then::kClose;
  });
  const std::vector<ClientRequest> questions = Questions();
  for (size_t i = 0; i < interview.outcomes().size(); ++i) {
    const absl::StatusOr<ClientResponse>& outcome = interview.outcomes()[i];
    const auto answer = TakeAnswer(text, questions[i].method == "HEAD", ends);
    if (outcome.ok()) {
      ASSERT_TRUE(answer.has_value()) << Describe(outcome);
      EXPECT_EQ(absl::StrCat(outcome->status_code, " ", outcome->body),
                *answer);
    } else {
      EXPECT_TRUE(IsFitFailure(outcome.status())) << outcome.status();
      // The first answer at least cannot have come too early.
      const bool lost = i == 0 && answer.has_value() && IsPatient(script);
      EXPECT_FALSE(lost) << outcome.status();
      return;
    }
  }
}

void HoldInterview(const Script& script, BackendKind backend) {
  Interview interview(script, backend);
  ASSERT_THAT(interview.Run(), IsOk());
  EXPECT_LE(interview.took(), TimeOf(script) + absl::Seconds(30));
  ExpectNothingLeft(interview.client());
  ExpectAnswersFit(interview, script);
}

}  // namespace

void FuzzOne(absl::string_view input) {
  const Script script = ReadScript(input);
  SCOPED_TRACE(absl::CEscape(AllBytes(script)));
  for (const BackendKind backend :
       {BackendKind::kEpoll, BackendKind::kEpollLevel}) {
    HoldInterview(script, backend);
  }
}

}  // namespace cloche

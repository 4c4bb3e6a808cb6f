// HttpServer, for a client that sends any bytes, at any time, and leaves in any
// way.
//
// The connection must end by itself and leave nothing; and what the client gets
// must be answers, each to one of its requests, in order, with what the handler
// said. What the requests are is found out by reading all that was sent at
// once, without a server.
//
// Next: http/fuzz/conversation.h; http/connection_test.cc and those beside it,
// which say what is answered.

#include <cstddef>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "cloche/http/chunked_decoder_test.h"
#include "cloche/http/field_line.h"
#include "cloche/http/fuzz/conversation.h"
#include "cloche/http/request_parser.h"
#include "cloche/testing/fuzz/fuzz_target.h"
#include "cloche/testing/fuzz/script.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

// --- What was asked ---------------------------------------------------------

struct Asked {
  std::string method;
  std::string target;
  std::string path;
  std::string body;
  bool complete = false;  // Head and body, and within the limits.
  bool keep_alive = false;
  bool expects_continue = false;

  bool is_head() const { return method == "HEAD"; }
};

// The body at the beginning of `text`, which is cut off behind it; whether it
// is whole and not too long.
bool TakeBody(absl::string_view& text, const BodyFraming& framing,
              std::string& body) {
  const HttpOptions options = SmallOptions();
  if (framing.kind == BodyKind::kLength) {
    if (framing.length > options.max_body_bytes) return false;
    if (framing.length > text.size()) return false;
    body = std::string(text.substr(0, framing.length));
    text.remove_prefix(framing.length);
  } else if (framing.kind == BodyKind::kChunked) {
    DecodedBody decoded(options.limits);
    decoded.Take(text);
    if (!decoded.decoder().finished()) return false;
    body = decoded.content();
    text.remove_prefix(text.size() - decoded.rest().size());
  }
  return body.size() <= options.max_body_bytes;
}

// Known from the first bytes, whatever is wrong with the others.
bool BeginsWithHead(absl::string_view text) {
  while (absl::ConsumePrefix(&text, "\r\n")) {
  }
  return absl::StartsWith(text, "HEAD ");
}

// Everything in `text` that a server could answer.
std::vector<Asked> RequestsIn(absl::string_view text) {
  std::vector<Asked> requests;
  RequestParser parser(SmallOptions().limits);
  while (true) {
    const ParseState state = parser.Parse(text);
    if (state == ParseState::kNeedsMore && !parser.started()) return requests;
    Asked& asked = requests.emplace_back();
    if (state != ParseState::kComplete) {
      if (BeginsWithHead(text)) asked.method = "HEAD";
      return requests;
    }
    const Request& request = parser.request();
    asked.method = std::string(request.method);
    asked.target = std::string(request.target);
    asked.path = std::string(request.path);
    asked.keep_alive = request.keep_alive;
    asked.expects_continue = request.expects_continue;
    text.remove_prefix(parser.head_bytes());
    asked.complete = TakeBody(text, request.framing, asked.body);
    if (!asked.complete || !asked.keep_alive) return requests;
    parser.Reset();
  }
}

// What the handler has to say to it.
std::string AnswerTo(const Asked& asked) {
  if (asked.path == "/echo" || asked.path == "/all") return asked.body;
  if (asked.path == "/late") return absl::StrCat("late:", asked.body);
  if (asked.path == "/stream") return "one,two";
  if (asked.path == "/big") return Pattern(kBigBytes);
  return asked.target;
}

// --- What was answered ------------------------------------------------------

struct Answer {
  int code = 0;
  bool says_close = false;
  bool ends_with_connection = false;  // Nothing else says where.
  std::optional<AnswerBody> body;     // Nothing if it is cut off.
};

// Of HTTP/1.1, with a code from 100 to 599. By hand, since on Windows the
// regular expressions of GoogleTest have no [0-9].
bool IsStatusLine(absl::string_view line) {
  return absl::ConsumePrefix(&line, "HTTP/1.1 ") && line.size() > 3 &&
         line[0] >= '1' && line[0] <= '5' && absl::ascii_isdigit(line[1]) &&
         absl::ascii_isdigit(line[2]) && line[3] == ' ';
}

// A status line and fields, all of them well-formed.
void ExpectSoundHead(absl::string_view head) {
  size_t lines = 0;
  while (!absl::StartsWith(head, "\r\n")) {
    const size_t end = head.find("\r\n");
    ASSERT_NE(end, absl::string_view::npos);
    const absl::string_view line = head.substr(0, end);
    Header header;
    if (lines++ == 0) {
      EXPECT_TRUE(IsStatusLine(line)) << line;
    } else {
      EXPECT_FALSE(ParseFieldLine(line, header)) << line;
    }
    head.remove_prefix(end + 2);
  }
}

// Takes the answer at the beginning of `text`; nullopt if its head is cut off.
std::optional<Answer> TakeAnswer(absl::string_view& text, bool to_head) {
  const size_t head_size = text.find("\r\n\r\n") + 4;
  if (head_size < 4) return std::nullopt;
  const absl::string_view head = text.substr(0, head_size);
  ExpectSoundHead(head);
  text.remove_prefix(head_size);
  Answer answer;
  answer.code = std::atoi(std::string(head.substr(9, 3)).c_str());
  answer.says_close = HeaderIn(head, "Connection") == "close";
  answer.ends_with_connection = HeaderIn(head, "Content-Length").empty() &&
                                HeaderIn(head, "Transfer-Encoding").empty();
  answer.body = to_head ? AnswerBody{0, ""} : BodyIn(head, text);
  text.remove_prefix(answer.body ? answer.body->size : text.size());
  return answer;
}

// --- Whether they fit -------------------------------------------------------

// Whether what was received may end in the middle of the answer to this.
bool MayBeCutOff(const Asked& asked, const Script& script) {
  return !IsPatient(script) || !asked.complete || asked.path == "/late";
}

// Such an answer is begun before it is known whether the body is read, so it
// cannot say that it is the last.
bool MayEndUnannounced(const Asked& asked) {
  if (asked.path == "/echo" || asked.path == "/late") return !asked.complete;
  return asked.path == "/stream" && (!asked.complete || !asked.body.empty());
}

// `last`: no other answer follows.
void ExpectFits(const Answer& answer, const Asked& asked, bool last,
                bool patient) {
  if (answer.code == 500) {
    EXPECT_EQ(asked.path, "/fail");
    return;
  }
  if (answer.code != 200) {
    EXPECT_TRUE(last && answer.says_close) << answer.code;
    return;
  }
  EXPECT_TRUE(asked.complete || answer.says_close || MayEndUnannounced(asked));
  if (asked.is_head() || !answer.body || !asked.complete) return;
  if (answer.ends_with_connection && !patient) return;
  EXPECT_EQ(answer.body->content, AnswerTo(asked));
}

void ExpectAnswersFit(absl::string_view received, const Script& script) {
  const std::vector<Asked> requests = RequestsIn(BytesSent(script));
  bool closes = false;   // The last answer says that it is the last,
  bool may_end = false;  // or else it need not say so.
  size_t answered = 0;
  bool continued = false;
  while (!received.empty()) {
    ASSERT_LT(answered, requests.size()) << "more answers than requests";
    ASSERT_FALSE(closes) << "an answer behind the last one";
    const Asked& asked = requests[answered];
    const auto answer = TakeAnswer(received, asked.is_head());
    if (answer && answer->code == 100) {
      EXPECT_TRUE(asked.expects_continue && !std::exchange(continued, true));
      continue;
    }
    if (!answer || !answer->body) EXPECT_TRUE(MayBeCutOff(asked, script));
    if (!answer) return;
    ExpectFits(*answer, asked, received.empty(), IsPatient(script));
    closes = answer->says_close || !answer->body;
    may_end = MayEndUnannounced(asked);
    continued = false;
    ++answered;
  }
  // Who waits for it gets an answer to each request, or is told that there
  // will be none.
  if (closes || may_end || !IsPatient(script)) return;
  EXPECT_GE(static_cast<ptrdiff_t>(answered),
            absl::c_count_if(
                requests, [](const Asked& asked) { return asked.complete; }));
}

// It ended well, or as the client has made it end.
bool IsFitEnd(const absl::Status& end, const Script& script) {
  if (end.ok()) return true;
  if (absl::IsDeadlineExceeded(end)) {
    return absl::c_any_of(script, [](const ScriptStep& step) {
      return step.then == Then::kStopReading;
    });
  }
  // A handler that asks for the body when "100 Continue" cannot be sent any
  // more is told FAILED_PRECONDITION: /late is one.
  return absl::IsUnavailable(end) || absl::IsInvalidArgument(end) ||
         absl::IsFailedPrecondition(end);
}

void Converse(const Script& script, BackendKind backend) {
  Conversation conversation(script, backend);
  ASSERT_THAT(conversation.Run(), IsOk());
  SCOPED_TRACE(absl::CEscape(conversation.received().substr(0, 2000)));
  EXPECT_TRUE(IsFitEnd(conversation.served(), script)) << conversation.served();
  // Each wait for the client has an end.
  EXPECT_LE(conversation.served_for(), TimeOf(script) + absl::Seconds(20));
  ExpectNothingLeft(conversation.server());
  ExpectAnswersFit(conversation.received(), script);
}

}  // namespace

void FuzzOne(absl::string_view input) {
  const Script script = ReadScript(input);
  for (const BackendKind backend :
       {BackendKind::kEpoll, BackendKind::kEpollLevel}) {
    Converse(script, backend);
  }
}

}  // namespace cloche

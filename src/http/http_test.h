// HttpTest: HttpServer on one host, and on another a client that says whatever
// it likes, byte by byte; run over edge- and level-triggered epoll.
//
//     TEST_P(HttpConnection, Answers) {
//       Begin();
//       Say(Get("/a"));
//       EXPECT_THAT(Answers(), ElementsAre("200 /a"));
//     }
//     INSTANTIATE_OVER_TRIGGERS(HttpConnection);
//
// The connection has an owner, as in a program: when Serve returns, the
// stream is closed. Everything takes kOneWay from host to host.
//
// Main disadvantage: the client understands just as much HTTP as these answers
// need.
//
// Next: net/tcp_stream_test.h, the two hosts; http/connection_test.cc.

#ifndef CLOCHE_HTTP_HTTP_TEST_H_
#define CLOCHE_HTTP_HTTP_TEST_H_

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/http/body_reader.h"
#include "cloche/http/body_writer.h"
#include "cloche/http/chunked_decoder_test.h"
#include "cloche/http/handler.h"
#include "cloche/http/http_options.h"
#include "cloche/http/http_server.h"
#include "cloche/http/request.h"
#include "cloche/http/response.h"
#include "cloche/http/status_code.h"
#include "cloche/net/server.h"
#include "cloche/net/stop_source.h"
#include "cloche/net/tcp_listener.h"
#include "cloche/net/tcp_stream_test.h"
#include "cloche/tasks/sleep.h"

namespace cloche {

// What a segment needs from host to host.
inline constexpr absl::Duration kOneWay = absl::Milliseconds(1);

// A request; `headers` are whole lines.
inline std::string Get(absl::string_view target,
                       absl::string_view headers = "") {
  return absl::StrCat("GET ", target, " HTTP/1.1\r\nHost: h\r\n", headers,
                      "\r\n");
}

// With a body of known length, or in chunks, which are written out.
inline std::string Post(absl::string_view target, absl::string_view body,
                        absl::string_view headers = "") {
  return absl::StrCat("POST ", target, " HTTP/1.1\r\nHost: h\r\n", headers,
                      "Content-Length: ", body.size(), "\r\n\r\n", body);
}
inline std::string PostChunks(absl::string_view target,
                              absl::string_view chunks,
                              absl::string_view headers = "") {
  return absl::StrCat("POST ", target, " HTTP/1.1\r\nHost: h\r\n", headers,
                      "Transfer-Encoding: chunked\r\n\r\n", chunks);
}

// --- Handlers ---------------------------------------------------------------

// Answers with the target, so that a test sees which answer is whose.
inline Task<Response> SayTarget(const Request& request) {
  co_return TextResponse(200, std::string(request.target));
}

// The same, after a while.
inline Handler SayTargetAfter(absl::Duration duration) {
  return [duration](const Request& request) -> Task<Response> {
    co_await Try(Sleep(duration));
    co_return co_await SayTarget(request);
  };
}

// More than the buffers between the two hosts can hold.
inline Task<Response> SayTooMuch(const Request&) {
  co_return TextResponse(200, Pattern(kTooMuch));
}

// Answers with the whole body of the request.
inline Task<Response> SayBody(const Request& request) {
  co_return TextResponse(200, co_await Try(request.body->ReadAll(kTooMuch)));
}

// Sends the body back while it arrives.
inline Task<> SendBack(BodyReader& from, BodyWriter& to) {
  std::string room(4096, ' ');
  while (true) {
    const size_t size = co_await Try(from.Read(absl::MakeSpan(room)));
    if (size == 0) break;
    co_await Try(to.Write(absl::string_view(room).substr(0, size)));
  }
  co_return absl::OkStatus();
}
inline Task<Response> Echo(const Request& request) {
  Response response;
  response.content_length = request.body->content_length();
  response.stream = [body = request.body](BodyWriter& writer) {
    return SendBack(*body, writer);
  };
  co_return response;
}

// --- A server ---------------------------------------------------------------

// Serves HTTP to whoever comes to `listener`, until the stop. Lifetime: all
// outlive the task.
inline Task<> ServeHttp(TcpListener& listener, HttpServer& http,
                        StopSource& stop, ServeOptions options = {}) {
  return Serve(listener, stop, std::move(options),
               [&http](TcpStream&& stream) { return http.Serve(stream); });
}

// --- Answers ----------------------------------------------------------------

// The value of the first header of that name, spelled so; "" if there is none.
inline absl::string_view HeaderIn(absl::string_view head,
                                  absl::string_view name) {
  const std::string line_begin = absl::StrCat("\r\n", name, ": ");
  const size_t begin = head.find(line_begin);
  if (begin == absl::string_view::npos) return "";
  const absl::string_view value = head.substr(begin + line_begin.size());
  return value.substr(0, value.find("\r\n"));
}

// The first answer's body: how long it is in `text`, and its content; nullopt
// if it is cut off.
struct AnswerBody {
  size_t size;
  std::string content;
};
inline std::optional<AnswerBody> BodyIn(absl::string_view head,
                                        absl::string_view text) {
  const int code = std::atoi(std::string(head.substr(9, 3)).c_str());
  if (!HasContent(code)) return AnswerBody{0, ""};
  if (HeaderIn(head, "Transfer-Encoding") == "chunked") {
    DecodedBody body;
    body.Take(text);
    if (!body.decoder().finished()) return std::nullopt;
    return AnswerBody{text.size() - body.rest().size(), body.content()};
  }
  size_t length = text.size();  // Until the end, if nothing else is said.
  const absl::string_view said = HeaderIn(head, "Content-Length");
  if (!said.empty() && !absl::SimpleAtoi(said, &length)) return std::nullopt;
  if (text.size() < length) return std::nullopt;
  return AnswerBody{length, std::string(text.substr(0, length))};
}

// Each answer in `text` as "200 body", or "200 (close) body" with what its
// Connection header says; "cut off" for half an answer at the end. Not for
// answers to HEAD.
inline std::vector<std::string> AnswersIn(absl::string_view text) {
  std::vector<std::string> answers;
  while (!text.empty()) {
    const size_t head_size = text.find("\r\n\r\n") + 4;
    const absl::string_view head = text.substr(0, head_size);
    std::optional<AnswerBody> body;
    if (head_size >= 4) body = BodyIn(head, text.substr(head_size));
    if (!body) {
      answers.emplace_back("cut off");
      return answers;
    }
    const absl::string_view connection = HeaderIn(head, "Connection");
    answers.push_back(absl::StrCat(
        head.substr(9, 3), connection.empty() ? " " : " (", connection,
        connection.empty() ? "" : ") ", body->content));
    text.remove_prefix(head_size + body->size);
  }
  return answers;
}

// --- The fixture ------------------------------------------------------------

class HttpTest : public TcpStreamTest {
 protected:
  // The tasks go before what they refer to: this fixture's members.
  void TearDown() override {
    near_.reset();
    server_.Kill();
    client_.Kill();
  }

  // Connects; the server serves, and the client writes down what comes.
  void Begin() {
    BeginWithoutReading();
    StartReading();
  }
  // The same with a client that does not read for now.
  void BeginWithoutReading() {
    Connect();
    serving_ = Start(
        server_.loop(),
        [this](TcpStream stream) { return ServeOne(std::move(stream)); },
        *std::move(far_));
    far_.reset();
  }
  void StartReading() {
    Start(client_.loop(), [this] { return WriteDown(); });
  }

  // The client says this, and a while passes.
  void Say(std::string bytes) {
    EXPECT_THAT(NearWrites(std::move(bytes)), IsOk());
    world_.Pass(kWhile);
  }
  void FinishSaying() {
    EXPECT_THAT(world_.Run(client_, near_->ShutdownWrite()), IsOk());
  }

  // What the client has got so far, and how that ended: "open" if it did not,
  // else "closed" or "reset".
  std::vector<std::string> Answers() { return AnswersIn(received_); }
  std::string received_;
  std::string ending_ = "open";

  // Waits for the end of the connection, and gives Serve's result; from
  // begin to end it took served_for_.
  absl::Status Served() {
    absl::Status status = world_.Run(server_, serving_->Join());
    if (ended_at_) served_for_ = *ended_at_ - begun_at_;
    world_.Pass(kWhile);  // Until the client knows.
    return status;
  }
  bool serving() const { return !serving_->ended(); }
  absl::Duration served_for_;

  StopSource stop_;  // Not in options_ before a test puts it there.
  Handler handler_ = SayTarget;
  HttpOptions options_;
  std::optional<TaskHandle<>> serving_;

 private:
  Task<> ServeOne(TcpStream stream) {
    begun_at_ = world_.elapsed();
    HttpServer http(handler_, options_);
    absl::Status status = co_await http.Serve(stream);
    ended_at_ = world_.elapsed();
    co_return status;
  }

  Task<> WriteDown() {
    while (true) {
      const absl::StatusOr<std::string> part = co_await ReadOnce(*near_, 10000);
      if (!part.ok()) {
        ending_ = absl::IsUnavailable(part.status()) ? "reset" : "aborted";
        co_return part.status();
      }
      if (part->empty()) {
        ending_ = "closed";
        co_return absl::OkStatus();
      }
      received_ += *part;
    }
  }

  absl::Duration begun_at_;
  std::optional<absl::Duration> ended_at_;
};

}  // namespace cloche

#endif  // CLOCHE_HTTP_HTTP_TEST_H_

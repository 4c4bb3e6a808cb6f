// Conversation: what a script of a client comes to, with HttpServer on the
// other side, on two hosts of a fake network, in virtual time.
//
// The handler is chosen by the path, so that a script can have them all:
//
//   /echo     sends the body back while it arrives
//   /all      reads the body, then answers with it
//   /late     writes a part of its answer before it reads the body
//   /stream   answers in chunks, with a trailer
//   /big      more than the buffers of both hosts hold
//   /slow     thinks for a while
//   /fail     fails
//   others    answer with their target, and look at no body
//
// Every limit is small, and every timeout shorter than Then::kLongPause.
//
// Main disadvantage: one connection; what several do to each other is for
// other tests.
//
// Next: http/fuzz/http_server_fuzz.cc.

#ifndef CLOCHE_HTTP_FUZZ_CONVERSATION_H_
#define CLOCHE_HTTP_FUZZ_CONVERSATION_H_

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/http/fuzz/scripted_peer.h"
#include "cloche/http/http_server.h"
#include "cloche/http/http_test.h"
#include "cloche/net/stop_source.h"
#include "cloche/testing/fuzz/script.h"
#include "cloche/testing/test_world.h"

namespace cloche {

inline constexpr int kHostBufferBytes = 8192;
inline constexpr size_t kBigBytes = 4 * kHostBufferBytes;

inline HttpOptions SmallOptions() {
  HttpOptions options;
  options.limits = {
      .max_request_line_bytes = 100, .max_bytes = 400, .max_headers = 8};
  options.max_body_bytes = 600;
  options.idle_timeout = absl::Seconds(3);
  options.head_timeout = absl::Seconds(1);
  options.body_timeout = absl::Seconds(2);
  options.write_timeout = absl::Seconds(2);
  options.linger_timeout = absl::Seconds(1);
  return options;
}

// --- The handler ------------------------------------------------------------

inline Task<> WriteThenRead(BodyReader& from, BodyWriter& to) {
  co_await Try(to.Write("late:"));
  co_return co_await SendBack(from, to);
}

inline Task<> WriteInParts(BodyWriter& to) {
  co_await Try(to.Write("one,"));
  co_await Try(to.Write("two"));
  // There is nobody to tell who speaks HTTP/1.0.
  (void)to.SetTrailer("Sum", "2");
  co_return absl::OkStatus();
}

inline Task<Response> AnswerByPath(const Request& request) {
  Response response;
  if (request.path == "/echo") co_return co_await Echo(request);
  if (request.path == "/all") co_return co_await SayBody(request);
  if (request.path == "/fail") co_return absl::InternalError("as asked");
  if (request.path == "/big") co_return TextResponse(200, Pattern(kBigBytes));
  if (request.path == "/slow") co_await Try(Sleep(4 * kPause));
  if (request.path == "/stream") {
    response.stream = WriteInParts;
    co_return response;
  }
  if (request.path == "/late") {
    response.stream = [body = request.body](BodyWriter& writer) {
      return WriteThenRead(*body, writer);
    };
    co_return response;
  }
  co_return co_await SayTarget(request);
}

// --- The conversation -------------------------------------------------------

class Conversation {
 public:
  Conversation(const Script& script, BackendKind backend)
      : peer_(script, [this] { stop_.Stop(); }), world_(/*seed=*/1, backend) {
    options_.stop = &stop_;
    serving_ = Start(server_.loop(), [this] { return RunServer(); });
    asking_ = Start(client_.loop(), [this] { return RunClient(); });
  }
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  // Until both sides have ended: OK, or a deadlock.
  absl::Status Run() {
    return world_.DriveUntil(
        [&] { return serving_->ended() && asking_->ended(); });
  }

  // What Serve gave, and how long it took.
  const absl::Status& served() const { return *served_; }
  absl::Duration served_for() const { return served_for_; }
  // What the client got.
  const std::string& received() const { return peer_.received(); }

  TestHost& server() { return server_; }

 private:
  Task<> RunServer() {
    TcpListenOptions options;
    options.stream.send_buffer_bytes = kHostBufferBytes;
    TcpStream stream = co_await Try(AcceptOne(where_, options));
    const absl::Duration begin = world_.elapsed();
    HttpServer http(AnswerByPath, options_);
    served_ = co_await http.Serve(stream);
    served_for_ = world_.elapsed() - begin;
    co_return absl::OkStatus();
  }

  Task<> RunClient() {
    TcpOptions options;
    options.receive_buffer_bytes = kHostBufferBytes;
    TcpStream stream = co_await Try(TcpStream::Connect(where_, options));
    co_return co_await peer_.Play(client_.loop(), stream);
  }

  StopSource stop_;
  ScriptedPeer peer_;  // The client.
  HttpOptions options_ = SmallOptions();
  std::optional<absl::Status> served_;
  absl::Duration served_for_;
  std::optional<TaskHandle<>> serving_;
  std::optional<TaskHandle<>> asking_;
  TestWorld world_;
  TestHost& server_ = world_.AddHost("server");
  TestHost& client_ = world_.AddHost("client");
  const Endpoint where_ = server_.EndpointAt(80);
};

}  // namespace cloche

#endif  // CLOCHE_HTTP_FUZZ_CONVERSATION_H_

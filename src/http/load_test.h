// What the tests of many clients at once are made of: a server, a crowd, and
// clients that are quick or slow. The same on the fake kernel and on the real.
//
//     LoadServer server;   Start(loop, [&] { return server.Run(where); });
//     Crowd crowd;         Start(loop, VisitAndStay, where, std::ref(crowd));
//     ...
//     EXPECT_THAT(crowd.outcomes, ElementsAre(Pair("200", 1000)));
//
// Main disadvantage: of a thousand clients only the sum is known.
//
// Next: http/load_test.cc, http/load_system_test.cc.

#ifndef CLOCHE_HTTP_LOAD_TEST_H_
#define CLOCHE_HTTP_LOAD_TEST_H_

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/http/http_server.h"
#include "cloche/http/http_test.h"
#include "cloche/http/router.h"
#include "cloche/net/server.h"
#include "cloche/net/stop_source.h"
#include "cloche/net/tcp_listener.h"
#include "cloche/net/tcp_stream.h"
#include "cloche/sync/event.h"
#include "cloche/tasks/sleep.h"

namespace cloche {

// Of each socket of the server and of slow clients: little, so that a slow
// client is felt soon.
inline constexpr int kSmallBuffer = 4096;

// /large is written in parts of this size.
inline constexpr size_t kLargePart = 8192;

// Thread safety: the loop's thread. Lifetime: longer than Run.
class LoadServer {
 public:
  LoadServer() {
    router_.Get("/hello", SayTarget);
    router_.Post("/body", SayBody);
    router_.Get("/large", [this](const Request&) -> Task<Response> {
      Response response;
      response.stream = [this](BodyWriter& body) { return WriteLarge(body); };
      co_return response;
    });
    http_options.stop = &stop;
    serve_options.on_error = [this](const absl::Status& error) {
      errors.push_back(error);
    };
  }

  Task<> Run(Endpoint endpoint) {
    TcpListenOptions options;
    options.backlog = 4096;
    options.stream.send_buffer_bytes = kSmallBuffer;
    options.stream.receive_buffer_bytes = kSmallBuffer;
    TcpListener listener = co_await Try(TcpListener::Listen(endpoint, options));
    where = listener.local_endpoint();
    HttpServer http(router_.AsHandler(), http_options);
    co_return co_await ServeHttp(listener, http, stop, serve_options);
  }

  size_t large_bytes() const { return large_parts * kLargePart; }

  HttpOptions http_options;
  ServeOptions serve_options;
  size_t large_parts = 4;
  StopSource stop;
  std::optional<Endpoint> where;     // When it listens.
  std::vector<absl::Status> errors;  // As reported by Serve.
  size_t written = 0;  // Bytes of /large that were written, for all clients.

 private:
  Task<> WriteLarge(BodyWriter& body) {
    const std::string part(kLargePart, '.');
    for (size_t i = 0; i < large_parts; ++i) {
      co_await Try(body.Write(part));
      written += part.size();
    }
    co_return absl::OkStatus();
  }

  Router router_;
};

// What became of many clients. Lifetime: longer than their tasks.
struct Crowd {
  int Count(const std::string& outcome) const {
    auto found = outcomes.find(outcome);
    return found == outcomes.end() ? 0 : found->second;
  }

  // How often what happened: "200" and the like for an answer.
  std::map<std::string, int> outcomes;
  // What those wait for that do one thing and then another.
  Event go_on;
};

// Reads one answer. Gives its code; "end" or "reset" if there is none.
inline Task<std::string> ReadAnswer(ByteStream& stream) {
  std::string text;
  while (true) {
    const absl::StatusOr<std::string> part = co_await ReadOnce(stream, 1000);
    if (!part.ok()) co_return "reset";
    if (part->empty()) co_return "end";
    text += *part;
    const std::string answer = AnswersIn(text).front();
    if (answer != "cut off") co_return answer.substr(0, 3);
  }
}

// --- Quick clients ----------------------------------------------------------

// Asks, and is gone.
inline Task<std::string> VisitQuickly(Endpoint server) {
  TcpStream stream = co_await Try(TcpStream::Connect(server));
  co_await Try(stream.Write(Get("/hello")));
  co_return co_await ReadAnswer(stream);
}

// Asks; asks again when it may go on; and stays to the end.
inline Task<> VisitAndStay(Endpoint server, Crowd& crowd) {
  TcpStream stream = co_await Try(TcpStream::Connect(server));
  co_await Try(stream.Write(Get("/hello")));
  ++crowd.outcomes[co_await Try(ReadAnswer(stream))];
  co_await Try(crowd.go_on.Wait());
  co_await Try(stream.Write(Get("/hello")));
  ++crowd.outcomes[co_await Try(ReadAnswer(stream))];
  ++crowd.outcomes[co_await Try(ReadAnswer(stream))];
  co_return absl::OkStatus();
}

// Asks, and keeps its connection for `stay`.
inline Task<> VisitFor(absl::Duration stay, Endpoint server, Crowd& crowd) {
  TcpStream stream = co_await Try(TcpStream::Connect(server));
  co_await Try(stream.Write(Get("/hello")));
  ++crowd.outcomes[co_await Try(ReadAnswer(stream))];
  co_return co_await Sleep(stay);
}

// --- Slow clients -----------------------------------------------------------

// Reads until the end, so much at a time, with a pause before each. "whole" or
// "half", by whether all of `bytes` came; "reset" if it was cut off.
struct SlowReading {
  size_t bytes_at_a_time;
  absl::Duration pause = absl::ZeroDuration();
};
inline Task<std::string> ReadSlowly(ByteStream& stream, SlowReading how,
                                    size_t bytes) {
  size_t size = 0;
  while (true) {
    if (how.pause > absl::ZeroDuration()) co_await Try(Sleep(how.pause));
    const absl::StatusOr<std::string> part =
        co_await ReadOnce(stream, how.bytes_at_a_time);
    if (!part.ok()) co_return "reset";
    if (part->empty()) co_return size > bytes ? "whole" : "half";
    size += part->size();
  }
}

inline Task<TcpStream> AskForLarge(Endpoint server) {
  TcpStream stream = co_await Try(
      TcpStream::Connect(server, {.receive_buffer_bytes = kSmallBuffer}));
  co_await Try(stream.Write(Get("/large", "Connection: close\r\n")));
  co_return stream;
}

}  // namespace cloche

#endif  // CLOCHE_HTTP_LOAD_TEST_H_

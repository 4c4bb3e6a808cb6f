#include "cloche/serve/web_server.h"

#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cloche/http/http_server.h"
#include "cloche/http/router.h"
#include "cloche/net/server.h"
#include "cloche/net/tcp_listener.h"
#include "cloche/net/tcp_stream.h"
#include "cloche/serve/access_log.h"
#include "cloche/serve/site.h"
#include "cloche/tasks/current_task.h"
#include "cloche/tasks/try.h"

namespace cloche {
namespace {

HttpOptions HttpOptionsOf(const WebServerOptions& options, StopSource& stop) {
  HttpOptions http = options.http;
  http.stop = &stop;
  http.on_error = options.on_error;
  return http;
}

// A client of HTTP speaks first, and mostly at once.
constexpr absl::Duration kLongestDefer = absl::Seconds(1);

// What all connections share. Lives in RunWebServer's frame, longer than they.
struct WebServer {
  WebServer(WebServerOptions given, StopSource& stop)
      : options(std::move(given)),
        http_options(HttpOptionsOf(options, stop)),
        http(site.AsHandler(), http_options) {}

  const WebServerOptions options;
  const HttpOptions http_options;
  const Router site = MakeSite();
  HttpServer http;
};

// A client that vanishes or does not read is everyday life.
bool IsTheClientsDoing(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
}

void Report(const WebServerOptions& options, const absl::Status& status) {
  if (!IsTheClientsDoing(status)) {
    if (options.on_error) options.on_error(status);
  } else if (options.access_log) {
    options.access_log(absl::StrCat(status.message(), "\n"));
  }
}

// The options of one connection, when each has a log that knows its client.
HttpOptions LoggedOptions(const WebServer& server, const Endpoint& client,
                          Clock& clock) {
  HttpOptions options = server.http_options;
  options.on_exchange = [&server, &clock, client](const Exchange& exchange) {
    server.options.access_log(AccessLogLine(client, exchange, clock.WallNow()));
  };
  return options;
}

Task<> HandleLogged(WebServer& server, TcpStream stream) {
  Clock& clock = *(co_await CurrentTask()).loop().environment().clock;
  HttpServer http(server.site.AsHandler(),
                  LoggedOptions(server, stream.peer(), clock));
  co_return co_await http.Serve(stream);
}

}  // namespace

Task<> RunWebServer(WebServerOptions given, StopSource& stop) {
  WebServer server(std::move(given), stop);
  const WebServerOptions& options = server.options;
  TcpListenOptions listen_options;
  listen_options.defer_accept = kLongestDefer;
  TcpListener listener =
      co_await Try(TcpListener::Listen(options.endpoint, listen_options));
  if (options.on_listening) options.on_listening(listener.local_endpoint());
  ServeOptions serve_options;
  serve_options.grace = options.grace;
  serve_options.on_error = [&options](const absl::Status& status) {
    Report(options, status);
  };
  co_return co_await Serve(
      listener, stop, serve_options, [&server](TcpStream&& stream) {
        return server.options.access_log
                   ? HandleLogged(server, std::move(stream))
                   : server.http.Serve(stream);
      });
}

}  // namespace cloche

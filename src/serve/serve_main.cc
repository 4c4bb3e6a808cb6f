// The program behind `./cloche serve`: a small web server on Cloche.
//
// How it all fits together: flags say what is wanted, a SystemEnvironment is
// the real world, a Loop drives, and one nursery holds the server and the
// signals that stop it.
//
//   main ── Run(loop) ── nursery ──┬── StopOnSignals ── first: stop, politely
//                                  │                    second: ABORTED, now
//                                  └── RunWebServer ─── a task per connection
//
// Exit code: 0 after a graceful stop, 1 if it could not serve or had to end
// before it had stopped, 2 for flags that make no sense.
//
// Next: serve/web_server.h.

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/backend/backends.h"
#include "cloche/base/errors.h"
#include "cloche/loop/loop.h"
#include "cloche/loop/system_environment.h"
#include "cloche/net/endpoint.h"
#include "cloche/net/stop_on_signals.h"
#include "cloche/serve/web_server.h"
#include "cloche/tasks/nursery.h"
#include "cloche/tasks/run.h"
#include "cloche/tasks/try.h"

ABSL_FLAG(uint16_t, port, 8080, "port to listen on; 0 lets the system choose");
ABSL_FLAG(std::string, address, "127.0.0.1",
          "IPv4 or IPv6 address to listen on; 0.0.0.0 or :: for every one");
ABSL_FLAG(std::string, backend, "", cloche::HelpOnBackends());
ABSL_FLAG(bool, access_log, false, "print a line for each request");
ABSL_FLAG(absl::Duration, grace, absl::Seconds(10),
          "how long requests may take to finish after Ctrl-C or SIGTERM");

namespace cloche {
namespace {

// Whoever reads our output through a pipe wants each line when it happens.
void Print(absl::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

// A handler's failure, with all that is known of it: it is for programmers.
void Complain(const absl::Status& status) {
  std::fprintf(stderr, "cloche serve: %s\n", FormatError(status).c_str());
}

// Why it does not serve, in the one line that a user needs.
int ExitWith(int exit_code, const absl::Status& status) {
  std::fprintf(stderr, "cloche serve: %s\n",
               std::string(status.message()).c_str());
  return exit_code;
}

// An address and a port, as Endpoint::Parse wants them.
absl::StatusOr<Endpoint> EndpointOfFlags() {
  const std::string address = absl::GetFlag(FLAGS_address);
  const bool is_ipv6 = address.find(':') != std::string::npos;
  return Endpoint::Parse(absl::StrCat(is_ipv6 ? "[" : "", address,
                                      is_ipv6 ? "]:" : ":",
                                      absl::GetFlag(FLAGS_port)));
}

WebServerOptions OptionsOfFlags(const Endpoint& endpoint,
                                absl::string_view backend) {
  WebServerOptions options;
  options.endpoint = endpoint;
  options.grace = absl::GetFlag(FLAGS_grace);
  options.on_listening = [backend](const Endpoint& where) {
    Print(absl::StrCat("cloche: serving http://", where.ToString(), " over ",
                       backend, "; Ctrl-C stops it\n"));
  };
  if (absl::GetFlag(FLAGS_access_log)) options.access_log = Print;
  options.on_error = Complain;
  return options;
}

Task<> AnnounceStop(StopSource& stop) {
  co_await Try(stop.Wait());
  Print(
      "cloche: stopping when the open requests are answered; once more "
      "ends it now\n");
  co_return absl::OkStatus();
}

Task<> ServeUntilStopped(WebServerOptions options, SignalCalls& signals) {
  StopSource stop;
  co_return co_await WithNursery([&](Nursery& nursery) -> Task<> {
    co_await Try(
        nursery.StartAndWait(StopOnSignals, std::ref(signals), std::ref(stop)));
    nursery.Start(AnnounceStop, std::ref(stop));
    co_await Try(RunWebServer(std::move(options), stop));
    nursery.Cancel();  // Signals are of no interest any more.
    co_return absl::OkStatus();
  });
}

int Main(const std::vector<char*>& arguments) {
  if (arguments.size() > 1) {
    return ExitWith(2, absl::InvalidArgumentError(
                           absl::StrCat("it takes flags only, and no '",
                                        arguments[1], "'; see --help")));
  }
  const absl::StatusOr<Endpoint> endpoint = EndpointOfFlags();
  if (!endpoint.ok()) return ExitWith(2, endpoint.status());
  const auto system = SystemEnvironment::Create(absl::GetFlag(FLAGS_backend));
  if (!system.ok()) return ExitWith(2, system.status());

  Loop loop((*system)->MakeEnvironment());
  WebServerOptions options =
      OptionsOfFlags(*endpoint, (*system)->backend_name());
  const absl::Status end =
      Run(loop, ServeUntilStopped(std::move(options), (*system)->signals()));
  return end.ok() ? 0 : ExitWith(1, end);
}

}  // namespace
}  // namespace cloche

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "A small web server: /hello, /slow?ms=N, /tasks, and POST to /echo. "
      "Flags: --port, --address, --backend, --access_log, --grace; --help says "
      "more.");
  return cloche::Main(absl::ParseCommandLine(argc, argv));
}

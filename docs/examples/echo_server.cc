#include <cstdio>

#include "cloche/base/errors.h"
#include "cloche/loop/loop.h"
#include "cloche/loop/system_environment.h"
#include "cloche/net/server.h"
#include "cloche/tasks/run.h"
#include "cloche/tasks/try.h"

using namespace cloche;

Task<> Echo(TcpStream stream) {
  char buffer[4096];
  while (true) {
    size_t size = co_await Try(stream.Read(absl::MakeSpan(buffer)));
    if (size == 0) co_return absl::OkStatus();  // The peer has said all.
    co_await Try(stream.Write(absl::string_view(buffer, size)));
  }
}

Task<> EchoServer(Endpoint endpoint, StopSource& stop) {
  auto listener = co_await Try(TcpListener::Listen(endpoint));
  std::printf("echo on %s\n", listener.local_endpoint().ToString().c_str());
  co_return co_await Serve(listener, stop, ServeOptions(), Echo);
}

int main() {
  StopSource stop;  // Somebody might call stop.Stop().
  auto system = SystemEnvironment::Create().value();
  Loop loop(system->MakeEnvironment());
  absl::Status end = Run(loop, EchoServer(Endpoint::Loopback(7000), stop));
  std::fprintf(stderr, "%s\n", FormatError(end).c_str());
  return end.ok() ? 0 : 1;
}

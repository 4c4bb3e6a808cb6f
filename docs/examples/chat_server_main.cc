// The chat server on port 7001. Talk to it with `nc 127.0.0.1 7001`.

#include <cstdio>

#include "cloche/base/errors.h"
#include "cloche/docs/examples/chat_server.h"
#include "cloche/loop/loop.h"
#include "cloche/loop/system_environment.h"
#include "cloche/tasks/run.h"

using namespace cloche;

int main() {
  ChatServer chat;
  StopSource stop;
  auto system = SystemEnvironment::Create().value();
  Loop loop(system->MakeEnvironment());
  absl::Status end = Run(loop, chat.Run(Endpoint::Loopback(7001), stop));
  std::fprintf(stderr, "%s\n", FormatError(end).c_str());
  return end.ok() ? 0 : 1;
}

#include "cloche/docs/examples/chat_server.h"

#include <utility>

#include "absl/types/span.h"
#include "cloche/tasks/try.h"

using namespace cloche;

Task<> ChatServer::Run(Endpoint endpoint, StopSource& stop) {
  auto listener = co_await Try(TcpListener::Listen(endpoint));
  co_return co_await Serve(
      listener, stop, ServeOptions(),
      [this](TcpStream stream) { return Hear(std::move(stream)); });
}

// However a member ends (says goodbye, is reset, is thrown out), its task does,
// and with it the Member, which leaves the list.
Task<> ChatServer::Hear(TcpStream stream) {
  Member member(std::move(stream));
  members_.PushBack(member);
  char words[4096];
  while (true) {
    size_t size = co_await Try(member.stream.Read(absl::MakeSpan(words)));
    if (size == 0) co_return absl::OkStatus();
    TellAllBut(member, absl::string_view(words, size));
  }
}

// Nobody waits for anybody: what a member has not read yet is in the system's
// buffers, and one for whom these do not suffice is too slow, or gone.
void ChatServer::TellAllBut(const Member& speaker, absl::string_view words) {
  for (Member* member = members_.Front(); member != nullptr;
       member = members_.Next(*member)) {
    if (member == &speaker) continue;
    auto taken = member->stream.WriteNow(words);
    if (!taken.ok() || *taken < words.size()) member->stream.Abort();
  }
}

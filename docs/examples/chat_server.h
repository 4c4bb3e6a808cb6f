// A chat server: what one member says, all others hear.

#ifndef CLOCHE_DOCS_EXAMPLES_CHAT_SERVER_H_
#define CLOCHE_DOCS_EXAMPLES_CHAT_SERVER_H_

#include <cstddef>
#include <utility>

#include "absl/strings/string_view.h"
#include "cloche/base/intrusive_list.h"
#include "cloche/net/server.h"
#include "cloche/tasks/task.h"

class ChatServer {
 public:
  // Takes everybody in until `stop`.
  cloche::Task<> Run(cloche::Endpoint endpoint, cloche::StopSource& stop);
  size_t members() const { return members_.CountSlowly(); }

 private:
  struct Member : cloche::ListNode<> {  // Leaves the list when it is destroyed.
    explicit Member(cloche::TcpStream from) : stream(std::move(from)) {}
    cloche::TcpStream stream;
  };

  cloche::Task<> Hear(cloche::TcpStream stream);
  void TellAllBut(const Member& speaker, absl::string_view words);

  cloche::IntrusiveList<Member> members_;
};

#endif  // CLOCHE_DOCS_EXAMPLES_CHAT_SERVER_H_

// LoopbackListener: sockets without Cloche, for benchmarks that look at the
// kernel beside it.
//
// Next: benchmarks/multishot_benchmark.cc,
// benchmarks/pending_writes_benchmark.cc.

#ifndef CLOCHE_BENCHMARKS_LOOPBACK_LISTENER_H_
#define CLOCHE_BENCHMARKS_LOOPBACK_LISTENER_H_

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cloche/base/check.h"

namespace cloche {

// Listens on 127.0.0.1, at any port. CHECKs that all goes well.
struct LoopbackListener {
  LoopbackListener() : fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof(address);
    CLOCHE_CHECK(bind(fd, any, size) == 0, "bind");
    CLOCHE_CHECK(listen(fd, 4096) == 0, "listen");
    CLOCHE_CHECK(getsockname(fd, any, &size) == 0, "getsockname");
  }
  LoopbackListener(const LoopbackListener&) = delete;
  LoopbackListener& operator=(const LoopbackListener&) = delete;
  ~LoopbackListener() { close(fd); }

  // A client, which blocks. It is connected before anybody accepts it.
  int Connect() const {
    const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto* const server = reinterpret_cast<const sockaddr*>(&address);
    CLOCHE_CHECK(connect(client, server, sizeof(address)) == 0, "connect");
    return client;
  }
  // The server's end of the first that has come.
  int Accept() const {
    const int server = accept(fd, nullptr, nullptr);
    CLOCHE_CHECK(server >= 0, "accept");
    return server;
  }

  const int fd;
  sockaddr_in address = {};
};

}  // namespace cloche

#endif  // CLOCHE_BENCHMARKS_LOOPBACK_LISTENER_H_

// TcpListener: a port on which connections arrive.
//
//     TcpListener listener = co_await Try(TcpListener::Listen(endpoint));
//     while (true) {
//       TcpStream stream = co_await Try(listener.Accept());
//       nursery.Start(Serve, std::move(stream));
//     }
//
// The kernel completes connections by itself and keeps them in the backlog
// until Accept takes them out, one at a time.
//
// Main disadvantage: that loop ends with the first error, such as a full
// descriptor table. net/server.h has the loop that a real server wants.
//
// Next: net/server.h.

#ifndef CLOCHE_NET_TCP_LISTENER_H_
#define CLOCHE_NET_TCP_LISTENER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cloche/loop/loop.h"
#include "cloche/net/endpoint.h"
#include "cloche/net/tcp_options.h"
#include "cloche/net/tcp_stream.h"
#include "cloche/tasks/operation_leaf.h"
#include "cloche/tasks/task.h"

namespace cloche {

class TcpListener;

// Waits for one connection. A connection that arrived is never lost: if the
// task is cancelled at that very moment, the stream is delivered all the same.
// Lifetime: refers to the listener only until it starts, so that a listener may
// be closed, moved or destroyed under one that waits.
class AcceptLeaf : public OperationLeaf<AcceptLeaf, absl::StatusOr<TcpStream>> {
 public:
  explicit AcceptLeaf(TcpListener& listener);
  AcceptLeaf(AcceptLeaf&& other) noexcept : AcceptLeaf(other.listener_) {}
  ~AcceptLeaf() override;

  bool Start(RunningTask& task);
  absl::StatusOr<TcpStream> TakeResult();
  std::string Describe() const override;

 private:
  TcpListener& listener_;
  const Endpoint where_;
  SocketAddress peer_;
};

// Thread safety: the thread of its loop. Lifetime: at most the loop's. It may
// be moved; an Accept in flight does not notice.
class TcpListener {
 public:
  // Binds and listens. Port 0 lets the system choose: see local_endpoint().
  // Errors: ALREADY_EXISTS if the port is taken; otherwise as bind(2) and
  // listen(2) say, with the endpoint in the text.
  static Task<TcpListener> Listen(Endpoint endpoint,
                                  TcpListenOptions options = {});

  TcpListener(TcpListener&& other) noexcept;
  TcpListener& operator=(TcpListener&& other) noexcept;
  ~TcpListener() { Close(); }

  // Waits for the next connection. Errors: CANCELLED; ABORTED "closed locally";
  // RESOURCE_EXHAUSTED if there are too many descriptors (the connection stays
  // in the backlog); others of accept(2).
  AcceptLeaf Accept() { return AcceptLeaf(*this); }

  // Stops listening. Connections still in the backlog are reset. An Accept in
  // flight ends with ABORTED. Idempotent.
  void Close();

  const Endpoint& local_endpoint() const { return local_endpoint_; }

 private:
  friend class AcceptLeaf;

  TcpListener(Loop& loop, int fd)
      : loop_(&loop), fd_(fd), local_endpoint_(Endpoint::Any(0)) {}
  absl::Status SetOptions(bool is_ipv6, const TcpListenOptions& options);
  absl::Status BindAndListen(const Endpoint& endpoint, int backlog);

  Loop* loop_;
  int fd_;
  Endpoint local_endpoint_;
};

}  // namespace cloche

#endif  // CLOCHE_NET_TCP_LISTENER_H_

#include "cloche/net/server.h"

#include <cerrno>
#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cloche/base/errors.h"
#include "cloche/tasks/cancel_scope.h"
#include "cloche/tasks/nursery.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/task.h"
#include "cloche/tasks/try.h"

namespace cloche {
namespace {

// Everything that the tasks of one Serve share.
struct Server {
  TcpListener& listener;
  StopSource& stop;
  const ServeOptions options;
  const ConnectionHandler handler;
  CancelScope accepting;
  CancelScope connections;

  void Report(const absl::Status& status) const {
    if (options.on_error) options.on_error(status);
  }
};

// What accept(2) says of the one connection that it was about to return, and
// not of the listener: "treat them like EAGAIN".
bool ConcernsOneConnection(const absl::Status& status) {
  switch (ErrnoOf(status)) {
    case ECONNABORTED:
    case EPERM:  // Forbidden by a firewall rule.
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
      return true;
    default:
      return false;
  }
}

Task<> RunHandler(Server& server, TcpStream stream) {
  const absl::Status status =
      co_await InvokeTask(server.handler, std::move(stream));
  // A cancelled connection is part of stopping, and no news.
  if (!status.ok() && !absl::IsCancelled(status)) server.Report(status);
  co_return absl::OkStatus();
}

// Whether accepting may go on after `status`; waits if it has to.
Task<> RecoverFrom(const Server& server, absl::Status status) {
  if (absl::IsResourceExhausted(status)) {
    server.Report(status);
    co_return co_await Sleep(server.options.exhausted_pause);
  }
  if (ConcernsOneConnection(status)) {
    server.Report(status);
    co_return absl::OkStatus();
  }
  co_return status;
}

Task<> AcceptForEver(Server& server, Nursery& nursery) {
  while (true) {
    absl::StatusOr<TcpStream> stream = co_await server.listener.Accept();
    if (stream.ok()) {
      nursery.Start(RunHandler, std::ref(server), *std::move(stream));
    } else {
      co_await Try(RecoverFrom(server, stream.status()));
    }
  }
}

// Stopping is not a failure of accepting; everything else is.
Task<> AcceptUntilStopped(Server& server, Nursery& nursery) {
  absl::Status status =
      co_await server.accepting.Run(AcceptForEver(server, nursery));
  if (!server.stop.requested()) co_return status;
  server.listener.Close();
  co_return absl::OkStatus();
}

Task<> ServeConnections(Server& server) {
  co_return co_await WithNursery([&server](Nursery& nursery) -> Task<> {
    return AcceptUntilStopped(server, nursery);
  });
}

// Beside the server: turns a stop into the end of accepting, and the end of
// the grace period into the end of the connections.
Task<> Watch(Server& server) {
  co_await Try(server.stop.Wait());
  server.accepting.Cancel();
  co_await Try(Sleep(server.options.grace));
  server.connections.Cancel();
  co_return absl::OkStatus();
}

// The connections' own cancellation, after the grace period, is a normal end.
Task<> ServeWatched(Server& server) {
  absl::Status status =
      co_await server.connections.Run(ServeConnections(server));
  if (server.connections.cancelled() && absl::IsCancelled(status)) {
    co_return absl::OkStatus();
  }
  co_return status;
}

}  // namespace

Task<> Serve(TcpListener& listener, StopSource& stop, ServeOptions options,
             ConnectionHandler handler) {
  Server server(listener, stop, std::move(options), std::move(handler));
  co_return co_await WithNursery([&server](Nursery& nursery) -> Task<> {
    nursery.Start(Watch, std::ref(server));
    co_await Try(ServeWatched(server));
    nursery.Cancel();  // Nothing is left to watch.
    co_return absl::OkStatus();
  });
}

}  // namespace cloche

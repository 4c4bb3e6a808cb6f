#include "cloche/net/server.h"

#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cloche/base/errnos.h"
#include "cloche/base/errors.h"
#include "cloche/base/pool.h"
#include "cloche/net/run_unless_stopped.h"
#include "cloche/tasks/cancel_scope.h"
#include "cloche/tasks/current_task.h"
#include "cloche/tasks/nursery.h"
#include "cloche/tasks/nursery_child.h"
#include "cloche/tasks/running_task.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/task.h"
#include "cloche/tasks/try.h"

namespace cloche {
namespace {

// So many connections in a row that fail as they are accepted are bad luck.
// More of them may be an error that stays, such as EPERM from seccomp, and to
// try again at once for ever would be to spin.
constexpr int kMostBadLuck = 16;

// Everything that the tasks of one Serve share.
struct Server {
  TcpListener& listener;
  StopSource& stop;
  const ServeOptions options;
  const ConnectionHandler handler;
  CancelScope connections;
  bool exhausted = false;  // Since an accept failed for want of something.
  int bad_luck = 0;        // Failures in a row that concern one connection.

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
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
      return true;
    default:
      return false;
  }
}

// Whether a handler ended just because it was cancelled, which is part of
// stopping. Not so a CANCELLED that it made itself, or one with the error of a
// cleanup attached.
bool WasCancelled(const RunningTask& task, const absl::Status& status) {
  return absl::IsCancelled(status) && !task.CancellationStatus().ok() &&
         FailuresOf(status).size() == 1;
}

// The task of one connection; owns itself until it has ended. To its nursery it
// always ends well: what went wrong has been reported.
class ConnectionTask final : public NurseryChild, public Pooled {
 public:
  ConnectionTask(Server& server, Nursery& nursery, TcpStream stream)
      : NurseryChild(&nursery), server_(server), stream_(std::move(stream)) {}

  absl::Status EndStatus() const override { return absl::OkStatus(); }
  bool WasCancelledAlone(const absl::Status&) const override { return false; }

 private:
  TaskFrame& CreateFirstFrame() override {
    return InvokeTask(server_.handler, std::move(stream_)).Release();
  }
  void TakeResult(TaskFrame& first) override { Note(first.Failure()); }
  void TakeFailure(absl::Status failure) override { Note(failure); }
  void Note(const absl::Status& status) const {
    if (!status.ok() && !WasCancelled(*this, status)) server_.Report(status);
  }
  void OnEnded() override {
    stream_.Close();
    LeaveNursery();
    delete this;
  }
  void OnTornDown() override { delete this; }

  Server& server_;
  TcpStream stream_;
};

// Ten thousand of these wait at once (docs/where-time-goes.md).
static_assert(sizeof(ConnectionTask) == 192);

// Whether accepting may go on after `status`; waits if it has to. A shortage is
// told of once: it lasts, and each further attempt would say the same.
Task<> RecoverFrom(Server& server, absl::Status status) {
  if (absl::IsResourceExhausted(status)) {
    if (!std::exchange(server.exhausted, true)) server.Report(status);
    co_return co_await Sleep(server.options.exhausted_pause);
  }
  if (ConcernsOneConnection(status)) {
    server.Report(status);
    if (++server.bad_luck < kMostBadLuck) co_return absl::OkStatus();
    server.bad_luck = 0;
    co_return co_await Sleep(server.options.exhausted_pause);
  }
  co_return status;
}

Task<> AcceptForEver(Server& server, Nursery& nursery) {
  while (true) {
    absl::StatusOr<TcpStream> stream = co_await server.listener.Accept();
    if (stream.ok()) {
      server.exhausted = false;
      server.bad_luck = 0;
      nursery.Adopt(*new ConnectionTask(server, nursery, *std::move(stream)));
    } else {
      co_await Try(RecoverFrom(server, stream.status()));
    }
  }
}

// Stopping is not a failure of accepting; everything else is.
Task<> AcceptUntilStopped(Server& server, Nursery& nursery) {
  absl::Status status =
      co_await RunUnlessStopped(server.stop, AcceptForEver(server, nursery));
  if (!server.stop.requested()) co_return status;
  server.listener.Close();
  co_return absl::OkStatus();
}

Task<> ServeConnections(Server& server) {
  co_return co_await WithNursery([&server](Nursery& nursery) -> Task<> {
    return AcceptUntilStopped(server, nursery);
  });
}

// Beside the server: ends the connections that outlast the grace period. That
// is a normal end: their handlers' tasks swallow the cancellation.
Task<> LimitGrace(Server& server) {
  co_await Try(server.stop.Wait());
  co_await Try(Sleep(server.options.grace));
  server.connections.Cancel();
  co_return absl::OkStatus();
}

}  // namespace

Task<> Serve(TcpListener& listener, StopSource& stop, ServeOptions options,
             ConnectionHandler handler) {
  Server server(listener, stop, std::move(options), std::move(handler));
  co_return co_await WithNursery([&server](Nursery& nursery) -> Task<> {
    nursery.Start(LimitGrace, std::ref(server));
    co_await Try(server.connections.Run(ServeConnections(server)));
    nursery.Cancel();  // Nobody is left whose grace would have to end.
    co_return absl::OkStatus();
  });
}

}  // namespace cloche

#include "cloche/testing/trace_scenario.h"

#include <cerrno>
#include <cstddef>
#include <functional>
#include <iterator>
#include <random>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/backend/backends.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/fakes/fake_link.h"
#include "cloche/fakes/fault_plan.h"
#include "cloche/loop/loop.h"
#include "cloche/net/server.h"
#include "cloche/net/stop_source.h"
#include "cloche/net/tcp_listener.h"
#include "cloche/net/tcp_stream.h"
#include "cloche/tasks/current_task.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/timeout.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/stream_tasks.h"
#include "cloche/testing/sweep_run.h"
#include "cloche/testing/task_orders.h"

namespace cloche {
namespace {

Task<> Echo(TcpStream stream) {
  const std::string heard = co_await Try(ReadToEnd(stream));
  co_return co_await stream.Write(heard);
}

Task<> RunServer(Endpoint where, StopSource& stop) {
  TcpListener listener = co_await Try(TcpListener::Listen(where, {}));
  co_return co_await Serve(listener, stop, ServeOptions(), Echo);
}

Task<> Say(Endpoint where, std::string said) {
  TcpStream stream = co_await Try(TcpStream::Connect(where));
  co_await Try(stream.Write(said));
  co_await Try(stream.ShutdownWrite());
  (void)co_await Try(ReadToEnd(stream));
  co_return absl::OkStatus();
}

// Faults may keep an answer away.
Task<> Visit(Endpoint where, std::string said) {
  co_return co_await WithTimeout(absl::Seconds(10), Say(where, said));
}

// --- Datagrams, by hand: there is no stream of them -------------------------

constexpr int kTicks = 20;
constexpr absl::Duration kTick = absl::Milliseconds(5);
// Longer than any network here takes.
constexpr absl::Duration kLongTick = absl::Milliseconds(100);

// Takes what has come, now and then, until it is cancelled.
Task<> HearTicks(Endpoint where) {
  SocketCalls& calls = *(co_await CurrentTask()).loop().environment().sockets;
  const int fd = calls.Socket(AddressFamily::kIpv4, SocketType::kDatagram);
  calls.Bind(fd, where.address());
  char room[kBytesOfTick];
  while ((co_await Sleep(kLongTick)).ok()) {
    while (calls.Recv(fd, absl::MakeSpan(room), 0) != -EAGAIN) {
    }
  }
  calls.Close(fd);
  co_return absl::OkStatus();
}

// And stays until the last one has come, if it does.
Task<> SendTicks(Endpoint where) {
  SocketCalls& calls = *(co_await CurrentTask()).loop().environment().sockets;
  const int fd = calls.Socket(AddressFamily::kIpv4, SocketType::kDatagram);
  calls.Connect(fd, where.address());
  for (int i = 0; i < kTicks; ++i) {
    calls.Send(fd, std::string(kBytesOfTick, 'x'), 0);
    (void)co_await Sleep(kTick);
  }
  (void)co_await Sleep(3 * kLongTick);
  calls.Close(fd);
  co_return absl::OkStatus();
}

void Ticks(SweepRun& run) {
  const Endpoint where = run.host(0).EndpointAt(7001);
  run.Background(run.host(0), HearTicks, where);
  run.Main(run.host(1), SendTicks, where);
}

// --- What a seed decides ----------------------------------------------------

BackendKind BackendOf(uint64_t seed) {
  return kBackends[seed % std::size(kBackends)].kind;
}

FakeLinkOptions LinkOf(uint64_t seed) {
  std::mt19937_64 random(seed);
  return {.latency = absl::Milliseconds(1 + random() % 50),
          .jitter = absl::Milliseconds(random() % 20),
          .loss = static_cast<double>(random() % 3) / 10,
          .duplication = static_cast<double>(random() % 3) / 10};
}

void AddFaults(FaultPlan& plan) {
  for (const int error : {EINTR, ENOMEM}) {
    plan.Add({.kind = CallKind::kRecv,
              .times = kForEver,
              .probability = 0.1,
              .error = error});
  }
  plan.Add({.times = kForEver, .probability = 0.1, .most_bytes = 2});
  plan.CutArrivals({.most_bytes = 3});
}

void Visits(SweepRun& run) {
  TestHost& server = run.AddHost("server");
  TestHost& client = run.AddHost("client");
  const Endpoint where = server.EndpointAt(7000);
  StopSource& stop = run.Keep<StopSource>();
  run.Background(server, RunServer, where, std::ref(stop));
  run.Main(client, Visit, where, "hello");
  run.Main(client, Visit, where, "a longer message");
}

}  // namespace

void TraceUndisturbed(absl::FunctionRef<void(const Trace&)> look) {
  SweepRun run({});
  Visits(run);
  run.StartTrace();
  run.Finish(/*undisturbed=*/true);
  look(run.trace());
}

void TraceFromSeed(uint64_t seed, absl::FunctionRef<void(const Trace&)> look) {
  ShuffledOrder shuffled(seed);
  PctOrder by_priority(seed, /*depth=*/3, /*length=*/100);
  SweepRun run({.seed = seed, .backend = BackendOf(seed)});
  if (seed % 2 == 0) {
    run.set_order(&shuffled);
  } else {
    run.set_order(&by_priority);
  }
  Visits(run);
  Ticks(run);
  run.world().network().SetLink(LinkOf(seed));
  run.StartTrace();
  for (size_t i = 0; i < run.host_count(); ++i) {
    AddFaults(run.host(i).kernel().faults());
  }
  run.Finish(/*undisturbed=*/false);
  look(run.trace());
}

}  // namespace cloche

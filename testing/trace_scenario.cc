#include "cloche/testing/trace_scenario.h"

#include <cerrno>
#include <cstddef>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/fakes/fault_plan.h"
#include "cloche/net/server.h"
#include "cloche/net/stop_source.h"
#include "cloche/net/tcp_listener.h"
#include "cloche/net/tcp_stream.h"
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
  SweepRun run({.seed = seed});
  if (seed % 2 == 0) {
    run.set_order(&shuffled);
  } else {
    run.set_order(&by_priority);
  }
  Visits(run);
  run.StartTrace();
  for (size_t i = 0; i < run.host_count(); ++i) {
    AddFaults(run.host(i).kernel().faults());
  }
  run.Finish(/*undisturbed=*/false);
  look(run.trace());
}

}  // namespace cloche

// StopOnSignals: SIGINT and SIGTERM as a polite stop; once more, as an end.
//
//     co_await WithNursery([&](Nursery& nursery) -> Task<> {
//       co_await Try(nursery.StartAndWait(StopOnSignals, std::ref(signals),
//                                         std::ref(stop)));
//       co_await Try(Serve(listener, stop, options, handler));
//       nursery.Cancel();  // Signals are of no interest any more.
//       co_return absl::OkStatus();
//     });
//
//   [waits] -- first signal --> stop.Stop() -- second --> ABORTED: the nursery
//                                                         cancels the server
//
// Signals are read from a descriptor, like a socket: no handler runs in the
// middle of anything.
//
// Main disadvantage: a program that computes for a second hears of the signal a
// second later.
//
// Next: net/stop_source.h, net/server.h; calls/signal_calls.h.

#ifndef CLOCHE_NET_STOP_ON_SIGNALS_H_
#define CLOCHE_NET_STOP_ON_SIGNALS_H_

#include "absl/status/status.h"
#include "cloche/calls/signal_calls.h"
#include "cloche/net/stop_source.h"
#include "cloche/tasks/started.h"
#include "cloche/tasks/task.h"

namespace cloche {

// Says that it started when signals end the process no more. Requests `stop` at
// the first signal, and ends with ABORTED at the second. Otherwise it runs
// until it is cancelled, after which the signals do what they did before.
// Errors: of opening the descriptor. Lifetime: calls and stop outlive the task.
Task<> StopOnSignals(Started<>& started, SignalCalls& calls, StopSource& stop);

}  // namespace cloche

#endif  // CLOCHE_NET_STOP_ON_SIGNALS_H_

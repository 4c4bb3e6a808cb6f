// What the tests of traces run: two visitors of a server that echoes, with
// everything that a seed decides: faults and an order, and with more than one
// seed every backend, and networks with latency, jitter and loss. Datagrams go
// to and fro as well, since they are what overtakes and comes twice.
//
// Next: testing/trace_test.cc, and testing/print_traces.cc, the process that it
// starts.

#ifndef CLOCHE_TESTING_TRACE_SCENARIO_H_
#define CLOCHE_TESTING_TRACE_SCENARIO_H_

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "cloche/testing/trace.h"

namespace cloche {

// What each of them has; nothing else that is sent or received has so many.
inline constexpr int kBytesOfTick = 1000;

// `look` is given the trace at the end. Without faults, first come, first
// served.
void TraceUndisturbed(absl::FunctionRef<void(const Trace&)> look);

// With faults, a network and an order that come from the seed: shuffled for an
// even one, by PCT for an odd one. Seed after seed has the next backend.
void TraceFromSeed(uint64_t seed, absl::FunctionRef<void(const Trace&)> look);

}  // namespace cloche

#endif  // CLOCHE_TESTING_TRACE_SCENARIO_H_

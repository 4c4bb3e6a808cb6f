// Prints the traces of some seeds: print_traces FIRST LAST. A process of its
// own, for testing/trace_test.cc.

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "cloche/testing/trace.h"
#include "cloche/testing/trace_scenario.h"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const uint64_t last = std::strtoull(argv[2], nullptr, 10);
  for (uint64_t seed = std::strtoull(argv[1], nullptr, 10); seed <= last;
       ++seed) {
    cloche::TraceFromSeed(seed, [seed](const cloche::Trace& trace) {
      std::printf("seed %llu\n%s", static_cast<unsigned long long>(seed),
                  trace.Text().c_str());
    });
  }
  return 0;
}

// What a checkpoint costs in code that is inside several scopes, and how that
// depends on their number.
//
//   bazel run -c opt //benchmarks:scopes_benchmark
//
// Next: src/tasks/scope_node.h.

#include <deque>

#include "benchmark/benchmark.h"
#include "cloche/benchmarks/paired.h"
#include "cloche/loop/loop.h"
#include "cloche/loop/system_environment.h"
#include "cloche/tasks/running_task.h"
#include "cloche/tasks/scope_node.h"

namespace cloche {
namespace {

// The plain way: the outermost cancelled one, asked for from the inside.
const ScopeNode* AskAll(const ScopeNode* scope) {
  const ScopeNode* outermost = nullptr;
  for (; scope != nullptr; scope = scope->parent()) {
    if (scope->cancelled()) outermost = scope;
  }
  return outermost;
}

// Per checkpoint, in so many scopes. A connection of a server is in six.
void BM_CheckpointInScopes(benchmark::State& state) {
  const auto system = SystemEnvironment::Create("epoll").value();
  Loop loop(system->MakeEnvironment());
  std::deque<ScopeNode> scopes(state.range(0));
  ScopeNode* innermost = nullptr;
  for (ScopeNode& scope : scopes) {
    scope.Open(loop, innermost, {.what = "a benchmark"});
    innermost = &scope;
  }
  RunPaired(
      state,
      [&] {
        benchmark::DoNotOptimize(innermost);
        benchmark::DoNotOptimize(innermost->EffectiveCancel());
      },
      [&] {
        benchmark::DoNotOptimize(innermost);
        benchmark::DoNotOptimize(AskAll(innermost));
      });
  while (!scopes.empty()) scopes.pop_back();
}
BENCHMARK(BM_CheckpointInScopes)->Arg(1)->Arg(6)->Arg(20);

}  // namespace
}  // namespace cloche

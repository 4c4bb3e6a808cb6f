// SweepRun: one run of a scenario, in a world of its own, and what must hold
// when it is over.
//
//     void Greeting(SweepRun& run) {
//       TestHost& server = run.AddHost("server");
//       TestHost& client = run.AddHost("client");
//       run.Background(server, GreetWhoeverComes, server.EndpointAt(7000));
//       std::string& heard = run.Keep<std::string>();
//       run.Main(client, Listen, server.EndpointAt(7000), std::ref(heard));
//       run.AtEnd([&] { EXPECT_THAT(heard, AnyOf("", "hello")); });
//     }
//
// A run is over when its main tasks have ended; then the background ones are
// cancelled, and have to end as well. By then
//   * nobody has waited for ever: it all took less than `patience` of virtual
//     time, and nobody went round in circles without time passing;
//   * no task, timer, operation or descriptor is left on any host, and when the
//     world is gone no byte of the pool (base/pool.h), which counts none under
//     AddressSanitizer, as that finds what leaks by itself;
//   * what the scenario asks for in AtEnd holds, whatever happened on the way.
//
// A task that waits for a peer which may be cut off must therefore have a
// timeout. That is not a rule of the sweep, but of networks.
//
// Main disadvantage: virtual time sees no computing, so neither does patience.
//
// Next: testing/sweep.h, which runs a scenario again and again.

#ifndef CLOCHE_TESTING_SWEEP_RUN_H_
#define CLOCHE_TESTING_SWEEP_RUN_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/backend/backends.h"
#include "cloche/tasks/run.h"
#include "cloche/tasks/task_handle.h"
#include "cloche/testing/seed.h"
#include "cloche/testing/test_world.h"
#include "cloche/testing/trace.h"
#include "cloche/testing/world_order.h"

namespace cloche {

class SweepRun;

// Builds hosts and tasks. It is called once for each run, and must do the same
// each time.
using SweepScenario = std::function<void(SweepRun&)>;

struct SweepOptions {
  std::optional<uint64_t> seed = std::nullopt;  // None: SeedOfTest().
  BackendKind backend = BackendKind::kEpoll;
  // How long a run may take, in virtual time.
  absl::Duration patience = absl::Minutes(10);
  // After so many failed runs a sweep gives up.
  int most_failures = 3;
};

inline uint64_t SeedOf(const SweepOptions& options) {
  return options.seed.has_value() ? *options.seed : SeedOfTest();
}

// Thread safety: one thread.
class SweepRun final : private WorldOrder {
 public:
  // A moment of a run: before a round of all loops, or between two tasks that
  // are ready in the same turn. Both are numbered from 1 on.
  struct Moment {
    uint64_t number;
    bool in_a_turn;
  };

  explicit SweepRun(const SweepOptions& options);
  SweepRun(const SweepRun&) = delete;
  SweepRun& operator=(const SweepRun&) = delete;
  ~SweepRun() override;

  // --- For scenarios ---

  TestWorld& world() { return world_; }
  TestHost& AddHost(absl::string_view name);

  // Something that the tasks refer to; it outlives all loops.
  template <typename T, typename... Arguments>
  T& Keep(Arguments&&... arguments) {
    auto kept = std::make_shared<T>(std::forward<Arguments>(arguments)...);
    kept_.push_back(kept);
    return *kept;
  }

  // Starts function(arguments...), a Task<>, on `host`. Undisturbed, a main
  // task must end with OK.
  template <typename Function, typename... Arguments>
  void Main(TestHost& host, Function function, Arguments... arguments) {
    tasks_.push_back({{host, Start(host.loop(), std::move(function),
                                   std::move(arguments)...)},
                      /*background=*/false});
  }
  template <typename Function, typename... Arguments>
  void Background(TestHost& host, Function function, Arguments... arguments) {
    tasks_.push_back({{host, Start(host.loop(), std::move(function),
                                   std::move(arguments)...)},
                      /*background=*/true});
  }

  // EXPECTs that hold however the run went.
  void AtEnd(std::function<void()> check) {
    checks_.push_back(std::move(check));
  }

  // --- For sweeps ---

  // Told of each moment as it comes.
  void set_on_moment(std::function<void(const Moment&)> on_moment) {
    on_moment_ = std::move(on_moment);
  }

  // What comes first, where nothing says so; null, as at first: first come,
  // first served. Lifetime: until this dies or is told of another.
  void set_order(WorldOrder* order) { order_ = order; }

  // What happens from now on, on the hosts that there are.
  void StartTrace();
  const Trace& trace() const { return trace_; }

  // Drives the scenario to its end and EXPECTs all of the above but the pool.
  // `undisturbed`: that main tasks end with OK, too.
  void Finish(bool undisturbed);
  // Drives the scenario through so many moments; then all hosts die, and
  // EXPECTs the same, of the dead.
  void DropAfter(uint64_t moments);

  size_t task_count() const { return tasks_.size(); }
  // "task 2 on server"
  std::string NameOfTask(size_t index) const;
  void CancelTask(size_t index) { tasks_[index].task.handle().Cancel(); }

  size_t host_count() const { return hosts_.size(); }
  TestHost& host(size_t index) { return *hosts_[index]; }

  uint64_t moments() const { return moments_; }
  // A number for each host: of all its calls so far, what each was, when it
  // returned and what, by both clocks. Two runs with the same numbers have seen
  // the same.
  const std::vector<uint64_t>& histories() const { return histories_; }

 private:
  struct StartedTask {
    ProgramTask task;
    bool background;
  };

  size_t Choose(absl::Span<Runnable* const> ready) override;
  size_t ChooseTimer(size_t count, bool may_wait) override;
  bool OrdersEvents() const override {
    return order_ != nullptr && order_->OrdersEvents();
  }
  size_t ChooseEvent(size_t count, bool may_wait) override;
  void NoteInHistory(size_t host, int64_t what);
  void NoteTurn(const Runnable& runs, size_t index, size_t count);
  void NextMoment(bool in_a_turn);
  bool MainTasksAreOver() const;
  bool AllTasksAreOver() const;
  void Check();
  // False, and the test has failed, if that never comes.
  bool Wait(absl::FunctionRef<bool()> done);

  const SweepOptions options_;
  std::vector<std::shared_ptr<void>> kept_;
  Trace trace_;
  std::vector<uint64_t> histories_;  // Of each host, by its place in hosts_.
  TestWorld world_;
  std::vector<TestHost*> hosts_;
  std::vector<StartedTask> tasks_;
  std::vector<std::function<void()>> checks_;
  std::function<void(const Moment&)> on_moment_;
  WorldOrder* order_ = nullptr;
  bool traces_ = false;
  uint64_t moments_ = 0;
};

}  // namespace cloche

#endif  // CLOCHE_TESTING_SWEEP_RUN_H_

// TestWorld: whole programs on fake hosts, in virtual time.
//
//     TEST(Echo, SendsBackWhatItGot) {
//       TestWorld world;
//       TestHost& server = world.AddHost("server");
//       TestHost& client = world.AddHost("client");
//       Start(server.loop(), EchoServer, server.EndpointAt(7000));
//       EXPECT_THAT(world.Run(client, Ask(server.EndpointAt(7000))), IsOk());
//     }
//
// How it works: each host has a loop of its own over a backend, a poller and
// the fake kernel's calls. Run drives all loops side by side: while any of them
// has something to do, time stands still; when all rest, the clock jumps to
// whatever comes next, a timer or a segment.
//
//     +-> RunOnce(server) -> RunOnce(client) -> anything done? --yes--+
//     |                                              | no             |
//     +-- jump to the next deadline or segment <-----+ <--------------+
//                         | there is none
//                         v
//                     deadlock: the task trees of all hosts
//
// A host that stands still (a stall, fakes/fault_plan.h) has no turn until that
// is over, and its end is one of the things that the clock jumps to.
//
// So a wait that nothing can end is seen at once. What never ends although
// something happens is seen as well: a million rounds in which no time passes
// ("it spins"), whether it is a task that goes round in circles, outside work
// or a scripted event, and more time than anybody has patience for.
//
// At its end tasks that are left are torn down, and it fails the test if some
// program had a descriptor open that no destructor closed.
//
// Main disadvantage: computing costs no time. What takes an hour in the world
// and what takes none is decided by sleeps and latencies alone.
//
// Next: testing/test_host.h; fakes/fake_network.h; testing/test_loop.h for
// tests without sockets.

#ifndef CLOCHE_TESTING_TEST_WORLD_H_
#define CLOCHE_TESTING_TEST_WORLD_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/backend/backends.h"
#include "cloche/fakes/fake_clock.h"
#include "cloche/fakes/fake_network.h"
#include "cloche/tasks/run.h"
#include "cloche/tasks/task.h"
#include "cloche/testing/seed.h"
#include "cloche/testing/standstill.h"
#include "cloche/testing/test_host.h"
#include "cloche/testing/trace.h"
#include "cloche/testing/until_blocked.h"
#include "cloche/testing/world_order.h"

namespace cloche {

// A test that fails prints the world's seed and the last system calls.
//
// Thread safety: one thread. Lifetime: declare it after what its tasks refer
// to.
class TestWorld {
 public:
  explicit TestWorld(uint64_t seed = SeedOfTest(),
                     BackendKind backend = BackendKind::kEpoll);
  TestWorld(const TestWorld&) = delete;
  TestWorld& operator=(const TestWorld&) = delete;
  ~TestWorld();

  TestHost& AddHost(absl::string_view name);
  // What comes first, where nothing says so; for the network, and the loops of
  // hosts that are added from now on. Lifetime: the world's.
  void set_order(WorldOrder* order) { order_ = order; }
  FakeNetwork& network() { return network_; }
  FakeClock& clock() { return clock_; }

  // The time since the world began.
  absl::Duration elapsed() { return clock_.Now() - FakeClock::Start(); }

  // How much virtual time a Run or DriveUntil may take; at first 30 days.
  // InfiniteDuration is allowed.
  void set_patience(absl::Duration patience) { patience_ = patience; }
  // How many rounds in a row may take no time at all; at first a million, which
  // no program needs but one that spins.
  void set_most_rounds_at_a_time(int rounds) { most_rounds_ = rounds; }

  // Drives all hosts until `awaitable`, run on `host`, has ended; gives its
  // result. Other tasks of all hosts go on where they were at the next Run.
  // FAILED_PRECONDITION with all task trees on a deadlock, where tasks go on
  // for ever without time passing, and when patience is at an end.
  template <typename Awaitable>
  AwaitResult<Awaitable> Run(TestHost& host, Awaitable awaitable) {
    auto handle = Start(
        host.loop(),
        [](Awaitable inner) -> TaskGiving<Awaitable> {
          co_return co_await std::move(inner);
        },
        std::move(awaitable));
    const absl::Status driven = DriveUntil([&] { return handle.ended(); });
    if (!driven.ok()) return driven;
    return handle.TakeResult();
  }

  // The same for a callable that returns a task; it is kept until that ends.
  template <typename Function>
    requires std::is_invocable_v<Function&>
  auto Run(TestHost& host, Function function) {
    return Run(host, Start(host.loop(), std::move(function)).Join());
  }

  // Drives all hosts until `done` says so; asked between rounds. Errors: as
  // Run's, and those of a backend that cannot wait.
  absl::Status DriveUntil(absl::FunctionRef<bool()> done);

  // Drives all hosts until so much time has passed. Fails the test if it never
  // does, at a misuse of the library, and where a backend cannot wait.
  void Pass(absl::Duration time);

  // For tasks of any host: until all the others, of all hosts, wait for what
  // takes time (testing/until_blocked.h).
  Task<> UntilBlocked() { return blocked_.Wait(); }

  // Something goes on outside of all loops and takes no virtual time, such as
  // the work of a thread. When all tasks wait, `go_on` does the next piece of
  // it, and returns whether there is more. As long as there is, the clock
  // stands: so no timeout fires just because a worker was not waited for.
  void AddOutsideWork(std::function<bool()> go_on) {
    outside_work_.push_back(std::move(go_on));
  }

  // EXPECTs of all hosts that nothing goes on and nothing is open, once what
  // was closed last has been handed back, and sent where it has to be: over a
  // completion port that may take time (backend/iocp_backend.h). So may a host
  // that stands still.
  void ExpectNothingIsLeft();
  // All programs end; see TestHost::Kill.
  void KillAll();

  // The task trees of all hosts, for people.
  std::string DescribeAll();

 private:
  void LetStallsEnd();
  void LetSendsEnd();
  void PrintHowItFailed() const;
  absl::Status Stuck(absl::string_view how);
  absl::Status Spins();
  bool RunAllOnce(absl::Status& error);
  bool GoOnWithoutTime();
  bool GoOnOutside();
  absl::Time NextEvent() const;
  absl::Status PassUntil(absl::Time until);
  absl::StatusOr<bool> GoOn(Standstill& standstill, absl::Time latest);
  bool JumpTo(absl::Time time);
  bool DeliverInOrder();
  absl::Time NextDeadline() const;

  const uint64_t seed_;
  const bool failed_before_;  // The test, before this world began.
  Trace last_events_;
  FakeClock clock_;
  FakeNetwork network_;
  const BackendKind backend_;
  absl::Duration patience_ = absl::Hours(24) * 30;
  int most_rounds_ = 1'000'000;
  WorldOrder* order_ = nullptr;
  BlockedWaiters blocked_;
  std::vector<std::function<bool()>> outside_work_;
  std::vector<std::unique_ptr<TestHost>> hosts_;
};

}  // namespace cloche

#endif  // CLOCHE_TESTING_TEST_WORLD_H_

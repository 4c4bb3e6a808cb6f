// ScriptedBackend: a Backend that does what the test says, and nothing else.
//
// There is no kernel behind it, not even a fake one. An operation is in flight
// until the test completes it, or somebody cancels it. Time passes only in
// Wait, in jumps: to the next scripted action, or to the end of the timeout.
//
//     backend.At(clock.Now() + absl::Seconds(3),
//                [&] { backend.Complete(7, OperationKind::kReceive, 100); });
//
// Good for tests of the loop and of tasks alone: which completion races which
// cancel is in the test's own hands. For sockets use fakes/fake_host.h.
//
// Main disadvantage: it knows no rules of a kernel, so a test can script what
// could never happen.
//
// Next: testing/test_loop.h, which puts a loop on top.

#ifndef CLOCHE_TESTING_SCRIPTED_BACKEND_H_
#define CLOCHE_TESTING_SCRIPTED_BACKEND_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/backend/backend.h"
#include "cloche/backend/operation.h"
#include "cloche/fakes/fake_clock.h"

namespace cloche {

// Thread safety: one thread, Wake included.
//
// Invariants:
//   1. in_flight_ holds each operation from Start until it has ended; ended_
//      from then until Wait hands it back.
//   2. The clock moves only in Wait, and never past an action.
class ScriptedBackend final : public Backend {
 public:
  // What to answer an operation at once; nullopt: it is in flight.
  using OnStart = std::function<std::optional<int64_t>(const Operation&)>;

  explicit ScriptedBackend(FakeClock& clock) : clock_(clock) {}
  // Fails the test if an operation was not handed back.
  ~ScriptedBackend() override;

  absl::string_view name() const override { return "scripted"; }
  bool Start(Operation& operation) override;
  void Cancel(Operation& operation) override;
  absl::Status Wait(absl::Duration timeout, OperationList& done) override;
  void Wake() override { woken_ = true; }
  void Close(int fd) override;

  // Decides what starts from now on. Without it, everything is in flight.
  void SetOnStart(OnStart on_start) { on_start_ = std::move(on_start); }

  // Ends the operation of this kind on `fd`; a later Wait hands it back.
  // Fails the test if there is none.
  void Complete(int fd, OperationKind kind, int64_t result);

  // Runs `action` when a Wait comes to `due`: before it hands anything back.
  // That Wait returns then, so `action` may do what a task may do.
  void At(absl::Time due, std::function<void()> action);

  // From now on waiting is impossible, and this is why.
  void FailWaits(absl::Status failure) { wait_failure_ = std::move(failure); }

  // What was started, cancelled and waited for, in order: "start receive 7",
  // "cancel receive 7", "wait 3s".
  const std::vector<std::string>& calls() const { return calls_; }
  size_t in_flight() const { return in_flight_.size(); }

 private:
  Operation* Find(int fd, OperationKind kind) const;
  void End(Operation& operation, int64_t result);
  void RunDueActions();
  void PassTime(absl::Time until);

  FakeClock& clock_;
  OnStart on_start_;
  std::vector<Operation*> in_flight_;
  OperationList ended_;
  std::multimap<absl::Time, std::function<void()>> actions_;
  std::vector<std::string> calls_;
  absl::Status wait_failure_;
  bool woken_ = false;
};

}  // namespace cloche

#endif  // CLOCHE_TESTING_SCRIPTED_BACKEND_H_

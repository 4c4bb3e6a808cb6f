// TestHost: one computer of a TestWorld, with one program on it.
//
// The computer is a FakeHost, which stays; the program is a loop over it, which
// may be killed:
//
//     TestHost                     what the test says
//       kernel()  ── FakeHost      faults, descriptors, call counts
//       loop()    ── Loop ─────┐
//                              └── backend ── the fake kernel's calls
//
// Main disadvantage: one program per computer.
//
// Next: testing/test_world.h, which drives it; fakes/fake_host.h.

#ifndef CLOCHE_TESTING_TEST_HOST_H_
#define CLOCHE_TESTING_TEST_HOST_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "cloche/backend/backends.h"
#include "cloche/fakes/fake_clock.h"
#include "cloche/fakes/fake_host.h"
#include "cloche/loop/environment.h"
#include "cloche/loop/loop.h"
#include "cloche/net/endpoint.h"
#include "cloche/testing/recording_observer.h"

namespace cloche {

// One computer with one program on it. Lifetime: its world's.
class TestHost {
 public:
  // `order`: who runs first among the ready; null: first come, first served.
  TestHost(FakeHost& kernel, FakeClock& clock, BackendKind backend,
           TaskOrder* order = nullptr);

  // The fake kernel: descriptor limits, faults, call counts.
  FakeHost& kernel() { return kernel_; }
  Loop& loop() { return *loop_; }
  // Fails the test, at its end, with what the loop reports as misuse.
  RecordingObserver& observer() { return observer_; }

  // This host's address as others reach it.
  Endpoint EndpointAt(uint16_t port) const;

  // The program ends at once, as by SIGKILL: its tasks are torn down, its
  // descriptors are closed.
  void Kill() { loop_.reset(); }
  bool alive() const { return loop_.has_value(); }

  // EXPECTs that no task, timer or operation is left.
  void ExpectNothingGoesOn();
  // EXPECTs that no descriptor is open that was not at first; on a host that is
  // dead, none at all.
  void ExpectNothingIsOpen();
  bool NothingIsOpen() const;

  // For the world.

  // Whether its program would run, if it has something to do.
  bool CanRun() const;
  // When it may have something to do of its own accord; see Loop::NextDeadline.
  // Of one that stands still: when it goes on, for nobody knows what it finds.
  absl::Time NextDeadline() const;

 private:
  FakeHost& kernel_;
  FakeClock& clock_;
  RecordingObserver observer_;
  std::optional<Loop> loop_;
  std::vector<std::string> descriptors_at_first_;
};

}  // namespace cloche

#endif  // CLOCHE_TESTING_TEST_HOST_H_

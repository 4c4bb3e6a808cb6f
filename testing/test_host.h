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
//     what ends the program        the kernel         its peers
//       Kill()      a crash        closes for it      FIN, or RST
//       PowerOff()  the plug       is gone as well    hear nothing
//     Restart()     begins a new program, without a task, on the same computer
//
// Main disadvantage: one program per computer. And a program that is killed is
// taken apart within this process, so its destructors run, as a SIGKILL would
// not have it.
//
// Next: testing/test_world.h, which drives it; fakes/fake_host.h.

#ifndef CLOCHE_TESTING_TEST_HOST_H_
#define CLOCHE_TESTING_TEST_HOST_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "cloche/backend/backends.h"
#include "cloche/fakes/fake_clock.h"
#include "cloche/fakes/fake_host.h"
#include "cloche/loop/environment.h"
#include "cloche/loop/loop.h"
#include "cloche/net/endpoint.h"
#include "cloche/tasks/task_handle.h"
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
  // CHECKs that the program is alive. Lifetime: until it ends.
  Loop& loop();
  // Fails the test, at its end, with what the loop reports as misuse.
  RecordingObserver& observer() { return observer_; }

  // This host's address as others reach it.
  Endpoint EndpointAt(uint16_t port) const;

  // The program ends at once: its tasks are torn down, and what no destructor
  // closes the kernel does, as for a process that dies. To its peers it is as
  // by SIGKILL. To its own memory it is not: destructors run, so do not believe
  // what they write to something that outlives the program, a "disk".
  //
  // What only the kernel closed fails the test at its end, though a SIGKILL
  // would forgive it: that road leads through destructors in production, too,
  // whenever a task is torn down.
  //
  // Nothing if it is dead. Like what follows, not from one of its own tasks:
  // script it, with FakeNetwork::At.
  void Kill();
  // The same, and the computer goes as well: its connections are gone, and no
  // peer is told. Whoever sends to it hears nothing until there is power again,
  // and then that nobody knows of any connection: a reset.
  void PowerOff();
  // A new program on a computer whose program is dead, which this CHECKs; with
  // power, if there was none. It has no task yet: Start some on loop(). What
  // the kernel has of the time before (faults, a TIME_WAIT, a stall, the paths
  // of UNIX sockets) is there still, but for what goes with the power.
  void Restart();
  // How many programs there have been: 1 at first. Tasks belong to one.
  int programs() const { return programs_; }
  bool alive() const { return loop_.has_value(); }

  // EXPECTs that no task, timer or operation is left.
  void ExpectNothingGoesOn();
  // EXPECTs that no descriptor is open that was not at first, and that the
  // destructors of programs that are dead have closed all.
  void ExpectNothingIsOpen();
  bool NothingIsOpen() const;
  // What those of dead programs did not close, as FakeHost::OpenDescriptors
  // had it.
  const std::vector<std::string>& left_by_programs() const {
    return left_by_programs_;
  }

  // For the world.

  // Whether its program would run, if it has something to do.
  bool CanRun() const;
  // When it may have something to do of its own accord; see Loop::NextDeadline.
  // Of one that stands still: when it goes on, for nobody knows what it finds.
  absl::Time NextDeadline() const;

 private:
  void StartProgram();

  FakeHost& kernel_;
  FakeClock& clock_;
  const BackendKind backend_;
  TaskOrder* const order_;
  int programs_ = 0;
  RecordingObserver observer_;
  std::optional<Loop> loop_;
  std::vector<std::string> descriptors_at_first_;
  std::vector<std::string> left_by_programs_;
};

// A task of a program on a host, which it does not outlive. Thread safety: one
// thread. Lifetime: at most the host's.
class ProgramTask {
 public:
  // Of the program that runs now.
  ProgramTask(TestHost& host, TaskHandle<> handle)
      : host_(&host), program_(host.programs()), handle_(std::move(handle)) {}

  TestHost& host() const { return *host_; }
  TaskHandle<>& handle() { return handle_; }
  // It has ended, or its program has.
  bool over() const {
    return handle_.ended() || !host_->alive() || host_->programs() != program_;
  }
  void CancelUnlessOver() {
    if (!over()) handle_.Cancel();
  }

 private:
  TestHost* host_;
  int program_;
  TaskHandle<> handle_;
};

}  // namespace cloche

#endif  // CLOCHE_TESTING_TEST_HOST_H_

// FakeSignalCalls: the signals of a program on a fake host, sent by the test.
//
//     FakeSignalCalls signals(server.kernel());
//     ... StopOnSignals(started, signals, stop) runs on the server ...
//     world.network().At(FakeClock::Start() + absl::Seconds(3),
//                        [&] { signals.Send(Signal::kTerminate); });
//
// How it works: a descriptor of the host, which is readable as long as a signal
// has come and was not taken. It is a signalfd(2), of which nobody can ask
// more; or, where the host is to be like Windows, one end of a pair of sockets,
// which gets a byte for each signal (calls/windows_signal_calls.h).
//
// Main disadvantage: the signals of a program, not of a host: two programs on
// one host each have their own.
//
// Next: calls/signal_calls.h; net/stop_on_signals.h, which waits for them.

#ifndef CLOCHE_FAKES_FAKE_SIGNAL_CALLS_H_
#define CLOCHE_FAKES_FAKE_SIGNAL_CALLS_H_

#include <deque>
#include <memory>

#include "cloche/calls/signal_calls.h"
#include "cloche/fakes/fake_host.h"
#include "cloche/fakes/fake_unix.h"

namespace cloche {

// Thread safety: none. Lifetime: at most the host's, and longer than the loop
// that waits for its descriptor.
//
// Invariants:
//   1. Open: fd_ is readable if and only if pending_ is not empty.
//   2. A signal is in pending_ at most once.
class FakeSignalCalls final : public SignalCalls {
 public:
  explicit FakeSignalCalls(FakeHost& host) : host_(host) {}
  FakeSignalCalls(const FakeSignalCalls&) = delete;
  FakeSignalCalls& operator=(const FakeSignalCalls&) = delete;

  int OpenSignals() override;
  int TakeSignal(int fd, Signal* signal) override;
  int CloseSignals(int fd) override;

  // For tests.

  // As kill(1). CHECK: the signals are open. If they are not, a real program
  // would end here; TestHost::Kill does that.
  void Send(Signal signal);
  // Whether the program reads its signals at the moment.
  bool open() const { return fd_ >= 0; }
  // From now on TakeSignal says -`error`: one that the host's fault plan does
  // not offer, since it is always a bug.
  void FailTaking(int error) { take_error_ = error; }

 private:
  std::shared_ptr<FakeFile> NewDescriptor();
  int Take(int fd, Signal* signal);
  int TakeByte();
  FakeFile& descriptor() const;

  FakeHost& host_;
  int fd_ = -1;
  std::shared_ptr<FakeUnixSocket> sender_;  // The other end, if it is a socket.
  std::deque<Signal> pending_;              // In the order in which they came.
  int take_error_ = 0;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_SIGNAL_CALLS_H_

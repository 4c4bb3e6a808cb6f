// FakeWake: an eventfd(2), the descriptor that wakes a loop.
//
// Facts about eventfd
//   * It holds a counter. It is readable while the counter is above zero, and
//     practically always writable (eventfd(2)).
//   * Every write wakes those who wait for kEpollIn, also when it was readable
//     already; a read wakes those who wait for kEpollOut (measured on Linux
//     6.18 with edge-triggered epoll).
//
// Not modelled yet: signals from other threads. The whole fake kernel belongs
// to one thread, although WakeCalls::SignalWake may come from any.
//
// Next: fakes/fake_wake_calls.h; calls/wake_calls.h for what it stands for.

#ifndef CLOCHE_FAKES_FAKE_WAKE_H_
#define CLOCHE_FAKES_FAKE_WAKE_H_

#include <cstdint>
#include <string>

#include "cloche/calls/epoll_calls.h"
#include "cloche/fakes/fake_file.h"

namespace cloche {

class FakeWake final : public FakeFile {
 public:
  FakeWake* AsWake() override { return this; }

  uint32_t Poll() override { return kEpollOut | (counter_ > 0 ? kEpollIn : 0); }
  std::string Describe() const override { return "wake"; }

  void Signal() {
    ++counter_;
    Notify(kEpollIn);
  }
  // A drain of a silent eventfd is a read that fails with EAGAIN: no wake.
  void Drain() {
    if (counter_ == 0) return;
    counter_ = 0;
    Notify(kEpollOut);
  }

 private:
  uint64_t counter_ = 0;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_WAKE_H_

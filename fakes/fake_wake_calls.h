// FakeWakeCalls: the eventfd calls of one fake host. Rules: fakes/fake_wake.h.

#ifndef CLOCHE_FAKES_FAKE_WAKE_CALLS_H_
#define CLOCHE_FAKES_FAKE_WAKE_CALLS_H_

#include "cloche/calls/wake_calls.h"

namespace cloche {

class FakeHost;
class FakeWake;

class FakeWakeCalls final : public WakeCalls {
 public:
  explicit FakeWakeCalls(FakeHost& host) : host_(host) {}

  int OpenWake() override;
  // Thread safety: the fake kernel's one thread only.
  int SignalWake(int fd) override;
  int DrainWake(int fd) override;
  int CloseWake(int fd) override;

 private:
  FakeHost& host_;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_WAKE_CALLS_H_

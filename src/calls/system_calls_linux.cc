// Linux. Next: calls/system_calls.h.

#include <memory>

#include "cloche/calls/linux_epoll_calls.h"
#include "cloche/calls/linux_poll_calls.h"
#include "cloche/calls/linux_ring_calls.h"
#include "cloche/calls/linux_select_calls.h"
#include "cloche/calls/linux_signal_calls.h"
#include "cloche/calls/linux_socket_calls.h"
#include "cloche/calls/linux_wake_calls.h"
#include "cloche/calls/system_calls.h"

namespace cloche {
namespace {

class LinuxCalls final : public SystemCalls {
 public:
  KernelCalls kernel_calls() override {
    return {.sockets = &sockets_,
            .wake = &wake_,
            .epoll = &epoll_,
            .poll = &poll_,
            .select = &select_,
            .ring = &ring_};
  }
  SignalCalls& signals() override { return signals_; }

 private:
  LinuxSocketCalls sockets_;
  LinuxEpollCalls epoll_;
  LinuxPollCalls poll_;
  LinuxSelectCalls select_;
  LinuxRingCalls ring_;
  LinuxWakeCalls wake_;
  LinuxSignalCalls signals_;
};

}  // namespace

std::unique_ptr<SystemCalls> NewSystemCalls() {
  return std::make_unique<LinuxCalls>();
}

}  // namespace cloche

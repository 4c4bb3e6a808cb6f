// Windows. Next: calls/system_calls.h.

#include <memory>

#include "cloche/calls/system_calls.h"
#include "cloche/calls/windows_completion_port_calls.h"
#include "cloche/calls/windows_select_calls.h"
#include "cloche/calls/windows_signal_calls.h"
#include "cloche/calls/windows_socket_calls.h"
#include "cloche/calls/windows_wake_calls.h"

namespace cloche {
namespace {

class WindowsCalls final : public SystemCalls {
 public:
  KernelCalls kernel_calls() override {
    return {.sockets = &sockets_,
            .wake = &wake_,
            .select = &select_,
            .completion_port = &completion_port_};
  }
  SignalCalls& signals() override { return signals_; }

 private:
  WindowsSocketCalls sockets_;
  WindowsSelectCalls select_;
  WindowsCompletionPortCalls completion_port_;
  WindowsWakeCalls wake_;
  WindowsSignalCalls signals_;
};

}  // namespace

std::unique_ptr<SystemCalls> NewSystemCalls() {
  return std::make_unique<WindowsCalls>();
}

}  // namespace cloche

// SystemCalls: the real calls of the system that this was built for.
//
//     const std::unique_ptr<SystemCalls> system = NewSystemCalls();
//     auto backend = NewBackend(BackendKind::kSelect, system->kernel_calls());
//
// Which file stands behind it, the BUILD file chooses: system_calls_linux.cc or
// system_calls_windows.cc. What includes this includes no system header.
//
// Main disadvantage: the calls are made together, wanted or not. They are small
// objects.
//
// Next: calls/kernel_calls.h; loop/system_environment.h.

#ifndef CLOCHE_CALLS_SYSTEM_CALLS_H_
#define CLOCHE_CALLS_SYSTEM_CALLS_H_

#include <memory>

#include "cloche/calls/kernel_calls.h"
#include "cloche/calls/signal_calls.h"

namespace cloche {

// Thread safety: as the kernel's calls. Lifetime: must outlive whatever was
// made of its calls.
class SystemCalls {
 public:
  virtual ~SystemCalls() = default;

  virtual KernelCalls kernel_calls() = 0;
  virtual SignalCalls& signals() = 0;
};

std::unique_ptr<SystemCalls> NewSystemCalls();

}  // namespace cloche

#endif  // CLOCHE_CALLS_SYSTEM_CALLS_H_

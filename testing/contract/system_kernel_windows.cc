// Windows, over loopback. Next: testing/contract/system_kernel.h.

#include <memory>
#include <string>

#include "cloche/base/check.h"
#include "cloche/calls/system_calls.h"
#include "cloche/calls/windows_winsock.h"
#include "cloche/testing/contract/system_kernel.h"

namespace cloche {
namespace {

// The highest handle that is looked at. A test opens a few dozen.
constexpr int kHighestHandle = 4096;

bool IsSocket(int fd) {
  int type = 0;
  int length = sizeof(type);
  return getsockopt(ToSocket(fd), SOL_SOCKET, SO_TYPE,
                    reinterpret_cast<char*>(&type), &length) == 0;
}

class WindowsContractKernel final : public ContractKernel {
 public:
  KernelCalls kernel_calls() override { return calls_->kernel_calls(); }
  Clock& clock() override { return clock_; }

  bool IsWine() const override {
    return GetProcAddress(GetModuleHandleA("ntdll.dll"), "wine_get_version") !=
           nullptr;
  }
  // There is no limit but memory.
  bool CanLimitDescriptors() const override { return false; }
  void SetDescriptorLimit(int) override { CLOCHE_CHECK(false, "no limit"); }
  void ResetDescriptorLimit() override {}
  bool Allows(int) const override { return false; }
  // Sockets only: that is what tests open. Handles are multiples of 4.
  size_t CountOpenDescriptors() override {
    size_t count = 0;
    for (int fd = 4; fd <= kHighestHandle; fd += 4) count += IsSocket(fd);
    return count;
  }
  int Unlink(const std::string&) override {
    CLOCHE_CHECK(false, "there are no UNIX sockets");
  }

 private:
  std::string Folder() override {
    CLOCHE_CHECK(false, "there are no UNIX sockets");
  }

  const std::unique_ptr<SystemCalls> calls_ = NewSystemCalls();
  SystemClock clock_;
};

}  // namespace

absl::string_view NameOfSystemKernel() { return "Windows"; }

std::unique_ptr<ContractKernel> NewSystemKernel() {
  return std::make_unique<WindowsContractKernel>();
}

}  // namespace cloche

// Linux, over loopback. Next: testing/contract/system_kernel.h.

#include <dirent.h>
#include <sys/resource.h>

#include <memory>

#include "cloche/base/check.h"
#include "cloche/calls/linux_epoll_calls.h"
#include "cloche/calls/linux_poll_calls.h"
#include "cloche/calls/linux_select_calls.h"
#include "cloche/calls/linux_socket_calls.h"
#include "cloche/calls/linux_wake_calls.h"
#include "cloche/testing/contract/system_kernel.h"

namespace cloche {
namespace {

rlimit DescriptorLimit() {
  rlimit limit = {};
  CLOCHE_CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit failed");
  return limit;
}

class LinuxContractKernel final : public ContractKernel {
 public:
  ~LinuxContractKernel() override { ResetDescriptorLimit(); }

  SocketCalls& sockets() override { return sockets_; }
  EpollCalls& epoll() override { return epoll_; }
  PollCalls& poll() override { return poll_; }
  SelectCalls& select() override { return select_; }
  WakeCalls& wake() override { return wake_; }
  Clock& clock() override { return clock_; }

  // The soft limit only: the hard one could never be raised again.
  void SetDescriptorLimit(int limit) override {
    const rlimit lowered = {static_cast<rlim_t>(limit), first_limit_.rlim_max};
    CLOCHE_CHECK(setrlimit(RLIMIT_NOFILE, &lowered) == 0, "setrlimit failed");
  }
  void ResetDescriptorLimit() override {
    CLOCHE_CHECK(setrlimit(RLIMIT_NOFILE, &first_limit_) == 0,
                 "setrlimit failed");
  }
  bool Allows(int limit) const override {
    return first_limit_.rlim_max >= static_cast<rlim_t>(limit);
  }
  size_t CountOpenDescriptors() override {
    DIR* folder = opendir("/proc/self/fd");
    CLOCHE_CHECK(folder != nullptr, "/proc/self/fd cannot be read");
    size_t count = 0;
    while (readdir(folder) != nullptr) ++count;
    closedir(folder);
    return count - 3;  // ".", "..", and the folder itself.
  }

 private:
  LinuxSocketCalls sockets_;
  LinuxEpollCalls epoll_;
  LinuxPollCalls poll_;
  LinuxSelectCalls select_;
  LinuxWakeCalls wake_;
  SystemClock clock_;
  const rlimit first_limit_ = DescriptorLimit();
};

}  // namespace

std::unique_ptr<ContractKernel> NewSystemKernel() {
  return std::make_unique<LinuxContractKernel>();
}

}  // namespace cloche

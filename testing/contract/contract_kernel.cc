#include "cloche/testing/contract/contract_kernel.h"

#include <dirent.h>
#include <sys/resource.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cloche/base/check.h"
#include "cloche/calls/linux_epoll_calls.h"
#include "cloche/calls/linux_poll_calls.h"
#include "cloche/calls/linux_select_calls.h"
#include "cloche/calls/linux_socket_calls.h"
#include "cloche/calls/linux_wake_calls.h"
#include "cloche/fakes/fake_clock.h"
#include "cloche/fakes/fake_host.h"
#include "cloche/fakes/fake_network.h"
#include "cloche/testing/backend_kinds.h"

namespace cloche {
namespace {

class FakeContractKernel final : public ContractKernel {
 public:
  SocketCalls& sockets() override { return host_.sockets(); }
  EpollCalls& epoll() override { return host_.epoll(); }
  KqueueCalls* kqueue() override { return &host_.kqueue(); }
  PollCalls& poll() override { return host_.poll(); }
  SelectCalls& select() override { return host_.select(); }
  WakeCalls& wake() override { return host_.wake(); }
  Clock& clock() override { return clock_; }

  void SetDescriptorLimit(int limit) override {
    host_.SetDescriptorLimit(limit);
  }
  void ResetDescriptorLimit() override {
    host_.SetDescriptorLimit(FakeDescriptorTable::kDefaultLimit);
  }
  size_t CountOpenDescriptors() override {
    return host_.OpenDescriptors().size();
  }

 private:
  FakeClock clock_;
  FakeNetwork network_{clock_, /*seed=*/1};
  FakeHost& host_ = network_.AddHost("host");
};

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

std::string NameOf(KernelKind kind) {
  return kind == KernelKind::kFake ? "Fake" : "Linux";
}

std::string NameOf(const ContractWorld& world) {
  return absl::StrCat(NameOf(world.kernel), "_", TestNameOf(world.backend));
}

}  // namespace

// New descriptors get the lowest free numbers. So those that are open now, in
// whatever order, tell where the limit has to be.
void ContractKernel::LimitDescriptorsTo(int count) {
  std::vector<int> fds;
  for (int i = 0; i <= count; ++i) fds.push_back(wake().OpenWake());
  for (const int fd : fds) wake().CloseWake(fd);
  SetDescriptorLimit(fds.back());
}

KernelCalls ContractKernel::kernel_calls() {
  return {.sockets = &sockets(),
          .wake = &wake(),
          .epoll = &epoll(),
          .poll = &poll(),
          .select = &select(),
          .kqueue = kqueue()};
}

std::unique_ptr<Poller> ContractKernel::NewPoller(BackendKind kind) {
  auto poller = cloche::NewPoller(kind, kernel_calls());
  CLOCHE_CHECK(poller.ok(), poller.status().ToString());
  return *std::move(poller);
}

std::unique_ptr<Backend> ContractKernel::NewBackend(BackendKind kind) {
  auto backend = cloche::NewBackend(kind, kernel_calls());
  CLOCHE_CHECK(backend.ok(), backend.status().ToString());
  return *std::move(backend);
}

Environment ContractKernel::NewEnvironment(BackendKind kind,
                                           Observer& observer) {
  return Environment{.clock = &clock(),
                     .sockets = &sockets(),
                     .backend = NewBackend(kind),
                     .observer = &observer};
}

std::unique_ptr<ContractKernel> NewContractKernel(KernelKind kind) {
  if (kind == KernelKind::kFake) return std::make_unique<FakeContractKernel>();
  return std::make_unique<LinuxContractKernel>();
}

std::vector<ContractWorld> EveryWorld() {
  std::vector<ContractWorld> worlds;
  for (const KernelKind kernel : {KernelKind::kFake, KernelKind::kLinux}) {
    const KernelCalls calls = NewContractKernel(kernel)->kernel_calls();
    for (const BackendKind kind : BackendsOf(calls)) {
      worlds.push_back({kernel, kind});
    }
  }
  return worlds;
}

std::string NameOfKernel(const ::testing::TestParamInfo<KernelKind>& info) {
  return NameOf(info.param);
}

std::string NameOfWorld(const ::testing::TestParamInfo<ContractWorld>& info) {
  return NameOf(info.param);
}

void PrintTo(KernelKind kind, std::ostream* out) { *out << NameOf(kind); }

void PrintTo(const ContractWorld& world, std::ostream* out) {
  *out << NameOf(world);
}

}  // namespace cloche

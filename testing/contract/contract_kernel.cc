#include "cloche/testing/contract/contract_kernel.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cloche/base/check.h"
#include "cloche/fakes/fake_clock.h"
#include "cloche/fakes/fake_host.h"
#include "cloche/fakes/fake_network.h"
#include "cloche/fakes/kqueue_receipt.h"
#include "cloche/testing/backend_kinds.h"
#include "cloche/testing/contract/system_kernel.h"

namespace cloche {
namespace {

class FakeContractKernel final : public ContractKernel {
 public:
  explicit FakeContractKernel(ReceiptFlags receipts) {
    host_.kqueue().set_receipts(receipts);
  }

  KernelCalls kernel_calls() override { return host_.kernel_calls(); }
  Clock& clock() override { return clock_; }

  void SetDescriptorLimit(int limit) override {
    host_.SetDescriptorLimit(limit);
  }
  void ResetDescriptorLimit() override {
    host_.SetDescriptorLimit(FakeDescriptorTable::kDefaultLimit);
  }
  bool Allows(int) const override { return true; }
  size_t CountOpenDescriptors() override {
    return host_.OpenDescriptors().size();
  }
  int Unlink(const std::string& path) override { return host_.Unlink(path); }

 private:
  std::string Folder() override { return "/run"; }

  FakeClock clock_;
  FakeNetwork network_{clock_, /*seed=*/1};
  FakeHost& host_ = network_.AddHost("host");
};

std::unique_ptr<ContractKernel> NewFake(ReceiptFlags receipts) {
  return std::make_unique<FakeContractKernel>(receipts);
}

template <typename Calls>
Calls& Having(Calls* calls, absl::string_view name) {
  CLOCHE_CHECK(calls != nullptr, absl::StrCat("this kernel has no ", name));
  return *calls;
}

std::string NameOf(KernelKind kind) {
  if (kind == KernelKind::kFake) return "Fake";
  if (kind == KernelKind::kFakeMacOs) return "FakeMacOs";
  return std::string(NameOfSystemKernel());
}

std::string NameOf(const ContractWorld& world) {
  return absl::StrCat(NameOf(world.kernel), "_", TestNameOf(world.backend));
}

std::vector<ContractWorld> WorldsOf(KernelKind kernel) {
  std::vector<ContractWorld> worlds;
  const std::unique_ptr<ContractKernel> made = NewContractKernel(kernel);
  for (const BackendKind kind : BackendsOf(made->kernel_calls())) {
    worlds.push_back({kernel, kind});
  }
  return worlds;
}

void Append(const std::vector<ContractWorld>& more,
            std::vector<ContractWorld>& worlds) {
  worlds.insert(worlds.end(), more.begin(), more.end());
}

}  // namespace

EpollCalls& ContractKernel::epoll() {
  return Having(kernel_calls().epoll, "epoll");
}

PollCalls& ContractKernel::poll() {
  return Having(kernel_calls().poll, "poll");
}

SelectCalls& ContractKernel::select() {
  return Having(kernel_calls().select, "select");
}

std::string ContractKernel::NewPath() {
  paths_.push_back(absl::StrCat(Folder(), "/socket", paths_.size()));
  return paths_.back();
}

// New descriptors get the lowest free numbers. So those that are open now, in
// whatever order, tell where the limit has to be.
void ContractKernel::LimitDescriptorsTo(int count) {
  std::vector<int> fds;
  for (int i = 0; i <= count; ++i) fds.push_back(wake().OpenWake());
  for (const int fd : fds) wake().CloseWake(fd);
  SetDescriptorLimit(fds.back());
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
  if (kind == KernelKind::kFake) return NewFake(ReceiptFlags::kErrorAlone);
  if (kind == KernelKind::kFakeMacOs) return NewFake(ReceiptFlags::kErrorAdded);
  std::unique_ptr<ContractKernel> kernel = NewSystemKernel();
  CLOCHE_CHECK(kernel != nullptr, "the contract has no real kernel here");
  return kernel;
}

std::vector<KernelKind> EveryKernel() {
  const std::unique_ptr<ContractKernel> system = NewSystemKernel();
  if (system == nullptr || system->kernel_calls().epoll == nullptr) {
    return {KernelKind::kFake};
  }
  return {KernelKind::kFake, KernelKind::kSystem};
}

std::vector<ContractWorld> EveryWorld() {
  std::vector<ContractWorld> worlds = WorldsOf(KernelKind::kFake);
  if (NewSystemKernel() != nullptr) {
    Append(WorldsOf(KernelKind::kSystem), worlds);
  }
  return worlds;
}

std::vector<ContractWorld> EveryWorldOfPollers() {
  std::vector<ContractWorld> worlds;
  for (const KernelKind kernel : EveryKernel()) {
    Append(WorldsOf(kernel), worlds);
  }
  worlds.push_back({KernelKind::kFakeMacOs, BackendKind::kKqueue});
  std::erase_if(worlds, [](const ContractWorld& world) {
    return !HasPoller(world.backend);
  });
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

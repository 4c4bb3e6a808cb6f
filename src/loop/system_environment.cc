#include "cloche/loop/system_environment.h"

#include <optional>
#include <random>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cloche/backend/readiness_backend.h"
#include "cloche/base/check.h"

namespace cloche {
namespace {

std::optional<EpollTrigger> TriggerOf(absl::string_view backend_name) {
  if (backend_name == "epoll") return EpollTrigger::kEdge;
  if (backend_name == "epoll-level") return EpollTrigger::kLevel;
  return std::nullopt;
}

uint64_t SystemSeed() {
  std::random_device device;
  return (static_cast<uint64_t>(device()) << 32) | device();
}

}  // namespace

absl::StatusOr<std::unique_ptr<SystemEnvironment>> SystemEnvironment::Create(
    absl::string_view backend_name) {
  const std::optional<EpollTrigger> trigger = TriggerOf(backend_name);
  if (!trigger.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("no backend is called \"", backend_name,
                     "\"; there are: epoll, epoll-level"));
  }
  auto system = absl::WrapUnique(new SystemEnvironment(*trigger));
  absl::StatusOr<std::unique_ptr<EpollPoller>> poller = system->OpenPoller();
  if (!poller.ok()) return poller.status();
  system->first_poller_ = *std::move(poller);
  return system;
}

absl::StatusOr<std::unique_ptr<EpollPoller>> SystemEnvironment::OpenPoller() {
  if (first_poller_ != nullptr) return std::move(first_poller_);
  return EpollPoller::Create(epoll_, wake_, trigger_);
}

Environment SystemEnvironment::MakeEnvironment() {
  absl::StatusOr<std::unique_ptr<EpollPoller>> poller = OpenPoller();
  CLOCHE_CHECK(poller.ok(), poller.status().ToString());
  Environment environment;
  environment.clock = &clock_;
  environment.sockets = &sockets_;
  environment.backend =
      std::make_unique<ReadinessBackend>(sockets_, *std::move(poller));
  environment.seed = SystemSeed();
  return environment;
}

}  // namespace cloche

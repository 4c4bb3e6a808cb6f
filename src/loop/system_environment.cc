#include "cloche/loop/system_environment.h"

#include <cstdlib>
#include <random>
#include <utility>

#include "absl/memory/memory.h"
#include "cloche/base/check.h"

namespace cloche {
namespace {

absl::string_view NameOfProcess() {
  const char* const name = std::getenv("CLOCHE_BACKEND");
  return name == nullptr ? "" : name;
}

uint64_t SystemSeed() {
  std::random_device device;
  return (static_cast<uint64_t>(device()) << 32) | device();
}

}  // namespace

absl::StatusOr<std::unique_ptr<SystemEnvironment>> SystemEnvironment::Create(
    absl::string_view backend_name) {
  auto system = absl::WrapUnique(new SystemEnvironment());
  absl::Status chosen = system->Choose(backend_name);
  if (!chosen.ok()) return chosen;
  absl::StatusOr<std::unique_ptr<Backend>> backend = system->OpenBackend();
  if (!backend.ok()) return backend.status();
  system->first_backend_ = *std::move(backend);
  return system;
}

std::string SystemEnvironment::DescribeBackends() {
  return cloche::DescribeBackends(NewSystemCalls()->kernel_calls());
}

absl::Status SystemEnvironment::Choose(absl::string_view backend_name) {
  const absl::StatusOr<BackendKind> chosen =
      ChooseBackend(backend_name.empty() ? NameOfProcess() : backend_name,
                    calls_->kernel_calls());
  if (chosen.ok()) kind_ = *chosen;
  return chosen.status();
}

absl::StatusOr<std::unique_ptr<Backend>> SystemEnvironment::OpenBackend() {
  if (first_backend_ != nullptr) return std::move(first_backend_);
  return NewBackend(kind_, calls_->kernel_calls());
}

Environment SystemEnvironment::MakeEnvironment() {
  absl::StatusOr<std::unique_ptr<Backend>> backend = OpenBackend();
  CLOCHE_CHECK(backend.ok(), backend.status().ToString());
  Environment environment;
  environment.clock = &clock_;
  environment.sockets = &sockets();
  environment.backend = *std::move(backend);
  environment.seed = SystemSeed();
  return environment;
}

}  // namespace cloche

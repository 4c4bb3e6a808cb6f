// Linux, over loopback. Next: testing/contract/system_kernel.h.

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <string>

#include "cloche/base/check.h"
#include "cloche/calls/system_calls.h"
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
  ~LinuxContractKernel() override {
    ResetDescriptorLimit();
    for (const std::string& path : paths_) unlink(path.c_str());
    if (!folder_.empty()) rmdir(folder_.c_str());
  }

  KernelCalls kernel_calls() override { return calls_->kernel_calls(); }
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
  int Unlink(const std::string& path) override {
    return unlink(path.c_str()) == 0 ? 0 : -errno;
  }

 private:
  // Not where Bazel has its temporary files: a socket's path has 107 bytes.
  std::string Folder() override {
    if (!folder_.empty()) return folder_;
    char name[] = "/tmp/cloche-XXXXXX";
    CLOCHE_CHECK(mkdtemp(name) != nullptr, "mkdtemp failed");
    return folder_ = name;
  }

  const std::unique_ptr<SystemCalls> calls_ = NewSystemCalls();
  SystemClock clock_;
  const rlimit first_limit_ = DescriptorLimit();
  std::string folder_;
};

}  // namespace

absl::string_view NameOfSystemKernel() { return "Linux"; }

std::unique_ptr<ContractKernel> NewSystemKernel() {
  return std::make_unique<LinuxContractKernel>();
}

}  // namespace cloche

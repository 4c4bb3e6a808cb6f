// SystemBackends: the backends of this machine, as the parameters of tests. A
// suite that takes a name runs over each backend that the real kernel has and
// allows.
//
//     class LoopWake : public ::testing::TestWithParam<std::string> {
//       std::unique_ptr<SystemEnvironment> system_ =
//           SystemEnvironment::Create(GetParam()).value();
//     };
//     INSTANTIATE_OVER_BACKENDS(LoopWake);
//
// Where a container's rules forbid io_uring, its tests are left out, and
// SystemBackends.AreAllowed (loop/system_backend_test.cc) says why. Any other
// backend that cannot be made stays in the list, and fails: no rule forbids it.
//
// Next: testing/backend_kinds.h, the same for the fake kernel.

#ifndef CLOCHE_TESTING_SYSTEM_BACKENDS_H_
#define CLOCHE_TESTING_SYSTEM_BACKENDS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "cloche/backend/backends.h"
#include "cloche/calls/system_calls.h"
#include "cloche/testing/backend_kinds.h"
#include "gtest/gtest.h"

namespace cloche {

inline std::vector<std::string> SystemBackends() {
  const std::unique_ptr<SystemCalls> system = NewSystemCalls();
  std::vector<std::string> names;
  for (const BackendKind kind : BackendsOf(system->kernel_calls())) {
    names.emplace_back(NameOf(kind));
  }
  return names;
}

// "epoll_level": GoogleTest's names have no dashes.
inline std::string TestNameOfSystemBackend(
    const ::testing::TestParamInfo<std::string>& info) {
  return absl::StrReplaceAll(info.param, {{"-", "_"}});
}

#define INSTANTIATE_OVER_BACKENDS(Suite)                                    \
  INSTANTIATE_TEST_SUITE_P(System, Suite,                                   \
                           ::testing::ValuesIn(::cloche::SystemBackends()), \
                           ::cloche::TestNameOfSystemBackend)

}  // namespace cloche

#endif  // CLOCHE_TESTING_SYSTEM_BACKENDS_H_

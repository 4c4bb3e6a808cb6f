// Backends as the parameters of tests: a suite that takes a BackendKind runs on
// every backend that the fake kernel has all for.
//
//     class TcpStreamTest : public ::testing::TestWithParam<BackendKind> {
//       TestWorld world_{/*seed=*/1, GetParam()};
//     };
//     INSTANTIATE_ON_FAKE_BACKENDS(TcpStreamTest);
//
// Next: backend/backends.h; testing/test_world.h.

#ifndef CLOCHE_TESTING_BACKEND_KINDS_H_
#define CLOCHE_TESTING_BACKEND_KINDS_H_

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "cloche/backend/backends.h"
#include "cloche/base/check.h"
#include "cloche/fakes/fake_clock.h"
#include "cloche/fakes/fake_host.h"
#include "cloche/fakes/fake_network.h"
#include "cloche/testing/effort.h"
#include "gtest/gtest.h"

namespace cloche {

// Those that can be made of `calls`.
inline std::vector<BackendKind> BackendsOf(const KernelCalls& calls) {
  std::vector<BackendKind> kinds;
  for (const BackendRow& row : kBackends) {
    if (CheckBackend(row.kind, calls).ok()) kinds.push_back(row.kind);
  }
  return kinds;
}

inline std::vector<BackendKind> FakeBackends() {
  FakeClock clock;
  FakeNetwork network(clock, /*seed=*/1);
  return BackendsOf(network.AddHost("host").kernel_calls());
}

// For what takes long: every day both ways of epoll, and kqueue, which differs
// most from them; with more effort (testing/effort.h) all.
inline std::vector<BackendKind> FewFakeBackends() {
  if (Effort() > 1) return FakeBackends();
  return {BackendKind::kEpoll, BackendKind::kEpollLevel, BackendKind::kKqueue};
}

inline bool IsEdgeTriggered(BackendKind kind) {
  return kind == BackendKind::kEpoll || kind == BackendKind::kKqueue;
}

// The call in which it waits. kqueue makes its changes by the same.
inline CallKind WaitCallOf(BackendKind kind) {
  switch (kind) {
    case BackendKind::kEpoll:
    case BackendKind::kEpollLevel:
      return CallKind::kEpollWait;
    case BackendKind::kKqueue:
      return CallKind::kKevent;
    case BackendKind::kPoll:
      return CallKind::kPoll;
    case BackendKind::kSelect:
      return CallKind::kSelect;
  }
  CLOCHE_CHECK(false, "no such backend");
}

// "EpollLevel" for epoll-level: GoogleTest's names have no dashes.
inline std::string TestNameOf(BackendKind kind) {
  std::string name;
  for (const absl::string_view part : absl::StrSplit(NameOf(kind), '-')) {
    name += absl::ascii_toupper(part[0]);
    name.append(part.data() + 1, part.size() - 1);
  }
  return name;
}
inline std::string TestNameOfBackend(
    const ::testing::TestParamInfo<BackendKind>& info) {
  return TestNameOf(info.param);
}

#define INSTANTIATE_ON_FAKE_BACKENDS(Suite)                               \
  INSTANTIATE_TEST_SUITE_P(On, Suite,                                     \
                           ::testing::ValuesIn(::cloche::FakeBackends()), \
                           ::cloche::TestNameOfBackend)

}  // namespace cloche

#endif  // CLOCHE_TESTING_BACKEND_KINDS_H_

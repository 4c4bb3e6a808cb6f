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

// Those that can be made of `calls`: a kernel may have io_uring and forbid it.
inline std::vector<BackendKind> BackendsOf(const KernelCalls& calls) {
  std::vector<BackendKind> kinds;
  for (const BackendRow& row : kBackends) {
    if (ProbeBackend(row.kind, calls).ok()) kinds.push_back(row.kind);
  }
  return kinds;
}

// Of these, those that are pollers.
inline std::vector<BackendKind> PollersOf(std::vector<BackendKind> kinds) {
  std::erase_if(kinds, [](BackendKind kind) { return !HasPoller(kind); });
  return kinds;
}

inline std::vector<BackendKind> FakeBackends() {
  FakeClock clock;
  FakeNetwork network(clock, /*seed=*/1);
  return BackendsOf(network.AddHost("host").kernel_calls());
}

// For what takes long: every day both ways of epoll, kqueue, which differs most
// from them among the pollers, and io_uring, which is none; with more effort
// (testing/effort.h) all.
inline std::vector<BackendKind> FewFakeBackends() {
  if (Effort() > 1) return FakeBackends();
  return {BackendKind::kEpoll, BackendKind::kEpollLevel, BackendKind::kKqueue,
          BackendKind::kIoUring};
}

inline bool IsEdgeTriggered(BackendKind kind) {
  return kind == BackendKind::kEpoll || kind == BackendKind::kKqueue;
}

// For a test of the calls that the adapter makes, one by one: a backend without
// a poller makes others.
#define SKIP_WITHOUT_POLLER() \
  if (!HasPoller(GetParam())) GTEST_SKIP() << "has no poller"

// The call, or the operation of a ring, by which it sends.
inline CallKind SendCallOf(BackendKind kind) {
  return kind == BackendKind::kIocp ? CallKind::kWsaSend : CallKind::kSend;
}

// The call in which it waits. kqueue makes its changes by the same.
inline CallKind WaitCallOf(BackendKind kind) {
  switch (kind) {
    case BackendKind::kEpoll:
    case BackendKind::kEpollLevel:
      return CallKind::kEpollWait;
    case BackendKind::kKqueue:
      return CallKind::kKevent;
    case BackendKind::kIocp:
      return CallKind::kGetPackets;
    case BackendKind::kPoll:
      return CallKind::kPoll;
    case BackendKind::kSelect:
      return CallKind::kSelect;
    case BackendKind::kIoUring:
      return CallKind::kRingEnter;
  }
  CLOCHE_CHECK(false, "no such backend");
}

// "EpollLevel" for epoll-level, "IoUring" for io_uring: GoogleTest's names have
// neither dashes nor underscores.
inline std::string TestNameOf(BackendKind kind) {
  std::string name;
  for (const absl::string_view part :
       absl::StrSplit(NameOf(kind), absl::ByAnyChar("-_"))) {
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

// Of the tests of pollers, and of what stands above them.
#define INSTANTIATE_ON_FAKE_POLLERS(Suite)                                \
  INSTANTIATE_TEST_SUITE_P(                                               \
      On, Suite,                                                          \
      ::testing::ValuesIn(::cloche::PollersOf(::cloche::FakeBackends())), \
      ::cloche::TestNameOfBackend)

}  // namespace cloche

#endif  // CLOCHE_TESTING_BACKEND_KINDS_H_

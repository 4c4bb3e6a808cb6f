// That a run of a sweep disturbs something, or says that it did not. Waits are
// the hard case: in a world nobody waits but the world.

#include <cerrno>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/fakes/errno_table.h"
#include "cloche/loop/loop.h"
#include "cloche/tasks/current_task.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/task.h"
#include "cloche/testing/backend_kinds.h"
#include "cloche/testing/sweep.h"
#include "cloche/testing/sweep_log.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// A host that stands still after its last wait is missed by nobody.
constexpr int kLateAtTheEnd = 1;

// --- Datagrams --------------------------------------------------------------

Task<> WithASocket(void (*use)(SocketCalls& calls, int fd)) {
  SocketCalls& calls = *(co_await CurrentTask()).loop().environment().sockets;
  const int fd = calls.Socket(AddressFamily::kIpv4, SocketType::kDatagram);
  if (fd < 0) co_return absl::UnavailableError("no socket");
  use(calls, fd);
  calls.Close(fd);
  co_return absl::OkStatus();
}

SweepScenario Datagrams(void (*use)(SocketCalls& calls, int fd)) {
  return
      [use](SweepRun& run) { run.Main(run.AddHost("host"), WithASocket, use); };
}

TEST(SweepEffect, NothingIsTriedOnDatagramsThatOnlyAConnectionCanHave) {
  const auto use = [](SocketCalls& calls, int fd) {
    SocketAddress nobody;
    nobody.family = AddressFamily::kIpv4;
    nobody.ip = {127, 0, 0, 1};
    calls.Connect(fd, nobody);
    calls.Send(fd, "x", 0);
  };
  EXPECT_EQ(SweepFaults(Datagrams(use)).without_effect, kLateAtTheEnd);
}

// Who is not connected is refused by nobody: ECONNREFUSED, once and from then
// on. And EAGAIN is what a receive says anyhow.
TEST(SweepEffect, RunsInWhichNothingHappenedAreCounted) {
  const auto use = [](SocketCalls& calls, int fd) {
    char room[10];
    calls.Recv(fd, absl::MakeSpan(room), 0);
  };
  const SweepReport report = SweepFaults(Datagrams(use));
  EXPECT_EQ(report.failed_runs, 0);
  EXPECT_EQ(report.without_effect, 3 + kLateAtTheEnd);
}

// --- Waits ------------------------------------------------------------------

Task<> SleepForASecond() { co_return co_await Sleep(absl::Seconds(1)); }

void ASleep(SweepRun& run) { run.Main(run.AddHost("host"), SleepForASecond); }

class SweptWaits : public ::testing::TestWithParam<BackendKind> {
 protected:
  // What happens if the next wait goes wrong, with main tasks that end well.
  std::string TraceWith(const Fault& fault) {
    std::string text;
    EXPECT_THAT(FailuresOfTracedRun(
                    ASleep, options_,
                    [&](SweepRun& run) {
                      run.host(0).kernel().faults().Add(fault);
                      run.Finish(/*undisturbed=*/true);
                    },
                    [&](const Trace& trace) { text = trace.Text(); }),
                IsEmpty());
    return text;
  }

  const CallKind wait_ = WaitCallOf(GetParam());
  const SweepOptions options_{.backend = GetParam()};
};

TEST_P(SweptWaits, AreInterruptedOnceTheyHaveToWait) {
  if (!CanFailWith(wait_, EINTR)) GTEST_SKIP() << "Windows has no EINTR";
  // The first wait finds a task that is ready, and one that has to wait comes
  // when that sleeps.
  EXPECT_THAT(TraceWith({.kind = wait_, .error = EINTR}),
              Not(HasSubstr("EINTR")));
  EXPECT_THAT(TraceWith({.kind = wait_, .nth_from_now = 2, .error = EINTR}),
              HasSubstr(") = EINTR\n"));
}

TEST_P(SweptWaits, AreNotTriedWhereTheyCannotBeDisturbed) {
  const SweepReport report = SweepFaults(ASleep, options_);
  EXPECT_GT(report.runs, 2);
  EXPECT_EQ(report.without_effect, kLateAtTheEnd);
}

INSTANTIATE_ON_FAKE_BACKENDS(SweptWaits);

}  // namespace
}  // namespace cloche

// SweepMixtures: that it finds what takes two faults, one that stays, or a call
// that comes late, beside others.

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/loop/loop.h"
#include "cloche/tasks/current_task.h"
#include "cloche/tasks/sleep.h"
#include "cloche/testing/sweep.h"
#include "gmock/gmock.h"
#include "gtest/gtest-spi.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Everything that mixtures of the scenario fail, as one text.
std::string MixturesFindIn(const SweepScenario& scenario, int runs) {
  ::testing::TestPartResultArray caught;
  {
    const ::testing::ScopedFakeTestPartResultReporter reporter(
        ::testing::ScopedFakeTestPartResultReporter::
            INTERCEPT_ONLY_CURRENT_THREAD,
        &caught);
    SweepMixtures(scenario, runs);
  }
  std::string text;
  for (int i = 0; i < caught.size(); ++i) {
    text += caught.GetTestPartResult(i).message();
  }
  return text;
}

SweepScenario OneTask(Task<> (*function)()) {
  return [function](SweepRun& run) { run.Main(run.AddHost("host"), function); };
}

// A second mistake, while the first one is being made good.
Task<> ForgetWhenItFailsTwice() {
  SocketCalls& calls = *(co_await CurrentTask()).loop().environment().sockets;
  for (int i = 0; i < 20; ++i) {
    const int fd = calls.Socket(AddressFamily::kIpv4, SocketType::kStream);
    if (fd < 0) continue;
    const bool failed = calls.SetSockOpt(fd, SocketOption::kNoDelay, 1) < 0 &&
                        calls.SetSockOpt(fd, SocketOption::kKeepAlive, 1) < 0;
    if (!failed) calls.Close(fd);
  }
  co_return absl::OkStatus();
}

TEST(SweepMixtures, FindsWhatOnlyTwoFaultsTogetherDo) {
  const SweepScenario scenario = OneTask(ForgetWhenItFailsTwice);
  EXPECT_THAT(MixturesFindIn(scenario, 300),
              AllOf(HasSubstr("CLOCHE_FAULT='mixture of seed "),
                    HasSubstr("descriptors are left")));
}

// Late by as much as only a call can be that comes late.
TEST(SweepMixtures, FindsWhoIsLate) {
  const SweepScenario scenario = [](SweepRun& run) {
    run.Main(run.AddHost("host"),
             []() -> Task<> { co_return co_await Sleep(absl::Seconds(1)); });
    run.AtEnd([&run] {
      EXPECT_LT(run.world().elapsed(), absl::Minutes(1)) << "late";
    });
  };
  EXPECT_THAT(MixturesFindIn(scenario, 300), HasSubstr("late"));
}

// Is content as long as no ten tries in a row find no socket.
Task<> TryAgainAndAgain(bool& given_up) {
  SocketCalls& calls = *(co_await CurrentTask()).loop().environment().sockets;
  int failures = 0;
  for (int i = 0; i < 30 && !given_up; ++i) {
    const int fd = calls.Socket(AddressFamily::kIpv4, SocketType::kStream);
    failures = fd < 0 ? failures + 1 : 0;
    if (fd >= 0) calls.Close(fd);
    given_up = failures == 10;
  }
  co_return absl::OkStatus();
}

TEST(SweepMixtures, FindsWhatOnlyAFaultThatStaysDoes) {
  const SweepScenario scenario = [](SweepRun& run) {
    bool& given_up = run.Keep<bool>(false);
    run.Main(run.AddHost("host"), TryAgainAndAgain, std::ref(given_up));
    run.AtEnd([&given_up] { EXPECT_FALSE(given_up) << "given up"; });
  };
  EXPECT_THAT(MixturesFindIn(scenario, 300), HasSubstr("given up"));
}

TEST(SweepMixtures, SayThatTheScenarioItselfFails) {
  const SweepScenario hopeless =
      OneTask([]() -> Task<> { co_return absl::InternalError("always"); });
  EXPECT_THAT(MixturesFindIn(hopeless, 5),
              AllOf(HasSubstr("fails without any disturbance"),
                    Not(HasSubstr("mixture of seed"))));
}

}  // namespace
}  // namespace cloche

// Signals that the test sends, to a server on a fake host, over every backend.

#include "cloche/net/stop_on_signals.h"

#include <cerrno>
#include <functional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/fakes/errno_table.h"
#include "cloche/fakes/fake_signal_calls.h"
#include "cloche/net/stop_source.h"
#include "cloche/tasks/nursery.h"
#include "cloche/tasks/run.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/task.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/backend_kinds.h"
#include "cloche/testing/seed.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/test_world.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

// A server that needs three seconds to stop.
Task<> StopsSlowly(StopSource& stop) {
  co_await Try(stop.Wait());
  co_return co_await Sleep(absl::Seconds(3));
}

Task<> StopsSlowlyOnSignals(SignalCalls& signals, StopSource& stop) {
  co_return co_await WithNursery([&](Nursery& nursery) -> Task<> {
    co_await Try(
        nursery.StartAndWait(StopOnSignals, std::ref(signals), std::ref(stop)));
    co_await Try(StopsSlowly(stop));
    nursery.Cancel();
    co_return absl::OkStatus();
  });
}

class StopOnSignalsTest : public ::testing::TestWithParam<BackendKind> {
 protected:
  absl::Status RunServer() {
    return world_.Run(host_, StopsSlowlyOnSignals(signals_, stop_));
  }
  void SendAt(absl::Duration since_start, Signal signal) {
    world_.network().At(FakeClock::Start() + since_start,
                        [this, signal] { signals_.Send(signal); });
  }

  StopSource stop_;
  TestWorld world_{SeedOfTest(), GetParam()};
  TestHost& host_ = world_.AddHost("server");
  FakeSignalCalls signals_{host_.kernel()};
};

TEST_P(StopOnSignalsTest, RequestsTheStopAtTheFirstSignal) {
  SendAt(absl::Seconds(1), Signal::kTerminate);
  EXPECT_THAT(RunServer(), IsOk());
  EXPECT_EQ(world_.elapsed(), absl::Seconds(4));
}

TEST_P(StopOnSignalsTest, EndsAtTheSecondSignalAndNamesIt) {
  SendAt(absl::Seconds(1), Signal::kTerminate);
  SendAt(absl::Seconds(2), Signal::kInterrupt);
  EXPECT_THAT(RunServer(),
              StatusIs(absl::StatusCode::kAborted, "a second signal, SIGINT"));
  EXPECT_EQ(world_.elapsed(), absl::Seconds(2));
}

TEST_P(StopOnSignalsTest, HearsTwoSignalsThatCameAtOnce) {
  SendAt(absl::Seconds(1), Signal::kInterrupt);
  SendAt(absl::Seconds(1), Signal::kTerminate);
  EXPECT_THAT(RunServer(),
              StatusIs(absl::StatusCode::kAborted, "a second signal, SIGTERM"));
}

TEST_P(StopOnSignalsTest, CountsASignalOnceThatCameTwiceBeforeItWasTaken) {
  SendAt(absl::Seconds(1), Signal::kTerminate);
  SendAt(absl::Seconds(1), Signal::kTerminate);
  EXPECT_THAT(RunServer(), IsOk());
}

using StopOnSignalsDeathTest = StopOnSignalsTest;

TEST_P(StopOnSignalsDeathTest, ASignalThatNobodyReadsIsAnErrorOfTheTest) {
  EXPECT_DEATH(signals_.Send(Signal::kTerminate), "that nobody reads");
}

TEST_P(StopOnSignalsTest, HearsASignalThatCameAsSoonAsItHadStarted) {
  auto server = Start(host_.loop(), StopsSlowlyOnSignals, std::ref(signals_),
                      std::ref(stop_));
  ASSERT_THAT(world_.DriveUntil([&] { return signals_.open(); }), IsOk());
  signals_.Send(Signal::kInterrupt);
  EXPECT_THAT(world_.Run(host_, server.Join()), IsOk());
  EXPECT_EQ(world_.elapsed(), absl::Seconds(3));
}

TEST_P(StopOnSignalsTest, GivesTheSignalsBackWhenItIsCancelled) {
  SendAt(absl::Seconds(1), Signal::kTerminate);
  EXPECT_THAT(RunServer(), IsOk());
  EXPECT_FALSE(signals_.open());
}

TEST_P(StopOnSignalsTest, TellsWhoStartedItThatTheSignalsCannotBeRead) {
  host_.kernel().FailCall(CallKind::kOpenSignals, EMFILE);
  EXPECT_THAT(RunServer(), StatusIs(absl::StatusCode::kResourceExhausted,
                                    "open signals: EMFILE"));
}

TEST_P(StopOnSignalsTest, EndsWithTheErrorOfTakingASignal) {
  SendAt(absl::Seconds(1), Signal::kTerminate);
  signals_.FailTaking(EBADF);
  EXPECT_THAT(RunServer(),
              StatusIs(absl::StatusCode::kInternal, "take a signal: EBADF"));
}

INSTANTIATE_ON_FAKE_BACKENDS(StopOnSignalsTest);
INSTANTIATE_ON_FAKE_BACKENDS(StopOnSignalsDeathTest);

}  // namespace
}  // namespace cloche

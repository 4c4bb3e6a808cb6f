// StopSource: who is told of a stop, when, and how often.

#include "cloche/net/stop_source.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/tasks/run.h"
#include "cloche/tasks/task.h"
#include "cloche/tasks/timeout.h"
#include "cloche/testing/event_log.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/test_loop.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr absl::StatusCode kLate = absl::StatusCode::kDeadlineExceeded;
constexpr absl::Duration kSecond = absl::Seconds(1);

Task<> WaitFor(StopSource& stop) { co_return co_await stop.Wait(); }

// --- Wait -------------------------------------------------------------------

TEST(StopSource, IsRequestedOnceAndForAll) {
  StopSource stop;
  EXPECT_FALSE(stop.requested());
  stop.Stop();
  stop.Stop();
  EXPECT_TRUE(stop.requested());
}

TEST(StopSource, WakesWhoWaits) {
  StopSource stop;
  TestLoop loop;
  loop.At(kSecond, [&] { stop.Stop(); });
  EXPECT_THAT(loop.Run(WaitFor(stop)), IsOk());
  EXPECT_EQ(loop.elapsed(), kSecond);
}

TEST(StopSource, WakesEverybodyWhoWaits) {
  StopSource stop;
  TestLoop loop;
  auto first = Start(loop.loop(), WaitFor, std::ref(stop));
  auto second = Start(loop.loop(), WaitFor, std::ref(stop));
  loop.At(kSecond, [&] { stop.Stop(); });
  EXPECT_THAT(loop.Run(first.Join()), IsOk());
  EXPECT_THAT(loop.Run(second.Join()), IsOk());
}

TEST(StopSource, DoesNotMakeAnybodyWaitWhoComesLater) {
  StopSource stop;
  TestLoop loop;
  stop.Stop();
  EXPECT_THAT(loop.Run(WaitFor(stop)), IsOk());
  EXPECT_EQ(loop.elapsed(), absl::ZeroDuration());
}

TEST(StopSource, LetsAWaitBeCancelledAndStopsAllTheSame) {
  StopSource stop;
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithTimeout(kSecond, stop.Wait())), StatusIs(kLate));
  stop.Stop();
  EXPECT_THAT(loop.Run(WaitFor(stop)), IsOk());
}

TEST(StopSource, BeatsACancelThatComesAtTheSameTime) {
  for (const bool stop_first : {false, true}) {
    StopSource stop;
    TestLoop loop;
    auto waiting = Start(loop.loop(), WaitFor, std::ref(stop));
    loop.RunTurns(1);
    if (stop_first) stop.Stop();
    waiting.Cancel();
    if (!stop_first) stop.Stop();
    EXPECT_THAT(loop.Run(waiting.Join()), IsOk());
  }
}

TEST(StopSource, IsNamedInATaskDump) {
  StopSource stop;
  TestLoop loop;
  auto waiting = Start(loop.loop(), WaitFor, std::ref(stop));
  loop.RunTurns(1);
  EXPECT_THAT(DumpTasks(loop.loop()), HasSubstr("waits for the stop"));
  loop.Destroy();
}

TEST(StopSource, ForgetsWhoIsTornDownWhileWaiting) {
  StopSource stop;
  TestLoop loop;
  Start(loop.loop(), WaitFor, std::ref(stop));
  loop.RunTurns(1);
  loop.Destroy();
  stop.Stop();  // AddressSanitizer would see it touch the dead.
}

// --- Listeners --------------------------------------------------------------

class Listener final : public StopListener {
 public:
  Listener(EventLog& log, std::string name)
      : log_(log), name_(std::move(name)) {}

 private:
  void OnStop() override { log_.Add(name_); }

  EventLog& log_;
  const std::string name_;
};

TEST(StopListener, IsToldWhileStopRunsInTheOrderOfTelling) {
  StopSource stop;
  EventLog log;
  Listener first(log, "first");
  Listener second(log, "second");
  stop.Tell(first);
  stop.Tell(second);
  EXPECT_THAT(log.events(), IsEmpty());
  stop.Stop();
  EXPECT_THAT(log.events(), ElementsAre("first", "second"));
}

TEST(StopListener, IsToldOnceHoweverOftenItIsStopped) {
  StopSource stop;
  EventLog log;
  Listener listener(log, "stopped");
  stop.Tell(listener);
  stop.Stop();
  stop.Stop();
  EXPECT_THAT(log.events(), ElementsAre("stopped"));
}

TEST(StopListener, IsToldAtOnceIfTheStopWasRequestedBefore) {
  StopSource stop;
  EventLog log;
  Listener listener(log, "late");
  stop.Stop();
  stop.Tell(listener);
  EXPECT_THAT(log.events(), ElementsAre("late"));
}

TEST(StopListener, IsNotToldAfterItsDestruction) {
  StopSource stop;
  EventLog log;
  std::optional<Listener> listener(std::in_place, log, "dead");
  stop.Tell(*listener);
  listener.reset();
  stop.Stop();
  EXPECT_THAT(log.events(), IsEmpty());
}

// Ends another one when it is told, as a server does its connections.
class Ender final : public StopListener {
 public:
  explicit Ender(std::optional<Listener>& other) : other_(other) {}

 private:
  void OnStop() override { other_.reset(); }

  std::optional<Listener>& other_;
};

TEST(StopListener, MayEndTheNextOneInLine) {
  StopSource stop;
  EventLog log;
  std::optional<Listener> ended(std::in_place, log, "ended");
  Listener last(log, "last");
  Ender ender(ended);
  stop.Tell(ender);
  stop.Tell(*ended);
  stop.Tell(last);
  stop.Stop();
  EXPECT_THAT(log.events(), ElementsAre("last"));
}

}  // namespace
}  // namespace cloche

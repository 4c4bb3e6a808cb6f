// UntilBlocked, of a loop and of a world: when it is over, and before what.

#include "cloche/testing/until_blocked.h"

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/net/tcp_listener.h"
#include "cloche/net/tcp_stream.h"
#include "cloche/tasks/nursery.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/task_handle.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/event_log.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/test_loop.h"
#include "cloche/testing/test_world.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;

// Goes through some turns, and then waits for an hour.
Task<> WorkAndRest(EventLog& log) {
  for (int i = 0; i < 5; ++i) co_await Try(Yield());
  log.Add("rests");
  co_await Try(Sleep(absl::Hours(1)));
  log.Add("goes on");
  co_return absl::OkStatus();
}

// --- One loop ---------------------------------------------------------------

TEST(UntilBlocked, IsOverWhenNothingHappensAnyMoreWithoutTime) {
  EventLog log;
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithNursery([&](Nursery& nursery) -> Task<> {
    nursery.Start(WorkAndRest, std::ref(log));
    co_await Try(loop.UntilBlocked());
    log.Add("all are blocked");
    EXPECT_EQ(loop.elapsed(), absl::ZeroDuration());
    co_return absl::OkStatus();
  })),
              IsOk());
  EXPECT_THAT(log.events(), ElementsAre("rests", "all are blocked", "goes on"));
}

TEST(UntilBlocked, WakesAllWhoWaitForIt) {
  EventLog log;
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithNursery([&](Nursery& nursery) -> Task<> {
    for (int i = 0; i < 2; ++i) {
      nursery.Start([&]() -> Task<> {
        co_await Try(loop.UntilBlocked());
        log.Add("woken");
        co_return absl::OkStatus();
      });
    }
    co_return absl::OkStatus();
  })),
              IsOk());
  EXPECT_THAT(log.events(), ElementsAre("woken", "woken"));
}

TEST(UntilBlocked, CanBeCancelled) {
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithNursery([&](Nursery& nursery) -> Task<> {
    TaskHandle<> waits =
        nursery.Start([&]() -> Task<> { return loop.UntilBlocked(); });
    co_await Try(Yield());
    waits.Cancel();
    EXPECT_THAT(co_await waits.Join(), StatusIs(absl::StatusCode::kCancelled));
    co_return absl::OkStatus();
  })),
              IsOk());
}

// --- A world ----------------------------------------------------------------

TEST(UntilBlocked, WaitsForTheTasksOfAllHosts) {
  EventLog log;
  TestWorld world;
  TestHost& here = world.AddHost("here");
  Start(world.AddHost("there").loop(), WorkAndRest, std::ref(log));
  EXPECT_THAT(world.Run(here, world.UntilBlocked()), IsOk());
  EXPECT_THAT(log.events(), ElementsAre("rests"));
}

TEST(UntilBlocked, IsOverBeforeWhatIsStillOnItsWayArrives) {
  EventLog log;
  TestWorld world;
  TestHost& server = world.AddHost("server");
  TestHost& client = world.AddHost("client");
  Start(server.loop(), [&]() -> Task<> {
    auto listener = co_await Try(TcpListener::Listen(server.EndpointAt(7)));
    co_await Try(listener.Accept());
    log.Add("accepted");
    co_return absl::OkStatus();
  });
  Start(client.loop(), [&]() -> Task<> {
    co_await Try(TcpStream::Connect(server.EndpointAt(7)));
    co_return absl::OkStatus();
  });
  EXPECT_THAT(world.Run(server, world.UntilBlocked()), IsOk());
  EXPECT_EQ(world.elapsed(), absl::ZeroDuration());
  world.Pass(absl::Seconds(1));
  EXPECT_THAT(log.events(), ElementsAre("accepted"));
}

TEST(UntilBlocked, WaitsForWhatHappensAtTheSameInstant) {
  EventLog log;
  TestWorld world;
  TestHost& host = world.AddHost("host");
  world.network().At(world.clock().Now(), [&] { log.Add("happened"); });
  EXPECT_THAT(world.Run(host, world.UntilBlocked()), IsOk());
  EXPECT_THAT(log.events(), ElementsAre("happened"));
}

}  // namespace
}  // namespace cloche

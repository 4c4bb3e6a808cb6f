// A host that stands still, and who goes on meanwhile: everybody else.

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/fakes/fault_plan.h"
#include "cloche/net/tcp_listener.h"
#include "cloche/net/tcp_stream.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/backend_kinds.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/stream_tasks.h"
#include "cloche/testing/test_world.h"
#include "cloche/testing/world_order.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::AllOf;
using ::testing::Ge;
using ::testing::Lt;

constexpr absl::Duration kStall = absl::Hours(1);

class StalledHost : public ::testing::TestWithParam<BackendKind> {
 protected:
  // From the next call of the laptop's on.
  void LaptopSleeps() { laptop_.kernel().faults().Add({.stall = kStall}); }

  // When it is, after a sleep.
  Task<absl::Duration> SleepAndLook(absl::Duration time) {
    co_await Try(Sleep(time));
    co_return world_.elapsed();
  }
  Task<std::string> HearOne(absl::Duration& heard_at) {
    TcpListener listener = co_await Try(TcpListener::Listen(where_));
    TcpStream stream = co_await Try(listener.Accept());
    LaptopSleeps();
    std::string heard = co_await Try(ReadToEnd(stream));
    heard_at = world_.elapsed();
    co_return heard;
  }
  // Says hello after a second, and when that was.
  Task<absl::Duration> SayHello() {
    TcpStream stream = co_await Try(TcpStream::Connect(where_));
    co_await Try(Sleep(absl::Seconds(1)));
    co_await Try(stream.Write("hello"));
    co_return world_.elapsed();
  }
  // After `time` the laptop is gone.
  void LoseItAfter(absl::Duration time) {
    world_.network().At(world_.clock().Now() + time,
                        [this] { laptop_.Kill(); });
  }

  TestWorld world_{/*seed=*/1, GetParam()};
  TestHost& laptop_ = world_.AddHost("laptop");
  TestHost& other_ = world_.AddHost("other");
  const Endpoint where_ = laptop_.EndpointAt(80);
};

TEST_P(StalledHost, WakesLate) {
  LaptopSleeps();
  EXPECT_THAT(world_.Run(laptop_, SleepAndLook(absl::Seconds(1))),
              IsOkAndHolds(kStall));
}

TEST_P(StalledHost, DelaysNobodyElse) {
  LaptopSleeps();
  auto late =
      Start(laptop_.loop(), [this] { return SleepAndLook(absl::Seconds(1)); });
  EXPECT_THAT(world_.Run(other_, SleepAndLook(absl::Seconds(10))),
              IsOkAndHolds(absl::Seconds(10)));
  EXPECT_FALSE(late.ended());
}

TEST_P(StalledHost, HearsAfterwardsWhatWasSaidMeanwhile) {
  absl::Duration heard_at;
  auto heard = Start(laptop_.loop(), [&] { return HearOne(heard_at); });
  const absl::StatusOr<absl::Duration> said = world_.Run(other_, SayHello());
  ASSERT_THAT(said, IsOk());
  EXPECT_LT(*said, absl::Seconds(2));
  EXPECT_THAT(world_.Run(laptop_, heard.Join()), IsOkAndHolds("hello"));
  EXPECT_GT(heard_at, kStall);
}

// The end of the stall is still to come, though no timer says so.
TEST_P(StalledHost, IsNoDeadlock) {
  LaptopSleeps();
  bool over = false;
  Start(laptop_.loop(), [&]() -> Task<> {
    co_await Try(Yield());
    over = true;
    co_return absl::OkStatus();
  });
  EXPECT_THAT(world_.DriveUntil([&] { return over; }), IsOk());
  EXPECT_EQ(world_.elapsed(), kStall);
}

TEST_P(StalledHost, MayDieMeanwhile) {
  LaptopSleeps();
  Start(laptop_.loop(), [this] { return SleepAndLook(absl::Seconds(1)); });
  LoseItAfter(absl::Seconds(30));
  EXPECT_THAT(world_.Run(other_, Sleep(2 * kStall)), IsOk());
  EXPECT_FALSE(laptop_.alive());
}

TEST_P(StalledHost, HasNothingLeftOnceItIsAwake) {
  LaptopSleeps();
  EXPECT_THAT(world_.Run(other_, Sleep(absl::Seconds(1))), IsOk());
  Start(laptop_.loop(), [this] { return SleepAndLook(absl::ZeroDuration()); });
  world_.ExpectNothingIsLeft();
}

// --- A close that lingers stops its host ------------------------------------

class LingeringHost : public StalledHost {
 protected:
  // Says hello to a peer that nothing reaches any more, and hangs up.
  Task<absl::Duration> SayAndLinger() {
    TcpStream stream = co_await Try(TcpStream::Connect(where_));
    co_await Try(stream.SetOption(SocketOption::kLinger, 10));
    world_.network().Cut(other_.kernel(), laptop_.kernel());
    co_await Try(stream.Write("hello"));
    stream.Close();
    co_await Try(Yield());
    co_return world_.elapsed();
  }
  Task<> AcceptAndWait() {
    TcpListener listener = co_await Try(TcpListener::Listen(where_));
    TcpStream stream = co_await Try(listener.Accept());
    co_return co_await Sleep(absl::Minutes(1));
  }
};

TEST_P(LingeringHost, StandsStillUntilItsTimeIsOver) {
  Start(laptop_.loop(), [this] { return AcceptAndWait(); });
  EXPECT_THAT(
      world_.Run(other_, SayAndLinger()),
      IsOkAndHolds(AllOf(Ge(absl::Seconds(10)), Lt(absl::Seconds(11)))));
}

TEST_P(LingeringHost, GoesOnAsSoonAsAllIsAcknowledged) {
  Start(laptop_.loop(), [this] { return AcceptAndWait(); });
  world_.network().At(world_.clock().Now() + absl::Seconds(1), [this] {
    world_.network().Mend(other_.kernel(), laptop_.kernel());
  });
  EXPECT_THAT(world_.Run(other_, SayAndLinger()),
              IsOkAndHolds(AllOf(Ge(absl::Seconds(1)), Lt(absl::Seconds(3)))));
}

TEST_P(LingeringHost, StopsNobodyElse) {
  Start(laptop_.loop(), [this] { return AcceptAndWait(); });
  auto late = Start(other_.loop(), [this] { return SayAndLinger(); });
  EXPECT_THAT(world_.Run(laptop_, SleepAndLook(absl::Seconds(5))),
              IsOkAndHolds(absl::Seconds(5)));
  EXPECT_FALSE(late.ended());
}

TEST_P(LingeringHost, WaitsForNothingAnyMoreOnceItIsKilled) {
  Start(laptop_.loop(), [this] { return AcceptAndWait(); });
  Start(other_.loop(), [this] { return SayAndLinger(); });
  world_.network().At(world_.clock().Now() + absl::Seconds(1), [this] {
    other_.Kill();
    other_.Restart();
  });
  EXPECT_THAT(world_.Run(laptop_, SleepAndLook(absl::Seconds(2))), IsOk());
  EXPECT_THAT(world_.Run(other_, SleepAndLook(absl::Seconds(1))),
              IsOkAndHolds(absl::Seconds(3)));
}

// --- What a test scripts happens between the turns --------------------------

Task<> ListenOnce(Endpoint where) {
  co_return (co_await TcpListener::Listen(where)).status();
}

TEST_P(StalledHost, AScriptForNowWaitsForTheEndOfTheTurn) {
  auto never = Start(laptop_.loop(), [this]() -> Task<> {
    LoseItAfter(absl::ZeroDuration());
    co_await Try(ListenOnce(where_));  // Some calls.
    co_return co_await Sleep(absl::Seconds(1));
  });
  EXPECT_THAT(world_.Run(other_, Sleep(absl::Seconds(2))), IsOk());
  EXPECT_FALSE(laptop_.alive());
  EXPECT_FALSE(never.ended());
}

INSTANTIATE_ON_FAKE_BACKENDS(StalledHost);
INSTANTIATE_ON_FAKE_BACKENDS(LingeringHost);

// The loops are always quicker than what arrives.
class LoopsFirst final : public WorldOrder {
 public:
  size_t Choose(absl::Span<Runnable* const> /*ready*/) override { return 0; }
  size_t ChooseEvent(size_t count, bool may_wait) override {
    return may_wait ? count : 0;
  }
};

TEST(ScriptedEvent, RunsInNoTaskThoughTheLoopsAreQuicker) {
  LoopsFirst order;
  TestWorld world;
  world.set_order(&order);
  TestHost& host = world.AddHost("host");
  const absl::Time noon = world.clock().Now() + absl::Seconds(1);
  for (int i = 0; i < 3; ++i) {
    world.network().At(noon, [&] { host.Kill(); });
  }
  Start(host.loop(), [&]() -> Task<> {
    co_await Try(Sleep(absl::Seconds(1)));
    co_return co_await ListenOnce(host.EndpointAt(80));
  });
  EXPECT_THAT(world.Run(world.AddHost("other"), Sleep(absl::Seconds(2))),
              IsOk());
  EXPECT_FALSE(host.alive());
}

}  // namespace
}  // namespace cloche

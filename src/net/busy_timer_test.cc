// A sleep beside a connection that always has something to read, when reading
// takes time: busy or not, a sleep ends in the first turn after its time.
//
//     0     1     2     3     4 ms
//     | read | read | read | read | read ...    a step for each byte
//     |------- sleep -------->|
//                          3.5   |-> the turn that begins at 4 ms ends it
//
// On the real kernel: loop/system_backend_test.cc.

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/net/tcp_stream_test.h"
#include "cloche/tasks/running_task.h"
#include "cloche/tasks/sleep.h"

namespace cloche {
namespace {

// What reading and digesting a byte takes.
constexpr absl::Duration kStep = absl::Milliseconds(1);
constexpr absl::Duration kSleep = absl::Microseconds(3500);

class BusyTimer : public TcpStreamTest {
 protected:
  // More bytes than a test has steps are there before it begins.
  void SetUp() override {
    Connect();
    ASSERT_THAT(FarWrites(std::string(1000, 'x')), IsOk());
    world_.Pass(kWhile);
  }

  Task<> StayBusy(bool a_step_a_turn) {
    while (!slept_) {
      EXPECT_EQ(co_await Try(ReadOnce(*near_, 1)), "x");
      world_.clock().AdvanceTo(world_.clock().Now() + kStep);
      if (a_step_a_turn) co_await Try(Yield());
    }
    co_return absl::OkStatus();
  }
  // When the turn began in which the sleep ended, since the sleep did.
  Task<absl::Duration> SleepBeside() {
    const absl::Time begin = client_.loop().Now();
    co_await Try(Sleep(kSleep));
    slept_ = true;
    co_return client_.loop().turn_began() - begin;
  }
  absl::StatusOr<absl::Duration> SleepBesideOneWho(bool makes_a_step_a_turn) {
    auto sleeper = Start(client_.loop(), [this] { return SleepBeside(); });
    auto busy = Start(client_.loop(), [this, makes_a_step_a_turn] {
      return StayBusy(makes_a_step_a_turn);
    });
    EXPECT_THAT(EndOf(busy), IsOk());
    return EndOf(sleeper);
  }

 private:
  bool slept_ = false;
};

TEST_P(BusyTimer, EndsInTheFirstTurnAfterItsTime) {
  EXPECT_THAT(SleepBesideOneWho(/*makes_a_step_a_turn=*/true),
              IsOkAndHolds(4 * kStep));
}

// Who never has to wait makes as many steps in a turn as its budget allows, so
// a turn is that much longer. (With a ring every read is a wait.)
TEST_P(BusyTimer, IsLateByNoMoreThanTheTurnInWhichItsTimeCame) {
  const auto began = SleepBesideOneWho(/*makes_a_step_a_turn=*/false);
  ASSERT_THAT(began, IsOk());
  EXPECT_GE(*began, kSleep);
  EXPECT_LE(*began, kSleep + kTurnBudget * kStep);
}

INSTANTIATE_ON_FAKE_BACKENDS(BusyTimer);

}  // namespace
}  // namespace cloche

// WithTimeout, MoveOnAfter and Shield: what they change of a result, and what
// they leave as it is.

#include "cloche/tasks/timeout.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cloche/base/errors.h"
#include "cloche/tasks/cleanup.h"
#include "cloche/tasks/nursery.h"
#include "cloche/tasks/readiness.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/event_log.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/test_loop.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::Contains;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Optional;
using ::testing::Pointee;

constexpr absl::StatusCode kCancelled = absl::StatusCode::kCancelled;
constexpr absl::StatusCode kLate = absl::StatusCode::kDeadlineExceeded;
constexpr absl::Duration kSecond = absl::Seconds(1);

Task<std::unique_ptr<int>> SevenAfter(absl::Duration duration) {
  co_await Try(Sleep(duration));
  co_return std::make_unique<int>(7);
}

// Notices the cancellation, does what has to be done, and succeeds after all.
Task<int> SucceedLate(absl::Duration cleanup) {
  (void)co_await Sleep(absl::Hours(1));
  co_await Try(Shield(Sleep(cleanup)));
  co_return 7;
}

// --- WithTimeout ------------------------------------------------------------

TEST(WithTimeout, GivesTheResultOfWhatWasInTime) {
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithTimeout(2 * kSecond, SevenAfter(kSecond))),
              IsOkAndHolds(Pointee(7)));
  EXPECT_EQ(loop.elapsed(), kSecond);
}

TEST(WithTimeout, GivesDeadlineExceededWhenTheTimeIsUp) {
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithTimeout(kSecond, SevenAfter(2 * kSecond))),
              StatusIs(kLate,
                       "not done within 1s, the timeout set at "
                       "src/tasks/timeout_test.cc:"));
  EXPECT_EQ(loop.elapsed(), kSecond);
}

TEST(WithTimeout, TellsInTheCauseWhatWasWaitedForWhenTheTimeWasUp) {
  TestLoop loop;
  const absl::Status status =
      loop.Run(WithTimeout(kSecond, SevenAfter(2 * kSecond))).status();
  EXPECT_THAT(CauseOf(status), StatusIs(kCancelled));
  EXPECT_THAT(TracebackOf(CauseOf(status)),
              Contains(HasSubstr("cloche::SevenAfter")));
}

TEST(WithTimeout, PassesAnErrorThatIsNotItsOwnUnchanged) {
  TestLoop loop;
  EXPECT_THAT(
      loop.Run(WithTimeout(kSecond,
                           []() -> Task<> {
                             co_return absl::AbortedError("something else");
                           }())),
      StatusIs(absl::StatusCode::kAborted, "something else"));
}

// Every other result passes unchanged, a late OK included.
TEST(WithTimeout, PassesALateSuccess) {
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithTimeout(kSecond, SucceedLate(kSecond))),
              IsOkAndHolds(7));
  EXPECT_EQ(loop.elapsed(), 2 * kSecond);
}

TEST(WithTimeout, PassesAnErrorThatCameLate) {
  TestLoop loop;
  EXPECT_THAT(
      loop.Run(WithTimeout(kSecond,
                           []() -> Task<> {
                             (void)co_await Sleep(absl::Hours(1));
                             co_return absl::AbortedError("late and wrong");
                           }())),
      StatusIs(absl::StatusCode::kAborted, "late and wrong"));
}

TEST(WithTimeout, OfNoLengthCancelsBeforeItBegins) {
  TestLoop loop;
  for (const absl::Duration timeout : {absl::ZeroDuration(), -kSecond}) {
    EXPECT_THAT(loop.Run(WithTimeout(timeout, WaitReadable(7))),
                StatusIs(kLate));
  }
  EXPECT_THAT(loop.backend().calls(), Not(Contains(HasSubstr("start"))));
}

TEST(WithTimeout, OfInfiniteLengthNeverEnds) {
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithTimeout(absl::InfiniteDuration(),
                                   SevenAfter(absl::Hours(1'000'000)))),
              IsOkAndHolds(Pointee(7)));
}

// --- Identity (Kotlin#1374, libunifex#560) ----------------------------------

TEST(WithTimeout, InsideAnotherThatEndsFirstPassesTheOthersCancellation) {
  TestLoop loop;
  absl::Status inner;
  EXPECT_THAT(loop.Run(WithTimeout(kSecond,
                                   [&]() -> Task<> {
                                     inner = co_await WithTimeout(
                                         2 * kSecond, Sleep(absl::Hours(1)));
                                     co_return inner;
                                   }())),
              StatusIs(kLate, "within 1s"));
  EXPECT_THAT(inner, StatusIs(kCancelled));
}

TEST(WithTimeout, InsideALongerOneEndsAloneAndTheOuterOneGoesOn) {
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithTimeout(3 * kSecond,
                                   []() -> Task<int> {
                                     EXPECT_THAT(
                                         co_await WithTimeout(
                                             kSecond, Sleep(absl::Hours(1))),
                                         StatusIs(kLate, "within 1s"));
                                     co_await Try(Sleep(kSecond));
                                     co_return 7;
                                   }())),
              IsOkAndHolds(7));
}

// The outer one wins: its cancellation is not over when the inner scope ends.
TEST(WithTimeout, AtTheSameInstantAsAnOuterOneLeavesItToTheOuterOne) {
  TestLoop loop;
  absl::Status inner;
  EXPECT_THAT(loop.Run(WithTimeout(kSecond,
                                   [&]() -> Task<> {
                                     inner = co_await WithTimeout(
                                         kSecond, Sleep(absl::Hours(1)));
                                     co_return inner;
                                   }())),
              StatusIs(kLate));
  EXPECT_THAT(inner, StatusIs(kCancelled));
  EXPECT_EQ(loop.elapsed(), kSecond);
}

TEST(WithTimeout, PassesACancelledThatAnotherScopeCausedBeforeTheDeadline) {
  CancelScope scope;
  scope.Cancel();
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithTimeout(kSecond, scope.Run(Sleep(absl::Hours(1))))),
              StatusIs(kCancelled));
}

TEST(WithTimeout, PassesACancelledThatAnotherScopeCausedThoughItIsLate) {
  CancelScope scope;
  scope.Cancel();
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithTimeout(kSecond,
                                   [&]() -> Task<> {
                                     const absl::Status of_another =
                                         co_await scope.Run(Yield());
                                     (void)co_await Sleep(absl::Hours(1));
                                     co_return of_another;
                                   }())),
              StatusIs(kCancelled));
  EXPECT_EQ(loop.elapsed(), kSecond);
}

TEST(WithTimeout, PassesACancelledThatSomebodyMadeByHand) {
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithTimeout(kSecond,
                                   []() -> Task<> {
                                     (void)co_await Sleep(absl::Hours(1));
                                     co_return absl::CancelledError("by hand");
                                   }())),
              StatusIs(kCancelled, "by hand"));
}

TEST(WithTimeout, CancelledFromOutsideBeforeItsTimeIsNotLate) {
  CancelScope scope;
  TestLoop loop;
  loop.At(kSecond, [&] { scope.Cancel(); });
  EXPECT_THAT(loop.Run(scope.Run(WithTimeout(absl::Hours(1), WaitReadable(7)))),
              StatusIs(kCancelled));
}

// --- MoveOnAfter ------------------------------------------------------------

TEST(MoveOnAfter, GivesTrueInTimeAndFalseWhenLate) {
  TestLoop loop;
  EXPECT_THAT(loop.Run(MoveOnAfter(2 * kSecond, Sleep(kSecond))),
              IsOkAndHolds(true));
  EXPECT_THAT(loop.Run(MoveOnAfter(kSecond, Sleep(2 * kSecond))),
              IsOkAndHolds(false));
}

TEST(MoveOnAfter, GivesTheValueInTimeAndNulloptWhenLate) {
  TestLoop loop;
  EXPECT_THAT(loop.Run(MoveOnAfter(2 * kSecond, SevenAfter(kSecond))),
              IsOkAndHolds(Optional(Pointee(7))));
  EXPECT_THAT(loop.Run(MoveOnAfter(kSecond, SevenAfter(2 * kSecond))),
              IsOkAndHolds(Eq(std::nullopt)));
}

TEST(MoveOnAfter, PassesErrorsAndTheCancellationOfOthers) {
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithTimeout(
                  kSecond, MoveOnAfter(2 * kSecond, Sleep(absl::Hours(1))))),
              StatusIs(kLate));
  EXPECT_THAT(loop.Run(MoveOnAfter(
                  kSecond,
                  []() -> Task<> { co_return absl::AbortedError("wrong"); }())),
              StatusIs(absl::StatusCode::kAborted));
}

// Being late is no error, but a cleanup that failed is one.
TEST(MoveOnAfter, GivesTheErrorOfACleanupThatFailedWhenItWasLate) {
  TestLoop loop;
  EXPECT_THAT(
      loop.Run(MoveOnAfter(
          absl::Seconds(1),
          WithCleanup(
              Sleep(absl::Hours(1)),
              []() -> Task<> { co_return absl::InternalError("cleanup"); },
              absl::Seconds(1)))),
      StatusIs(absl::StatusCode::kInternal, "cleanup"));
}

// --- Shield -----------------------------------------------------------------

TEST(Shield, LetsNoCancellationInFromOutside) {
  TestLoop loop;
  absl::Status shielded;
  EXPECT_THAT(loop.Run(WithTimeout(kSecond,
                                   [&]() -> Task<> {
                                     shielded =
                                         co_await Shield(Sleep(3 * kSecond));
                                     co_return co_await Yield();
                                   }())),
              StatusIs(kLate));
  EXPECT_THAT(shielded, IsOk());
  EXPECT_EQ(loop.elapsed(), 3 * kSecond);
}

TEST(Shield, WorksInAScopeThatIsCancelledAlready) {
  CancelScope scope;
  scope.Cancel();
  TestLoop loop;
  EXPECT_THAT(loop.Run(scope.Run(Shield(Sleep(kSecond)))), IsOk());
  EXPECT_EQ(loop.elapsed(), kSecond);
}

TEST(Shield, WithADeadlineEndsAtItsDeadline) {
  CancelScope scope;
  scope.Cancel();
  TestLoop loop;
  EXPECT_THAT(loop.Run(scope.Run(Shield(Sleep(absl::Hours(1)), kSecond))),
              StatusIs(kLate));
  EXPECT_EQ(loop.elapsed(), kSecond);
}

TEST(Shield, InsideAShieldHoldsOffTheDeadlineOfTheOuterOne) {
  TestLoop loop;
  absl::Status inner;
  EXPECT_THAT(loop.Run(Shield(
                  [&]() -> Task<> {
                    inner = co_await Shield(Sleep(3 * kSecond));
                    co_return co_await Yield();
                  }(),
                  kSecond)),
              StatusIs(kLate));
  EXPECT_THAT(inner, IsOk());
}

TEST(Shield, DoesNotHoldOffAScopeInsideOfIt) {
  TestLoop loop;
  EXPECT_THAT(loop.Run(Shield(WithTimeout(kSecond, Sleep(absl::Hours(1))))),
              StatusIs(kLate));
}

TEST(Shield, CoversTheChildrenOfANurseryOpenedInsideOfIt) {
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithTimeout(
                  kSecond, Shield(WithNursery([](Nursery& nursery) -> Task<> {
                    nursery.Start([]() -> Task<> {
                      co_return co_await Sleep(3 * kSecond);
                    });
                    co_return absl::OkStatus();
                  })))),
              IsOk());
  EXPECT_EQ(loop.elapsed(), 3 * kSecond);
}

// A child is cancelled with the code that opened its nursery, and not with the
// code that called Start.
TEST(Shield, DoesNotCoverAChildStartedFromInsideOfItInAnOuterNursery) {
  TestLoop loop;
  EXPECT_THAT(loop.Run(WithTimeout(
                  kSecond, WithNursery([](Nursery& nursery) -> Task<> {
                    co_return co_await Shield([](Nursery& outer) -> Task<> {
                      outer.Start([]() -> Task<> {
                        co_return co_await Sleep(absl::Hours(1));
                      });
                      co_return absl::OkStatus();
                    }(nursery));
                  }))),
              StatusIs(kLate));
  EXPECT_EQ(loop.elapsed(), kSecond);
}

// --- A timeout is not a nursery ---------------------------------------------

TEST(WithTimeout, AroundTheCallThatStartsAChildHasNoEffectOnTheChild) {
  TestLoop loop;
  absl::Status child;
  const auto sleeper = [&]() -> Task<> {
    child = co_await Sleep(absl::Hours(1));
    co_return child;
  };
  EXPECT_THAT(loop.Run([&]() -> Task<> {
    co_return co_await WithNursery([&](Nursery& nursery) -> Task<> {
      EXPECT_THAT(
          co_await WithTimeout(kSecond,
                               [&]() -> Task<> {
                                 nursery.Start(sleeper);
                                 co_return co_await Sleep(absl::Hours(2));
                               }()),
          StatusIs(kLate));
      co_return absl::OkStatus();
    });
  }),
              IsOk());
  EXPECT_THAT(child, IsOk());
  EXPECT_EQ(loop.elapsed(), absl::Hours(1));
}

}  // namespace
}  // namespace cloche

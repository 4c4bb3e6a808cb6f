// Nurseries and timeouts in every order: whoever of the children runs first,
// the nursery ends when all have ended, and says what went wrong.

#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/base/errors.h"
#include "cloche/tasks/nursery.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/task_handle.h"
#include "cloche/tasks/timeout.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/explore.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::AllOf;
using ::testing::Ge;
using ::testing::Le;

constexpr absl::StatusCode kAborted = absl::StatusCode::kAborted;

Task<> LetOthersRun() { co_return co_await Sleep(absl::ZeroDuration()); }

// What became of the children.
struct Fates {
  int begun = 0;
  int succeeded = 0;
  int cancelled = 0;
  int failed = 0;
  int ended() const { return succeeded + cancelled + failed; }
};

Task<> Good(Fates& fates) {
  ++fates.begun;
  for (int i = 0; i < 2; ++i) {
    const absl::Status status = co_await LetOthersRun();
    if (status.ok()) continue;
    ++fates.cancelled;
    co_return status;
  }
  ++fates.succeeded;
  co_return absl::OkStatus();
}

Task<> Bad(Fates& fates) {
  ++fates.begun;
  const absl::Status status = co_await LetOthersRun();
  ++(status.ok() ? fates.failed : fates.cancelled);
  co_return status.ok() ? absl::AbortedError("bad") : status;
}

using Child = Task<> (*)(Fates&);

// The result of a nursery with these children; at that time all have ended.
Task<> RunChildren(std::vector<Child> children, NurseryPolicy policy,
                   Fates& fates, absl::Status& result) {
  result = co_await WithNursery(
      [&](Nursery& nursery) -> Task<> {
        for (const Child child : children) {
          nursery.Start(child, std::ref(fates));
        }
        co_return absl::OkStatus();
      },
      policy);
  EXPECT_EQ(fates.ended(), fates.begun) << "it ended before its children";
  co_return absl::OkStatus();
}

using Check = std::function<void(const Fates&, const absl::Status&)>;

// Every child reaches its first checkpoint, in whatever order, so all begin.
SweepScenario ANursery(std::vector<Child> children, NurseryPolicy policy,
                       Check check) {
  return [children, policy, check](SweepRun& run) {
    Fates& fates = run.Keep<Fates>();
    absl::Status& result = run.Keep<absl::Status>();
    run.Main(run.AddHost("host"), RunChildren, children, policy,
             std::ref(fates), std::ref(result));
    run.AtEnd([&fates, &result, children, check] {
      EXPECT_EQ(fates.begun, static_cast<int>(children.size()));
      check(fates, result);
    });
  };
}

constexpr ExploreOptions kThorough = {.most_deviations = 4};

TEST(NurseryInEveryOrder, SaysWhichOfThreeChildrenFailed) {
  const auto report =
      Explore(ANursery({Good, Bad, Good}, NurseryPolicy::kCancelSiblings,
                       [](const Fates& fates, const absl::Status& result) {
                         EXPECT_EQ(result.code(), kAborted);
                         EXPECT_EQ(fates.failed, 1);
                       }),
              kThorough);
  EXPECT_TRUE(report.complete);
  EXPECT_GT(report.exhaustive_runs, 20);
}

TEST(NurseryInEveryOrder, KeepsEachFailureThatWasNoCancellation) {
  const auto report =
      Explore(ANursery({Bad, Good, Bad}, NurseryPolicy::kCancelSiblings,
                       [](const Fates& fates, const absl::Status& result) {
                         EXPECT_EQ(result.code(), kAborted);
                         EXPECT_THAT(fates.failed, AllOf(Ge(1), Le(2)));
                         EXPECT_EQ(FailuresOf(result).size(),
                                   static_cast<size_t>(fates.failed));
                       }),
              kThorough);
  EXPECT_TRUE(report.complete);
}

TEST(NurseryInEveryOrder, OfSupervisedChildrenCancelsNone) {
  const auto report =
      Explore(ANursery({Good, Bad, Good}, NurseryPolicy::kWaitForAll,
                       [](const Fates& fates, const absl::Status& result) {
                         EXPECT_EQ(result.code(), kAborted);
                         EXPECT_EQ(fates.succeeded, 2);
                         EXPECT_EQ(fates.cancelled, 0);
                       }),
              kThorough);
  EXPECT_TRUE(report.complete);
}

TEST(NurseryInEveryOrder, ARaceIsWonThoughSomebodyFails) {
  const auto report =
      Explore(ANursery({Bad, Good, Good}, NurseryPolicy::kFirstSuccess,
                       [](const Fates& fates, const absl::Status& result) {
                         EXPECT_EQ(result, absl::OkStatus());
                         EXPECT_THAT(fates.succeeded, AllOf(Ge(1), Le(2)));
                         // It may come too late even to fail.
                         EXPECT_THAT(fates.failed, Le(1));
                       }),
              kThorough);
  EXPECT_TRUE(report.complete);
}

// --- Joins ------------------------------------------------------------------

// A joiner that a third one cancels, while what it waits for ends.
Task<> JoinWhileCancelled(std::vector<absl::Status>& joined) {
  co_return co_await WithNursery([&](Nursery& nursery) -> Task<> {
    TaskHandle<> worker = nursery.Start(LetOthersRun);
    TaskHandle<> joiner = nursery.Start([&joined, worker]() mutable -> Task<> {
      joined.push_back(co_await worker.Join());
      co_return absl::OkStatus();
    });
    nursery.Start([joiner]() mutable -> Task<> {
      co_await Try(LetOthersRun());
      joiner.Cancel();
      co_return absl::OkStatus();
    });
    co_return absl::OkStatus();
  });
}

TEST(JoinInEveryOrder, EndsOnceWithTheResultOrTheCancellation) {
  const SweepScenario scenario = [](SweepRun& run) {
    auto& joined = run.Keep<std::vector<absl::Status>>();
    run.Main(run.AddHost("host"), JoinWhileCancelled, std::ref(joined));
    run.AtEnd([&joined] {
      ASSERT_EQ(joined.size(), 1u);
      EXPECT_TRUE(joined[0].ok() || absl::IsCancelled(joined[0])) << joined[0];
    });
  };
  EXPECT_TRUE(Explore(scenario, kThorough).complete);
}

// --- Timeouts ---------------------------------------------------------------

// What is in time to the tick, among others that are due with it.
Task<> SleepToTheTick(std::vector<absl::Status>& ends) {
  const absl::Duration second = absl::Seconds(1);
  ends.push_back(co_await WithTimeout(second, Sleep(second)));
  co_return absl::OkStatus();
}

TEST(TimeoutInEveryOrder, IsInTimeOrLateAndLeavesNothing) {
  const SweepScenario scenario = [](SweepRun& run) {
    TestHost& host = run.AddHost("host");
    auto& ends = run.Keep<std::vector<absl::Status>>();
    for (int i = 0; i < 3; ++i) {
      run.Main(host, SleepToTheTick, std::ref(ends));
    }
    run.AtEnd([&ends] {
      ASSERT_EQ(ends.size(), 3u);
      for (const absl::Status& end : ends) {
        EXPECT_TRUE(end.ok() || absl::IsDeadlineExceeded(end)) << end;
      }
    });
  };
  EXPECT_TRUE(Explore(scenario, {.most_deviations = 3}).complete);
}

}  // namespace
}  // namespace cloche

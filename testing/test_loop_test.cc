// TestLoop: what it says when a program does not end.

#include "cloche/testing/test_loop.h"

#include <functional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

constexpr auto kStuck = absl::StatusCode::kFailedPrecondition;

Task<> SpinSoon() {
  co_await Try(Sleep(absl::Milliseconds(3)));
  while (true) co_await Try(Yield());
}

TEST(TestLoop, SaysWhenAndWhereATaskSpins) {
  TestLoop loop;
  const absl::Status status = loop.Run(SpinSoon());
  EXPECT_THAT(status, StatusIs(kStuck, "it spins: at 3ms\n"));
  EXPECT_THAT(status, StatusIs(kStuck, "test_loop_test.cc"));
  loop.Destroy();
}

TEST(TestLoop, SaysThatAnActionBeginsAgainAndAgainAtOneInstant) {
  TestLoop loop;
  const std::function<void()> again = [&] { loop.At(loop.elapsed(), again); };
  again();
  EXPECT_THAT(loop.Run(Sleep(absl::Seconds(1))),
              StatusIs(kStuck, "it spins: at 0\n"));
  loop.Destroy();
}

}  // namespace
}  // namespace cloche

// A child that outlives the body's locals: the mistake that nursery.h warns of
// first. Under AddressSanitizer it dies loudly; without, it is undefined
// behaviour and no test could say what happens, so there the case is not
// compiled: a skipped test would look like a tested rule.

#include <functional>

#include "absl/status/status.h"
#include "cloche/tasks/nursery.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/test_loop.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

Task<> Count(int& counter) {
  co_await Try(Yield());
  ++counter;
  co_return absl::OkStatus();
}

TEST(Child, MayReferToWhatOutlivesTheNursery) {
  TestLoop loop;
  EXPECT_THAT(loop.Run([]() -> Task<int> {
    int outlives = 0;
    co_await Try(WithNursery([&](Nursery& nursery) -> Task<> {
      nursery.Start(Count, std::ref(outlives));
      co_return absl::OkStatus();
    }));
    co_return outlives;
  }),
              IsOkAndHolds(1));
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
// A local that crosses no co_await is on the stack or in the frame, as the
// compiler likes.
TEST(ChildDeathTest, DiesLoudlyWhenItRefersToALocalOfTheBody) {
  TestLoop loop;
  EXPECT_DEATH((void)loop.Run(WithNursery([](Nursery& nursery) -> Task<> {
    int local = 0;
    nursery.Start(Count, std::ref(local));
    co_return absl::OkStatus();
  })),
               "use-after-(free|return)");
}
#endif
#endif

}  // namespace
}  // namespace cloche

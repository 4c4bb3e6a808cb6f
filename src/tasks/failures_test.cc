// How the failures of nested nurseries read: like a Python exception group,
// each with the co_awaits it came through.

#include <regex>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/base/errors.h"
#include "cloche/tasks/cleanup.h"
#include "cloche/tasks/nursery.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/timeout.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/test_loop.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

Task<> Connect(int seconds) {
  co_await Try(Sleep(absl::Seconds(seconds)));
  co_return absl::UnavailableError("connect 10.0.0.1:80: ECONNREFUSED");
}

Task<> FetchPage() {
  co_await Try(Connect(1));
  co_return absl::OkStatus();
}

Task<> WriteLog() {
  co_await Try(WithTimeout(absl::Seconds(2), Sleep(absl::Hours(1))));
  co_return absl::OkStatus();
}

Task<> FetchAll() {
  co_return co_await WithNursery(
      [](Nursery& nursery) -> Task<> {
        nursery.Start(FetchPage);
        nursery.Start(WriteLog);
        co_return absl::OkStatus();
      },
      NurseryPolicy::kWaitForAll);
}

Task<> Report() {
  (void)co_await Sleep(absl::Hours(1));  // It hears the cancellation,
  co_await Try(absl::InternalError("report: no paper"));  // but fails itself.
  co_return absl::OkStatus();
}

Task<> Main() {
  co_return co_await WithNursery([](Nursery& nursery) -> Task<> {
    nursery.Start(FetchAll);
    nursery.Start(Report);
    co_return absl::OkStatus();
  });
}

// Line numbers change whenever a file does; 0 stands for all of them here. That
// they are right is tested in task_test.cc.
std::string WithoutLineNumbers(const std::string& text) {
  static const std::regex kNumber(R"((\.(cc|h)):[0-9]+)");
  static const std::regex kScope("cancel scope [0-9]+");
  return std::regex_replace(std::regex_replace(text, kNumber, "$1:0"), kScope,
                            "cancel scope N");
}

TEST(Failures, OfNestedNurseriesReadLikeAnExceptionGroup) {
  TestLoop loop;
  EXPECT_EQ(
      WithoutLineNumbers(FormatError(loop.Run(Main()))),
      R"(UNAVAILABLE: connect 10.0.0.1:80: ECONNREFUSED (and 2 more failures)
  at src/tasks/failures_test.cc:0 in cloche::FetchPage
  at src/tasks/failures_test.cc:0 in cloche::FetchAll
  at src/tasks/failures_test.cc:0 in cloche::Main
  at testing/test_loop.h:0 in cloche::TestLoop::Run(lambda)
  +-+---------------- 1 ----------------
    | DEADLINE_EXCEEDED: not done within 2s, )"
      R"(the timeout set at src/tasks/failures_test.cc:0 in cloche::WriteLog
    |   caused by: CANCELLED: cancelled by the deadline of )"
      R"(the timeout set at src/tasks/failures_test.cc:0 in cloche::WriteLog
    |     by cancel scope N
    |     at src/tasks/timeout.h:0 in cloche::WithTimeout
    |   at src/tasks/failures_test.cc:0 in cloche::WriteLog
    +---------------- 2 ----------------
    | INTERNAL: report: no paper
    |   at src/tasks/failures_test.cc:0 in cloche::Report
    +------------------------------------)");
}

}  // namespace
}  // namespace cloche

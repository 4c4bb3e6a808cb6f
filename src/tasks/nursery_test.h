// NurseryTest: children that sleep, and a log of how that ended.
//
//     nursery.Start(Sleeper("slow", 3));
//     ...
//     EXPECT_THAT(log_.events(), ElementsAre("slow cancelled"));
//
// Next: testing/test_loop.h.

#ifndef CLOCHE_TASKS_NURSERY_TEST_H_
#define CLOCHE_TASKS_NURSERY_TEST_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/base/errors.h"
#include "cloche/tasks/nursery.h"
#include "cloche/tasks/sleep.h"
#include "cloche/testing/event_log.h"
#include "cloche/testing/test_loop.h"
#include "gtest/gtest.h"

namespace cloche {

class NurseryTest : public testing::Test {
 protected:
  template <typename Body>
  absl::Status RunNursery(
      Body body, NurseryPolicy policy = NurseryPolicy::kCancelSiblings) {
    return loop_.Run(WithNursery(std::move(body), policy));
  }

  // Sleeps, logs how that ended, and then ends with `end`.
  Task<> Child(std::string name, int seconds,
               absl::Status end = absl::OkStatus()) {
    const absl::Status slept = co_await Sleep(absl::Seconds(seconds));
    log_.Add(absl::StrCat(name, slept.ok() ? " slept" : " cancelled"));
    co_return slept.ok() ? end : slept;
  }
  // For Nursery::Start.
  auto Sleeper(std::string name, int seconds,
               absl::Status end = absl::OkStatus()) {
    return [this, name, seconds, end] { return Child(name, seconds, end); };
  }

  EventLog log_;
  TestLoop loop_;
};

// Of the primary failure and of each that is attached to it.
inline std::vector<std::string> MessagesOf(const absl::Status& status) {
  std::vector<std::string> messages;
  for (const absl::Status& failure : FailuresOf(status)) {
    messages.emplace_back(failure.message());
  }
  return messages;
}

}  // namespace cloche

#endif  // CLOCHE_TASKS_NURSERY_TEST_H_

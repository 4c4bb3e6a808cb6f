// DumpTasks and the deadlock error: who waits for what, and where.

#include <functional>
#include <regex>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/base/errors.h"
#include "cloche/sync/event.h"
#include "cloche/sync/semaphore.h"
#include "cloche/tasks/nursery.h"
#include "cloche/tasks/readiness.h"
#include "cloche/tasks/run.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/timeout.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/test_loop.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::HasSubstr;

std::string WithoutLineNumbers(const std::string& text) {
  static const std::regex kNumber(R"((\.(cc|h)):[0-9]+)");
  return std::regex_replace(text, kNumber, "$1:0");
}

Task<> ReadSocket(int fd) { co_return co_await WaitReadable(fd); }
Task<> WaitFor(Event& event) { co_return co_await event.Wait(); }

Task<> Serve(Event& event) {
  co_return co_await WithNursery([&](Nursery& nursery) -> Task<> {
    nursery.Start(ReadSocket, 7);
    nursery.Start(WaitFor, std::ref(event));
    co_await Try(WithNursery([&](Nursery& inner) -> Task<> {
      inner.Start(ReadSocket, 8);
      co_return absl::OkStatus();
    }));
    co_return absl::OkStatus();
  });
}

TEST(DumpTasks, ShowsTheTreeWithWhatEachTaskWaitsFor) {
  Event event;
  TestLoop loop;
  Start(loop.loop(), Serve, std::ref(event));
  Start(loop.loop(),
        []() -> Task<> { co_return co_await Sleep(absl::Seconds(3)); });
  loop.RunTurns(2);
  Start(loop.loop(), ReadSocket, 9);
  EXPECT_EQ(WithoutLineNumbers(DumpTasks(loop.loop())),
            R"(main task
  src/tasks/dump_test.cc:0 in cloche::Serve
  src/tasks/nursery.h:0 in cloche::WithNursery
  src/tasks/dump_test.cc:0 in cloche::Serve(lambda)
  src/tasks/nursery.h:0 in cloche::WithNursery: )"
            R"(waits for the last of 1 children to end
  nursery opened at src/tasks/dump_test.cc:0 in cloche::Serve, children: 2
    task
      src/tasks/dump_test.cc:0 in cloche::ReadSocket: )"
            R"(waits: wait until fd 7 is readable
    task
      src/tasks/dump_test.cc:0 in cloche::WaitFor: )"
            R"(waits for an event, until Set is called
  nursery opened at src/tasks/dump_test.cc:0 in cloche::Serve(lambda), )"
            R"(children: 1
    task
      src/tasks/dump_test.cc:0 in cloche::ReadSocket: )"
            R"(waits: wait until fd 8 is readable
main task
  src/tasks/dump_test.cc:0 in cloche::)"
            R"(DumpTasks_ShowsTheTreeWithWhatEachTaskWaitsFor_Test::)"
            R"(TestBody(lambda): sleeps for another 3s
main task
  not begun yet
)");
  loop.Destroy();
}

// What the dump says of a task that does just this.
template <typename Function>
std::string DumpOf(Function function) {
  TestLoop loop;
  Start(loop.loop(), std::move(function));
  loop.RunTurns(1);
  std::string dump = DumpTasks(loop.loop());
  loop.Destroy();
  return dump;
}

TEST(DumpTasks, SaysOfEachKindOfWaitWhatWillEndIt) {
  EXPECT_THAT(DumpOf([]() -> Task<> { co_return co_await Yield(); }),
              HasSubstr("waits for its next turn"));
  EXPECT_THAT(DumpOf([]() -> Task<> {
                Semaphore none(0);
                const Permit permit = co_await Try(none.Acquire());
                co_return absl::OkStatus();
              }),
              HasSubstr("waits for a permit of a semaphore, until one is"));
  EXPECT_THAT(DumpOf([]() -> Task<> {
                co_return co_await WithNursery([](Nursery& nursery) -> Task<> {
                  TaskHandle<> child = nursery.Start(ReadSocket, 7);
                  co_return co_await child.Join();
                });
              }),
              HasSubstr("joins a task until it ends"));
  EXPECT_THAT(DumpOf([]() -> Task<> {
                co_return co_await WithNursery([](Nursery& nursery) -> Task<> {
                  co_return co_await nursery.StartAndWait(
                      [](Started<>&) { return ReadSocket(7); });
                });
              }),
              HasSubstr("waits until a child says that it has started"));
}

TEST(DumpTasks, NamesTheLineOfTheAwait) {
  TestLoop loop;
  constexpr int kLine = __LINE__ + 2;
  Start(loop.loop(),
        []() -> Task<> { co_return co_await Sleep(absl::Seconds(3)); });
  loop.RunTurns(1);
  EXPECT_THAT(DumpTasks(loop.loop()),
              HasSubstr(absl::StrCat("src/tasks/dump_test.cc:", kLine)));
  loop.Destroy();
}

TEST(DumpTasks, CanBeAskedForByATaskThatRuns) {
  TestLoop loop;
  std::string dump;
  EXPECT_THAT(loop.Run([&]() -> Task<> {
    co_await Try(Yield());
    dump = DumpTasks(loop.loop());
    co_return absl::OkStatus();
  }),
              IsOk());
  EXPECT_EQ(dump, "main task\n  running now\n");
}

TEST(DumpTasks, OfALoopWithoutTasksIsEmpty) {
  TestLoop loop;
  EXPECT_EQ(DumpTasks(loop.loop()), "");
}

// Parked operations do not count: two tasks that both wait in receive are the
// very deadlock to catch.
TEST(Run, SaysDeadlockWithTheTreeWhenNothingCanWakeAnybody) {
  Event event;
  TestLoop loop;
  const absl::Status status = cloche::Run(loop.loop(), Serve(event));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition,
                               "deadlock: every task waits"));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("waits for an event, until Set is called"));
  EXPECT_THAT(CauseOf(status), StatusIs(absl::StatusCode::kFailedPrecondition));
  loop.Destroy();
}

TEST(Run, PassesOnTheErrorOfABackendThatCannotWait) {
  Event event;
  TestLoop loop;
  loop.backend().FailWaits(absl::InternalError("epoll wait: EBADF"));
  EXPECT_THAT(cloche::Run(loop.loop(), WaitFor(event)),
              StatusIs(absl::StatusCode::kInternal, "epoll wait: EBADF"));
  loop.Destroy();
}

}  // namespace
}  // namespace cloche

#include "cloche/testing/test_loop.h"

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/testing/standstill.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

// No test of tasks alone needs so many.
constexpr int kMostTurnsAtATime = 100'000;

}  // namespace

TestLoop::TestLoop(TaskOrder* order) {
  auto backend = std::make_unique<ScriptedBackend>(clock_);
  backend_ = backend.get();
  loop_.emplace(Environment{.clock = &clock_,
                            .backend = std::move(backend),
                            .order = order,
                            .observer = &observer_});
}

TestLoop::~TestLoop() {
  if (!loop_.has_value()) return;
  EXPECT_TRUE(loop_->residents().empty())
      << "tasks are left at the end of the test:\n"
      << DumpTasks(*loop_);
  EXPECT_TRUE(loop_->timers().empty())
      << "a timer is left at the end of the test";
  EXPECT_EQ(backend_->in_flight(), 0u)
      << "an operation is left at the end of the test";
}

void TestLoop::At(absl::Duration since_start, std::function<void()> action) {
  backend_->At(FakeClock::Start() + since_start, std::move(action));
}

void TestLoop::RunTurns(int turns) {
  for (int i = 0; i < turns; ++i) {
    if (!loop_->RunOnce(absl::InfiniteFuture()).ok()) return;
  }
}

// Who waits until all are blocked is woken when a turn without sleep has found
// nothing to do.
absl::Status TestLoop::RunOneTurn() {
  if (!blocked_.any()) return loop_->RunOnce(absl::InfiniteFuture());
  const uint64_t before = loop_->progress();
  const absl::Status status = loop_->RunOnce(absl::InfinitePast());
  if (loop_->progress() == before) blocked_.Wake();
  return status;
}

absl::Status TestLoop::Stuck(absl::string_view how) {
  return absl::FailedPreconditionError(
      absl::StrCat(how, "\n", DumpTasks(*loop_)));
}

absl::Status TestLoop::Drive(const RunningTask& task) {
  const bool watches_misuse = observer_.empty();
  Standstill standstill(clock_, kMostTurnsAtATime);
  while (!task.ended()) {
    if (standstill.IsTooLong()) {
      return Stuck(
          absl::StrCat("it spins: at ", absl::FormatDuration(elapsed())));
    }
    if (!RunOneTurn().ok()) {
      return Stuck("deadlock: every task waits, and nothing can wake them");
    }
    // A task that ignores its cancellation would go on for ever.
    if (watches_misuse && !observer_.empty()) {
      return absl::InternalError("stopped at a misuse of the library");
    }
  }
  return absl::OkStatus();
}

}  // namespace cloche

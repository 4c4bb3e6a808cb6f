#include "cloche/testing/sweep_run.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/fakes/errno_table.h"
#include "cloche/tasks/running_task.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

// No program needs so many rounds at one instant; one that spins does.
constexpr int kMostRoundsAtATime = 5000;

constexpr uint64_t kFirstHistory = 0xcbf29ce484222325;

}  // namespace

SweepRun::SweepRun(const SweepOptions& options)
    : options_(options), world_(SeedOf(options), options.backend) {
  world_.set_order(this);
  world_.set_most_rounds_at_a_time(kMostRoundsAtATime);
}

// No moment comes any more while tasks are torn down.
SweepRun::~SweepRun() { on_moment_ = nullptr; }

TestHost& SweepRun::AddHost(absl::string_view name) {
  hosts_.push_back(&world_.AddHost(name));
  hosts_.back()->kernel().AddReturnWatcher(
      [this, host = histories_.size()](CallKind kind, int fd, int64_t result) {
        NoteInHistory(host, absl::ToUnixNanos(world_.clock().Now()));
        NoteInHistory(host, absl::ToUnixNanos(world_.clock().WallNow()));
        NoteInHistory(host, static_cast<int64_t>(kind));
        NoteInHistory(host, fd);
        NoteInHistory(host, result);
      });
  histories_.push_back(kFirstHistory);
  return *hosts_.back();
}

std::string SweepRun::NameOfTask(size_t index) const {
  return absl::StrCat("task ", index + 1, " on ",
                      tasks_[index].task.host().kernel().name());
}

// FNV-1a, word by word. Each step can be undone, so two histories that differ
// in one word never have the same number.
void SweepRun::NoteInHistory(size_t host, int64_t what) {
  histories_[host] =
      (histories_[host] ^ static_cast<uint64_t>(what)) * 0x100000001b3;
}

// --- Moments ----------------------------------------------------------------

// A moment comes even where nobody has an order.
size_t SweepRun::Choose(absl::Span<Runnable* const> ready) {
  NextMoment(/*in_a_turn=*/true);
  const size_t index = order_ == nullptr ? 0 : order_->Choose(ready);
  if (traces_) NoteTurn(*ready[index], index, ready.size());
  return index;
}

size_t SweepRun::ChooseTimer(size_t count, bool may_wait) {
  if (order_ == nullptr) return 0;
  const size_t index = order_->ChooseTimer(count, may_wait);
  if (traces_) trace_.NoteDeviation(world_.elapsed(), "timer", index, count);
  return index;
}

size_t SweepRun::ChooseEvent(size_t count, bool may_wait) {
  if (order_ == nullptr) return 0;
  const size_t index = order_->ChooseEvent(count, may_wait);
  if (traces_) trace_.NoteDeviation(world_.elapsed(), "arrival", index, count);
  return index;
}

void SweepRun::StartTrace() {
  traces_ = true;
  for (TestHost* const host : hosts_) trace_.Watch(host->kernel());
}

// An order is not told whose loop asks; a task knows.
void SweepRun::NoteTurn(const Runnable& runs, size_t index, size_t count) {
  const auto* const task = dynamic_cast<const RunningTask*>(&runs);
  for (TestHost* const host : hosts_) {
    if (task == nullptr || !host->alive()) continue;
    if (&host->loop() != &task->loop()) continue;
    trace_.NoteTurn(host->kernel(), index, count);
  }
}

void SweepRun::NextMoment(bool in_a_turn) {
  ++moments_;
  if (on_moment_) on_moment_({moments_, in_a_turn});
}

// --- Driving ----------------------------------------------------------------

bool SweepRun::MainTasksAreOver() const {
  return std::all_of(tasks_.begin(), tasks_.end(),
                     [](const StartedTask& started) {
                       return started.background || started.task.over();
                     });
}

bool SweepRun::AllTasksAreOver() const {
  return std::all_of(
      tasks_.begin(), tasks_.end(),
      [](const StartedTask& started) { return started.task.over(); });
}

bool SweepRun::Wait(absl::FunctionRef<bool()> done) {
  world_.set_patience(options_.patience - world_.elapsed());
  const absl::Status status = world_.DriveUntil([&] {
    NextMoment(/*in_a_turn=*/false);
    return done();
  });
  if (!status.ok()) ADD_FAILURE() << status;
  return status.ok();
}

void SweepRun::DropAfter(uint64_t moments) {
  if (!Wait([&] { return moments_ > moments || MainTasksAreOver(); })) return;
  world_.KillAll();
  Check();
}

void SweepRun::Finish(bool undisturbed) {
  if (!Wait([&] { return MainTasksAreOver(); })) return;
  for (auto& [task, background] : tasks_) {
    if (undisturbed && !background) {
      EXPECT_TRUE(task.handle().ended());
      EXPECT_EQ(task.handle().TakeResult(), absl::OkStatus());
    }
    task.CancelUnlessOver();
  }
  if (Wait([&] { return AllTasksAreOver(); })) Check();
}

void SweepRun::Check() {
  world_.ExpectNothingIsLeft();
  for (const std::function<void()>& check : checks_) check();
}

}  // namespace cloche

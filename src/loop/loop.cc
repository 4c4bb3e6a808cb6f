#include "cloche/loop/loop.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cloche/base/check.h"

namespace cloche {

Loop::Loop(Environment environment)
    : environment_(std::move(environment)),
      timers_(environment_.clock->Now()),
      turn_began_(environment_.clock->Now()) {}

Loop::~Loop() {
  CLOCHE_CHECK(!running_,
               "a loop was destroyed by one of its own tasks; end the main "
               "task instead and destroy the loop where it was made");
  tearing_down_ = true;
  // First the kernel lets go of every buffer, then the frames that hold those
  // buffers may die. The other way round the kernel would write into freed
  // memory (Reseau.jl#134, mio#919).
  DrainBackend();
  while (Resident* resident = residents_.PopFront()) resident->TearDown();
}

void Loop::DrainBackend() {
  OperationList done;
  for (Operation* operation = in_flight_.Front(); operation != nullptr;) {
    // What has ended leaves the list, so the next one is looked up before.
    Operation* next = in_flight_.Next(*operation);
    environment_.backend->Cancel(*operation);
    operation = next;
  }
  while (held_ > 0) {
    const absl::Status status =
        environment_.backend->Wait(absl::InfiniteDuration(), done);
    CLOCHE_CHECK(status.ok(), absl::StrCat("the backend keeps a cancelled "
                                           "operation: ",
                                           status.ToString()));
    // Handed back to nobody: whoever waited for it will never run again.
    while (done.PopFront() != nullptr) --held_;
  }
}

absl::Status Loop::RunOnce(absl::Time latest) {
  CLOCHE_CHECK(!running_,
               "RunOnce inside RunOnce: a task may not drive the loop that it "
               "runs on; co_await what you wait for");
  running_ = true;
  const absl::Status status = CollectFinished(SleepTime(latest));
  if (status.ok()) {
    turn_began_ = Now();
    ++turns_;
    progress_ += FireTimers();
    RunReady();
  }
  running_ = false;
  return status;
}

absl::Time Loop::NextDeadline() const {
  const bool now = !ready_.empty() || environment_.backend->HasEnded();
  return now ? absl::InfinitePast() : timers_.NextDeadline();
}

absl::StatusOr<int> Loop::PollableDescriptor() const {
  const int fd = environment_.backend->pollable_descriptor();
  if (fd >= 0) return fd;
  return absl::UnimplementedError(absl::StrCat(
      "a loop over ", environment_.backend->name(),
      " has no descriptor that another loop could watch; use the backend epoll "
      "or kqueue, or run this loop on a thread of its own"));
}

absl::Duration Loop::SleepTime(absl::Time latest) {
  const absl::Time until = std::min(latest, NextDeadline());
  if (until == absl::InfiniteFuture()) return absl::InfiniteDuration();
  if (until == absl::InfinitePast()) return absl::ZeroDuration();
  return std::max(until - Now(), absl::ZeroDuration());
}

absl::Status Loop::CollectFinished(absl::Duration timeout) {
  OperationList done;
  const absl::Status status = environment_.backend->Wait(timeout, done);
  while (Operation* operation = done.PopFront()) {
    --held_;
    ++progress_;
    operation->OnHandedBack();
  }
  return status;
}

// With an order, timers that share a deadline fire in any. They may also wait
// for the next turn, as long as somebody else has something to do in this one.
size_t Loop::FireTimers() {
  TaskOrder* const order = environment_.order;
  if (order == nullptr) return timers_.Fire(turn_began_);
  return timers_.FireInOrder(turn_began_, [&](size_t count) {
    return order->ChooseTimer(count, /*may_wait=*/!ready_.empty());
  });
}

// Runs those that were ready when the turn began. Whoever becomes ready
// meanwhile waits for the next turn, after the backend was asked again:
// otherwise two tasks that wake each other would shut the network out.
void Loop::RunReady() {
  IntrusiveList<Runnable> batch;
  batch.Append(ready_);
  while (Runnable* runnable = PickReady(batch)) {
    ++progress_;
    runnable->Run();
  }
}

// Looks anew each time: a Runnable that is destroyed by one that ran before
// it leaves the batch by itself. Only tests have an order, and can afford it.
Runnable* Loop::PickReady(IntrusiveList<Runnable>& batch) {
  if (environment_.order == nullptr || batch.empty()) return batch.PopFront();
  std::vector<Runnable*> ready;
  for (Runnable* runnable = batch.Front(); runnable != nullptr;
       runnable = batch.Next(*runnable)) {
    ready.push_back(runnable);
  }
  Runnable* const picked = ready[environment_.order->Choose(ready)];
  picked->Unlink();
  return picked;
}

void Loop::Schedule(Runnable& runnable) {
  if (tearing_down_ || runnable.linked()) return;
  ready_.PushBack(runnable);
}

bool Loop::Start(Operation& operation) {
  CLOCHE_CHECK(!tearing_down_, "an operation was started by a destructor");
  operation.state = OperationState::kIdle;
  if (environment_.backend->Start(operation)) return true;
  operation.state = OperationState::kInFlight;
  in_flight_.PushBack(operation);
  ++held_;
  return false;
}

void Loop::Cancel(Operation& operation) {
  environment_.backend->Cancel(operation);
}

void Loop::Wake() { environment_.backend->Wake(); }

void Loop::ReportMisuse(absl::string_view message) {
  if (environment_.observer != nullptr) {
    environment_.observer->OnMisuse(message);
    return;
  }
  std::fputs(absl::StrCat("cloche: ", message, "\n").c_str(), stderr);
}

}  // namespace cloche

// RunningTask: one line of execution: a chain of coroutine frames, the thing
// its innermost frame waits for, and the cancel scope it is in.
//
// The loop runs it; it resumes the innermost frame. Three things can come back:
//
//                    +--------------------------------------------+
//                    v                                            |
//   Run() --> resume innermost --+--> parked: waits for something |
//                                |                                |
//                                +--> ended: the first frame is done
//                                |                                |
//                                +--> failing: a Try met an error |
//                                        |                        |
//                        +---------------+                        |
//                        v                                        |
//              destroy the failed frame, look at its parent:      |
//                by Try? it fails as well: again                  |
//                plainly? give it the status as a value ----------+
//
// This trampoline is why errors cost little (no frame on the way is resumed)
// and why resources are released in order: each frame is destroyed, innermost
// first, before its parent learns anything. It happens here, on the loop's
// stack, because a frame may not be destroyed inside its own await_suspend
// (GCC PR121961, LLVM#59181).
//
// Main disadvantage: the end of a task and the failure of a task take different
// roads (symmetric transfer and trampoline), and a reader must know both.
//
// Next: running_task.cc; then tasks/task.h for the user's side.

#ifndef CLOCHE_TASKS_RUNNING_TASK_H_
#define CLOCHE_TASKS_RUNNING_TASK_H_

#include <coroutine>
#include <cstdint>
#include <source_location>
#include <string>

#include "absl/status/status.h"
#include "cloche/base/intrusive_list.h"
#include "cloche/loop/loop.h"
#include "cloche/loop/runnable.h"
#include "cloche/tasks/scope_node.h"
#include "cloche/tasks/task_frame.h"
#include "cloche/tasks/waiter.h"

namespace cloche {

class Nursery;

// How many awaits may finish without suspending before the task lets others
// run: one busy connection must not starve the loop. At a microsecond for each
// receive, 64 keep everybody else waiting for well under a tenth of a
// millisecond.
inline constexpr int kTurnBudget = 64;

// A task that answers this many cancelled checkpoints in a row by trying yet
// again is reported as one that ignores cancellation.
inline constexpr int kIgnoredCancellationLimit = 1000;

struct NurseryTag;

// Thread safety: the loop's thread. Lifetime: until OnEnded or TearDown.
//
// Invariants:
//   1. While it runs, running_ is true, until it parks; then at_.parked is
//      the innermost frame.
//   2. waiter_ is what that frame waits for; null if it just waits its turn.
//   3. The task is in the task list of exactly one scope: its innermost.
class RunningTask : public Runnable,
                    public ListNode<ScopeTag>,
                    public ListNode<NurseryTag> {
 public:
  // Whoever derives from it calls SetScope before anything else.
  RunningTask() = default;
  ~RunningTask() override;

  // The loop of its scope, until it has ended.
  Loop& loop() const { return scope_->loop(); }

  // The scope that the running code is in.
  ScopeNode& scope() const { return *scope_; }

  // Enters `scope`, or goes back to one; the caller restores the previous.
  void SetScope(ScopeNode& scope);

  // At a checkpoint: OK to go on, or CANCELLED by the scope that wants the
  // task to end.
  absl::Status Checkpoint();
  // The same, without counting as one. OK if not cancelled.
  absl::Status CancellationStatus() const;

  // Whether this task may go on without suspending once more this turn.
  bool SpendTurn() { return --budget_ > 0; }

  // Suspends `frame` until Wake; `waiter` may be null: only waiting its turn.
  void Park(TaskFrame& frame, Waiter* waiter);

  // What the task waits for has come: it runs in the loop's next turn.
  void Wake();

  // The scope it is in was cancelled: if it waits, it should stop waiting.
  void OnScopeCancelled();

  // `frame`, suspended for good, fails with `failure`; the trampoline takes
  // over when the coroutine has returned to it.
  void Fail(TaskFrame& frame, absl::Status failure);

  // Called by a coroutine's end: what to resume now.
  std::coroutine_handle<> OnFrameFinished(TaskFrame& frame);

  // Destroys all frames, innermost first, children of open nurseries before
  // the frames that opened them. Resumes nothing.
  void TearDown();

  // Adds this task and what it waits for to `text`, one line per co_await,
  // outermost first, then its nurseries' children, indented by `depth`.
  void Describe(int depth, std::string& text) const;

  // The nursery that code of this task opened last and has not left; each knows
  // the one around it. Null: none is open.
  Nursery* innermost_nursery() const { return innermost_nursery_; }
  void SetInnermostNursery(Nursery* nursery) { innermost_nursery_ = nursery; }

  bool begun() const { return started_; }
  bool ended() const { return ended_; }

 protected:
  // The first frame, not yet started, held by this task. Called once, when the
  // task first runs, so that nothing of it runs inside Start.
  virtual TaskFrame& CreateFirstFrame() = 0;
  // The first frame finished and can be asked for its value; it is destroyed
  // when this has returned.
  virtual void TakeResult(TaskFrame& first) = 0;
  // The first frame failed on its way and is gone.
  virtual void TakeFailure(absl::Status failure) = 0;
  // The result was taken and no frame is left. May delete this.
  virtual void OnEnded() = 0;
  // All frames are gone and no result will come. May delete this.
  virtual void OnTornDown() = 0;

 private:
  // What comes back from the coroutines while the task runs. On the stack,
  // since ten thousand tasks that wait need none of it.
  struct Turn {
    TaskFrame* finished = nullptr;  // The first frame, when it has finished.
    TaskFrame* failing = nullptr;
    absl::Status failure;  // What failing fails with.
  };

  void Run() final;
  void ResumeInnermost(TaskFrame* innermost);
  void StartFirstFrame();
  void TakeFinished(TaskFrame& first);
  void DestroyFrames();
  TaskFrame* UnwindOneFrame();
  bool scheduled() const { return ListNode<>::linked(); }
  // Null if it has not begun, is running or has ended.
  TaskFrame* parked() const { return running_ ? nullptr : at_.parked; }

  ScopeNode* scope_ = nullptr;
  Nursery* innermost_nursery_ = nullptr;
  union {
    TaskFrame* parked = nullptr;
    Turn* turn;  // While running_.
  } at_;
  Waiter* waiter_ = nullptr;
  int16_t budget_ = kTurnBudget;
  int16_t ignored_cancellations_ = 0;  // Counts up to the limit.
  bool started_ = false;
  bool running_ = false;
  bool ended_ = false;
};

}  // namespace cloche

#endif  // CLOCHE_TASKS_RUNNING_TASK_H_

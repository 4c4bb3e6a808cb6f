// ScopeNode: the tree through which cancellation flows.
//
// Every stretch of code runs in a scope: a task's own, a nursery's, one that a
// timeout opened. Scopes form a tree; to cancel one is to cancel all below it:
//
//   [main task]
//       +-- [nursery] ................ Cancel() here reaches
//       |      +-- [child task]            this task
//       |      +-- [child task]            this task
//       |             +-- [timeout 3 s]    and what runs in here
//       +-- [shield] ................. but never enters here from outside
//
// Cancellation is level-triggered: a cancelled scope stays cancelled, and each
// checkpoint inside it says so, again and again. And it has identity: a
// CANCELLED status names the scope that cancelled, so that only the timeout
// that fired turns it into DEADLINE_EXCEEDED (Kotlin#1374, libunifex#560).
//
// SPEED(BM_CheckpointInScopes): each scope remembers whether a cancellation
// reaches it, instead of asking all scopes around it at each checkpoint. In the
// six of a server's connection that takes 0.6 instead of 3.4 ns, in twenty 0.7
// instead of 14 (ratio 5.2, 21; 2-core EPYC virtual machine, November 2026).
// The reader pays with a flag that Open and Cancel keep right.
//
// Main disadvantage: Cancel() walks everything below, so it costs as much as
// there is to cancel.
//
// Next: tasks/cancel_scope.h and tasks/timeout.h, what users see of it.

#ifndef CLOCHE_TASKS_SCOPE_NODE_H_
#define CLOCHE_TASKS_SCOPE_NODE_H_

#include <cstdint>
#include <source_location>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/base/intrusive_list.h"
#include "cloche/loop/loop.h"
#include "cloche/time/timer_queue.h"

namespace cloche {

class RunningTask;
struct ScopeTag;       // A task in the task list of its innermost scope.
struct ChildScopeTag;  // A scope in the list of its parent.

// Who opened a scope, for messages: "the nursery opened at src/main.cc:7 in
// Main". The location is left out where there is none to point at.
struct ScopeOrigin {
  absl::string_view what;
  std::source_location where = {};
};

// Thread safety: the loop's thread.
//
// Invariants:
//   1. Open: linked into the parent's list (if there is a parent), and tasks_
//      holds the tasks whose innermost scope is this one.
//   2. cancelled_ never becomes false again.
//   3. The parent outlives the child: both live in frames or tasks, and frames
//      die innermost first, nurseries after their children.
//   4. reached_ is true if and only if EffectiveCancel is not null.
class ScopeNode : public ListNode<ChildScopeTag> {
 public:
  ScopeNode() = default;
  ~ScopeNode() { Close(); }

  // Joins the tree below `parent` (null: a root).
  void Open(Loop& loop, ScopeNode* parent, ScopeOrigin origin);
  // Leaves the tree; nothing if it is not open.
  void Close();

  // Cancellation from outside stops here. Before Open.
  void set_shielded(bool shielded) { shielded_ = shielded; }

  // Cancels everything inside. The tasks are told before this returns, and
  // resumed in a later turn. Calling it again changes nothing.
  void Cancel();

  bool is_open() const { return loop_ != nullptr; }
  bool cancelled() const { return cancelled_; }
  bool deadline_passed() const { return deadline_passed_; }
  ScopeNode* parent() const { return parent_; }

  // The outermost cancelled scope whose cancellation reaches here, or null.
  // The outermost, because its cancellation is not over when an inner scope
  // has ended.
  const ScopeNode* EffectiveCancel() const {
    return reached_ ? OutermostCancelled() : nullptr;
  }

  // CANCELLED, with this scope's name on it.
  absl::Status Error() const;
  // Whether `status` is this scope's own cancellation.
  bool Caused(const absl::Status& status) const;

  void AddTask(RunningTask& task);

  // While it is open.
  Loop& loop() const { return *loop_; }

 protected:
  void CancelForDeadline();

 private:
  const ScopeNode* OutermostCancelled() const;
  void TellTasks();

  Loop* loop_ = nullptr;
  ScopeNode* parent_ = nullptr;
  uint64_t id_ = 0;
  IntrusiveList<RunningTask, ScopeTag> tasks_;
  IntrusiveList<ScopeNode, ChildScopeTag> children_;
  ScopeOrigin origin_;
  bool shielded_ = false;
  bool cancelled_ = false;
  bool reached_ = false;
  bool deadline_passed_ = false;
};

// A scope that may cancel itself when its time is up.
class DeadlineScope final : public ScopeNode, private Timer {
 public:
  // Cancels this scope at `deadline`, at once if that has passed. The scope
  // must be open. A later call replaces an earlier one, unless that has
  // cancelled already: a cancellation cannot be taken back.
  void SetDeadline(absl::Time deadline);

 private:
  void OnDeadline() override { CancelForDeadline(); }
};

}  // namespace cloche

#endif  // CLOCHE_TASKS_SCOPE_NODE_H_

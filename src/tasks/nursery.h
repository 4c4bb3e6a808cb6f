// Nursery: a place where tasks are started, which is left only when all of
// them have ended.
//
//     absl::Status status = co_await WithNursery(
//         [&](Nursery& nursery) -> Task<> {
//           nursery.Start(Serve, std::move(stream));
//           nursery.Start(LogEveryMinute, std::ref(statistics));
//           co_return absl::OkStatus();
//         });
//
// WITH A WARNING FIRST: children may refer only to what outlives WithNursery.
// The locals of the body die when the body returns, which is before its
// children end. Pass children copies, or references to what stands outside:
//
//     int counter = 0;                          // fine: outlives WithNursery
//     co_await WithNursery([&](Nursery& nursery) -> Task<> {
//       int local = 0;                          // dies at co_return
//       nursery.Start(Count, std::ref(local));  // WRONG: use after free
//       co_return absl::OkStatus();
//     });
//
// How it works: a nursery is a list of children and a cancel scope around them.
//
//   WithNursery ---- body ends ---- last child ends ---- returns
//        |   starts |     |              ^
//        |          v     v              |
//        |       [child] [child] --------+
//        +-- scope: cancelled when a child fails (policy), when the code
//                   around is cancelled, or by Cancel()
//
// Why it waits: a task that nobody waits for is one whose errors nobody sees,
// and whose resources nobody knows to be free.
//
// Main disadvantage: no task can be forgotten on purpose. One that is to run on
// belongs in a nursery further out.
//
// Next: tasks/started.h (StartAndWait), tasks/task_handle.h (join one child),
// tasks/timeout.h (a nursery is not a timeout).

#ifndef CLOCHE_TASKS_NURSERY_H_
#define CLOCHE_TASKS_NURSERY_H_

#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "cloche/base/intrusive_list.h"
#include "cloche/base/pool.h"
#include "cloche/tasks/cancel_scope.h"
#include "cloche/tasks/current_task.h"
#include "cloche/tasks/invoke.h"
#include "cloche/tasks/leaf.h"
#include "cloche/tasks/nursery_member.h"
#include "cloche/tasks/running_task.h"
#include "cloche/tasks/started.h"
#include "cloche/tasks/task.h"
#include "cloche/tasks/task_handle.h"
#include "cloche/tasks/task_state.h"

namespace cloche {

// What a nursery does when one of its own (a child, or the body) ends.
enum class NurseryPolicy {
  // The first failure cancels all others. What one usually wants.
  kCancelSiblings,
  // A supervisor: every child runs to its end, whatever the others do.
  kWaitForAll,
  // A race: the first child that succeeds cancels the rest, and the result is
  // OK. The body's success does not count; if every child fails, the first
  // error is the result.
  kFirstSuccess,
};

// Thread safety: the loop's thread. Lifetime: until WithNursery returns; it may
// be handed to children, which hold it open.
//
// Invariants:
//   1. children_ holds exactly the started tasks that have not ended.
//   2. Every Start runs to an end or is torn down with the loop; there is no
//      third way (cpython#116048).
//   3. failures_ is in the order in which they happened, without
//      cancellations that the nursery itself or a scope around it caused.
class Nursery {
 public:
  Nursery(RunningTask& opener, NurseryPolicy policy,
          std::source_location where);
  ~Nursery();

  // Starts a child that runs `function(arguments...)`, a callable that returns
  // a Task; it begins in the loop's next turn. Both are stored in the child
  // (as copies, as std::thread does; std::ref for a reference). The child is
  // cancelled with this nursery and not with the task that calls Start, which
  // may be any task inside. In a cancelled nursery the child is born
  // cancelled and runs to its first checkpoint. What it was given is destroyed
  // when it ends. CHECK: the nursery is open.
  template <typename Function, typename... Arguments>
  auto Start(Function&& function, Arguments&&... arguments) {
    auto child = MakePooled<StoredTask<Function, Arguments...>>(
        loop(), this, std::forward<Function>(function),
        std::forward<Arguments>(arguments)...);
    Adopt(child);
    using Value = typename decltype(child)::element_type::Value;
    return TaskHandle<Value>(std::move(child));
  }

  // The same, unless the nursery is cancelled: then it starts nothing and
  // returns nullopt.
  template <typename Function, typename... Arguments>
  auto TryStart(Function&& function, Arguments&&... arguments) {
    using Handle = decltype(Start(std::forward<Function>(function),
                                  std::forward<Arguments>(arguments)...));
    if (cancelled()) return std::optional<Handle>();
    return std::optional<Handle>(Start(std::forward<Function>(function),
                                       std::forward<Arguments>(arguments)...));
  }

  // Starts a child that runs `function(started, arguments...)` and waits until
  // it calls started.Set(value); gives the value. See tasks/started.h.
  //
  //     const Endpoint where =
  //         co_await Try(nursery.StartAndWait<Endpoint>(Serve, options));
  template <typename V = void, typename Function, typename... Arguments>
  StartedLeaf<V> StartAndWait(Function&& function, Arguments&&... arguments) {
    using Starting = StartingFunction<V, std::decay_t<Function>>;
    auto started = MakePooled<Started<V>>();
    auto child = MakePooled<StoredTask<Starting, Arguments...>>(
        loop(), this, Starting(std::forward<Function>(function), started),
        std::forward<Arguments>(arguments)...);
    return StartedLeaf<V>(*this, std::move(child), std::move(started));
  }

  // Cancels the body and all children, those to come included. WithNursery
  // then gives OK unless something failed besides.
  void Cancel() { scope_.Cancel(); }
  // Whether starting something now would be in vain.
  bool cancelled() const { return scope_.EffectiveCancel() != nullptr; }

  ScopeNode& scope() { return scope_; }
  Loop& loop() const { return opener_.loop(); }

  // --- For WithNursery and the children themselves.
  // `child` begins in the loop's next turn.
  void Adopt(NurseryChild& child);
  void Adopt(std::shared_ptr<NurseryMember> child);
  void OnBodyEnded(const absl::Status& status);
  void OnChildEnded(NurseryChild& child);
  absl::Status Result() const;
  void TearDownChildren();
  // Itself and the nurseries around it, of the same task, outermost first.
  void DescribeFromOutside(int depth, std::string& text) const;
  // The one around it that the same task opened, or null.
  Nursery* outer() const { return outer_; }

 private:
  friend class AllEnded;

  void OnEnded(const absl::Status& status);
  void OnFailure(const absl::Status& failure);
  void KeepAttached(const absl::Status& cancelled);
  bool IsExpected(const absl::Status& failure) const;
  bool CloseIfEmpty();
  void Describe(int depth, std::string& text) const;
  absl::Status ResultWithoutFailures() const;

  RunningTask& opener_;
  Nursery* const outer_;
  const NurseryPolicy policy_;
  const std::source_location where_;
  ScopeNode scope_;
  IntrusiveList<NurseryChild, NurseryTag> children_;
  std::vector<absl::Status> failures_;
  absl::Status cancelled_from_outside_;
  bool succeeded_ = false;
  bool closed_ = false;
  bool opener_waits_ = false;
};

template <typename V>
bool StartedLeaf<V>::Start(RunningTask& task) {
  started_->child_ = child_.get();
  started_->caller_ = &task;
  child_->set_failure_is_private(true);
  child_->AddJoiner(*this);
  nursery_.Adopt(child_);
  return false;
}

// Waits for the last child. Not a checkpoint: a cancelled nursery waits for its
// children like any other, who are being cancelled in their own right.
class AllEnded : public Leaf<AllEnded, absl::Status> {
 public:
  static constexpr bool kIsCheckpoint = false;

  explicit AllEnded(Nursery& nursery) : nursery_(nursery) {}
  bool Start(RunningTask& task);
  absl::Status TakeResult() { return absl::OkStatus(); }
  void Cancel() override {}
  std::string Describe() const override;

 private:
  Nursery& nursery_;
};

// Runs the body, which starts children; returns when the body and every child
// have ended. The body and all frames below it are gone before its children
// are waited for. Gives OK or one status for all failures: the first one, with
// the others attached (FailuresOf). `body` is a callable, Task<>(Nursery&).
template <typename Body>
Task<> WithNursery(
    Body body, NurseryPolicy policy = NurseryPolicy::kCancelSiblings,
    std::source_location where = std::source_location::current()) {
  RunningTask& task = co_await CurrentTask();
  Nursery nursery(task, policy, where);
  nursery.OnBodyEnded(co_await InvokeTask(body, nursery));
  (void)co_await AllEnded(nursery);  // Always OK.
  co_return nursery.Result();
}

}  // namespace cloche

#endif  // CLOCHE_TASKS_NURSERY_H_

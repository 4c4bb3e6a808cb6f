// Started<V>: the started-protocol: "tell me when you are ready".
//
//     Task<> Serve(Started<Endpoint>& started, Options options) {
//       auto listener = co_await Try(TcpListener::Listen(options));
//       started.Set(listener.local_endpoint());
//       ... accept for ever ...
//     }
//     ...
//     const Endpoint where =
//         co_await Try(nursery.StartAndWait<Endpoint>(Serve, options));
//
// How it works: the child belongs to the nursery from the beginning; the caller
// waits until it calls Set, or has ended without.
//
//   before Set:  cancelled if either the nursery or the caller is; a failure
//                goes to the caller alone
//   after Set:   a child like any other
//
// A Set that comes after the caller's cancellation is too late: that child is
// about to end, and who is told that it runs would never hear of its end. The
// caller then hears what came of the child (as in Trio).
//
// That either of the two cancels it is what keeps trio#1431 and trio#2895 out:
// there, a starting task heard one side only, and the other waited for ever.
//
// Main disadvantage: a caller that is cancelled has to wait until the child has
// noticed, so a child should not shield itself before Set.
//
// Next: tasks/nursery.h, StartAndWait.

#ifndef CLOCHE_TASKS_STARTED_H_
#define CLOCHE_TASKS_STARTED_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "cloche/base/check.h"
#include "cloche/base/errors.h"
#include "cloche/tasks/leaf.h"
#include "cloche/tasks/nursery_member.h"
#include "cloche/tasks/result.h"

namespace cloche {

class Nursery;

// What the child is given. Lifetime: the child's. One that was made by hand, to
// call such a function without StartAndWait, only remembers that it was set.
template <typename V = void>
class Started {
 public:
  Started() = default;
  Started(const Started&) = delete;
  Started& operator=(const Started&) = delete;

  // For Started<>.
  void Set()
    requires std::is_void_v<V>
  {
    SetResult(absl::OkStatus());
  }
  template <typename U>
    requires(!std::is_void_v<V>)
  void Set(U&& value) {
    SetResult(std::forward<U>(value));
  }

  bool is_set() const { return result_.has_value(); }

 private:
  template <typename OtherV>
  friend class StartedLeaf;

  void SetResult(ResultOf<V> result) {
    CLOCHE_CHECK(!is_set(), "a task says once that it has started");
    result_ = std::move(result);
    if (too_late_) return;
    if (child_ != nullptr) child_->set_failure_is_private(false);
    if (caller_ != nullptr) caller_->Wake();
  }

  std::optional<ResultOf<V>> result_;
  NurseryMember* child_ = nullptr;
  RunningTask* caller_ = nullptr;  // While it waits.
  bool too_late_ = false;          // The caller's cancellation ends the child.
};

// The function of such a child, with the Started that it is called with.
template <typename V, typename Function>
class StartingFunction {
 public:
  StartingFunction(Function function, std::shared_ptr<Started<V>> started)
      : function_(std::move(function)), started_(std::move(started)) {}

  template <typename... Arguments>
  auto operator()(Arguments&&... arguments) {
    return std::invoke(function_, *started_,
                       std::forward<Arguments>(arguments)...);
  }

 private:
  Function function_;
  std::shared_ptr<Started<V>> started_;  // Shared with the StartedLeaf.
};

// Starts the child when awaited, and waits for Set or its end.
template <typename V>
class [[nodiscard]] StartedLeaf : public Leaf<StartedLeaf<V>, ResultOf<V>>,
                                  private Joiner {
 public:
  StartedLeaf(Nursery& nursery, std::shared_ptr<NurseryMember> child,
              std::shared_ptr<Started<V>> started)
      : nursery_(nursery),
        child_(std::move(child)),
        started_(std::move(started)) {}
  StartedLeaf(StartedLeaf&& other) noexcept
      : StartedLeaf(other.nursery_, std::move(other.child_),
                    std::move(other.started_)) {}
  // At teardown the caller may die before the child, whose destructors may
  // call Set.
  ~StartedLeaf() override {
    if (started_ != nullptr) started_->caller_ = nullptr;
  }

  bool Start(RunningTask& task);
  ResultOf<V> TakeResult();
  // The child is cancelled, and still waited for: it may hold what the caller
  // is about to release.
  void Cancel() override {
    started_->too_late_ = true;
    child_->own_scope().Cancel();
  }
  std::string Describe() const override {
    return "waits until a child says that it has started";
  }

 private:
  void OnJoinedTaskEnded() override { started_->caller_->Wake(); }

  Nursery& nursery_;
  std::shared_ptr<NurseryMember> child_;
  std::shared_ptr<Started<V>> started_;  // The child lets go when it has ended.
};

template <typename V>
ResultOf<V> StartedLeaf<V>::TakeResult() {
  RunningTask* caller = std::exchange(started_->caller_, nullptr);
  // This leaf lives on to the end of the caller's expression, and what happens
  // to the child by then is not its business any more.
  Joiner::Unlink();
  if (started_->is_set() && !started_->too_late_) {
    return std::move(*started_->result_);
  }
  const absl::Status end = child_->EndStatus();
  if (started_->is_set() && end.ok()) return std::move(*started_->result_);
  // A failure of its own comes before the caller's cancellation: nobody else
  // would ever hear of it.
  if (!end.ok() && CancelledScopeOf(end) == 0) return end;
  const absl::Status cancelled = caller->CancellationStatus();
  if (!cancelled.ok()) return WithFailure(cancelled, AttachedTo(end));
  if (!end.ok()) return end;
  return absl::FailedPreconditionError(
      "the task ended before it said that it had started; call started.Set()");
}

}  // namespace cloche

#endif  // CLOCHE_TASKS_STARTED_H_

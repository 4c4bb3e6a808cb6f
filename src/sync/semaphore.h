// Semaphore: at most so many at the same time.
//
//     Semaphore connections(100);
//     ...
//     const Permit permit = co_await Try(connections.Acquire());
//     ... released when the permit dies, however the frame ends ...
//
//     Acquire --> [a permit is free] --------------------------> Permit
//         |                                                        |
//         +-----> [waiters, first come first served] <-- released -+
//
// A permit that is released goes straight to the first who waits and never
// through the pool: so nobody who comes later can overtake, and nobody
// starves.
//
// Main disadvantage: fairness costs throughput. A task that releases and
// acquires again at once has to queue behind all who wait.
//
// Next: sync/event.h; sync/semaphore.cc for what a cancelled waiter does.

#ifndef CLOCHE_SYNC_SEMAPHORE_H_
#define CLOCHE_SYNC_SEMAPHORE_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "cloche/base/intrusive_list.h"
#include "cloche/tasks/leaf.h"
#include "cloche/tasks/running_task.h"

namespace cloche {

class Semaphore;

// The right to go on; given back when it is destroyed. Move-only. Lifetime:
// the semaphore outlives it.
class [[nodiscard]] Permit {
 public:
  explicit Permit(Semaphore& semaphore) : semaphore_(&semaphore) {}
  Permit(Permit&& other) noexcept
      : semaphore_(std::exchange(other.semaphore_, nullptr)) {}
  // The permit that was held before is given back at once.
  Permit& operator=(Permit&& other) noexcept {
    Semaphore* const semaphore = std::exchange(other.semaphore_, nullptr);
    Release();
    semaphore_ = semaphore;
    return *this;
  }
  ~Permit() { Release(); }

  // Gives it back now. Releasing it again changes nothing.
  void Release();

 private:
  Semaphore* semaphore_;
};

// What Semaphore::Acquire returns. A leaf: it waits in the awaiting frame.
class [[nodiscard]] PermitWait
    : public Leaf<PermitWait, absl::StatusOr<Permit>>,
      public ListNode<PermitWait> {
 public:
  explicit PermitWait(Semaphore& semaphore) : semaphore_(semaphore) {}
  PermitWait(PermitWait&& other) noexcept : semaphore_(other.semaphore_) {}
  // A permit that was granted and not taken (the frame died first) goes on to
  // the next.
  ~PermitWait() override;

  bool Start(RunningTask& task);
  absl::StatusOr<Permit> TakeResult();
  void Cancel() override;
  std::string Describe() const override;

 private:
  friend class Semaphore;

  Semaphore& semaphore_;
  RunningTask* task_ = nullptr;
  bool granted_ = false;  // This holds one permit, for TakeResult.
};

// Thread safety: the loop's thread. Lifetime: outlives waiters and permits.
//
// Invariants:
//   1. free_ + permits held + permits granted and not yet taken = the number
//      it was made with.
//   2. waiters_ is empty unless free_ is 0.
class Semaphore {
 public:
  explicit Semaphore(int permits) : free_(permits) {}
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;

  // Awaits a permit. CANCELLED means that none was taken; a permit that was
  // granted before the cancel is delivered.
  PermitWait Acquire() { return PermitWait(*this); }

  // How many could be acquired without waiting.
  int free() const { return free_; }

 private:
  friend class Permit;
  friend class PermitWait;

  void PutBack();

  int free_;
  IntrusiveList<PermitWait, PermitWait> waiters_;
};

}  // namespace cloche

#endif  // CLOCHE_SYNC_SEMAPHORE_H_

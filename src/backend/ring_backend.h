// RingBackend: the Backend over io_uring, a proactor from the kernel itself.
//
// There is nothing to adapt: an operation becomes a submission, and its
// completion is the result. What is left to do is to keep the books.
//
//   Start ──► [queued] ──Wait──► [submitted] ──completion──► finished ──► Wait
//                │                    │                         ▲
//             Cancel ─────────────────┼─────────────────────────┘
//                                  Cancel: another submission, which asks for
//                                  the first one's completion
//
// Start makes no system call. Whatever the tasks of a turn have started goes to
// the kernel with the next Wait, which also brings what has ended: one
// io_uring_enter for a turn, however much was done in it.
//
// Facts about io_uring (io_uring(7), io_uring_setup(2), io_uring_enter(2),
// io_uring_prep_cancel(3); measured on Linux 6.18)
//   * What is submitted is tried at once. If it would block, the kernel waits
//     for the socket itself and tries again, also if the socket is
//     non-blocking; -EINPROGRESS is no result, and -EAGAIN hardly ever.
//   * An accept to which others come first is given up with -EAGAIN when it was
//     woken in vain for the 128th time (APOLL_MAX_RETRY). So is at once the
//     connect of a UNIX socket whose listener's backlog is full.
//   * One enter lets no more than 20 of those who were woken try again, and the
//     next one the next 20.
//   * A buffer is the kernel's until the completion has come. Nothing but that
//     completion says that it has let go.
//   * A submission in flight keeps its file open: close(2) of the descriptor
//     neither ends it nor the connection. Its number is free at once, though.
//   * A cancel is a submission as well. It has a completion of its own, which
//     says whether there was something to cancel; what was cancelled completes
//     too, with -ECANCELED, or with its result if that came first.
//   * Completions come in any order.
//   * A full completion queue loses nothing (IORING_FEAT_NODROP): the kernel
//     keeps the rest until there is room, and gives it at a later enter.
//   * A ring's descriptor can be polled, but with IORING_SETUP_DEFER_TASKRUN it
//     is readable only to who asks: whoever sleeps in poll(2) or epoll_wait(2)
//     is not woken. An eventfd that is registered with the ring is signalled,
//     but by what came from another eventfd only once.
//   * An accept goes by the limit on descriptors that held when it was
//     submitted, and not by the one that holds when somebody connects.
//
// What this means for us
//   * Every operation that was submitted is in flight until its completion has
//     been reaped, cancelled or not. So tokens never name what is gone; the
//     generation in them is there to prove it.
//   * What is given up with -EAGAIN is submitted again, unless it connects.
//   * Cancel of what was only queued needs no kernel.
//   * Close cancels first, and closes when everything has come back.
//   * What came before a cancel is the result, and no byte is lost.
//   * A submission queue that is full is entered early, and what does not fit
//     even then stays queued.
//   * No loop over a ring lives in another loop: pollable_descriptor() is -1.
//   * Timeouts are the loop's; the kernel knows only how long to wait at most.
//   * The wake descriptor is polled by a submission of its own, which is made
//     again after each wake: a signal before that makes it complete at once.
//     Where there was no room for it, the turn does not sleep.
//
// `only_try` operations are the exception: their caller wants to know now, so
// they are made as system calls of their own.
//
// Left out: multishot accept and receive, provided buffers, linked timeouts,
// fixed files (docs/io_uring.md says why).
//
// Main disadvantage: every operation takes a turn, even a send for which there
// is room. One connection alone is served more slowly than over epoll, and a
// hundred are not.
//
// Next: backend/ring_submission.h; calls/ring_calls.h, the ring;
// fakes/fake_ring.h, its rules as a model; backend/readiness_backend.h, the
// other way to be a Backend.

#ifndef CLOCHE_BACKEND_RING_BACKEND_H_
#define CLOCHE_BACKEND_RING_BACKEND_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/backend/backend.h"
#include "cloche/backend/operation.h"
#include "cloche/calls/ring_calls.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/calls/wake_calls.h"

namespace cloche {

// Thread safety: one thread, Wake excepted. It may be made on another one than
// the first Wait.
//
// Invariants:
//   1. An operation in flight is either in its descriptor's slot or in
//      finished_, never both.
//   2. A queued slot's token is in queue_; a submitted one's completion has not
//      been reaped.
//   3. A closing entry has an operation in a slot or in finished_; its
//      descriptor is in closing_ and still open.
class RingBackend final : public Backend {
 public:
  // Submissions that fit in between two Waits; more make a Wait enter twice.
  static constexpr unsigned kDefaultDepth = 256;

  // Whether there is io_uring here; else why not, so that a caller takes epoll.
  // ChooseBackend("io_uring,epoll", ...) does (backend/backends.h): a program
  // seldom needs this itself. It opens a ring, and closes it again.
  //
  // UNIMPLEMENTED, PERMISSION_DENIED, or what else the kernel says.
  static absl::Status Probe(RingCalls& rings);

  // Errors: those of Probe, and RESOURCE_EXHAUSTED when descriptors run out.
  // Lifetime: the calls must outlive the backend.
  static absl::StatusOr<std::unique_ptr<RingBackend>> Create(
      RingCalls& rings, SocketCalls& sockets, WakeCalls& wake,
      unsigned depth = kDefaultDepth);

  RingBackend(const RingBackend&) = delete;
  RingBackend& operator=(const RingBackend&) = delete;
  ~RingBackend() override;

  absl::string_view name() const override { return "io_uring"; }
  bool batches() const override { return true; }
  bool Start(Operation& operation) override;
  void Cancel(Operation& operation) override;
  absl::Status Wait(absl::Duration timeout, OperationList& done) override;
  void Wake() override;
  void Close(int fd) override;
  bool HasEnded() const override { return !finished_.empty(); }

 private:
  // One direction of one descriptor.
  struct Slot {
    Operation* operation = nullptr;
    uint32_t generation = 0;  // Part of the token; new for each operation.
    bool submitted : 1 = false;
    bool cancelled : 1 = false;
  };
  struct Entry {
    Slot reader;
    Slot writer;
    uint16_t unreturned = 0;  // Operations on it that are in finished_.
    bool closing = false;
  };
  // What waits for the next Wait: an operation's submission, or its cancel.
  struct Queued {
    uint64_t token;
    bool cancels;
  };

  RingBackend(std::unique_ptr<Ring> ring, SocketCalls& sockets, WakeCalls& wake)
      : ring_(std::move(ring)), sockets_(sockets), wake_(wake) {}

  // The entry of `fd`, which the table grows to hold.
  Entry& EntryOf(int fd);
  static Slot& SlotOf(Entry& entry, OperationKind kind);
  static uint64_t TokenOf(const Slot& slot);
  // Null if what had the token is over.
  Slot* FindSlot(uint64_t token);
  static bool IsBusy(const Entry& entry);

  void Queue(Slot& slot);
  void CancelSlot(Slot& slot);

  bool MustNotSleep() const;
  void PushQueued();
  bool PushOne(const Queued& queued);
  bool Push(const RingSubmission& submission);
  void PollWake();

  void Reap();
  void OnCompletion(const RingCompletion& completion);
  void Finish(Slot& slot, int64_t result);
  int64_t ResultOf(const Operation& operation, int64_t result);
  void HandBack(OperationList& done);
  void CloseNow(int fd, Entry& entry);
  void CloseHandedBack();

  const std::unique_ptr<Ring> ring_;
  SocketCalls& sockets_;
  WakeCalls& wake_;
  int wake_fd_ = -1;
  bool wake_polled_ = false;
  std::vector<Entry> table_;  // Indexed by descriptor: they are small numbers.
  std::vector<Queued> queue_;
  OperationList finished_;
  std::vector<int> closing_;
};

}  // namespace cloche

#endif  // CLOCHE_BACKEND_RING_BACKEND_H_

// FakeRing: io_uring(7), one instance, in the mode that Cloche asks for: what a
// request has to do is done inside io_uring_enter, and never behind the
// program's back (IORING_SETUP_DEFER_TASKRUN).
//
//   Push ──► submissions ──Enter──► tried: the system call that it stands for
//                                     │            │ would block
//                                     │            ▼
//                                     │   in flight, watching its file
//                                     │            │ the file: Notify(key)
//                                     │            ▼
//                                     │◄──Enter── woken: tried again
//                                     ▼
//   Reap ◄── completions ◄── overflow, if there was no room
//
// Facts about io_uring (io_uring_enter(2), io_uring_prep_cancel(3); measured on
// Linux 6.18)
//   * A request that would block stays, also on a non-blocking descriptor. But
//     an accept that is woken in vain for the 128th time ends with -EAGAIN, and
//     the connect of a UNIX socket does not wait for room in the backlog.
//   * One enter tries the first 20 of those that were woken, and no more.
//   * A request keeps its file, whatever the descriptor means by then.
//   * Cancel finds a request by its token: 0 and -ECANCELED for what was in
//     flight, -ENOENT if there is none. Of a request that was woken and not yet
//     tried again, the cancel wins; the data stays in the socket.
//   * Completions have an order, but none that is promised.
//   * A full completion queue loses nothing; the rest comes in with a later
//     enter.
//
// What a test can choose (set_order): in which order completions are reaped,
// and whether a request that has been woken is quicker than its cancel.
//
// Buffers are the kernel's from the submission to the reaping. A buffer to
// receive into is filled with rubbish meanwhile, and looked at again and again:
// whoever wrote into it, freed it (AddressSanitizer says so) or gave it to
// somebody else is stopped by a CHECK. So is who changes what is being sent.
//
// A request that is carried out is counted, and made to fail, as the system
// call that it stands for (fakes/fault_plan.h). Its EAGAIN is no result: it
// waits. Nor is EINTR: it does not sleep.
//
// Not modelled yet: a file that is closed while a request holds it stays open
// on Linux, where its peer sees no end; here it is closed, and the request
// waits until it is cancelled. Links, timeouts, multishot, provided buffers and
// all other operations.
//
// Next: fakes/fake_ring_calls.h; backend/ring_backend.h, which runs on it.

#ifndef CLOCHE_FAKES_FAKE_RING_H_
#define CLOCHE_FAKES_FAKE_RING_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/calls/ring_calls.h"
#include "cloche/fakes/fake_file.h"
#include "cloche/fakes/fake_kernel_buffer.h"
#include "cloche/fakes/fake_order.h"

namespace cloche {

class FakeHost;

// Thread safety: none. Lifetime: at most that of `host`.
//
// Invariants:
//   1. Every request is in exactly one of submissions_, in_flight_,
//      completions_ and overflow_.
//   2. Those in woken_ are in flight.
//   3. When Enter returns, overflow_ is empty unless completions_ is full. (A
//      Reap makes room, and moves nothing: only the kernel does.)
//   4. What is in overflow_ ended later than all that is in completions_.
class FakeRing final : public FakeFile {
 public:
  // `order` is asked at each choice, if it is set by then.
  FakeRing(FakeHost& host, unsigned depth, const FakeOrder& order);

  // What Ring promises (calls/ring_calls.h); Enter without the fate of the
  // call itself.
  bool Push(const RingSubmission& submission);
  int Enter(absl::Duration timeout);
  size_t Reap(absl::Span<RingCompletion> completions);

  uint32_t Poll() override;
  std::string Describe() const override { return "io_uring"; }
  // CHECKs that the kernel has no buffers any more.
  void OnClosed() override;

 private:
  // A submission from its push to its reaping.
  class Request final : public FakeWatcher {
   public:
    Request(FakeRing& ring, const RingSubmission& what);

    void OnWake(uint32_t key) override;
    void OnFileClosed() override { file = nullptr; }
    void CheckHasNoBuffer() const;

    RingSubmission submission;
    std::shared_ptr<FakeFile> file;
    SocketAddress address;  // Of the peer, to or from the caller.
    SocketAddress* peer;    // An accept's: where it goes when it is reaped.
    FakeKernelBuffer buffer;
    bool connecting = false;  // The call has been made, and is under way.
    bool woken = false;
    int in_vain = 0;  // How often it was tried, and would have blocked.
    std::multimap<uint64_t, std::unique_ptr<Request>>::iterator place;
    int64_t result = 0;

   private:
    FakeRing& ring_;
  };
  using Requests = std::deque<std::unique_ptr<Request>>;

  size_t Choose(size_t count) const;
  void Submit(std::unique_ptr<Request> request);
  int64_t CancelRequest(uint64_t token);
  void TryWoken();

  // The request's call; nothing if it would have to wait.
  std::optional<int64_t> Try(Request& request);
  static bool Waits(Request& request, int64_t result);
  int64_t MakeCall(Request& request);
  int64_t Receive(Request& request);
  int64_t Connect(Request& request);

  void End(Request& request, int64_t result);
  void Complete(std::unique_ptr<Request> request, int64_t result);
  void MakeRoomFromOverflow();

  FakeHost& host_;
  const size_t depth_;
  const FakeOrder& order_;
  Requests submissions_;
  std::multimap<uint64_t, std::unique_ptr<Request>> in_flight_;  // By token.
  std::deque<Request*> woken_;  // In the order in which they were.
  Requests completions_;
  Requests overflow_;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_RING_H_

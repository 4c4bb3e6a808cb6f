// What a ring saves in system calls, against making them: on the real kernel,
// a hundred connections in one turn.
//
// Main disadvantage: both ends of each connection are in this process and on
// this backend, so nobody ever waits, and nothing is said of waiting.
//
//   ./cloche bench ring
//
// Next: src/backend/ring_backend.h; docs/io_uring.md.

#include <array>
#include <cstddef>
#include <deque>
#include <memory>

#include "absl/time/time.h"
#include "benchmark/benchmark.h"
#include "cloche/backend/backends.h"
#include "cloche/backend/operation.h"
#include "cloche/base/check.h"
#include "cloche/benchmarks/paired.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/calls/system_calls.h"

namespace cloche {
namespace {

constexpr size_t kConnections = 100;

class Transfer final : public Operation {
 public:
  Transfer(OperationKind what, int descriptor) {
    kind = what;
    fd = descriptor;
    buffer = bytes_.data();
    size = bytes_.size();
  }
  void OnHandedBack() override {}

 private:
  std::array<char, 100> bytes_ = {};
};

// Pairs of sockets on one backend. In each round, every one of them sends a
// hundred bytes to its other end, which receives them.
class Crowd {
 public:
  explicit Crowd(BackendKind kind)
      : backend_(NewBackend(kind, system_->kernel_calls()).value()) {
    for (size_t i = 0; i < kConnections; ++i) {
      int ends[2];
      CLOCHE_CHECK(sockets_.SocketPair(ends) == 0, "no sockets");
      sends_.emplace_back(OperationKind::kSend, ends[0]);
      receives_.emplace_back(OperationKind::kReceive, ends[1]);
    }
  }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;
  ~Crowd() {
    for (const Transfer& send : sends_) backend_->Close(send.fd);
    for (const Transfer& receive : receives_) backend_->Close(receive.fd);
  }

  // As tasks do that wait for what they start.
  void Await() {
    in_flight_ = 0;
    for (Transfer& send : sends_) Start(send);
    WaitForAll();
    for (Transfer& receive : receives_) Start(receive);
    WaitForAll();
  }
  // As those do that try what they expect to be over at once.
  void Try() {
    for (Transfer& send : sends_) TryOne(send);
    for (Transfer& receive : receives_) TryOne(receive);
  }

 private:
  void Start(Transfer& transfer) {
    transfer.only_try = false;
    if (!backend_->Start(transfer)) ++in_flight_;
  }
  void TryOne(Transfer& transfer) {
    transfer.only_try = true;
    const bool over = backend_->Start(transfer);
    CLOCHE_CHECK(over && transfer.result > 0, "it was to be over at once");
  }
  void WaitForAll() {
    while (in_flight_ > 0) {
      OperationList done;
      CLOCHE_CHECK(backend_->Wait(absl::InfiniteDuration(), done).ok(), "wait");
      while (done.PopFront() != nullptr) --in_flight_;
    }
  }

  const std::unique_ptr<SystemCalls> system_ = NewSystemCalls();
  SocketCalls& sockets_ = *system_->kernel_calls().sockets;
  const std::unique_ptr<Backend> backend_;
  std::deque<Transfer> sends_;  // In flight they must not move.
  std::deque<Transfer> receives_;
  size_t in_flight_ = 0;
};

// Per round, of two hundred operations. Clever: they are awaited, and go to the
// kernel in two calls. Plain: each is tried, by a call of its own.
void BM_AwaitingBatches(benchmark::State& state) {
  Crowd crowd(BackendKind::kIoUring);
  RunPaired(state, [&] { crowd.Await(); }, [&] { crowd.Try(); });
}
BENCHMARK(BM_AwaitingBatches);

// The same operations, awaited over both. Over epoll all are over at once.
void BM_RingBesideEpoll(benchmark::State& state) {
  Crowd ring(BackendKind::kIoUring);
  Crowd epoll(BackendKind::kEpoll);
  RunPaired(state, [&] { ring.Await(); }, [&] { epoll.Await(); });
}
BENCHMARK(BM_RingBesideEpoll);

}  // namespace
}  // namespace cloche

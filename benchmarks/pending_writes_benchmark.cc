// How many pending writes are best? The question of whoever emulates "ready to
// write" on completions as "fewer than N writes are pending".
//
// A sender pushes data through a loopback connection, to a thread that reads it
// as fast as it can, in writes of 1 or of 64 KiB, and with N of them pending at
// most. Four ways to have N pending, each beside the plain one, a reactor's:
// over epoll, one write after the other (N is 1).
//
//   epoll        over the adapter: a write waits only when the kernel is full
//   ring_single  over io_uring, one send in flight, the others behind it
//   ring_joined  the same, but all that wait leave as one send
//   ring_all     all N in the kernel's hands at once, past the Backend, which
//                does not allow it: what is read comes in another order then
//
// The counters, besides those of paired.h (times are CPU time of the sender for
// a MiB): calls, system calls of the sender for a MiB, and disorder, places in
// a MiB at which the reader does not get what came next.
//
// Main disadvantage: over loopback the sender's CPU time has most of what the
// receiving half of TCP costs in it, and a line has neither latency nor an end.
//
//   ./cloche bench pending_writes
//
// Next: docs/examples/readiness_on_completions.h; docs/reactor-and-proactor.md,
// which has the figures.

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "benchmark/benchmark.h"
#include "cloche/backend/backend.h"
#include "cloche/base/check.h"
#include "cloche/benchmarks/loopback_listener.h"
#include "cloche/benchmarks/paired.h"
#include "cloche/calls/linux_ring_calls.h"
#include "cloche/calls/ring_calls.h"
#include "cloche/docs/examples/readiness_on_completions.h"
#include "cloche/loop/loop.h"
#include "cloche/loop/system_environment.h"

namespace cloche {
namespace {

constexpr size_t kMiB = size_t{1} << 20;
constexpr size_t kPushed = 8 * kMiB;  // At once; then all of it is awaited.

// The two ends of a connection: the sender's does not block, the reader's does.
struct Ends {
  int sender;
  int reader;
};

Ends Connect() {
  const LoopbackListener listener;
  const Ends ends = {.sender = listener.Connect(), .reader = listener.Accept()};
  CLOCHE_CHECK(fcntl(ends.sender, F_SETFL, O_NONBLOCK) == 0, "fcntl");
  return ends;
}

// Takes all that comes, on a thread of its own, until the end. All bytes of a
// write are its number, so each byte is the one before it or that plus one.
class Reader {
 public:
  explicit Reader(int fd) : fd_(fd), thread_([this] { Run(); }) {}
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() {
    thread_.join();
    close(fd_);
  }
  uint64_t disorder() const { return disorder_; }

 private:
  void Run() {
    std::vector<uint8_t> room(256 * 1024 + 1);  // The last one first.
    ssize_t size;
    while ((size = recv(fd_, room.data() + 1, room.size() - 1, 0)) > 0) {
      uint64_t found = 0;
      for (ssize_t i = 0; i < size; ++i) {
        found += static_cast<uint8_t>(room[i + 1] - room[i]) > 1 ? 1 : 0;
      }
      disorder_ += found;
      room[0] = room[size];
    }
  }

  const int fd_;
  std::atomic<uint64_t> disorder_ = 0;
  std::thread thread_;
};

// Counts the system calls that a backend makes for sends.
class CountingBackend final : public Backend {
 public:
  CountingBackend(std::unique_ptr<Backend> inner, uint64_t& calls)
      : inner_(std::move(inner)), calls_(calls) {}

  absl::string_view name() const override { return inner_->name(); }
  bool batches() const override { return inner_->batches(); }
  // Where it makes calls, it tries each send once, and again when it is ready.
  bool Start(Operation& operation) override {
    if (!batches()) ++calls_;
    return inner_->Start(operation);
  }
  absl::Status Wait(absl::Duration timeout, OperationList& done) override {
    const absl::Status status = inner_->Wait(timeout, done);
    ++calls_;
    if (!batches() && !done.empty()) ++calls_;
    return status;
  }
  void Cancel(Operation& operation) override { inner_->Cancel(operation); }
  void Wake() override { inner_->Wake(); }
  void Close(int fd) override { inner_->Close(fd); }

 private:
  const std::unique_ptr<Backend> inner_;
  uint64_t& calls_;
};

// Sends through a ReadySocket.
class ReadySender {
 public:
  ReadySender(absl::string_view backend, ReadySocketOptions options)
      : system_(SystemEnvironment::Create(backend).value()),
        loop_(Counting(system_->MakeEnvironment())),
        ends_(Connect()),
        reader_(ends_.reader),
        bytes_(options.most_bytes, '\0'),
        socket_(loop_, ends_.sender, options, [] {}) {}
  ReadySender(const ReadySender&) = delete;
  ReadySender& operator=(const ReadySender&) = delete;
  ~ReadySender() {
    socket_.Close();
    while (!socket_.closed()) Turn();
  }

  void Push() {
    size_t left = kPushed;
    while (left > 0 || socket_.pending() > 0) {
      while (left > 0 && socket_.writable()) left -= Write();
      if (socket_.pending() > 0) Turn();
    }
  }
  uint64_t calls() const { return calls_; }
  uint64_t disorder() const { return reader_.disorder(); }

 private:
  Environment Counting(Environment environment) {
    environment.backend = std::make_unique<CountingBackend>(
        std::move(environment.backend), calls_);
    return environment;
  }
  size_t Write() {
    bytes_.assign(bytes_.size(), number_++);
    const int64_t size = socket_.Send(bytes_);
    CLOCHE_CHECK(size > 0, "it said that it is writable");
    return static_cast<size_t>(size);
  }
  void Turn() {
    CLOCHE_CHECK(loop_.RunOnce(absl::InfiniteFuture()).ok(), "cannot wait");
  }

  uint64_t calls_ = 0;
  std::unique_ptr<SystemEnvironment> system_;
  Loop loop_;
  Ends ends_;
  Reader reader_;
  std::string bytes_;
  char number_ = 0;
  ReadySocket socket_;
};

// Hands all writes that may be pending to the kernel at once.
class RingSender {
 public:
  explicit RingSender(ReadySocketOptions options)
      : ends_(Connect()), reader_(ends_.reader) {
    LinuxRingCalls rings;
    CLOCHE_CHECK(rings.Open(/*depth=*/64, ring_) == 0, "there is no io_uring");
    buffers_.assign(options.most_pending,
                    std::string(options.most_bytes, '\0'));
    for (size_t i = 0; i < buffers_.size(); ++i) free_.push_back(i);
    begins_.resize(buffers_.size());
  }
  RingSender(const RingSender&) = delete;
  RingSender& operator=(const RingSender&) = delete;
  ~RingSender() { close(ends_.sender); }

  void Push() {
    size_t left = kPushed;
    while (left > 0 || free_.size() < buffers_.size()) {
      while (left > 0 && !free_.empty()) left -= Write();
      ring_->Enter(absl::InfiniteDuration());
      ++calls_;
      Reap();
    }
  }
  uint64_t calls() const { return calls_; }
  uint64_t disorder() const { return reader_.disorder(); }

 private:
  size_t Write() {
    const size_t index = free_.back();
    free_.pop_back();
    std::string& buffer = buffers_[index];
    buffer.assign(buffer.size(), number_++);
    begins_[index] = 0;
    Submit(index);
    return buffer.size();
  }
  void Submit(size_t index) {
    std::string& buffer = buffers_[index];
    const bool pushed = ring_->Push({.op = RingOp::kSend,
                                     .fd = ends_.sender,
                                     .token = index,
                                     .buffer = buffer.data() + begins_[index],
                                     .size = buffer.size() - begins_[index]});
    CLOCHE_CHECK(pushed, "the ring has room for all that may be pending");
  }
  // What is left of a short one goes behind the others.
  void Reap() {
    std::array<RingCompletion, 64> completions;
    const size_t count = ring_->Reap(absl::MakeSpan(completions));
    for (size_t i = 0; i < count; ++i) {
      CLOCHE_CHECK(completions[i].result >= 0, "cannot send");
      const auto index = static_cast<size_t>(completions[i].token);
      begins_[index] += static_cast<size_t>(completions[i].result);
      if (begins_[index] < buffers_[index].size()) {
        Submit(index);
      } else {
        free_.push_back(index);
      }
    }
  }

  uint64_t calls_ = 0;
  std::unique_ptr<Ring> ring_;
  Ends ends_;
  Reader reader_;
  std::vector<std::string> buffers_;
  std::vector<size_t> begins_;  // So much of each has gone.
  std::vector<size_t> free_;
  char number_ = 0;
};

ReadySocketOptions OptionsOf(const benchmark::State& state, bool joins) {
  return {.most_pending = static_cast<size_t>(state.range(1)),
          .most_bytes = static_cast<size_t>(state.range(0)),
          .joins = joins};
}

template <typename Sender>
void Compare(benchmark::State& state, Sender& sender) {
  ReadySender plain("epoll", {.most_pending = 1,
                              .most_bytes = static_cast<size_t>(state.range(0)),
                              .joins = false});
  int64_t pushes = 0;
  RunPaired(
      state,
      [&] {
        sender.Push();
        ++pushes;
      },
      [&] { plain.Push(); }, kPushed / kMiB);
  const auto mebibytes = static_cast<double>(pushes * kPushed / kMiB);
  state.counters["calls"] = static_cast<double>(sender.calls()) / mebibytes;
  state.counters["disorder"] =
      static_cast<double>(sender.disorder()) / mebibytes;
}

void BM_PendingWrites(benchmark::State& state, const char* backend,
                      bool joins) {
  ReadySender sender(backend, OptionsOf(state, joins));
  Compare(state, sender);
}
void BM_PendingInTheKernel(benchmark::State& state) {
  RingSender sender(OptionsOf(state, /*joins=*/false));
  Compare(state, sender);
}

void SizesAndNumbers(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"bytes", "N"})
      ->ArgsProduct({{1024, 65536}, {1, 2, 4, 8, 16, 64}});
}
BENCHMARK_CAPTURE(BM_PendingWrites, epoll, "epoll", true)
    ->Apply(SizesAndNumbers);
BENCHMARK_CAPTURE(BM_PendingWrites, ring_single, "io_uring", false)
    ->Apply(SizesAndNumbers);
BENCHMARK_CAPTURE(BM_PendingWrites, ring_joined, "io_uring", true)
    ->Apply(SizesAndNumbers);
BENCHMARK(BM_PendingInTheKernel)
    ->Name("BM_PendingWrites/ring_all")
    ->Apply(SizesAndNumbers);

}  // namespace
}  // namespace cloche

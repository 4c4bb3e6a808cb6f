// What one submission that completes again and again would save, against one
// for each completion: multishot accept, and multishot receive into buffers
// that the kernel takes from a heap of ours (provided buffers).
//
// Here is no Cloche, only io_uring by itself: the question is whether the
// backend should learn it. docs/io_uring.md has the answer.
//
// Main disadvantage: what sends and what connects is in the same thread, and is
// measured with both ways. It makes ratios smaller, as it does in a server.
//
//   ./cloche bench multishot
//
// Next: src/backend/ring_backend.h; docs/io_uring.md.

#include <liburing.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <vector>

#include "benchmark/benchmark.h"
#include "cloche/base/check.h"
#include "cloche/benchmarks/loopback_listener.h"
#include "cloche/benchmarks/paired.h"

namespace cloche {
namespace {

constexpr size_t kConnections = 64;  // In one turn.
constexpr size_t kMessageBytes = 100;
constexpr size_t kBufferBytes = 4096;

// A ring as the backend has it.
class Ring {
 public:
  Ring() {
    io_uring_params params = {};
    params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
    CLOCHE_CHECK(
        io_uring_queue_init_params(512, &ring_, &params) == 0,
        "needs Linux 6.1, and somebody may forbid it: ./cloche backends");
  }
  ~Ring() { io_uring_queue_exit(&ring_); }

  io_uring* get() { return &ring_; }
  io_uring_sqe* Submission() {
    io_uring_sqe* const sqe = io_uring_get_sqe(&ring_);
    CLOCHE_CHECK(sqe != nullptr, "the queue holds a turn");
    return sqe;
  }

  // Submits, and gives `take` at least so many completions.
  void Take(size_t count,
            const std::function<void(const io_uring_cqe&)>& take) {
    for (size_t taken = 0; taken < count;) {
      CLOCHE_CHECK(io_uring_submit_and_wait(&ring_, 1) >= 0, "enter");
      io_uring_cqe* cqe = nullptr;
      while (io_uring_peek_cqe(&ring_, &cqe) == 0) {
        take(*cqe);
        io_uring_cqe_seen(&ring_, cqe);
        ++taken;
      }
    }
  }

 private:
  io_uring ring_ = {};
};

// --- Accept -----------------------------------------------------------------

// Connections that come and go, so many in a turn.
class Acceptor {
 public:
  explicit Acceptor(bool multishot) : multishot_(multishot) {
    if (multishot_) Submit();
  }

  void Turn() {
    std::vector<int> ends;
    for (size_t i = 0; i < kConnections; ++i) {
      ends.push_back(listener_.Connect());
    }
    for (size_t taken = 0; taken < kConnections;) {
      if (!multishot_) Submit();
      ring_.Take(1, [&](const io_uring_cqe& cqe) {
        CLOCHE_CHECK(cqe.res >= 0, "accept");
        ends.push_back(cqe.res);
        ++taken;
      });
    }
    for (const int fd : ends) {
      const linger reset = {.l_onoff = 1, .l_linger = 0};
      setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
      close(fd);
    }
  }

 private:
  void Submit() {
    io_uring_sqe* const sqe = ring_.Submission();
    constexpr int kFlags = SOCK_NONBLOCK | SOCK_CLOEXEC;
    if (multishot_) {
      io_uring_prep_multishot_accept(sqe, listener_.fd, nullptr, nullptr,
                                     kFlags);
    } else {
      io_uring_prep_accept(sqe, listener_.fd, nullptr, nullptr, kFlags);
    }
  }

  const bool multishot_;
  LoopbackListener listener_;
  Ring ring_;
};

// As the backend does it: an accept is submitted when the last one is over.
void BM_MultishotAccept(benchmark::State& state) {
  Acceptor clever(/*multishot=*/true);
  Acceptor plain(/*multishot=*/false);
  RunPaired(state, [&] { clever.Turn(); }, [&] { plain.Turn(); }, kConnections);
}
BENCHMARK(BM_MultishotAccept);

// --- Receive ----------------------------------------------------------------

// Connections that stay, each of which brings a message in each turn.
class Receiver {
 public:
  Receiver() {
    for (size_t i = 0; i < kConnections; ++i) {
      clients_.push_back(listener_.Connect());
      servers_.push_back(listener_.Accept());
      constexpr int kOn = 1;
      setsockopt(clients_[i], IPPROTO_TCP, TCP_NODELAY, &kOn, sizeof(kOn));
    }
  }
  virtual ~Receiver() {
    for (const int fd : clients_) close(fd);
    for (const int fd : servers_) close(fd);
  }

  void Turn() {
    static constexpr std::array<char, kMessageBytes> kMessage = {};
    for (const int fd : clients_) {
      CLOCHE_CHECK(send(fd, kMessage.data(), kMessage.size(), 0) ==
                       static_cast<ssize_t>(kMessage.size()),
                   "send");
    }
    Receive();
  }

 protected:
  virtual void Receive() = 0;

  LoopbackListener listener_;
  Ring ring_;
  std::vector<int> clients_;
  std::vector<int> servers_;
};

// A submission for each receive, into a buffer of its own; and before it, if
// asked for, one that waits until there is something to receive, as a server
// does that lends idle connections no buffer.
class OneByOne final : public Receiver {
 public:
  explicit OneByOne(bool polls) : polls_(polls), buffers_(kConnections) {}

 private:
  void Receive() override {
    if (polls_) {
      for (const int fd : servers_) {
        io_uring_prep_poll_add(ring_.Submission(), fd, POLLIN);
      }
      ring_.Take(kConnections, [](const io_uring_cqe& cqe) {
        CLOCHE_CHECK((cqe.res & POLLIN) != 0, "poll");
      });
    }
    for (size_t i = 0; i < kConnections; ++i) {
      io_uring_prep_recv(ring_.Submission(), servers_[i], buffers_[i].data(),
                         kBufferBytes, 0);
    }
    ring_.Take(kConnections, [](const io_uring_cqe& cqe) {
      CLOCHE_CHECK(cqe.res == kMessageBytes, "receive");
    });
  }

  const bool polls_;
  std::vector<std::array<char, kBufferBytes>> buffers_;
};

// A submission for each connection, for good. The kernel takes a buffer from
// the heap, and gets it back when what is in it has been read.
class Multishot final : public Receiver {
 public:
  Multishot() : buffers_(kBuffers) {
    void* memory = nullptr;
    CLOCHE_CHECK(
        posix_memalign(&memory, 4096, kBuffers * sizeof(io_uring_buf)) == 0,
        "memory");
    heap_ = static_cast<io_uring_buf_ring*>(memory);
    io_uring_buf_reg reg = {};
    reg.ring_addr = reinterpret_cast<uint64_t>(heap_);
    reg.ring_entries = kBuffers;
    CLOCHE_CHECK(io_uring_register_buf_ring(ring_.get(), &reg, 0) == 0,
                 "register");
    io_uring_buf_ring_init(heap_);
    for (uint16_t i = 0; i < kBuffers; ++i) GiveBack(i);
    for (const int fd : servers_) {
      io_uring_sqe* const sqe = ring_.Submission();
      io_uring_prep_recv_multishot(sqe, fd, nullptr, 0, 0);
      sqe->flags |= IOSQE_BUFFER_SELECT;
    }
    io_uring_submit(ring_.get());
  }
  ~Multishot() override {
    io_uring_unregister_buf_ring(ring_.get(), 0);
    free(heap_);
  }

 private:
  static constexpr uint16_t kBuffers = 2 * kConnections;

  void GiveBack(uint16_t id) {
    io_uring_buf_ring_add(heap_, buffers_[id].data(), kBufferBytes, id,
                          io_uring_buf_ring_mask(kBuffers), 0);
    io_uring_buf_ring_advance(heap_, 1);
  }
  void Receive() override {
    ring_.Take(kConnections, [this](const io_uring_cqe& cqe) {
      CLOCHE_CHECK(cqe.res == kMessageBytes, "receive");
      CLOCHE_CHECK((cqe.flags & IORING_CQE_F_MORE) != 0, "for good");
      GiveBack(static_cast<uint16_t>(cqe.flags >> IORING_CQE_BUFFER_SHIFT));
    });
  }

  std::vector<std::array<char, kBufferBytes>> buffers_;
  io_uring_buf_ring* heap_;
};

void BM_MultishotReceive(benchmark::State& state) {
  Multishot clever;
  OneByOne plain(/*polls=*/false);
  RunPaired(state, [&] { clever.Turn(); }, [&] { plain.Turn(); }, kConnections);
}
BENCHMARK(BM_MultishotReceive);

void BM_MultishotReceiveBesidePolling(benchmark::State& state) {
  Multishot clever;
  OneByOne plain(/*polls=*/true);
  RunPaired(state, [&] { clever.Turn(); }, [&] { plain.Turn(); }, kConnections);
}
BENCHMARK(BM_MultishotReceiveBesidePolling);

}  // namespace
}  // namespace cloche

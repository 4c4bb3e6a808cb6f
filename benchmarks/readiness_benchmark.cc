// What ReadinessBackend saves in system calls, against the plain way: on the
// real kernel, over loopback.
//
// Both ways are the same backend. The plain way makes the calls that the clever
// one does not: it is told too little to know better, or the benchmark makes
// the call itself.
//
// Main disadvantage: client and server share the process, and the client's
// calls are in the times of both ways. So a server alone gains more than the
// ratio.
//
//   ./cloche bench readiness
//
// Next: src/backend/readiness_backend.h.

#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "benchmark/benchmark.h"
#include "cloche/backend/operation.h"
#include "cloche/backend/readiness_backend.h"
#include "cloche/base/check.h"
#include "cloche/benchmarks/paired.h"
#include "cloche/calls/linux_epoll_calls.h"
#include "cloche/calls/linux_socket_calls.h"
#include "cloche/calls/linux_wake_calls.h"
#include "cloche/poller/epoll_poller.h"

namespace cloche {
namespace {

constexpr absl::string_view kRequest =
    "GET /hello HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n";
constexpr absl::string_view kAnswer =
    "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\nHello, world!";

class Receive : public Operation {
 public:
  void OnHandedBack() override {}
};

// A backend, a listener of the server's, and the calls that clients make.
class Loopback {
 public:
  Loopback() : backend_(sockets_, MakePoller()) {
    SocketAddress address;
    address.family = AddressFamily::kIpv4;
    address.ip = {127, 0, 0, 1};
    listener_ = sockets_.Socket(AddressFamily::kIpv4, SocketType::kStream);
    Must(sockets_.Bind(listener_, address));
    Must(sockets_.Listen(listener_, /*backlog=*/16));
    Must(sockets_.GetSockName(listener_, &address_));
  }
  Loopback(const Loopback&) = delete;
  Loopback& operator=(const Loopback&) = delete;
  ~Loopback() { sockets_.Close(listener_); }

  // The client's end of a new connection; the server's is then accepted.
  int Connect() {
    const int fd = sockets_.Socket(AddressFamily::kIpv4, SocketType::kStream);
    const int result = sockets_.Connect(fd, address_);
    CLOCHE_CHECK(result == 0 || result == -EINPROGRESS, "connect failed");
    return fd;
  }
  // On loopback a connection is in the queue when connect returns.
  int Accept() {
    const int fd = sockets_.Accept4(listener_, nullptr);
    Must(fd);
    return fd;
  }
  // Both ends of a connection without TCP.
  std::array<int, 2> Pair() {
    int ends[2];
    Must(sockets_.SocketPair(ends));
    return {ends[0], ends[1]};
  }
  void Close(int fd) { Must(sockets_.Close(fd)); }

  void Send(int fd, absl::string_view data) {
    Must(sockets_.Send(fd, data, /*flags=*/0));
  }
  void ReadAway(int fd) {
    Must(sockets_.Recv(fd, absl::MakeSpan(room_), /*flags=*/0));
  }

  // Begins to wait for bytes, which are not there yet.
  void Park(Receive& receive, int fd, bool is_tcp_stream) {
    receive.kind = OperationKind::kReceive;
    receive.fd = fd;
    receive.buffer = room_.data();
    receive.size = room_.size();
    receive.is_tcp_stream = is_tcp_stream;
    CLOCHE_CHECK(!backend_.Start(receive), "it was to wait");
  }
  // Until the receive has ended.
  void Await(Receive& receive) {
    OperationList done;
    while (done.empty()) {
      Must(backend_.Wait(absl::InfiniteDuration(), done).ok() ? 0 : -1);
    }
    done.PopFront();
    benchmark::DoNotOptimize(receive.result);
  }

  ReadinessBackend& backend() { return backend_; }
  EpollPoller& poller() { return *poller_; }

 private:
  static void Must(int64_t result) {
    CLOCHE_CHECK(result >= 0, "a call on loopback failed");
  }
  std::unique_ptr<EpollPoller> MakePoller() {
    auto poller = EpollPoller::Create(epoll_, wake_).value();
    poller_ = poller.get();
    return poller;
  }

  LinuxSocketCalls sockets_;
  LinuxEpollCalls epoll_;
  LinuxWakeCalls wake_;
  EpollPoller* poller_ = nullptr;
  ReadinessBackend backend_;
  int listener_ = -1;
  SocketAddress address_;
  std::array<char, 4096> room_;
};

// A connection on which request follows request. The receive that is to take
// the next one parks when the answer to the last one has been sent.
class Conversation {
 public:
  // If the backend is not told that it is a TCP stream, it concludes nothing
  // from a short read, and makes the next receive to hear EAGAIN.
  Conversation(Loopback& loopback, bool tell_that_it_is_tcp)
      : loopback_(loopback), is_tcp_stream_(tell_that_it_is_tcp) {
    client_ = loopback_.Connect();
    server_ = loopback_.Accept();
    loopback_.Park(receive_, server_, is_tcp_stream_);
  }
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;
  ~Conversation() {
    loopback_.Close(client_);
    loopback_.Await(receive_);
    loopback_.backend().Close(server_);
  }

  void Exchange() {
    loopback_.Send(client_, kRequest);
    loopback_.Await(receive_);
    loopback_.Send(server_, kAnswer);
    loopback_.Park(receive_, server_, is_tcp_stream_);
    loopback_.ReadAway(client_);
  }

 private:
  Loopback& loopback_;
  const bool is_tcp_stream_;
  int client_;
  int server_;
  Receive receive_;
};

// Per exchange: a request and an answer, each sent and received.
void BM_ShortReadSkipsRetry(benchmark::State& state) {
  Loopback loopback;
  Conversation clever(loopback, /*tell_that_it_is_tcp=*/true);
  Conversation plain(loopback, /*tell_that_it_is_tcp=*/false);
  RunPaired(state, [&] { clever.Exchange(); }, [&] { plain.Exchange(); });
}
BENCHMARK(BM_ShortReadSkipsRetry);

// A connection that is waited on, and closed when its client has closed.
void Live(Loopback& loopback, bool remove_first) {
  const auto [server, client] = loopback.Pair();
  Receive receive;
  loopback.Park(receive, server, /*is_tcp_stream=*/false);
  loopback.Close(client);
  loopback.Await(receive);
  if (remove_first) loopback.poller().Remove(server);
  loopback.backend().Close(server);
}

// Per connection: its whole life, as above. It is a pair of UNIX sockets, which
// is made and ends so much faster than TCP's that the call saved can be seen.
void BM_CloseSkipsRemove(benchmark::State& state) {
  Loopback loopback;
  RunPaired(
      state, [&] { Live(loopback, /*remove_first=*/false); },
      [&] { Live(loopback, /*remove_first=*/true); });
}
BENCHMARK(BM_CloseSkipsRemove);

}  // namespace
}  // namespace cloche

// TcpStreamTest: two hosts with a connection between them, for the tests of
// src/net, run over edge- and level-triggered epoll.
//
//     TEST_P(TcpStreamRead, GivesWhatIsThere) {
//       Connect();
//       ...  near_ on client_, far_ on server_, one millisecond apart
//     }
//     INSTANTIATE_ON_FAKE_BACKENDS(TcpStreamRead);
//
// A test that must look at an operation while it waits starts it as a task of
// its own (Reads, Writes, ShutsDown), and lets time pass.
//
// Main disadvantage: the streams belong to the fixture, where a program's
// would belong to a task; tests of lifetimes take them out (near_.reset()).
//
// Next: testing/test_world.h.

#ifndef CLOCHE_NET_TCP_STREAM_TEST_H_
#define CLOCHE_NET_TCP_STREAM_TEST_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cloche/base/errors.h"
#include "cloche/net/tcp_listener.h"
#include "cloche/net/tcp_stream.h"
#include "cloche/tasks/run.h"
#include "cloche/tasks/task.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/backend_kinds.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/stream_tasks.h"
#include "cloche/testing/test_world.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {

inline constexpr absl::StatusCode kAborted = absl::StatusCode::kAborted;
inline constexpr absl::StatusCode kCancelled = absl::StatusCode::kCancelled;
inline constexpr absl::StatusCode kUnavailable = absl::StatusCode::kUnavailable;
inline constexpr absl::StatusCode kLate = absl::StatusCode::kDeadlineExceeded;
inline constexpr absl::StatusCode kPrecondition =
    absl::StatusCode::kFailedPrecondition;
inline constexpr absl::StatusCode kExhausted =
    absl::StatusCode::kResourceExhausted;

// Long enough for everything that is on its way to arrive.
inline constexpr absl::Duration kWhile = absl::Milliseconds(100);

// More than both sides' buffers hold: 64 KiB to send and as much to receive.
inline constexpr size_t kTooMuch = 1000000;

inline Task<TcpStream> AcceptOne(Endpoint endpoint, TcpListenOptions options) {
  TcpListener listener = co_await Try(TcpListener::Listen(endpoint, options));
  co_return co_await listener.Accept();
}

class TcpStreamTest : public ::testing::TestWithParam<BackendKind> {
 protected:
  // Fills in near_ and far_.
  void Connect(TcpOptions near = {}, TcpListenOptions far = {}) {
    auto accepted = Start(server_.loop(), AcceptOne, where_, far);
    near_ = world_.Run(client_, TcpStream::Connect(where_, near)).value();
    far_ = world_.Run(server_, accepted.Join()).value();
  }

  // Each starts an operation that may have to wait, on near_.
  TaskHandle<std::string> Reads() {
    return Start(client_.loop(), [this] { return ReadOnce(*near_); });
  }
  TaskHandle<> Writes(std::string bytes) {
    return Start(client_.loop(), WriteAll, std::ref(*near_), std::move(bytes));
  }
  TaskHandle<> ShutsDown() {
    return Start(client_.loop(), ShutDownWriting, std::ref(*near_));
  }

  // The whole of it, on either side.
  absl::StatusOr<std::string> NearReads() {
    return world_.Run(client_, ReadOnce(*near_));
  }
  absl::Status NearWrites(std::string bytes) {
    return world_.Run(client_, WriteAll(*near_, std::move(bytes)));
  }
  absl::StatusOr<std::string> FarReads() {
    return world_.Run(server_, ReadOnce(*far_));
  }
  absl::Status FarWrites(std::string bytes) {
    return world_.Run(server_, WriteAll(*far_, std::move(bytes)));
  }

  // What came of what was started on near_'s host.
  template <typename T>
  ResultOf<T> EndOf(const TaskHandle<T>& handle) {
    return world_.Run(client_, handle.Join());
  }

  uint64_t Calls(CallKind kind) { return client_.kernel().CallCount(kind); }

  TestWorld world_{/*seed=*/1, GetParam()};
  TestHost& server_ = world_.AddHost("server");
  TestHost& client_ = world_.AddHost("client");
  const Endpoint where_ = server_.EndpointAt(7000);
  std::optional<TcpStream> near_;
  std::optional<TcpStream> far_;
};

}  // namespace cloche

#endif  // CLOCHE_NET_TCP_STREAM_TEST_H_

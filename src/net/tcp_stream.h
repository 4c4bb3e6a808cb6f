// TcpStream: a TCP connection as a ByteStream.
//
//     TcpStream stream = co_await Try(TcpStream::Connect(endpoint));
//     co_await Try(stream.Write("hello\n"));
//
// How it works: a read is one receive operation. A write is a composite: as
// many sends as it takes, one after the other, in the same StreamOperation:
//
//   Write --> [send] --all sent--------------------------------> over
//               ^ | part sent
//               +-+--- cancelled in between: CANCELLED, "n of m bytes"
//
// A shutdown that comes while a write is in flight queues behind it, in the
// same list; that is the whole queue.
//
// Main disadvantage: a cancelled write leaves the connection in the middle of
// a message, and there is nothing to do with it but to close it.
//
// Next: net/tcp_listener.h; backend/readiness_backend.h for what a receive
// operation does.

#ifndef CLOCHE_NET_TCP_STREAM_H_
#define CLOCHE_NET_TCP_STREAM_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cloche/loop/loop.h"
#include "cloche/net/byte_stream.h"
#include "cloche/net/endpoint.h"
#include "cloche/net/tcp_options.h"
#include "cloche/tasks/task.h"

namespace cloche {

// Thread safety: the thread of its loop. Lifetime: at most the loop's. It may
// be moved while no operation is in flight (CHECK).
//
// Invariants:
//   1. fd_ is open until Close; -1 afterwards.
//   2. reads_ holds at most one operation; writes_ at most one write, at its
//      front, then shutdowns.
class TcpStream final : public ByteStream {
 public:
  // Connects; cancelling it closes the socket. Errors: as connect(2) says,
  // with the endpoint in the text. There is no timeout but the system's (some
  // two minutes): WithTimeout(absl::Seconds(5), TcpStream::Connect(...)).
  static Task<TcpStream> Connect(Endpoint endpoint, TcpOptions options = {});

  // Takes over a connected, non-blocking descriptor.
  TcpStream(Loop& loop, int fd, Endpoint peer);
  TcpStream(TcpStream&& other) noexcept;
  TcpStream& operator=(TcpStream&& other) noexcept;
  ~TcpStream() override { Close(); }

  void Close() override;
  void Abort() override;
  absl::StatusOr<std::optional<size_t>> ReadNow(absl::Span<char> room) override;
  absl::StatusOr<size_t> WriteNow(absl::string_view bytes) override;
  bool batches() const override { return loop_->backend().batches(); }
  std::string Description() const override;

  bool StartRead(StreamOperation& operation) override;
  bool StartWrite(StreamOperation& operation) override;
  bool StartShutdownWrite(StreamOperation& operation) override;
  int WaitableDescriptor() const override { return fd_; }
  void Cancel(StreamOperation& operation) override;
  void OnHandedBack(StreamOperation& operation) override;

  // The other side, as Connect or Accept learnt it.
  const Endpoint& peer() const { return peer_; }
  // Our side, as the system says now. After Close this and the options below
  // give INTERNAL (EBADF).
  absl::StatusOr<Endpoint> LocalEndpoint() const;

  // One option, read or set while the connection lives. Leave kLinger below 1:
  // with more, Close waits for the peer's acknowledgement although the socket
  // is non-blocking, and every task of the loop waits with it. Who wants to
  // know that all was received shuts down writing and reads to the end instead.
  absl::Status SetOption(SocketOption option, int value);
  absl::StatusOr<int> GetOption(SocketOption option) const;

 private:
  SocketCalls& calls() const { return *loop_->environment().sockets; }
  bool InFlight() const { return !reads_.empty() || !writes_.empty(); }

  // Each returns whether the operation is over.
  bool BeginKernelPart(StreamOperation& operation);
  bool Absorb(StreamOperation& operation);
  bool EndWith(StreamOperation& operation, absl::Status status);
  void ShutDownAfterWrite();
  absl::Status ShutDownNow();
  absl::Status ReadObstacle() const;
  absl::Status WriteObstacle() const;
  absl::StatusOr<std::optional<size_t>> TryNow(OperationKind kind,
                                               absl::string_view bytes);
  std::string NameOf(OperationKind kind) const;
  absl::Status KernelStatus(const StreamOperation& operation) const;

  Loop* loop_;
  int fd_;
  bool write_shut_down_ = false;
  Endpoint peer_;
  StreamOperationList reads_;
  StreamOperationList writes_;
};

}  // namespace cloche

#endif  // CLOCHE_NET_TCP_STREAM_H_

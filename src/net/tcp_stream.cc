#include "cloche/net/tcp_stream.h"

#include <cerrno>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "cloche/backend/operation.h"
#include "cloche/base/check.h"
#include "cloche/base/errors.h"
#include "cloche/net/connect_leaf.h"
#include "cloche/tasks/current_task.h"
#include "cloche/tasks/operation_leaf.h"
#include "cloche/tasks/try.h"

namespace cloche {
namespace {

// A receive or a send that is over as soon as it starts. A send only reads from
// `bytes`; Operation has one kind of pointer for both directions.
class TriedOperation final : public Operation {
 public:
  TriedOperation(OperationKind which, int descriptor, absl::string_view bytes) {
    kind = which;
    is_tcp_stream = true;
    only_try = true;
    fd = descriptor;
    buffer = const_cast<char*>(bytes.data());
    size = bytes.size();
  }
  void OnHandedBack() override {}
};

}  // namespace

TcpStream::TcpStream(Loop& loop, int fd, Endpoint peer)
    : loop_(&loop), fd_(fd), peer_(std::move(peer)) {}

TcpStream::TcpStream(TcpStream&& other) noexcept
    : loop_(other.loop_),
      fd_(std::exchange(other.fd_, -1)),
      write_shut_down_(other.write_shut_down_),
      peer_(other.peer_) {
  CLOCHE_CHECK(!other.InFlight(),
               "a stream was moved while a read or write was in flight");
}

TcpStream& TcpStream::operator=(TcpStream&& other) noexcept {
  CLOCHE_CHECK(!InFlight() && !other.InFlight(),
               "a stream was moved while a read or write was in flight");
  Close();
  loop_ = other.loop_;
  fd_ = std::exchange(other.fd_, -1);
  write_shut_down_ = other.write_shut_down_;
  peer_ = other.peer_;
  return *this;
}

Task<TcpStream> TcpStream::Connect(Endpoint endpoint, TcpOptions options) {
  Loop& loop = (co_await CurrentTask()).loop();
  SocketCalls& calls = *loop.environment().sockets;
  const std::string what = absl::StrCat("connect ", endpoint.ToString());
  const int fd = calls.Socket(endpoint.address().family, SocketType::kStream);
  if (fd < 0) co_return ErrnoStatus(fd, what);
  TcpStream stream(loop, fd, endpoint);  // From here on it gets closed.
  co_await Try(ApplyTcpOptions(calls, fd, options));
  co_await Try(ConnectLeaf(fd, endpoint));
  co_return stream;
}

// --- Closing ----------------------------------------------------------------

void TcpStream::Close() {
  if (fd_ < 0) return;
  // The backend hands back what it holds; a shutdown that still queues is not
  // the backend's, and ends here.
  loop_->backend().Close(std::exchange(fd_, -1));
  StreamOperation* write = writes_.Front();
  while (write != nullptr) {
    StreamOperation* next = writes_.Next(*write);
    if (write->state != OperationState::kInFlight) {
      write->Finish(absl::AbortedError(
          absl::StrCat("shutdown: closed locally: ", Description())));
    }
    write = next;
  }
}

void TcpStream::Abort() {
  // Linger on with zero seconds makes close(2) a reset. If setting it fails
  // the connection is gone already, which is what was wanted.
  if (fd_ >= 0) (void)calls().SetSockOpt(fd_, SocketOption::kLinger, 0);
  Close();
}

// --- Reading and writing ----------------------------------------------------

bool TcpStream::StartRead(StreamOperation& operation) {
  operation.kind = OperationKind::kReceive;
  operation.is_tcp_stream = true;
  absl::Status obstacle = ReadObstacle();
  if (!obstacle.ok()) return EndWith(operation, std::move(obstacle));
  reads_.PushBack(operation);
  // The kernel would wait for data only to give none of it.
  if (operation.wanted() == 0) return EndWith(operation, absl::OkStatus());
  return BeginKernelPart(operation);
}

bool TcpStream::StartWrite(StreamOperation& operation) {
  operation.kind = OperationKind::kSend;
  absl::Status obstacle = WriteObstacle();
  if (!obstacle.ok()) return EndWith(operation, std::move(obstacle));
  writes_.PushBack(operation);
  if (operation.wanted() == 0) return EndWith(operation, absl::OkStatus());
  return BeginKernelPart(operation);
}

absl::Status TcpStream::ReadObstacle() const {
  if (reads_.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      NameOf(OperationKind::kReceive), ": another task is reading already"));
}

absl::Status TcpStream::WriteObstacle() const {
  if (writes_.empty() && !write_shut_down_) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(NameOf(OperationKind::kSend), ": ",
                   write_shut_down_ ? "ShutdownWrite was called before"
                                    : "another task is writing already"));
}

absl::StatusOr<std::optional<size_t>> TcpStream::ReadNow(
    absl::Span<char> room) {
  const absl::Status obstacle = ReadObstacle();
  if (!obstacle.ok()) return obstacle;
  return TryNow(OperationKind::kReceive,
                absl::string_view(room.data(), room.size()));
}

absl::StatusOr<size_t> TcpStream::WriteNow(absl::string_view bytes) {
  const absl::Status obstacle = WriteObstacle();
  if (!obstacle.ok()) return obstacle;
  const auto sent = TryNow(OperationKind::kSend, bytes);
  if (!sent.ok()) return sent.status();
  return sent->value_or(0);
}

// Makes the call once; nullopt if it would have to wait.
absl::StatusOr<std::optional<size_t>> TcpStream::TryNow(
    OperationKind kind, absl::string_view bytes) {
  if (bytes.empty()) return 0;
  TriedOperation operation(kind, fd_, bytes);
  loop_->backend().Start(operation);
  if (operation.result == -EAGAIN) return std::nullopt;
  if (operation.result >= 0) return static_cast<size_t>(operation.result);
  operation.closed_locally = fd_ < 0;
  return OperationFailure(operation, NameOf(kind));
}

// Hands the rest to the backend, again and again while it finishes at once.
bool TcpStream::BeginKernelPart(StreamOperation& operation) {
  if (fd_ < 0) {
    operation.result = -ECANCELED;
    operation.closed_locally = true;
    return Absorb(operation);
  }
  operation.fd = fd_;
  do {
    operation.AimAtRest();
    if (!loop_->Start(operation)) return false;
  } while (!Absorb(operation));
  return true;
}

void TcpStream::OnHandedBack(StreamOperation& operation) {
  if (!Absorb(operation) && !BeginKernelPart(operation)) return;
  operation.Finish(std::move(operation.status));
  // Not after a read: the write may have been handed back in the same wait,
  // and its turn to go on has not come yet.
  if (operation.kind == OperationKind::kSend) ShutDownAfterWrite();
}

// Takes one result of the kernel into account. True if that was the last: a
// read always is, a write when it failed or everything is sent.
bool TcpStream::Absorb(StreamOperation& operation) {
  if (operation.result < 0) return EndWith(operation, KernelStatus(operation));
  operation.transferred += operation.result;
  if (operation.kind == OperationKind::kReceive ||
      operation.transferred == operation.wanted()) {
    return EndWith(operation, absl::OkStatus());
  }
  if (!operation.cancel_requested) return false;
  // The cancel came while a part was being sent, and that part stands.
  operation.result = -ECANCELED;
  return EndWith(operation, KernelStatus(operation));
}

bool TcpStream::EndWith(StreamOperation& operation, absl::Status status) {
  operation.status = std::move(status);
  static_cast<ListNode<StreamTag>&>(operation).Unlink();
  return true;
}

void TcpStream::Cancel(StreamOperation& operation) {
  if (operation.state == OperationState::kInFlight) {
    loop_->Cancel(operation);
  } else if (static_cast<ListNode<StreamTag>&>(operation).linked()) {
    operation.Finish(operation.task->CancellationStatus());  // Queued only.
  }
}

absl::Status TcpStream::KernelStatus(const StreamOperation& operation) const {
  const absl::Status status =
      OperationStatus(*operation.task, operation, NameOf(operation.kind));
  const bool reads = operation.kind == OperationKind::kReceive;
  return reads ? status : operation.CutShort(status);
}

// --- Shutting down ----------------------------------------------------------

bool TcpStream::StartShutdownWrite(StreamOperation& operation) {
  if (!writes_.empty()) {
    writes_.PushBack(operation);
    return false;
  }
  return EndWith(operation, ShutDownNow());
}

// The write is over, so that shutdowns are all that is left in the list.
void TcpStream::ShutDownAfterWrite() {
  while (StreamOperation* shutdown = writes_.Front()) {
    shutdown->Finish(ShutDownNow());
  }
}

absl::Status TcpStream::ShutDownNow() {
  const std::string what = absl::StrCat("shutdown of ", Description());
  if (fd_ < 0)
    return absl::AbortedError(absl::StrCat(what, ": closed locally"));
  if (write_shut_down_) return absl::OkStatus();
  const int result = calls().Shutdown(fd_, ShutdownHow::kWrite);
  // ENOTCONN: the peer has reset the connection, so there is nobody to tell.
  write_shut_down_ = result >= 0 || result == -ENOTCONN;
  return write_shut_down_ ? absl::OkStatus() : ErrnoStatus(result, what);
}

// --- Questions --------------------------------------------------------------

// "read from TCP 127.0.0.1:80 (fd 7)": an operation and its object.
std::string TcpStream::NameOf(OperationKind kind) const {
  return absl::StrCat(
      kind == OperationKind::kReceive ? "read from " : "write to ",
      Description());
}

std::string TcpStream::Description() const {
  const std::string name = absl::StrCat("TCP ", peer_.ToString());
  return fd_ < 0 ? absl::StrCat(name, " (closed)")
                 : absl::StrCat(name, " (fd ", fd_, ")");
}

absl::StatusOr<Endpoint> TcpStream::LocalEndpoint() const {
  SocketAddress address;
  const int result = calls().GetSockName(fd_, &address);
  if (result < 0) {
    return ErrnoStatus(result, absl::StrCat("getsockname of ", Description()));
  }
  return Endpoint(address);
}

absl::Status TcpStream::SetOption(SocketOption option, int value) {
  return SetSocketOption(calls(), fd_, option, value);
}

absl::StatusOr<int> TcpStream::GetOption(SocketOption option) const {
  int value = 0;
  const int result = calls().GetSockOpt(fd_, option, &value);
  if (result < 0) {
    return ErrnoStatus(result, absl::StrCat("getsockopt of ", Description()));
  }
  return value;
}

}  // namespace cloche

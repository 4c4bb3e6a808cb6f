#include "cloche/net/tcp_listener.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "cloche/backend/operation.h"
#include "cloche/base/errors.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/tasks/current_task.h"
#include "cloche/tasks/try.h"

namespace cloche {

Task<TcpListener> TcpListener::Listen(Endpoint endpoint,
                                      TcpListenOptions options) {
  Loop& loop = (co_await CurrentTask()).loop();
  const int fd = loop.environment().sockets->Socket(endpoint.address().family,
                                                    SocketType::kStream);
  if (fd < 0) {
    co_return ErrnoStatus(fd, absl::StrCat("listen on ", endpoint.ToString()));
  }
  TcpListener listener(loop, fd, options.stream);  // Closes it on an error.
  co_await Try(listener.BindAndListen(endpoint, options));
  co_return listener;
}

TcpListener::TcpListener(TcpListener&& other) noexcept
    : loop_(other.loop_),
      fd_(std::exchange(other.fd_, -1)),
      stream_options_(other.stream_options_),
      local_endpoint_(other.local_endpoint_) {}

TcpListener& TcpListener::operator=(TcpListener&& other) noexcept {
  Close();
  loop_ = other.loop_;
  fd_ = std::exchange(other.fd_, -1);
  stream_options_ = other.stream_options_;
  local_endpoint_ = other.local_endpoint_;
  return *this;
}

void TcpListener::Close() {
  if (fd_ >= 0) loop_->backend().Close(std::exchange(fd_, -1));
}

absl::Status TcpListener::BindAndListen(const Endpoint& endpoint,
                                        const TcpListenOptions& options) {
  SocketCalls& calls = *loop_->environment().sockets;
  absl::Status status;
  const auto set = [&](SocketOption option, bool wanted) {
    if (wanted) status.Update(SetSocketOption(calls, fd_, option, 1));
  };
  set(SocketOption::kReuseAddress, options.reuse_address);
  set(SocketOption::kReusePort, options.reuse_port);
  set(SocketOption::kIpv6Only, options.ipv6_only);
  if (!status.ok()) return status;

  const std::string name = endpoint.ToString();
  int result = calls.Bind(fd_, endpoint.address());
  if (result < 0) return ErrnoStatus(result, absl::StrCat("bind to ", name));
  result = calls.Listen(fd_, options.backlog);
  if (result < 0) return ErrnoStatus(result, absl::StrCat("listen on ", name));
  SocketAddress local;
  result = calls.GetSockName(fd_, &local);
  if (result < 0)
    return ErrnoStatus(result, absl::StrCat("getsockname ", name));
  local_endpoint_ = Endpoint(local);
  return absl::OkStatus();
}

AcceptLeaf::AcceptLeaf(TcpListener& listener)
    : listener_(listener), where_(listener.local_endpoint()) {
  kind = OperationKind::kAccept;
  address = &peer_;
  result = -1;  // No descriptor yet.
}

// Torn down with a connection in hand that nobody took.
AcceptLeaf::~AcceptLeaf() {
  if (result >= 0) loop().backend().Close(static_cast<int>(result));
}

bool AcceptLeaf::Start(RunningTask& task) {
  fd = listener_.fd_;
  stream_options_ = listener_.stream_options_;
  return OperationLeaf::Start(task);
}

absl::StatusOr<TcpStream> AcceptLeaf::TakeResult() {
  if (fd < 0) closed_locally = true;  // Before it started.
  absl::Status status =
      StatusFor(absl::StrCat("accept on ", where_.ToString()));
  if (!status.ok()) return status;
  const int accepted = static_cast<int>(std::exchange(result, -1));
  // A peer that is gone already makes setting options fail. That is no error
  // of the listener; the first read of the stream will report it.
  ApplyTcpOptions(*loop().environment().sockets, accepted, stream_options_)
      .IgnoreError();
  return TcpStream(loop(), accepted, Endpoint(peer_));
}

std::string AcceptLeaf::Describe() const {
  return absl::StrCat("accepts on ", where_.ToString(),
                      ", until a peer connects");
}

}  // namespace cloche

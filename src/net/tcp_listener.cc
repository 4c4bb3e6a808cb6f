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
  TcpListener listener(loop, fd);  // Closes it on an error.
  co_await Try(listener.SetOptions(endpoint.is_ipv6(), options));
  co_await Try(listener.BindAndListen(endpoint, options.backlog));
  co_return listener;
}

TcpListener::TcpListener(TcpListener&& other) noexcept
    : loop_(other.loop_),
      fd_(std::exchange(other.fd_, -1)),
      local_endpoint_(other.local_endpoint_) {}

TcpListener& TcpListener::operator=(TcpListener&& other) noexcept {
  Close();
  loop_ = other.loop_;
  fd_ = std::exchange(other.fd_, -1);
  local_endpoint_ = other.local_endpoint_;
  return *this;
}

void TcpListener::Close() {
  if (fd_ >= 0) loop_->backend().Close(std::exchange(fd_, -1));
}

absl::Status TcpListener::SetOptions(bool is_ipv6,
                                     const TcpListenOptions& options) {
  SocketCalls& calls = *loop_->environment().sockets;
  absl::Status status;
  const auto set = [&](SocketOption option, bool wanted) {
    status.Update(SetSocketOption(calls, fd_, option, wanted ? 1 : 0));
  };
  if (options.reuse_address) set(SocketOption::kReuseAddress, true);
  if (options.reuse_port) set(SocketOption::kReusePort, true);
  // Said either way: what happens if it is not said is the administrator's
  // choice (net.ipv6.bindv6only).
  if (is_ipv6) set(SocketOption::kIpv6Only, options.ipv6_only);
  if (options.defer_accept.has_value()) {
    status.Update(SetDeferAccept(calls, fd_, *options.defer_accept));
  }
  status.Update(ApplyTcpOptions(calls, fd_, options.stream));
  return status;
}

absl::Status TcpListener::BindAndListen(const Endpoint& endpoint, int backlog) {
  SocketCalls& calls = *loop_->environment().sockets;
  const std::string name = endpoint.ToString();
  int result = calls.Bind(fd_, endpoint.address());
  if (result < 0) return ErrnoStatus(result, absl::StrCat("bind to ", name));
  result = calls.Listen(fd_, backlog);
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
  return OperationLeaf::Start(task);
}

absl::StatusOr<TcpStream> AcceptLeaf::TakeResult() {
  if (fd < 0) closed_locally = true;  // Before it started.
  absl::Status status =
      StatusFor(absl::StrCat("accept on ", where_.ToString()));
  if (!status.ok()) return status;
  const int accepted = static_cast<int>(std::exchange(result, -1));
  return TcpStream(loop(), accepted, Endpoint(peer_));
}

std::string AcceptLeaf::Describe() const {
  return absl::StrCat("accepts on ", where_.ToString(),
                      ", until a peer connects");
}

}  // namespace cloche

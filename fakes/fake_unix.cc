// FakeUnixSocket: names, connecting, accepting, closing.

#include "cloche/fakes/fake_unix.h"

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cloche/calls/epoll_calls.h"

namespace cloche {

// Linux makes the file before it looks at the socket, so of a socket that has a
// name already it says EADDRINUSE first if the path is taken. (And takes the
// file away again if it is not.)
int FakeUnixSocket::Bind(const SocketAddress& address) {
  if (!IsUnixAddress(address)) return -EINVAL;
  const bool chooses = address.path.empty();
  if (chooses && named()) return 0;
  if (IsAbstract(address) && named()) return -EINVAL;
  if (names_.Has(address)) return -EADDRINUSE;
  if (named()) return -EINVAL;
  local_ = chooses ? names_.Choose() : address;
  names_.Add(local_, weak_from_this());
  return 0;
}

int FakeUnixSocket::Listen(int backlog) {
  if (!named() || state_ == State::kConnected) return -EINVAL;
  backlog_ = BacklogOf(backlog);
  state_ = State::kListening;
  return 0;
}

int FakeUnixSocket::Accept(std::shared_ptr<FakeSocket>* accepted) {
  if (state_ != State::kListening) return -EINVAL;
  if (accept_queue_.empty()) return -EAGAIN;
  *accepted = std::move(accept_queue_.front());
  accept_queue_.pop_front();
  return 0;
}

// The order of these questions is that of Linux's unix_stream_connect.
int FakeUnixSocket::Connect(const SocketAddress& address) {
  if (!IsUnixAddress(address) || address.path.empty()) return -EINVAL;
  std::shared_ptr<FakeUnixSocket> listener;
  const int result = names_.Find(address, &listener);
  if (result != 0) return result;
  const bool listens = listener->state_ == State::kListening &&
                       (listener->shutdown_ & kShutRead) == 0;
  if (!listens) return -ECONNREFUSED;
  if (listener->accept_queue_.size() > listener->backlog_) return -EAGAIN;
  if (state_ == State::kConnected) return -EISCONN;
  if (state_ == State::kListening) return -EINVAL;
  return ConnectTo(*listener);
}

int FakeUnixSocket::ConnectTo(FakeUnixSocket& listener) {
  auto accepted = std::make_shared<FakeUnixSocket>(names_);
  accepted->local_ = listener.local_;
  Join(*this, *accepted);
  listener.accept_queue_.push_back(std::move(accepted));
  listener.Notify(kEpollIn);
  return 0;
}

void FakeUnixSocket::Join(FakeUnixSocket& one, FakeUnixSocket& other) {
  one.state_ = other.state_ = State::kConnected;
  one.peer_ = other.weak_from_this();
  other.peer_ = one.weak_from_this();
}

// shutdown(2): what one end no longer reads, the other no longer writes.
int FakeUnixSocket::Shutdown(ShutdownHow how) {
  if (is_broken_) return -ENOTCONN;
  const int halves = HalvesOf(how);
  int of_peer = 0;
  if ((halves & kShutRead) != 0) of_peer |= kShutWrite;
  if ((halves & kShutWrite) != 0) of_peer |= kShutRead;
  EndHalves(halves);
  const std::shared_ptr<FakeUnixSocket> peer = peer_.lock();
  if (peer != nullptr) peer->EndHalves(of_peer);
  return 0;
}

void FakeUnixSocket::EndHalves(int halves) {
  shutdown_ |= halves;
  Notify(0);
}

void FakeUnixSocket::LosePeer(int error) {
  last_peer_ = Peer();
  peer_.reset();
  error_ = error;
  EndHalves(kShutBoth);
}

// close(2).
void FakeUnixSocket::OnClosed() {
  FakeSocket::OnClosed();
  Leave(/*resets=*/!received_.empty());
}

void FakeUnixSocket::Leave(bool resets) {
  state_ = State::kUnconnected;
  names_.Release(local_, *this);
  received_.Clear();
  if (const std::shared_ptr<FakeUnixSocket> peer = peer_.lock()) {
    peer->LosePeer(resets ? ECONNRESET : 0);
  }
  // Never accepted means never read: those who wait are reset.
  for (const auto& waiting : std::exchange(accept_queue_, {})) {
    waiting->Leave(/*resets=*/true);
  }
}

void FakeUnixSocket::Break(int /*error*/) {
  const std::shared_ptr<FakeUnixSocket> peer = peer_.lock();
  if (peer == nullptr) return;
  peer->BreakDown();
  BreakDown();
}

void FakeUnixSocket::BreakDown() {
  is_broken_ = true;
  LosePeer(ECONNRESET);
}

// --- Names ------------------------------------------------------------------

SocketAddress FakeUnixSocket::Peer() const {
  const std::shared_ptr<FakeUnixSocket> peer = peer_.lock();
  return peer != nullptr ? peer->local_ : last_peer_;
}

int FakeUnixSocket::GetLocalAddress(SocketAddress* address) {
  *address = local_;
  return 0;
}

int FakeUnixSocket::GetPeerAddress(SocketAddress* address) {
  if (state_ != State::kConnected || is_broken_) return -ENOTCONN;
  *address = Peer();
  return 0;
}

std::string FakeUnixSocket::Describe() const {
  const std::string text = absl::StrCat("UNIX ", ToText(local_));
  switch (state_) {
    case State::kUnconnected:
      return absl::StrCat(text, " unconnected");
    case State::kListening:
      return absl::StrCat(text, " listening");
    case State::kConnected:
      break;
  }
  return absl::StrCat(text, " to ", ToText(Peer()),
                      shutdown_ == kShutBoth ? " over" : " connected");
}

}  // namespace cloche

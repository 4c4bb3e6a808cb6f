#include "cloche/fakes/fake_overlapped_call.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace cloche {
namespace {

// An address as it lies in the buffer: plain bytes.
struct StoredAddress {
  AddressFamily family;
  std::array<uint8_t, 16> ip;
  uint16_t port;
  uint32_t scope_id;
};
static_assert(sizeof(StoredAddress) <= kAcceptAddressBytes);

// Whether a read would not block. It takes nothing, not even the error, which
// is for the read that follows. A listener has no peer, whoever waits there.
std::optional<int64_t> TryToSee(FakeSocket& socket) {
  const FakeFilterState state = socket.LookForRead();
  if (state.error != 0) return -state.error;
  if (state.end) return 0;
  SocketAddress peer;
  if (socket.GetPeerAddress(&peer) < 0) return -ENOTCONN;
  if (!state.ready) return std::nullopt;
  return 0;
}

}  // namespace

std::optional<int64_t> FakeReceiveCall::Try(FakeSocket& socket) {
  const absl::Span<char> buffer = loan().to_fill();
  if (buffer.empty()) return TryToSee(socket);
  ReceiveMessage message;
  message.buffers = absl::MakeConstSpan(&buffer, 1);
  const int64_t result = socket.Receive(message);
  if (result == -EAGAIN) return std::nullopt;
  return result;
}

std::optional<int64_t> FakeSendCall::Try(FakeSocket& socket) {
  const auto size = static_cast<int64_t>(loan().to_send().size());
  const int result =
      queued_ ? socket.LookAtQueue() : socket.Queue(loan().to_send());
  queued_ = true;
  if (result == -EAGAIN) return std::nullopt;
  return result < 0 ? result : size;
}

// The socket that was made for it may have been closed: then there is nowhere
// to put a connection, and it stays with the listener.
std::optional<int64_t> FakeAcceptCall::Try(FakeSocket& listener) {
  const std::shared_ptr<FakeFile> made = made_.lock();
  if (made == nullptr || descriptors_.Find(accepted_) != made) {
    return -ECANCELED;
  }
  const absl::Span<char> addresses = loan().to_fill();
  std::shared_ptr<FakeSocket> connection;
  const int result = listener.Accept(&connection);
  if (result == -EAGAIN) return std::nullopt;
  if (result < 0) return result;
  SocketAddress peer;
  connection->GetAcceptedPeer(&peer);
  StoreAcceptedPeer(peer, addresses);
  connection->set_lacks_context(true);
  descriptors_.Replace(accepted_, std::move(connection));
  return 0;
}

// The socket says how far it is to who calls connect(2) again.
std::optional<int64_t> FakeConnectCall::Try(FakeSocket& socket) {
  const int result = socket.Connect(peer_);
  if (result == -EINPROGRESS || result == -EALREADY) return std::nullopt;
  if (result == 0) socket.set_lacks_context(true);
  return result;
}

void StoreAcceptedPeer(const SocketAddress& peer, absl::Span<char> addresses) {
  const StoredAddress stored = {peer.family, peer.ip, peer.port, peer.scope_id};
  std::memcpy(addresses.data(), &stored, sizeof(stored));
}

SocketAddress LoadAcceptedPeer(absl::Span<const char> addresses) {
  StoredAddress stored;
  std::memcpy(&stored, addresses.data(), sizeof(stored));
  SocketAddress peer;
  peer.family = stored.family;
  peer.ip = stored.ip;
  peer.port = stored.port;
  peer.scope_id = stored.scope_id;
  return peer;
}

}  // namespace cloche

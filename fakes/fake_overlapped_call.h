// FakeOverlappedCall: one overlapped call in the fake kernel's hands.
//
// It is tried again whenever something happens to its socket, until it has an
// outcome: a count, or an error.
//
//   receive   what is there, once there is something (Receive of the socket);
//             without a buffer: that there is something
//   send      all of it goes into the socket's queue with the first try; it has
//             ended when there is room in the queue again
//   accept    the first connection of the listener; the socket that was made
//             for it becomes that connection
//   connect   the end of the handshake
//
// Facts about receives (WSARecv, shutdown)
//   * After the own shutdown for reading none can begin: WSAESHUTDOWN, which is
//     EPIPE here. What becomes of one that is pending is not said; under Wine
//     8.0 it goes on. Here it ends with 0.
//
// Facts about sends ("Design issues - Sending small data segments over TCP
// with Winsock", Microsoft's documentation)
//   * A socket within its quota, SO_SNDBUF, copies the data of a send, however
//     much it is, and the send has ended.
//   * Beyond the quota the data is copied too, but the send ends only when
//     enough was acknowledged for the socket to be within its quota again.
//   So a send that is cancelled, or whose socket is closed, may have been sent.
//
// Main disadvantage: Winsock lets one more send through than stated here.
//
// Next: fakes/fake_completion_port.h, which keeps them.

#ifndef CLOCHE_FAKES_FAKE_OVERLAPPED_CALL_H_
#define CLOCHE_FAKES_FAKE_OVERLAPPED_CALL_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cloche/calls/completion_port_calls.h"
#include "cloche/calls/socket_address.h"
#include "cloche/fakes/fake_descriptor_table.h"
#include "cloche/fakes/fake_loan.h"
#include "cloche/fakes/fake_socket.h"

namespace cloche {

// Thread safety: none. Lifetime: the port's, until its packet is taken.
class FakeOverlappedCall {
 public:
  explicit FakeOverlappedCall(FakeLoan loan) : loan_(std::move(loan)) {}
  virtual ~FakeOverlappedCall() = default;

  // How it ended, if it has: nothing may be called after that. Else nullopt.
  virtual std::optional<int64_t> Try(FakeSocket& socket) = 0;
  // Of the reading direction: packets of one direction keep their order.
  virtual bool reads() const { return true; }

  const FakeLoan& loan() const { return loan_; }

 private:
  const FakeLoan loan_;
};

class FakeReceiveCall final : public FakeOverlappedCall {
 public:
  FakeReceiveCall(absl::Span<char> buffer, Overlapped& overlapped)
      : FakeOverlappedCall(FakeLoan(overlapped, buffer)) {}
  std::optional<int64_t> Try(FakeSocket& socket) override;
};

class FakeSendCall final : public FakeOverlappedCall {
 public:
  FakeSendCall(absl::string_view data, Overlapped& overlapped)
      : FakeOverlappedCall(FakeLoan(overlapped, data)) {}
  std::optional<int64_t> Try(FakeSocket& socket) override;
  bool reads() const override { return false; }

 private:
  bool queued_ = false;
};

class FakeAcceptCall final : public FakeOverlappedCall {
 public:
  // `accepted`: the socket that is to become the connection.
  FakeAcceptCall(FakeDescriptorTable& descriptors, int accepted,
                 absl::Span<char> addresses, Overlapped& overlapped)
      : FakeOverlappedCall(FakeLoan(overlapped, addresses)),
        descriptors_(descriptors),
        accepted_(accepted),
        made_(descriptors.Find(accepted)) {}
  std::optional<int64_t> Try(FakeSocket& listener) override;

 private:
  FakeDescriptorTable& descriptors_;
  const int accepted_;
  const std::weak_ptr<FakeFile> made_;
};

class FakeConnectCall final : public FakeOverlappedCall {
 public:
  FakeConnectCall(SocketAddress peer, Overlapped& overlapped)
      : FakeOverlappedCall(FakeLoan(overlapped, absl::Span<char>())),
        peer_(std::move(peer)) {}
  std::optional<int64_t> Try(FakeSocket& socket) override;
  bool reads() const override { return false; }

 private:
  const SocketAddress peer_;
};

// What AcceptEx leaves in the buffer, and GetAcceptExSockaddrs finds there.
void StoreAcceptedPeer(const SocketAddress& peer, absl::Span<char> addresses);
SocketAddress LoadAcceptedPeer(absl::Span<const char> addresses);

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_OVERLAPPED_CALL_H_

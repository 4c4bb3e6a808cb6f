// FakeUnixSocket: one UNIX stream socket, as a program can see it.
//
// How it works: nothing travels. Both ends are in one kernel, so what one does
// is done to the other before the call returns; there is no state between
// "connecting" and "connected", and no FIN or RST, only flags that one end sets
// in the other.
//
//     send ──► [ chunk | chunk | chunk ] ──► receive      one queue for each
//          the receiver's, but it is the sender's         direction
//          buffer (SO_SNDBUF) that it counts against
//
//   kUnconnected ─ listen ───────────────────────► kListening
//      │   connect: it and a new socket, which         │ accept
//      │   waits in the listener's queue, are          ▼
//      └─────────────────────────────────────────► kConnected
//                                                  socketpair
//
// Facts about UNIX sockets (measured on Linux 6.18; unix(7), af_unix.c)
//   * What Poll says: see the table over Poll() in fake_unix_data.cc.
//   * connect(2) is done at once or fails at once. With the backlog full it
//     says EAGAIN, and no readiness call says when there is room.
//   * The backlog holds one connection more than listen(2) was told.
//   * connect(2) looks for the listener first: of a socket that is connected it
//     says ENOENT, ECONNREFUSED or EAGAIN before it says EISCONN.
//   * connect(2) wakes who watches the listener, and nobody else: the client
//     has no edge, although it is hung up no more. accept(2) wakes nobody.
//   * Each send is an edge for the receiver, and each that was read to its end
//     one for the sender, if it is writable then.
//   * close(2) ends both halves of the peer: HUP, not just RDHUP as in TCP. If
//     bytes were unread, or nobody has accepted the connection, the peer's
//     error is ECONNRESET; SO_LINGER does nothing.
//   * The error is told by SO_ERROR or a receive, once. A send says EPIPE and
//     leaves it. What had arrived is received first.
//   * shutdown(2) always succeeds, also of a socket without a peer, and for
//     ever: the flags outlive a later listen(2) or connect(2). SHUT_RD is known
//     to the peer, whose sends say EPIPE from then on.
//   * A listener that is shut down for reading is readable for ever, while
//     accept(2) says EAGAIN.
//   * Writable means that three quarters of the send buffer are free; send(2)
//     takes more until it is full. A full socket does not become writable when
//     its peer shuts down for reading, nor by an own shutdown; it does when
//     the peer closes.
//   * An accepted socket has its listener's name and no option of it.
//   * getpeername(2) goes on naming a peer that has closed.
//
// Not modelled yet: datagram and sequenced-packet sockets; out-of-band bytes
// (Linux has them since 5.15; here both calls say EOPNOTSUPP, as before);
// descriptors and credentials as ancillary data. FaultPlan::CutArrivals does
// not concern what passes no link.
//
// Main disadvantage: a buffer holds just the bytes that were set, while Linux
// counts its bookkeeping, which for small sends is most of it.
//
// Next: fakes/fake_unix_data.cc; fakes/fake_unix_names.h.

#ifndef CLOCHE_FAKES_FAKE_UNIX_H_
#define CLOCHE_FAKES_FAKE_UNIX_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "cloche/fakes/fake_addresses.h"
#include "cloche/fakes/fake_chunk_queue.h"
#include "cloche/fakes/fake_socket.h"
#include "cloche/fakes/fake_unix_names.h"

namespace cloche {

// Invariants:
//   1. Of two peers each has the other, until one is closed or they break up:
//      then a connected one has none, and both its halves are shut.
//   2. Only kConnected has, or has had, a peer; only kListening a queue.
//   3. error_ is 0, or what the program has not been told yet.
class FakeUnixSocket final
    : public FakeSocket,
      public std::enable_shared_from_this<FakeUnixSocket> {
 public:
  explicit FakeUnixSocket(FakeUnixNames& names);

  // socketpair(2): makes peers of two new sockets.
  static void Join(FakeUnixSocket& one, FakeUnixSocket& other);

  int Bind(const SocketAddress& address) override;
  int Listen(int backlog) override;
  int Accept(std::shared_ptr<FakeSocket>* accepted) override;
  int Connect(const SocketAddress& address) override;
  int64_t Receive(ReceiveMessage& message) override;
  int64_t Send(const SendMessage& message) override;
  int Shutdown(ShutdownHow how) override;
  int GetOption(SocketOption option, int* value) override;
  int SetOption(SocketOption option, int value) override;
  int GetLocalAddress(SocketAddress* address) override;
  int GetPeerAddress(SocketAddress* address) override;
  uint32_t Poll() override;
  FakeFilterState LookForRead() override;
  FakeFilterState LookForWrite() override;
  void OnClosed() override;
  std::string Describe() const override;
  bool ConnectsAtOnce() const override { return true; }
  // As if the peer had died with unread bytes: there is no other way, so
  // `error` is not asked. The peer thinks the same of this end. Unlike after a
  // close(2) of Linux both are then no longer connected for shutdown(2) and
  // getpeername(2), as on a BSD: that is all that their ENOTCONN can mean here.
  void Break(int error) override;

 private:
  enum class State { kUnconnected, kListening, kConnected };

  // Names, connecting, closing (fake_unix.cc).
  int ConnectTo(FakeUnixSocket& listener);
  void EndHalves(int halves);
  void LosePeer(int error);
  void BreakDown();
  void Leave(bool resets);
  bool named() const { return !local_.path.empty(); }
  SocketAddress Peer() const;

  // Options (fake_unix_options.cc).
  int TakeError();

  // Data (fake_unix_data.cc).
  size_t Unread() const;
  size_t SendSpace() const;
  bool Writable() const;
  int64_t Discard();
  void Arrive(absl::string_view bytes, size_t most_at_once);
  int64_t NothingToReceive();
  void NameSender(ReceiveMessage& message) const;
  void Consume(size_t count);

  FakeUnixNames& names_;
  State state_ = State::kUnconnected;
  int error_ = 0;     // Positive errno: sk_err.
  int shutdown_ = 0;  // kShut bits: sk_shutdown.
  SocketAddress local_ = UnixAddress();

  // Listening: who was connected and is not accepted yet.
  size_t backlog_ = 0;
  std::deque<std::shared_ptr<FakeUnixSocket>> accept_queue_;

  // Connected.
  std::weak_ptr<FakeUnixSocket> peer_;
  SocketAddress last_peer_ = UnixAddress();  // What it was when it closed.
  bool is_broken_ = false;                   // By a fault.
  FakeChunkQueue received_;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_UNIX_H_

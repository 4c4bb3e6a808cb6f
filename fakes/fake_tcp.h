// FakeTcpSocket: one TCP socket, as a program can see it.
//
// How it works: a program's calls (fake_tcp.cc, fake_tcp_connect.cc,
// fake_tcp_data.cc) and the segments that arrive (fake_tcp_segments.cc) move it
// through these states. TIME_WAIT is not among them: Linux keeps only the port
// for it, and to its program the socket is closed
// (FakeTcpStack::EnterTimeWait).
//
//   kClosed ─ listen ─► kListen
//      │                   └─ SYN arrives ─► (a new socket) kSynReceived
//   connect                                         │ ACK
//      ▼                                            ▼
//   kSynSent ─────────── SYN+ACK ───────────► kEstablished
//                                              │        │
//                          our FIN (shutdown)  │        │  their FIN
//                                 ▼                         ▼
//                            kFinWait1                  kCloseWait
//                   its ACK │         │ their FIN           │ our FIN
//                           ▼         ▼                     ▼
//                      kFinWait2   kClosing             kLastAck
//               their FIN │           │ ACK                 │ ACK
//                         └───────────┴──────► kClosed ◄────┘
//
//   An RST, from any state: kClosed, with an error for the program to collect.
//
// Facts about TCP sockets (measured on Linux 6.18; tcp(7), socket(7))
//   * What Poll says: see the table over Poll() in fake_tcp_data.cc.
//   * The error of a socket is collected once, by SO_ERROR or by the next call
//     that fails, whichever comes first. After it a read says 0 (end of
//     stream) and a write EPIPE.
//   * A read hands out what had arrived before it reports a reset.
//   * A reset is EPIPE to who has the peer's FIN and has not sent its own, and
//     ECONNRESET to all others. Behind the peer's FIN a read says 0 all the
//     same, never an error.
//   * A FIN takes a byte of the peer's room: behind a full buffer it waits, and
//     so does a close(2) that lingers, until the peer reads.
//   * close(2) with unread data, or with SO_LINGER 0, sends an RST, not a FIN.
//   * close(2) with SO_LINGER above 0 waits until the peer has acknowledged all
//     data and the FIN, or has reset the connection; also on a socket that is
//     non-blocking. After that many seconds it returns 0 all the same, and what
//     was not acknowledged goes on its way as without it.
//   * connect(2) after a failed one says why, once, and makes the socket as
//     new: it has no local address, unless bind(2) named one, and no bytes
//     that were not read; and it wakes those who poll, with no error to see.
//   * From an address of 127.0.0.0/8 connect(2) reaches no other host: EINVAL
//     at once, and the socket is as before. From ::1 it times out.
//   * A port that the kernel chose goes with the connection, or when a listener
//     is shut down; one that bind(2) named stays until close(2).
//   * SHUT_RD sends nothing: later data still arrives and can be read.
//   * The backlog holds one connection more than listen(2) was told. A SYN
//     that finds it full is dropped; connect(2) stays in progress and retries
//     after 1, 2, 3, 4, 5, 7, 11, 19, 35 and 67 s; ETIMEDOUT after 131 s.
//   * A handshake whose last segment finds it full stays open: connect(2) has
//     succeeded, and the listener answers the SYN again after 1, 3, 7, 15 and
//     31 s; with the first of these that finds room the connection is accepted.
//     After 63 s it is forgotten, and what is sent on it gets an RST.
//   * SO_SNDBUF and SO_RCVBUF report twice what was set (socket(7)).
//   * A socket that is closed waits no longer than 60 s for the peer's FIN
//     (tcp_fin_timeout), and 325 s for room (339 s on Linux: fake_tcp_data.cc);
//     then what is left is lost, and the peer is reset when it reads.
//   * A SYN for a connection that its sender has forgotten and this end has not
//     is answered with an ACK that makes no sense to its sender, who answers
//     with an RST. So the old connection is reset, and the SYN, which comes
//     again two ticks later, finds the listener.
//   * The out-of-band byte: fake_tcp_urgent.cc.
//
// Retransmission is the link's: fakes/fake_link.h.
//
// Not modelled yet: congestion control, Nagle's algorithm, delayed ACKs, buffer
// autotuning (the capacity is what was set, 65,536 bytes at first),
// TCP_DEFER_ACCEPT and keepalive (accepted, no effect), simultaneous open,
// reconnecting after AF_UNSPEC, the limit on half-open connections, and SYN
// cookies, which Linux sends beyond it.
//
// Next: fakes/fake_tcp_segments.cc.

#ifndef CLOCHE_FAKES_FAKE_TCP_H_
#define CLOCHE_FAKES_FAKE_TCP_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "cloche/fakes/fake_byte_queue.h"
#include "cloche/fakes/fake_event_queue.h"
#include "cloche/fakes/fake_segment.h"
#include "cloche/fakes/fake_socket.h"
#include "cloche/fakes/fake_tcp_stack.h"

namespace cloche {

// Thread safety: none. Lifetime: made by std::make_shared, and shared by its
// descriptor, by the stack's table as long as it has a peer and is not closed,
// and by the queue of its listener until it is accepted. `stack` must outlive
// it. What it has scheduled it cancels when it is destroyed.
//
// Invariants:
//   1. send_buffer_ holds the bytes numbered from unacknowledged_ on; what is
//      below next_ has been sent, and never more than peer_window_end_ allows.
//   2. error_ is 0, or what the program has not been told yet.
//   3. In kListen there is no peer, and in every other state no accept_queue_.
//      Only in kSynReceived there are early_ ones.
//   4. kClosed with a peer means: the conversation is over for good.
class FakeTcpSocket final : public FakeSocket,
                            public std::enable_shared_from_this<FakeTcpSocket> {
 public:
  enum class State {
    kClosed,
    kListen,
    kSynSent,
    kSynReceived,
    kEstablished,
    kFinWait1,
    kFinWait2,
    kCloseWait,
    kClosing,
    kLastAck,
  };

  FakeTcpSocket(FakeTcpStack& stack, AddressFamily family);
  ~FakeTcpSocket() override;

  // What a program calls.

  int Bind(const SocketAddress& address) override;
  int Listen(int backlog) override;
  int Accept(std::shared_ptr<FakeSocket>* accepted) override;
  int Connect(const SocketAddress& address) override;
  int64_t Receive(ReceiveMessage& message) override;
  int64_t Send(const SendMessage& message) override;
  int Queue(absl::string_view data) override;
  int LookAtQueue() override;
  int Shutdown(ShutdownHow how) override;
  int GetOption(SocketOption option, int* value) override;
  int SetOption(SocketOption option, int value) override;
  int GetLocalAddress(SocketAddress* address) override;
  int GetPeerAddress(SocketAddress* address) override;
  void GetAcceptedPeer(SocketAddress* address) override;
  uint32_t Poll() override;
  FakeFilterState LookForRead() override;
  FakeFilterState LookForWrite() override;
  void OnClosed() override;
  absl::Duration Lingers() const override;
  std::string Describe() const override;
  void Break(int error) override;

  // What the stack calls.

  // A segment of this socket's own connection.
  void OnSegment(const FakeSegment& segment);
  // A SYN for this listener.
  void OnSyn(const FakeSegment& segment);

  // Whether it is owed an acknowledgement, or room for what is to be sent. A
  // handshake takes care of itself.
  bool AwaitsAnswer() const;
  const SocketAddress& local() const { return local_; }
  const SocketAddress& peer() const { return peer_; }
  // The stack gives the address, and with it a port.
  void TakePort(SocketAddress local);
  bool closed() const { return closed_; }  // By close(2).
  bool listening() const { return state_ == State::kListen; }
  bool reuse_address() const { return Option(SocketOption::kReuseAddress); }
  bool reuse_port() const { return Option(SocketOption::kReusePort); }
  bool v6_only() const { return Option(SocketOption::kIpv6Only); }

 private:
  // How far connect(2) has come, which is not the same as the TCP state: a
  // non-blocking connect is "connecting" until connect is called again.
  enum class ConnectCalls { kNone, kConnecting, kConnected, kOver };

  // What is known of a byte that the peer calls urgent: Linux's urg_data.
  enum class Urgent { kNone, kAnnounced, kHere, kTaken };

  // Options (fake_tcp_options.cc).
  int TakeError();

  // Connecting (fake_tcp_connect.cc).
  int ConnectAgain();
  int StartConnect(const SocketAddress& destination);
  void SendSyn();
  void Disconnect();

  // Opening and closing (fake_tcp.cc).
  int CheckFamily(const SocketAddress& address) const;
  SocketAddress Any() const;
  void StopListening();
  void SendFin();
  void SendReset();
  void Abort();          // RST to the peer, then Done.
  void Done();           // tcp_done: closed in both directions, all told.
  void Fail(int error);  // Done, with an error for the program.
  int ErrorOfReset() const;
  void Forget();  // Leaves the stack's table and its port, if it may.

  // Data (fake_tcp_data.cc).
  int SendObstacle();
  int64_t NothingToReceive();
  size_t CopyOut(ReceiveMessage& message, size_t begin, size_t end) const;
  void AnnounceSpace();
  bool Writable() const;
  size_t SendSpace() const;
  // Our half has ended, and the peer has not acknowledged it.
  bool Finishing() const;
  void Output();
  void SendWhatFits();
  void LimitProbes();
  FakeSegment MakeSegment() const;
  void SendAck();
  uint64_t ReceiveSpace() const;

  // kqueue's filters (fake_tcp_filters.cc).
  int64_t BytesInStream() const;

  // The out-of-band byte (fake_tcp_urgent.cc).
  uint64_t NextToRead() const;
  bool AtHole() const;
  size_t BytesBeforeMark() const;
  void OnUrgentPointer(uint64_t at);
  void OnUrgent(const FakeSegment& segment);
  void ForgetPassedMark();
  int64_t ReceiveUrgent(ReceiveMessage& message);

  // Arrivals (fake_tcp_segments.cc).
  void SendSynAck(int attempt);
  void TransmitSynAck();
  void OnReset();
  void OnSynAgain(const FakeSegment& segment);
  void OnAnswerToSyn(const FakeSegment& segment);
  void OnStaleAck(const FakeSegment& segment);
  void OnSynAck(const FakeSegment& segment);
  void OnHandshakeAck();
  void OnEarly(const FakeSegment& segment);
  void OnContent(const FakeSegment& segment);
  void ForgetHandshake();
  void OnAck(const FakeSegment& segment);
  void OnFinAcknowledged();
  void LimitFinWait2();
  bool OnPayload(const FakeSegment& segment);
  void OnFin();
  void TimeWaitAndDone();
  bool HasRoom() const { return accept_queue_.size() <= backlog_; }
  void PushAccepted(std::shared_ptr<FakeTcpSocket> child);

  FakeTcpStack& stack_;
  const AddressFamily family_;
  State state_ = State::kClosed;
  ConnectCalls connect_calls_ = ConnectCalls::kNone;
  int error_ = 0;               // Positive errno: sk_err.
  int shutdown_ = 0;            // kShut bits: sk_shutdown.
  bool peer_finished_ = false;  // The peer's FIN has arrived: SOCK_DONE.
  bool closed_ = false;         // No descriptor any more.

  SocketAddress local_;  // Wire form; family kUnspecified: none yet.
  SocketAddress peer_;
  bool holds_port_ = false;     // The stack's table has this socket.
  bool keeps_address_ = false;  // bind(2) named it: SOCK_BINDADDR_LOCK.
  bool keeps_port_ = false;     // Likewise: SOCK_BINDPORT_LOCK.

  // Listening.
  size_t backlog_ = 0;
  std::deque<std::shared_ptr<FakeTcpSocket>> accept_queue_;

  // In kSynReceived.
  std::weak_ptr<FakeTcpSocket> listener_;
  std::deque<FakeSegment> early_;  // What came before there was room.

  // The handshake's next retry, or the "unreachable" that is to come; closed:
  // when the peer's FIN, or its room, is waited for no longer.
  FakeEventQueue::Id timer_;

  // Connecting: how many SYNs have gone out.
  size_t syns_sent_ = 0;

  // Sending.
  uint64_t initial_ = 0;  // The number of our SYN.
  FakeByteQueue send_buffer_;
  uint64_t unacknowledged_ = 0;
  uint64_t next_ = 0;
  uint64_t peer_window_end_ = 0;
  absl::Time full_since_ = absl::InfiniteFuture();  // Only for want of room.
  bool fin_sent_ = false;
  bool wants_space_ = false;  // Someone saw it full: SOCK_NOSPACE.
  uint64_t urgent_end_ = 0;   // Behind our own urgent byte: snd_up.

  // Receiving.
  FakeByteQueue receive_buffer_;
  uint64_t receive_next_ = 0;
  uint64_t announced_end_ = 0;  // receive_next_ + window, when last announced.
  Urgent urgent_ = Urgent::kNone;
  uint64_t urgent_at_ = 0;  // Unless kNone: the number of that byte.
  char urgent_byte_ = 0;    // In kHere: the byte itself.
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_TCP_H_

// FakeCompletionPort: an I/O completion port of Windows, one instance, over
// this kernel's sockets.
//
// How it works: each socket of the port has a list of the calls that are
// pending on it. When the socket wakes, it joins the list of those to look at;
// when the port is asked for packets, each of these tries its calls again, and
// what has ended joins the queue of packets.
//
//   socket ── Notify ──► to look at ──► its calls: still pending?
//                                              │ no
//   GetQueuedCompletionStatusEx ◄── packets ◄──┘
//
// Facts about completion ports (Microsoft's documentation: "I/O Completion
// Ports", "Canceling Pending I/O Operations", and the pages of the calls)
//   * A socket gets its port for good; the packets of all calls that end later
//     go there, with the key that was given then.
//   * Each call that began sends one packet, however it ends. One that could
//     not begin sends none; one that succeeded at once sends one as well,
//     unless FILE_SKIP_COMPLETION_PORT_ON_SUCCESS was asked for.
//   * Packets come in the order in which the calls ended. Calls in different
//     directions, or on different sockets, end in any order; two receives on
//     one socket in theirs.
//   * CancelIoEx marks a call and returns. The call may still end in any way;
//     with ERROR_OPERATION_ABORTED (995) if it was cancelled. What is not
//     pending any more is ERROR_NOT_FOUND (1168), and its packet comes.
//   * closesocket ends all pending calls of the socket: with 995, 64 or 1236.
//     Wine 8.0 says 676.
//   * Closing the port ends the waits on it with ERROR_ABANDONED_WAIT_0 (735);
//     Wine 8.0 lets them wait until their timeout.
//
// Main disadvantage: data lies in the socket until the port is asked, where a
// real kernel fills the buffer as it comes. A program sees the difference only
// if it looks at its buffer, which it may not.
// The sockets under it are Linux's: a reset is seen once and then is an end of
// stream, and between the peer's FIN and the own it is EPIPE.
//
// Not modelled yet: several threads on a port and how many of them run, keys
// and events without a port, files that are no sockets, datagrams, AcceptEx
// with the first data, a socket made for AcceptEx that has a port already.
//
// Next: fakes/fake_overlapped_call.h, fakes/fake_completion_port_calls.h;
// fakes/fake_kqueue.h, to compare.

#ifndef CLOCHE_FAKES_FAKE_COMPLETION_PORT_H_
#define CLOCHE_FAKES_FAKE_COMPLETION_PORT_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/types/span.h"
#include "cloche/base/intrusive_list.h"
#include "cloche/calls/completion_port_calls.h"
#include "cloche/fakes/fake_file.h"
#include "cloche/fakes/fake_order.h"
#include "cloche/fakes/fake_overlapped_call.h"
#include "cloche/fakes/fake_socket.h"

namespace cloche {

// Thread safety: none. Lifetime: that of a file: until its last descriptor is
// closed and no call refers to it.
//
// Invariants:
//   1. Each socket of sockets_ is open, and watched.
//   2. A call is either pending at its socket or has a packet in packets_.
class FakeCompletionPort final : public FakeFile {
 public:
  // Lifetime: `order` is its host's.
  explicit FakeCompletionPort(const FakeOrder& order) : order_(order) {}

  // The calls, when descriptors have been looked up. Results as theirs.

  int Associate(int fd, FakeSocket& socket, uint64_t key);
  bool Has(int fd) const { return sockets_.contains(fd); }
  void SkipOnSuccess(int fd) { sockets_.at(fd)->skips = true; }
  int64_t Begin(int fd, std::unique_ptr<FakeOverlappedCall> call);
  int Cancel(int fd, Overlapped& overlapped);
  void Post(uint64_t key);
  // Takes what is in the queue, as much as fits; returns how many. Never waits.
  int Collect(absl::Span<CompletionPacket> packets);

  // False means that Collect would find nothing. True promises nothing.
  bool MayHavePackets() const { return !packets_.empty() || !awake_.empty(); }
  bool closed() const { return closed_; }

  uint32_t Poll() override { return 0; }
  void OnClosed() override;
  std::string Describe() const override;
  FakeCompletionPort* AsCompletionPort() override { return this; }

 private:
  using Call = std::unique_ptr<FakeOverlappedCall>;
  // Packets of one lane keep their order.
  using Lane = std::pair<int, bool>;  // Socket, and whether it reads.

  struct AwakeTag {};

  struct Socket final : FakeWatcher, ListNode<AwakeTag> {
    Socket(FakeCompletionPort& owner, int number, FakeSocket& watched,
           uint64_t its_key);
    void OnWake(uint32_t key) override;
    void OnFileClosed() override;

    FakeCompletionPort& port;
    const int fd;
    FakeSocket& file;
    const uint64_t key;
    bool skips = false;
    std::deque<Call> pending;  // In the order in which they began.
    std::vector<const FakeOverlappedCall*> to_cancel;  // If not ended by then.
  };

  struct Packet {
    CompletionPacket content;
    Lane lane;
    Call call;  // Null: it was posted.
  };

  size_t Choose(size_t count) const;
  void Awake(Socket& socket);
  void TryAll(Socket& socket);
  void End(Socket& socket, Call call, int64_t result);
  size_t ChoosePacket() const;

  const FakeOrder& order_;
  bool closed_ = false;
  absl::btree_map<int, std::unique_ptr<Socket>> sockets_;
  IntrusiveList<Socket, AwakeTag> awake_;
  std::deque<Packet> packets_;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_COMPLETION_PORT_H_

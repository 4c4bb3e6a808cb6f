// IocpBackend: a Backend over an I/O completion port of Windows.
//
// A completion port is a proactor already: what Start does is to hand the call
// to the kernel, and what Wait does is to take packets that say how calls
// ended.
//
//   Start ──► the call ──► done at once? ─────────────────────► true
//                  │ pending
//                  ▼
//   table[fd]  [reader][writer]   calls in the kernel's hands
//                  │        │
//        packet ───┴────────┴──► finished list ──► Wait
//
// Only sends are different. A pending send cannot be taken back: how much of it
// has gone nobody can say. So the kernel is given a copy, at most one for each
// socket, and the operation is over; the next one waits for its packet. That is
// also what "ready to write" means here: fewer than one write is pending.
//
//   Start(send) ──► the kernel has none? ──► copy, WSASend ──► true
//                          │ it has one
//                          ▼
//                      [waiting] ◄── the packet: now it is its turn
//
// Facts about completion ports (Microsoft's documentation: "I/O Completion
// Ports", CancelIoEx, closesocket, AcceptEx, ConnectEx; "W": measured under
// Wine 8.0)
//   * OVERLAPPED and buffer are the kernel's until the packet was taken.
//   * Each call that began sends one packet; with
//     FILE_SKIP_COMPLETION_PORT_ON_SUCCESS not if it succeeded at once. Setting
//     that may fail, where something sits between Winsock and the kernel.
//   * CancelIoEx is a wish. The packet says what became of it; ERROR_NOT_FOUND
//     only that it is on its way already. W: cancelling a receive that data was
//     racing lost no byte in 300.
//   * How a call ends whose socket is closed: 995, 64 or 1236; W: 676.
//   * closesocket goes on sending what the socket has queued, unless SO_LINGER
//     is 0. Of a send that is pending it says that it begins to cancel it. W:
//     it does, and what had not gone is lost.
//   * Without SO_UPDATE_ACCEPT_CONTEXT and SO_UPDATE_CONNECT_CONTEXT,
//     getpeername and shutdown fail. W: they work.
//   * A receive of no bytes ends when there is something to receive; for room
//     to write there is no such call.
//   * A socket keeps its port for good.
//   * PostQueuedCompletionStatus may fail, and its page does not say why. A
//     packet is memory of the kernel's, of which there may be none.
//
// What this means for us
//   * An IocpCall lives from its call to its packet, and what is in the hands
//     of the kernel is counted: ~IocpBackend waits for every packet.
//   * Cancel never decides. A receive or an accept that has ended stands.
//   * Close cancels operations, waits for every packet and closes then.
//     Whatever fails after the own Close was closed locally. A send that is
//     over for its operation is not cancelled: until its packet has come the
//     descriptor stays open. Unless SO_LINGER is 0, or the next send was given
//     up, so that the peer lacks something in any case: a peer that never reads
//     is left when the program's patience is at an end.
//   * The error of a send that is over for its operation is told to the next.
//   * Wake posts again until there is memory: a wake that is lost is a loop
//     that sleeps on. Who wakes waits for it, and keeps a core busy meanwhile.
//
// Main disadvantage: each send is copied, and up to 64 KiB of a connection's
// data lie here when its peer does not read, after Close too, and keep its
// descriptor; with the backend they end. And for a foreign socket nobody can
// wait until it is writable: -EOPNOTSUPP.
//
// Next: backend/iocp_calls.h, the calls it makes; docs/iocp.md for the idea;
// backend/readiness_backend.h, to compare.

#ifndef CLOCHE_BACKEND_IOCP_BACKEND_H_
#define CLOCHE_BACKEND_IOCP_BACKEND_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/backend/backend.h"
#include "cloche/backend/iocp_calls.h"
#include "cloche/backend/operation.h"
#include "cloche/calls/completion_port_calls.h"
#include "cloche/calls/socket_calls.h"

namespace cloche {

// Thread safety: one thread, Wake excepted.
//
// Invariants:
//   1. An operation in flight is that of a call in its descriptor's entry,
//      waits there for one to end, or is in finished_.
//   2. in_kernel_ is how many calls there are in all entries, and so how many
//      packets are to come.
//   3. Somebody waits in an entry only while its writer is in the kernel.
//   4. A closing entry's descriptor is in closing_ and still open.
class IocpBackend final : public Backend {
 public:
  // Lifetime: `sockets` and `ports` must outlive the backend.
  static absl::StatusOr<std::unique_ptr<IocpBackend>> Create(
      SocketCalls& sockets, CompletionPortCalls& ports);
  IocpBackend(const IocpBackend&) = delete;
  IocpBackend& operator=(const IocpBackend&) = delete;
  ~IocpBackend() override;

  absl::string_view name() const override { return "iocp"; }
  bool Start(Operation& operation) override;
  void Cancel(Operation& operation) override;
  absl::Status Wait(absl::Duration timeout, OperationList& done) override;
  void Wake() override;
  void Close(int fd) override;
  bool HasEnded() const override { return !finished_.empty(); }

 private:
  using CallOwner = std::unique_ptr<IocpCall>;

  // What is known of one descriptor number.
  struct Entry {
    CallOwner reader;
    CallOwner writer;
    Operation* waiting = nullptr;  // Until the writer's packet has come.
    int64_t write_error = 0;       // Of a send, for the next one.
    bool has_port = false;         // For certain.
    bool had_port = false;         // The number, when it was last given one.
    bool skips = false;            // No packet for what succeeds at once.
    bool gave_up = false;  // The last send was cancelled: some is missing.
    bool closing = false;
  };

  // Taken from the port at once. The rest comes at the next Wait, or in the
  // same one if nothing of this ended an operation.
  static constexpr size_t kMostPackets = 256;
  // Of one send, copied; a longer one goes in pieces.
  static constexpr size_t kMostBytes = 65536;

  IocpBackend(SocketCalls& sockets, CompletionPortCalls& ports)
      : system_{sockets, ports} {}

  // The entry of `fd`, which the table grows to hold.
  Entry& EntryOf(int fd);
  static CallOwner& SlotOf(Entry& entry, OperationKind kind);
  static bool IsBusy(Entry& entry, const Operation& operation);

  int GivePort(Entry& entry, const Operation& operation);
  // True if it finished at once.
  bool Begin(Entry& entry, Operation& operation);
  bool BeginWriting(Entry& entry, Operation& operation);
  // What a send, or a wait for one, comes to when the kernel has none.
  int64_t Write(Entry& entry, const Operation& operation);
  // Whether there will be a packet for a call that has come back so.
  static bool HasPacket(const Entry& entry, int64_t result);
  void Keep(Entry& entry, CallOwner call);

  int TakePackets(absl::Duration timeout);
  void OnPacket(const CompletionPacket& packet);
  CallOwner TakeBack(const IocpCall& call);
  void OnWritten(Entry& entry, int64_t result);

  void Finish(Operation& operation, int64_t result);
  void FinishClosed(Operation& operation);
  void HandBack(OperationList& done);
  void CancelCall(const CallOwner& call);
  bool IsInVain(const Entry& entry, int fd) const;
  static bool HasOperation(const CallOwner& call);
  void CloseNow(int fd);
  void CloseWhatIsOver();

  const IocpSystem system_;
  int port_ = -1;
  std::vector<Entry> table_;  // Indexed by descriptor.
  size_t in_kernel_ = 0;
  OperationList finished_;
  std::vector<int> closing_;
  std::array<CompletionPacket, kMostPackets> packets_;
};

}  // namespace cloche

#endif  // CLOCHE_BACKEND_IOCP_BACKEND_H_

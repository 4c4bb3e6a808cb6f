// SystemCallDriver: makes a kernel's system calls the way a test wants them.
//
//     SystemCallDriver linux(KernelKind::kSystem);  // Tests derive from it.
//     const SystemCallDriver::Ends ends = linux.Connect();
//     linux.Reset(ends.server);
//     EXPECT_TRUE(linux.Becomes(ends.client, "IN|OUT|RDHUP|ERR|HUP"));
//
// Two ways to look at a descriptor: Becomes waits for what the other side
// causes, Level looks at once and is for what a socket's own calls cause.
//
// Main disadvantage: descriptors are plain numbers. What was opened through the
// driver is closed with it; a test that closes more twice closes a stranger.
//
// Next: testing/contract/system_call_contract.h, a fixture that is one;
// testing/contract/contract_kernel.h for how a test waits.

#ifndef CLOCHE_TESTING_CONTRACT_SYSTEM_CALL_DRIVER_H_
#define CLOCHE_TESTING_CONTRACT_SYSTEM_CALL_DRIVER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/calls/epoll_calls.h"
#include "cloche/calls/poll_calls.h"
#include "cloche/calls/select_calls.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/calls/wake_calls.h"
#include "cloche/testing/contract/contract_kernel.h"
#include "gtest/gtest.h"

namespace cloche {

// The buffers of a connection that fills up soon. The sending one is much the
// larger, so that what it holds when it is full is nothing that the receiver's
// kernel could still take; only reading makes space.
inline constexpr int kSmallReceiveBuffer = 4096;
inline constexpr int kLargeSendBuffer = 65536;

// Thread safety: one thread. A call that fails unexpectedly fails the test.
class SystemCallDriver {
 public:
  // Two connected sockets; `server` was accepted from `listener`.
  struct Ends {
    int listener = -1;
    int client = -1;
    int server = -1;
  };

  explicit SystemCallDriver(KernelKind kind)
      : kernel_(NewContractKernel(kind)) {}
  SystemCallDriver(const SystemCallDriver&) = delete;
  SystemCallDriver& operator=(const SystemCallDriver&) = delete;
  virtual ~SystemCallDriver();

  // How long to wait for what must come, if not kContractPatience.
  void set_patience(absl::Duration patience) { patience_ = patience; }

  // --- Sockets, each closed at the end of the test --------------------------

  int Keep(int fd);  // As if it had been opened here.
  int NewTcp();
  // At a loopback address; the kernel chooses the port.
  int NewBound();
  int NewListener(int backlog = 16);
  // Its connect is in progress.
  int NewConnecting(const SocketAddress& address);
  // Waits for a connection and accepts it.
  int Accept(int listener, SocketAddress* peer = nullptr);
  Ends ConnectTo(int listener);
  Ends Connect() { return ConnectTo(NewListener()); }
  // With small buffers from `client` to `server`.
  Ends ConnectSmall();

  // --- UDP sockets ----------------------------------------------------------

  int NewUdp(AddressFamily family = AddressFamily::kIpv4);
  // At a loopback address; the kernel chooses the port.
  int NewBoundUdp();
  // Connected to `peer`, which is a socket.
  int NewUdpTo(int peer);

  // --- UNIX sockets ---------------------------------------------------------

  // At a path that nothing has.
  SocketAddress NewUnixAddress();
  int NewUnix();
  int NewUnixListener(int backlog = 16);
  // Which has connected when it returns.
  int NewUnixClient(const SocketAddress& address);
  Ends ConnectUnix();
  // There is no listener.
  Ends NewPair();
  // With a small buffer from `client` to `server`.
  Ends NewSmallPair();

  // --- What every socket has ------------------------------------------------

  SocketAddress AddressOf(int fd);
  SocketAddress PeerOf(int fd);
  int TakeError(int fd);
  void Set(int fd, SocketOption option, int value);
  int Get(int fd, SocketOption option);
  // Closes, so that the peer is reset.
  void Reset(int fd);

  // --- Bytes ----------------------------------------------------------------

  // One Recv that does not wait: the bytes, "" at the end of the stream, or
  // "errno 104".
  std::string Receive(int fd, size_t most = 100, int flags = 0);
  static std::string Errno(int error);
  // One datagram to `to`.
  int64_t SendTo(int fd, const SocketAddress& to, absl::string_view bytes,
                 int flags = 0);
  // Receives until it has `size` bytes, and waits for them.
  std::string ReceiveAll(int fd, size_t size);
  // Sends until the kernel takes no more; returns how many bytes it took.
  size_t FillUp(int fd);

  // --- Readiness ------------------------------------------------------------

  // What is true of `fd` now, as in EpollText.
  std::string Level(int fd);
  // Waits until just this is true of `fd`.
  ::testing::AssertionResult Becomes(int fd, absl::string_view mask);
  // Waits until `ask` gives `answer`, and asks when something happens to `fd`.
  ::testing::AssertionResult Becomes(int fd, absl::string_view answer,
                                     absl::FunctionRef<std::string()> ask);

  // A new epoll set with `fd` in it, whose event data is `fd`.
  int NewEpoll(int fd, uint32_t events);
  int NewEpoll();
  int Control(int epoll, EpollCtlOp op, int fd, uint32_t events = 0);
  // What one wait reports of the set's one descriptor: the next thing that
  // comes, or what has come by now.
  std::string Next(int epoll);
  std::string Now(int epoll);
  // The descriptors that one wait with room for `most` reports by now.
  std::vector<int> Ready(int epoll, size_t most = 8);

 protected:
  const std::unique_ptr<ContractKernel> kernel_;
  SocketCalls& calls_ = kernel_->sockets();
  EpollCalls& epoll_ = kernel_->epoll();
  PollCalls& poll_ = kernel_->poll();
  SelectCalls& select_ = kernel_->select();
  WakeCalls& wake_ = kernel_->wake();

 private:
  std::string Wait(int epoll, absl::Duration timeout);

  absl::Duration patience_ = kContractPatience;
  std::vector<int> opened_;
};

}  // namespace cloche

#endif  // CLOCHE_TESTING_CONTRACT_SYSTEM_CALL_DRIVER_H_

// SocketCalls: every socket system call that Cloche makes, as one interface.
//
// The layers above call this and include no system header, so they compile
// everywhere and run over a fake kernel. The methods have the calls' own names
// and do what their manual pages say, with three simplifications that hold for
// the real calls and the fakes alike:
//
//   * The result is a count, a descriptor or 0, or else a negative errno, as
//     the Linux kernel itself returns it. There is no thread-local errno.
//   * Every descriptor is born non-blocking and close-on-exec; there is no
//     other kind. So no call here ever blocks: it returns -EAGAIN instead.
//   * Nothing raises SIGPIPE (MSG_NOSIGNAL always): a send to a closed peer
//     returns -EPIPE.
//
// Main disadvantage: one virtual call per system call, some 2 ns next to the
// 800 to 1700 ns of a send or a receive on loopback.
//
// Next: calls/linux_socket_calls.cc (the real ones), fakes/fake_host.h (the
// fake ones), calls/epoll_calls.h (how one learns that EAGAIN is over).

#ifndef CLOCHE_CALLS_SOCKET_CALLS_H_
#define CLOCHE_CALLS_SOCKET_CALLS_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cloche/calls/socket_address.h"

namespace cloche {

enum class SocketType : uint8_t { kStream, kDatagram };

// What Shutdown ends: see shutdown(2).
enum class ShutdownHow : uint8_t { kRead, kWrite, kBoth };

// Flags of the receive calls, or-ed together.
inline constexpr int kReceivePeek = 1;       // MSG_PEEK
inline constexpr int kReceiveOutOfBand = 2;  // MSG_OOB
// Flags of the send calls, or-ed together.
inline constexpr int kSendOutOfBand = 1;  // MSG_OOB
inline constexpr int kSendMore = 2;       // MSG_MORE

// The options that Cloche reads or sets. Each value is one int; booleans are
// 0 and 1. Sources: socket(7), tcp(7), ipv6(7).
enum class SocketOption : uint8_t {
  kReuseAddress,       // SO_REUSEADDR
  kReusePort,          // SO_REUSEPORT
  kError,              // SO_ERROR: read only; reading clears it
  kSendBuffer,         // SO_SNDBUF, bytes (Linux reports twice what was set)
  kReceiveBuffer,      // SO_RCVBUF, bytes (likewise)
  kKeepAlive,          // SO_KEEPALIVE
  kKeepAliveIdle,      // TCP_KEEPIDLE, seconds
  kKeepAliveInterval,  // TCP_KEEPINTVL, seconds
  kKeepAliveCount,     // TCP_KEEPCNT
  kLinger,             // SO_LINGER, seconds: -1 off, 0 close resets, else waits
  kNoDelay,            // TCP_NODELAY
  kDeferAccept,        // TCP_DEFER_ACCEPT, seconds
  kIpv6Only,           // IPV6_V6ONLY
  kOutOfBandInline,    // SO_OOBINLINE
};

// One recvmsg or sendmsg: several buffers in one call. The spans are borrowed
// for the length of the call.
struct ReceiveMessage {
  absl::Span<const absl::Span<char>> buffers;
  SocketAddress* from = nullptr;  // Datagrams: set to the sender if not null.
  int flags = 0;
  bool truncated = false;  // Result: the datagram was longer (MSG_TRUNC).
};
struct SendMessage {
  absl::Span<const absl::string_view> buffers;
  const SocketAddress* to = nullptr;  // Datagrams: null sends to the peer.
  int flags = 0;
};

// Thread safety: as the kernel's calls for the real ones; the fakes belong to
// one thread. Lifetime: must outlive every loop that was given it.
class SocketCalls {
 public:
  virtual ~SocketCalls() = default;

  virtual int Socket(AddressFamily family, SocketType type) = 0;
  // AF_UNIX stream pair.
  virtual int SocketPair(int descriptors[2]) = 0;
  virtual int Bind(int fd, const SocketAddress& address) = 0;
  virtual int Listen(int fd, int backlog) = 0;
  // `peer` may be null.
  virtual int Accept4(int fd, SocketAddress* peer) = 0;
  // -EINPROGRESS: wait until writable, then ask kError.
  virtual int Connect(int fd, const SocketAddress& address) = 0;

  // The simple forms of RecvMsg and SendMsg. 0 from Recv is end of stream,
  // unless the buffer was empty.
  virtual int64_t Recv(int fd, absl::Span<char> buffer, int flags) = 0;
  virtual int64_t Send(int fd, absl::string_view data, int flags) = 0;
  virtual int64_t RecvMsg(int fd, ReceiveMessage& message) = 0;
  virtual int64_t SendMsg(int fd, const SendMessage& message) = 0;

  virtual int Shutdown(int fd, ShutdownHow how) = 0;
  virtual int Close(int fd) = 0;

  virtual int GetSockOpt(int fd, SocketOption option, int* value) = 0;
  virtual int SetSockOpt(int fd, SocketOption option, int value) = 0;
  virtual int GetSockName(int fd, SocketAddress* address) = 0;
  virtual int GetPeerName(int fd, SocketAddress* address) = 0;
};

}  // namespace cloche

#endif  // CLOCHE_CALLS_SOCKET_CALLS_H_

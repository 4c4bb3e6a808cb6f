// CompletionPortCalls: I/O completion ports of Windows as an interface.
//
// A completion port says what is done, where epoll says what could be done now.
// A call is handed to the kernel together with its buffer, and a packet in the
// port's queue tells how it ended:
//
//     WsaRecv(socket, buffer, overlapped) ──► the kernel fills the buffer
//                                                     │
//     GetQueuedCompletionStatusEx(port) ◄── {overlapped, 5 bytes}
//
// Constants and structs are Cloche's own, so that the backend over it compiles
// and runs (over the fake kernel) on every system. A method has the name of the
// call that it stands for, and does what Microsoft's documentation of that call
// says.
//
// Results are a count, a descriptor or 0, or else a negative errno, as in
// calls/socket_calls.h; calls/windows_errors.h says which errno stands for
// which error of Windows. A descriptor is a SOCKET or a HANDLE: of its bits
// Windows uses only the lower 32 ("Interprocess communication between 32-bit
// and 64-bit applications"), so that it fits into an int.
//
// Main disadvantage: what is written over it runs over a fake one, which
// follows Microsoft's documentation, and under Wine, which does not always;
// never yet on Windows.
//
// Next: fakes/fake_completion_port.h, the rules as a model;
// backend/iocp_backend.h, its one user; docs/iocp.md for the idea.

#ifndef CLOCHE_CALLS_COMPLETION_PORT_CALLS_H_
#define CLOCHE_CALLS_COMPLETION_PORT_CALLS_H_

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/calls/socket_address.h"

namespace cloche {

// OVERLAPPED: the kernel's own notes about one call, and the call's name. From
// the start of a call that is pending until its packet was taken it belongs to
// the kernel, as the buffer does: it stays where it is, and nobody looks at it.
struct Overlapped {
  alignas(8) std::array<std::byte, 32> of_the_kernel = {};
};

// OVERLAPPED_ENTRY, with the outcome already translated.
struct CompletionPacket {
  uint64_t key = 0;                  // Of the socket, or of who posted it.
  Overlapped* overlapped = nullptr;  // Null: it was posted.
  int64_t result = 0;                // Bytes, or a negative errno.
};

// WSA_IO_PENDING: the call is in the kernel's hands. Nothing else promises a
// packet but this, and success without SkipCompletionPortOnSuccess.
inline constexpr int64_t kIoPending = -EINPROGRESS;

// AcceptEx writes two addresses into a buffer of this size: for each a
// SOCKADDR_STORAGE and the 16 bytes more that its documentation asks for.
inline constexpr size_t kAcceptAddressBytes = size_t{2} * (128 + 16);

// Thread safety: as the kernel's calls for the real ones; the fakes belong to
// one thread. Lifetime: must outlive every backend that was given it.
class CompletionPortCalls {
 public:
  virtual ~CompletionPortCalls() = default;

  // A new port, for one thread; closed with CloseHandle. Whoever waits on a
  // port that is closed hears -EBADF.
  virtual int CreateIoCompletionPort() = 0;
  virtual int CloseHandle(int port) = 0;

  // The second use of CreateIoCompletionPort: from now on the packets of
  // `socket` go to `port` and carry `key`. For good: a socket that has a port
  // already is -EINVAL, and only closing it ends that.
  virtual int AssociateWithPort(int port, int socket, uint64_t key) = 0;
  // SetFileCompletionNotificationModes with
  // FILE_SKIP_COMPLETION_PORT_ON_SUCCESS: a call on `socket` that succeeds at
  // once sends no packet.
  virtual int SkipCompletionPortOnSuccess(int socket) = 0;

  // The overlapped calls. What is not negative was done at once, kIoPending
  // goes on, and any other error means that it did not even begin: there will
  // be no packet. WSAEWOULDBLOCK, "too many outstanding requests", is -ENOBUFS.

  // Bytes received; 0 is end of stream. Without a buffer it takes none and ends
  // when there are some, or the end, or an error.
  virtual int64_t WsaRecv(int socket, absl::Span<char> buffer,
                          Overlapped& overlapped) = 0;
  // All of `data`, unlike send. Pending, it may have taken some of it.
  virtual int64_t WsaSend(int socket, absl::string_view data,
                          Overlapped& overlapped) = 0;
  // `accepted`, a new socket, becomes the connection. `addresses` has
  // kAcceptAddressBytes and belongs to the kernel as a buffer does.
  virtual int64_t AcceptEx(int listener, int accepted,
                           absl::Span<char> addresses,
                           Overlapped& overlapped) = 0;
  // `socket` must have been bound (-EINVAL).
  virtual int64_t ConnectEx(int socket, const SocketAddress& address,
                            Overlapped& overlapped) = 0;

  // GetAcceptExSockaddrs: whom AcceptEx has accepted.
  virtual void GetAcceptExSockaddrs(absl::Span<const char> addresses,
                                    SocketAddress* peer) = 0;
  // SO_UPDATE_ACCEPT_CONTEXT and SO_UPDATE_CONNECT_CONTEXT, without which the
  // new connection has no peer for getpeername and shutdown: -ENOTCONN.
  virtual int UpdateAcceptContext(int accepted, int listener) = 0;
  virtual int UpdateConnectContext(int socket) = 0;

  // Asks for a pending call to end soon. Its packet comes in any case, and says
  // whether it was cancelled (-ECANCELED) or had ended before. -ENOENT: it is
  // not pending; its packet is in the queue, or was taken.
  virtual int CancelIoEx(int socket, Overlapped& overlapped) = 0;

  // How many packets were stored; 0 at the timeout. `timeout`, rounded up to
  // milliseconds: absl::InfiniteDuration() waits for ever, zero not at all. The
  // fake kernel returns -EDEADLK when waiting for ever would be just that.
  virtual int GetQueuedCompletionStatusEx(int port,
                                          absl::Span<CompletionPacket> packets,
                                          absl::Duration timeout) = 0;
  // A packet without a call, for who waits. Any thread.
  // -ENOBUFS, -ENOMEM: the system has no memory for it now.
  virtual int PostQueuedCompletionStatus(int port, uint64_t key) = 0;
};

// Posts until that is done: for want of memory a wake would be lost. Any other
// failure is of no use to the caller, who has seen to it that `port` is open.
// Any thread; it waits, without sleeping, for as long as there is none.
inline void PostPacketForSure(CompletionPortCalls& calls, int port,
                              uint64_t key) {
  int error;
  do {
    error = calls.PostQueuedCompletionStatus(port, key);
  } while (error == -ENOBUFS || error == -ENOMEM);
}

}  // namespace cloche

#endif  // CLOCHE_CALLS_COMPLETION_PORT_CALLS_H_

// WindowsCompletionPortCalls: CompletionPortCalls on the real thing.
//
// Each method makes the one call that it is named after. What is added is the
// translation of outcomes, of which there are three:
//
//     the call     0 or SOCKET_ERROR, and WSAGetLastError: 997 is "pending"
//     the packet   an NTSTATUS, in the OVERLAPPED's own notes
//     the timeout  WAIT_TIMEOUT (258), which is no error here
//
// Facts about the calls (Microsoft's documentation of each; "W": what Wine 8.0
// was seen to do)
//   * AcceptEx and ConnectEx belong to the provider of sockets, which is asked
//     for them by WSAIoctl. Through mswsock.dll each call would ask anew.
//   * FILE_SKIP_COMPLETION_PORT_ON_SUCCESS works only if nothing stands between
//     Winsock and the kernel: if the socket's handle is the kernel's own
//     (XP1_IFS_HANDLES; "KB2568167").
//   * GetQueuedCompletionStatusEx leaves each outcome as NTSTATUS, where
//     GetQueuedCompletionStatus translates. RtlNtStatusToDosError does it.
//   * A receive without a buffer ends when there is data. One of a datagram
//     socket ends with WSAEMSGSIZE and takes the datagram with it; if it peeks,
//     it leaves it, but nothing says whether an end at once has a packet then.
//
// What this means for us
//   * The two are asked for once, with a socket that is closed again.
//   * A socket whose handle is not the kernel's is -EOPNOTSUPP for
//     SkipCompletionPortOnSuccess, and has a packet for each call. So is one of
//     datagrams: libuv found packets all the same there.
//   * On a datagram socket a receive without a buffer is -EOPNOTSUPP. To be
//     wrong about that packet would be to free what the kernel writes to.
//
// Main disadvantage: nobody can wait for a datagram without receiving it; and
// for a receive without a buffer, one more call asks what kind of socket it is.
//
// Next: calls/windows_errors.h; backend/iocp_backend.h, its one user.

#ifndef CLOCHE_CALLS_WINDOWS_COMPLETION_PORT_CALLS_H_
#define CLOCHE_CALLS_WINDOWS_COMPLETION_PORT_CALLS_H_

#include <mswsock.h>
#include <winsock2.h>

#include <cstdint>

#include "cloche/calls/completion_port_calls.h"
#include "cloche/calls/windows_winsock.h"

namespace cloche {

// Thread safety: any thread; what it has is constant.
class WindowsCompletionPortCalls final : public CompletionPortCalls {
 public:
  int CreateIoCompletionPort() override;
  int CloseHandle(int port) override;
  int AssociateWithPort(int port, int socket, uint64_t key) override;
  int SkipCompletionPortOnSuccess(int socket) override;
  int64_t WsaRecv(int socket, absl::Span<char> buffer,
                  Overlapped& overlapped) override;
  int64_t WsaSend(int socket, absl::string_view data,
                  Overlapped& overlapped) override;
  int64_t AcceptEx(int listener, int accepted, absl::Span<char> addresses,
                   Overlapped& overlapped) override;
  int64_t ConnectEx(int socket, const SocketAddress& address,
                    Overlapped& overlapped) override;
  void GetAcceptExSockaddrs(absl::Span<const char> addresses,
                            SocketAddress* peer) override;
  int UpdateAcceptContext(int accepted, int listener) override;
  int UpdateConnectContext(int socket) override;
  int CancelIoEx(int socket, Overlapped& overlapped) override;
  int GetQueuedCompletionStatusEx(int port,
                                  absl::Span<CompletionPacket> packets,
                                  absl::Duration timeout) override;
  int PostQueuedCompletionStatus(int port, uint64_t key) override;

 private:
  // What the provider of sockets has besides. Null if it has not.
  struct Extensions {
    LPFN_ACCEPTEX accept_ex = nullptr;
    LPFN_CONNECTEX connect_ex = nullptr;
    LPFN_GETACCEPTEXSOCKADDRS get_accept_ex_sockaddrs = nullptr;
  };
  static Extensions LoadExtensions();

  const WinsockUser winsock_;  // Before what needs it.
  const Extensions extensions_ = LoadExtensions();
};

}  // namespace cloche

#endif  // CLOCHE_CALLS_WINDOWS_COMPLETION_PORT_CALLS_H_

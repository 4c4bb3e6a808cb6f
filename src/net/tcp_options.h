// The options of TCP sockets, with what each is for.
//
// What is not set keeps the system's default. Source: socket(7), tcp(7).
//
// Next: net/tcp_stream.h, net/tcp_listener.h.

#ifndef CLOCHE_NET_TCP_OPTIONS_H_
#define CLOCHE_NET_TCP_OPTIONS_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/calls/socket_calls.h"

namespace cloche {

// Probes on an idle connection, so that a peer that vanished without a word is
// noticed. Whole seconds; fractions are rounded up.
struct KeepAlive {
  absl::Duration idle = absl::Minutes(2);       // Before the first probe.
  absl::Duration interval = absl::Seconds(15);  // Between probes.
  int count = 4;                                // Unanswered: it is dead.
};

struct TcpOptions {
  // Sends small writes at once instead of waiting for more (Nagle). On, since
  // Write takes whole messages here and waiting would only delay them.
  bool no_delay = true;
  std::optional<KeepAlive> keep_alive = {};
  std::optional<int> send_buffer_bytes = {};
  std::optional<int> receive_buffer_bytes = {};
};

struct TcpListenOptions {
  // Connections that the system completes before Accept is called. The kernel
  // may cut it down (Linux: net.core.somaxconn).
  int backlog = 1024;
  // Binds although connections of an earlier listener are in TIME_WAIT: what
  // a restarted server needs.
  bool reuse_address = true;
  // Several listeners share the port, and the kernel deals connections out.
  bool reuse_port = false;
  // An IPv6 listener takes no IPv4 connections. Nothing to an IPv4 one.
  bool ipv6_only = false;
  // Gives a connection to Accept only when its first bytes are there, or after
  // about this long: where the peer speaks first, an accepted stream then can
  // be read at once. Linux only (TCP_DEFER_ACCEPT); whole seconds, rounded up.
  std::optional<absl::Duration> defer_accept = {};
  // For the accepted streams, which inherit them from the listening socket. A
  // receive buffer must be known there already: the handshake fixes how large
  // a window can be told of (tcp(7)).
  TcpOptions stream = {};
};

// Applies the options to a socket. The error names the option.
absl::Status ApplyTcpOptions(SocketCalls& calls, int fd,
                             const TcpOptions& options);

// As TcpListenOptions::defer_accept, for a listening socket.
absl::Status SetDeferAccept(SocketCalls& calls, int fd, absl::Duration most);

// One option, with an error that names it: "set TCP_NODELAY to 1 on fd 7".
absl::Status SetSocketOption(SocketCalls& calls, int fd, SocketOption option,
                             int value);

}  // namespace cloche

#endif  // CLOCHE_NET_TCP_OPTIONS_H_

#include "cloche/fakes/errno_table.h"

#include <initializer_list>

#include "cloche/base/check.h"
#include "cloche/base/errnos.h"

namespace cloche {
namespace {

using Errnos = std::initializer_list<int>;

struct Row {
  CallKind kind;
  absl::string_view name;
  absl::string_view source;
  Errnos environmental;
  Errnos transient;
  Errnos bug;
  // Environmental too, and only theirs.
  Errnos datagrams = {};
  Errnos streams = {};
};

// The same for the plain call and the one with a message.
const Errnos kReceiveEnvironmental = {ENOMEM};
const Errnos kReceiveBug = {EBADF, EFAULT, EINVAL, ENOTCONN, ENOTSOCK};
// The refusal of an earlier datagram.
const Errnos kReceiveDatagrams = {ECONNREFUSED};
const Errnos kReceiveStreams = {ECONNRESET, ETIMEDOUT};
const Errnos kSendEnvironmental = {ENOBUFS, ENOMEM};
const Errnos kSendBug = {EACCES,   EALREADY, EBADF,     EDESTADDRREQ,
                         EFAULT,   EINVAL,   EISCONN,   EMSGSIZE,
                         ENOTCONN, ENOTSOCK, EOPNOTSUPP};
// A route may come and go with each datagram.
const Errnos kSendDatagrams = {ECONNREFUSED, ENETUNREACH, EHOSTUNREACH};
const Errnos kSendStreams = {ECONNRESET, ETIMEDOUT, EPIPE};
// A full disk is no matter of sockets.
const Errnos kCloseBug = {EBADF, ENOSPC, EDQUOT};

// EAGAIN from connect is no "try again when told": a TCP socket says it when
// there is no port left, a UNIX socket when the listener's backlog is full, and
// nobody is told of an end of that (connect(2)).
//
// accept4 hands on what broke a connection before it was accepted: "treat them
// like EAGAIN by retrying" (accept(2), "Error handling").
//
// In no row, since it is no whim of the environment's: EAGAIN of an eventfd,
// whose counter is at 0 then, or full (eventfd(2)). Nor is what POSIX has for
// send besides: EIO, and of streams ENETDOWN and ENETUNREACH. No network card
// goes down here, and a stream whose route is gone is told so by ETIMEDOUT.
//
// io_uring_enter says EBUSY to a program that does not reap.
//
// Windows tells a datagram socket of a refusal by ECONNRESET, and by ENETRESET
// that a datagram was too long on the way. Nobody here does.

// clang-format off: one call, one row, in the order of CallKind.
const Row kRows[kCallKinds] = {
    {CallKind::kSocket, "socket", "socket(2)",
     {EACCES, EAFNOSUPPORT, EMFILE, ENFILE, ENOMEM, ENOBUFS}, {},
     {EINVAL, EPROTONOSUPPORT}},
    {CallKind::kSocketPair, "socketpair", "socketpair(2), POSIX",
     {EAFNOSUPPORT, EMFILE, ENFILE, ENOMEM, ENOBUFS}, {},
     {EFAULT, EOPNOTSUPP, EPROTONOSUPPORT}},
    {CallKind::kBind, "bind", "bind(2), ip(7)",
     {EACCES, EADDRINUSE, EADDRNOTAVAIL, ENOMEM}, {},
     {EBADF, EINVAL, ENOTSOCK, EFAULT, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EROFS}},
    {CallKind::kListen, "listen", "listen(2)",
     {EADDRINUSE}, {}, {EBADF, ENOTSOCK, EOPNOTSUPP}},
    {CallKind::kAccept4, "accept4", "accept(2)",
     {EMFILE, ENFILE, ENOMEM, ENOBUFS, EPERM},
     {EINTR, EAGAIN, ECONNABORTED, EPROTO, ENETDOWN, ENOPROTOOPT, EHOSTDOWN,
      ENONET, EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH},
     {EBADF, EFAULT, EINVAL, ENOTSOCK}},
    {CallKind::kConnect, "connect", "connect(2), ip(7)",
     {EACCES, EPERM, EADDRINUSE, EADDRNOTAVAIL, EAGAIN, ENETUNREACH, ENOBUFS,
      ENOMEM}, {EINTR},
     {EAFNOSUPPORT, EALREADY, EBADF, EFAULT, EISCONN, ENOTSOCK, EPROTOTYPE},
     {}, {ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH}},
    {CallKind::kRecv, "recv", "recv(2), tcp(7), udp(7), ip(7)",
     kReceiveEnvironmental, {EINTR, EAGAIN}, kReceiveBug, kReceiveDatagrams,
     kReceiveStreams},
    {CallKind::kSend, "send", "send(2), tcp(7), udp(7), ip(7), POSIX",
     kSendEnvironmental, {EINTR, EAGAIN}, kSendBug, kSendDatagrams, kSendStreams},
    {CallKind::kRecvMsg, "recvmsg", "recv(2), tcp(7), udp(7), ip(7)",
     kReceiveEnvironmental, {EINTR, EAGAIN}, kReceiveBug, kReceiveDatagrams,
     kReceiveStreams},
    {CallKind::kSendMsg, "sendmsg", "send(2), tcp(7), udp(7), ip(7), POSIX",
     kSendEnvironmental, {EINTR, EAGAIN}, kSendBug, kSendDatagrams, kSendStreams},
    {CallKind::kShutdown, "shutdown", "shutdown(2), POSIX",
     {ENOBUFS}, {}, {EBADF, EINVAL, ENOTSOCK}, {}, {ENOTCONN}},
    {CallKind::kClose, "close", "close(2)", {EIO}, {EINTR}, kCloseBug},
    {CallKind::kGetSockOpt, "getsockopt", "getsockopt(2)",
     {ENOPROTOOPT}, {}, {EBADF, EFAULT, EINVAL, ENOTSOCK}},
    {CallKind::kSetSockOpt, "setsockopt", "setsockopt(2), ip(7)",
     {ENOPROTOOPT, ENOMEM}, {}, {EBADF, EFAULT, EINVAL, ENOTSOCK}},
    {CallKind::kGetSockName, "getsockname", "getsockname(2)",
     {ENOBUFS}, {}, {EBADF, EFAULT, EINVAL, ENOTSOCK}},
    {CallKind::kGetPeerName, "getpeername", "getpeername(2)",
     {ENOBUFS}, {}, {EBADF, EFAULT, EINVAL, ENOTSOCK}, {}, {ENOTCONN}},
    {CallKind::kOpenWake, "eventfd", "eventfd(2)",
     {EMFILE, ENFILE, ENOMEM, ENODEV}, {}, {EINVAL}},
    {CallKind::kSignalWake, "write(eventfd)", "write(2), eventfd(2)",
     {}, {EINTR}, {EBADF, EFAULT, EINVAL}},
    {CallKind::kDrainWake, "read(eventfd)", "read(2), eventfd(2)",
     {}, {EINTR}, {EBADF, EFAULT, EINVAL}},
    {CallKind::kCloseWake, "close(eventfd)", "close(2)", {EIO}, {EINTR}, kCloseBug},
    {CallKind::kEpollCreate1, "epoll_create1", "epoll_create(2)",
     {EMFILE, ENFILE, ENOMEM}, {}, {EINVAL}},
    {CallKind::kEpollCtl, "epoll_ctl", "epoll_ctl(2)",
     {ENOMEM, ENOSPC}, {}, {EBADF, EEXIST, EINVAL, ELOOP, ENOENT, EPERM}},
    {CallKind::kEpollWait, "epoll_wait", "epoll_wait(2)",
     {}, {EINTR}, {EBADF, EFAULT, EINVAL}},
    {CallKind::kEpollClose, "close(epoll)", "close(2)", {EIO}, {EINTR}, kCloseBug},
    {CallKind::kOpenSignals, "signalfd", "signalfd(2)",
     {EMFILE, ENFILE, ENOMEM, ENODEV}, {}, {EBADF, EINVAL}},
    {CallKind::kTakeSignal, "read(signalfd)", "read(2), signalfd(2)",
     {}, {EINTR, EAGAIN}, {EBADF, EFAULT, EINVAL}},
    {CallKind::kCloseSignals, "close(signalfd)", "close(2)", {EIO}, {EINTR}, kCloseBug},
    {CallKind::kPoll, "poll", "poll(2)",
     {ENOMEM}, {EINTR}, {EFAULT, EINVAL}},
    {CallKind::kSelect, "select", "select(2)",
     {ENOMEM}, {EINTR}, {EBADF, EINVAL}},
    {CallKind::kKqueue, "kqueue", "kqueue(2) of FreeBSD",
     {EMFILE, ENFILE, ENOMEM}, {}, {}},
    {CallKind::kKevent, "kevent", "kqueue(2) of FreeBSD",
     {}, {EINTR}, {EACCES, EBADF, EFAULT, EINVAL, ENOENT, ESRCH}},
    {CallKind::kKeventAdd, "kevent(EV_ADD)", "kqueue(2) of FreeBSD",
     {ENOMEM}, {}, {EBADF, EINVAL, ENOENT}},
    {CallKind::kKqueueClose, "close(kqueue)", "close(2)", {EIO}, {EINTR}, kCloseBug},
    {CallKind::kRingSetup, "io_uring_setup", "io_uring_setup(2), syscalls(2)",
     {EMFILE, ENFILE, ENOMEM, EPERM, ENOSYS}, {}, {EFAULT, EINVAL}},
    {CallKind::kRingEnter, "io_uring_enter", "io_uring_enter(2)",
     {}, {EAGAIN, EINTR},
     {EBADF, EBADFD, EBADR, EBUSY, EFAULT, EINVAL, ENXIO, EOPNOTSUPP}},
    {CallKind::kRingClose, "close(io_uring)", "close(2)", {EIO}, {EINTR}, kCloseBug},
    {CallKind::kCreatePort, "CreateIoCompletionPort", "ioapiset.h",
     {ENOMEM, ENOBUFS}, {}, {EINVAL}},
    {CallKind::kClosePort, "CloseHandle", "handleapi.h", {}, {}, {EBADF}},
    {CallKind::kAssociate, "CreateIoCompletionPort(socket)", "ioapiset.h",
     {ENOMEM, ENOBUFS}, {}, {EBADF, EINVAL, ENOTSOCK}},
    {CallKind::kSkipOnSuccess, "SetFileCompletionNotificationModes",
     "winbase.h, KB 2568167", {EOPNOTSUPP}, {}, {EBADF, EINVAL}},
    {CallKind::kWsaRecv, "WSARecv", "winsock2.h",
     {ENOBUFS, ENETDOWN}, {},
     {EFAULT, EINVAL, EMSGSIZE, ENOTCONN, ENOTSOCK, EOPNOTSUPP, EPIPE}, {},
     {ECONNABORTED, ECONNRESET, ENETRESET, ETIMEDOUT}},
    {CallKind::kWsaSend, "WSASend", "winsock2.h",
     {ENOBUFS, ENETDOWN}, {},
     {EACCES, EFAULT, EINVAL, EMSGSIZE, ENOTCONN, ENOTSOCK, EOPNOTSUPP, EPIPE},
     {}, {ECONNABORTED, ECONNRESET, ENETRESET}},
    {CallKind::kAcceptEx, "AcceptEx", "mswsock.h, winsock2.h",
     {ENOBUFS, ENETDOWN}, {ECONNRESET}, {EFAULT, EINVAL, ENOTSOCK, EOPNOTSUPP}},
    {CallKind::kConnectEx, "ConnectEx", "mswsock.h",
     {EADDRINUSE, EADDRNOTAVAIL, ENETDOWN, ENETUNREACH, ENOBUFS}, {},
     {EAFNOSUPPORT, EALREADY, EFAULT, EINVAL, EISCONN, ENOTSOCK}, {},
     {ECONNREFUSED, EHOSTUNREACH, ETIMEDOUT}},
    {CallKind::kUpdateContext, "setsockopt(SO_UPDATE_CONTEXT)", "winsock2.h",
     {ENETDOWN, ENETRESET, ENOTCONN}, {}, {EFAULT, EINVAL, ENOPROTOOPT, ENOTSOCK}},
    {CallKind::kCancelIoEx, "CancelIoEx", "ioapiset.h", {}, {}, {EBADF, ENOENT}},
    {CallKind::kGetPackets, "GetQueuedCompletionStatusEx", "ioapiset.h",
     {}, {}, {EBADF, EINVAL}},
    {CallKind::kPostPacket, "PostQueuedCompletionStatus", "ioapiset.h",
     {}, {}, {EBADF}},
};
// clang-format on

const Row& RowOf(CallKind kind) {
  const Row& row = kRows[static_cast<size_t>(kind)];
  CLOCHE_CHECK(row.kind == kind, "kRows must be in the order of CallKind");
  return row;
}

bool Closes(CallKind kind) {
  return kind == CallKind::kClose || kind == CallKind::kCloseWake ||
         kind == CallKind::kEpollClose || kind == CallKind::kCloseSignals ||
         kind == CallKind::kKqueueClose || kind == CallKind::kRingClose ||
         kind == CallKind::kClosePort;
}

// What a broken connection, or none, makes a call say.
bool TellsOfABrokenConnection(CallKind kind, int error) {
  switch (kind) {
    case CallKind::kConnect:
    case CallKind::kConnectEx:
      return error == ECONNREFUSED || error == ETIMEDOUT ||
             error == EHOSTUNREACH;
    case CallKind::kRecv:
    case CallKind::kSend:
    case CallKind::kRecvMsg:
    case CallKind::kSendMsg:
      return error == ECONNRESET || error == ETIMEDOUT || error == EPIPE ||
             error == ECONNREFUSED;
    case CallKind::kWsaRecv:
    case CallKind::kWsaSend:
      return error == ECONNRESET || error == ETIMEDOUT ||
             error == ECONNABORTED || error == ENETRESET;
    case CallKind::kShutdown:
    case CallKind::kGetPeerName:
      return error == ENOTCONN;
    default:
      return false;
  }
}

FaultMeans MeansOf(CallKind kind, int error) {
  if (TellsOfABrokenConnection(kind, error)) return FaultMeans::kBreaks;
  if (kind == CallKind::kConnect) {
    return error == EINTR ? FaultMeans::kAfterwards : FaultMeans::kInstead;
  }
  if (Closes(kind)) return FaultMeans::kAfterwards;
  // Only a wait that has to wait is interrupted.
  if (WaitsForMany(kind) && error == EINTR) return FaultMeans::kWaiting;
  return error == EAGAIN ? FaultMeans::kNotYet : FaultMeans::kInstead;
}

}  // namespace

absl::string_view CallName(CallKind kind) { return RowOf(kind).name; }

absl::string_view ErrnoSource(CallKind kind) { return RowOf(kind).source; }

bool WaitsForMany(CallKind kind) {
  return kind == CallKind::kEpollWait || kind == CallKind::kPoll ||
         kind == CallKind::kSelect || kind == CallKind::kKevent ||
         kind == CallKind::kRingEnter;
}

std::vector<ErrnoFacts> ErrnosOf(CallKind kind) {
  std::vector<ErrnoFacts> facts;
  const auto add = [&](const Errnos& errors, ErrnoClass errno_class,
                       ErrnoSockets sockets = ErrnoSockets::kAll) {
    for (const int error : errors) {
      facts.push_back({error, errno_class, MeansOf(kind, error), sockets});
    }
  };
  const Row& row = RowOf(kind);
  add(row.environmental, ErrnoClass::kEnvironmental);
  add(row.datagrams, ErrnoClass::kEnvironmental, ErrnoSockets::kDatagrams);
  add(row.streams, ErrnoClass::kEnvironmental, ErrnoSockets::kStreams);
  add(row.transient, ErrnoClass::kTransient);
  add(row.bug, ErrnoClass::kBug);
  return facts;
}

std::optional<ErrnoFacts> FindErrno(CallKind kind, int error) {
  for (const ErrnoFacts& facts : ErrnosOf(kind)) {
    if (facts.error == error) return facts;
  }
  return std::nullopt;
}

bool CanFailWith(CallKind kind, int error, bool on_datagrams) {
  if (!CanFailWith(kind, error)) return false;
  const ErrnoSockets others =
      on_datagrams ? ErrnoSockets::kStreams : ErrnoSockets::kDatagrams;
  return FindErrno(kind, error)->sockets != others;
}

bool CanFailWith(CallKind kind, int error) {
  const std::optional<ErrnoFacts> facts = FindErrno(kind, error);
  return facts.has_value() && facts->errno_class != ErrnoClass::kBug;
}

}  // namespace cloche

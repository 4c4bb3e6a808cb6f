// The errno table: which call can fail with which errno, and whose fault it is.
//
// For each system call that a fake host offers, every errno of its manual page
// (of Microsoft's documentation, for those of Windows), but a few that
// errno_table.cc names, is in one of three classes:
//
//   environmental  the machine or the network is that way (EMFILE, ENOBUFS,
//                  EACCES), and may stay that way
//   transient      try again, now or when told to (EINTR, EAGAIN, a connection
//                  that was aborted before it was accepted)
//   bug            only a mistake of the program can cause it (EBADF, EFAULT),
//                  or a kind of socket that there is not here
//
// A fault plan makes the first two happen; a sweep tries each of them. Some of
// the environmental ones only a socket can have whose messages travel alone:
// there is no connection that would hide them. Others only one can have that
// has a connection, which breaks.
//
// How an errno is made to happen has to obey the kernel's own rules, or it
// would hang correct code. That is the means:
//
//   instead     the call does nothing and says so
//   afterwards  the call does its work and then says so: an interrupted close
//               has closed, an interrupted connect goes on (close(2),
//               connect(2))
//   not yet     the call says EAGAIN although it could be done, and those who
//               wait are woken a little later
//   waiting     the call is interrupted if it has to wait, and only then (what
//               that means where the clock is a test's: fakes/fake_host.h)
//   breaks      the connection breaks, and the call says what it says on one
//               that is broken; a connect goes on and fails before the network
//               has seen anything of it, and SO_ERROR says why. A connected UDP
//               socket has been refused
//
// A UNIX socket connects at once or not at all, so all that its connect can
// fail with comes instead.
//
// Main disadvantage: manual pages list less than kernels return. What a row
// has from elsewhere, its source says.
//
// Next: fakes/fault_plan.h.

#ifndef CLOCHE_FAKES_ERRNO_TABLE_H_
#define CLOCHE_FAKES_ERRNO_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"

namespace cloche {

// Every system call that a fake host can be asked for.
enum class CallKind : uint8_t {
  kSocket,
  kSocketPair,
  kBind,
  kListen,
  kAccept4,
  kConnect,
  kRecv,
  kSend,
  kRecvMsg,
  kSendMsg,
  kShutdown,
  kClose,
  kGetSockOpt,
  kSetSockOpt,
  kGetSockName,
  kGetPeerName,
  kOpenWake,
  kSignalWake,
  kDrainWake,
  kCloseWake,
  kEpollCreate1,
  kEpollCtl,
  kEpollWait,
  kEpollClose,
  kOpenSignals,
  kTakeSignal,
  kCloseSignals,
  kPoll,
  kSelect,
  kKqueue,
  kKevent,
  kKeventAdd,  // One new knote, in the middle of the call.
  kKqueueClose,
  kRingSetup,
  kRingEnter,
  kRingClose,
  kCreatePort,
  kClosePort,
  kAssociate,
  kSkipOnSuccess,
  kWsaRecv,
  kWsaSend,
  kAcceptEx,
  kConnectEx,
  kUpdateContext,
  kCancelIoEx,
  kGetPackets,
  kPostPacket,
};
inline constexpr size_t kCallKinds = 48;

enum class ErrnoClass : uint8_t { kEnvironmental, kTransient, kBug };
enum class FaultMeans : uint8_t {
  kInstead,
  kAfterwards,
  kNotYet,
  kWaiting,
  kBreaks,
};

// Which sockets hear of it.
enum class ErrnoSockets : uint8_t { kAll, kDatagrams, kStreams };

struct ErrnoFacts {
  int error;  // Positive, as all errnos here.
  ErrnoClass errno_class;
  FaultMeans means;
  ErrnoSockets sockets = ErrnoSockets::kAll;
};

// The call's name as its manual page spells it, and where its row is from.
absl::string_view CallName(CallKind kind);
absl::string_view ErrnoSource(CallKind kind);

// Whether the call waits for several descriptors.
bool WaitsForMany(CallKind kind);

// The call's whole row, environmental ones first.
std::vector<ErrnoFacts> ErrnosOf(CallKind kind);
// Nullopt: the call never fails so.
std::optional<ErrnoFacts> FindErrno(CallKind kind, int error);

// Whether the environment may make `kind` fail with `error`, on some socket, or
// on one of datagrams or of another kind.
bool CanFailWith(CallKind kind, int error);
bool CanFailWith(CallKind kind, int error, bool on_datagrams);

}  // namespace cloche

#endif  // CLOCHE_FAKES_ERRNO_TABLE_H_

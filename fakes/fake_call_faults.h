// FakeCallFaults: counts the system calls of a host, and makes some fail.
//
// A fault must obey the kernel's own rules, or it would hang correct code: an
// EAGAIN for a readable socket would be waited on for ever by edge-triggered
// code, and an ECONNRESET without a reset connection would contradict the
// calls after it. So only errnos that are whims of the environment can be
// asked for; states of the network are made by the network itself.
//
// Not modelled yet: faults by probability; short reads and writes; classes of
// errnos for sweeps.
//
// Next: fakes/fake_host.h.

#ifndef CLOCHE_FAKES_FAKE_CALL_FAULTS_H_
#define CLOCHE_FAKES_FAKE_CALL_FAULTS_H_

#include <array>
#include <cstddef>
#include <cstdint>
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
  kPoll,
  kSelect,
  kKqueue,
  kKevent,
  kKqueueClose,
};
inline constexpr size_t kCallKinds = 29;

// The call's name as its manual page spells it.
absl::string_view CallName(CallKind kind);

// Whether the environment may make `kind` fail with `error` (a positive
// errno), by the call's manual page.
bool CanFailWith(CallKind kind, int error);

struct FakeFault {
  CallKind kind;
  int error = 0;            // Positive errno.
  int nth_from_now = 1;     // 1 is the next call of this kind.
  bool persistent = false;  // That one and every later one.
};

class FakeCallFaults {
 public:
  // A call of `kind` begins. The positive errno that it must fail with, or 0.
  int Enter(CallKind kind);

  // Which call is to fail. CHECKs CanFailWith and nth_from_now >= 1.
  void Add(const FakeFault& fault);
  // Forgets all faults, persistent and not yet come ones.
  void Clear() { faults_.clear(); }

  uint64_t Count(CallKind kind) const {
    return counts_[static_cast<size_t>(kind)];
  }

 private:
  std::array<uint64_t, kCallKinds> counts_ = {};
  std::vector<FakeFault> faults_;  // In the order in which they were asked for.
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_CALL_FAULTS_H_

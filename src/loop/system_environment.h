// SystemEnvironment: the real world, as a Loop is given it.
//
//   absl::StatusOr<std::unique_ptr<SystemEnvironment>> system =
//       SystemEnvironment::Create("epoll");
//   Loop loop((*system)->MakeEnvironment());
//
// Main disadvantage: the backend is chosen by name at run time, so a binary
// carries every backend of its system.
//
// Next: loop/environment.h, what it fills in; poller/epoll_poller.h.

#ifndef CLOCHE_LOOP_SYSTEM_ENVIRONMENT_H_
#define CLOCHE_LOOP_SYSTEM_ENVIRONMENT_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cloche/calls/linux_epoll_calls.h"
#include "cloche/calls/linux_signal_calls.h"
#include "cloche/calls/linux_socket_calls.h"
#include "cloche/calls/linux_wake_calls.h"
#include "cloche/loop/environment.h"
#include "cloche/poller/epoll_poller.h"
#include "cloche/time/clock.h"

namespace cloche {

// Thread safety: one thread. Lifetime: must outlive every Loop that was given
// one of its environments.
class SystemEnvironment {
 public:
  // `backend_name` is "epoll" or "epoll-level". INVALID_ARGUMENT, naming those
  // that exist, for any other; otherwise the errors of opening a poller, which
  // is tried here so that MakeEnvironment seldom fails.
  static absl::StatusOr<std::unique_ptr<SystemEnvironment>> Create(
      absl::string_view backend_name);

  SystemEnvironment(const SystemEnvironment&) = delete;
  SystemEnvironment& operator=(const SystemEnvironment&) = delete;

  // An environment for one more Loop, with a backend and a poller of its own
  // and a seed from the operating system. CHECKs that a poller can be opened:
  // a program that ran out of descriptors cannot start another loop.
  Environment MakeEnvironment();

  SocketCalls& sockets() { return sockets_; }
  SignalCalls& signals() { return signals_; }

 private:
  explicit SystemEnvironment(EpollTrigger trigger) : trigger_(trigger) {}

  absl::StatusOr<std::unique_ptr<EpollPoller>> OpenPoller();

  const EpollTrigger trigger_;
  SystemClock clock_;
  LinuxSocketCalls sockets_;
  LinuxEpollCalls epoll_;
  LinuxWakeCalls wake_;
  LinuxSignalCalls signals_;
  std::unique_ptr<EpollPoller> first_poller_;  // Until the first loop takes it.
};

}  // namespace cloche

#endif  // CLOCHE_LOOP_SYSTEM_ENVIRONMENT_H_

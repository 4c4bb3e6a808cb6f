// SystemEnvironment: the real world, as a Loop is given it.
//
//   absl::StatusOr<std::unique_ptr<SystemEnvironment>> system =
//       SystemEnvironment::Create();
//   Loop loop((*system)->MakeEnvironment());
//
// Which backend it is: what the program says; else what the variable
// CLOCHE_BACKEND of the process's environment says; else the best there is,
// which is never io_uring (backend/backends.h says why). A ring where the
// kernel allows one, and epoll where it does not:
//
//   SystemEnvironment::Create("io_uring,epoll");
//
// Main disadvantage: the backend is chosen by name at run time, so a binary
// carries every backend of its system.
//
// Next: loop/environment.h, what it fills in; backend/backends.h, which
// backends there are.

#ifndef CLOCHE_LOOP_SYSTEM_ENVIRONMENT_H_
#define CLOCHE_LOOP_SYSTEM_ENVIRONMENT_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cloche/backend/backends.h"
#include "cloche/calls/signal_calls.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/calls/system_calls.h"
#include "cloche/loop/environment.h"
#include "cloche/time/clock.h"

namespace cloche {

// Thread safety: one thread. Lifetime: must outlive every Loop that was given
// one of its environments.
class SystemEnvironment {
 public:
  // `backend_name` is one of backend/backends.h, several with commas between
  // them for the first that the system allows, or "" for CLOCHE_BACKEND and the
  // best. INVALID_ARGUMENT for a name that there is not, UNIMPLEMENTED for one
  // that another system has, both naming those that this one has; otherwise the
  // errors of opening a backend, which is tried here so that MakeEnvironment
  // seldom fails: PERMISSION_DENIED or UNIMPLEMENTED where io_uring is refused.
  static absl::StatusOr<std::unique_ptr<SystemEnvironment>> Create(
      absl::string_view backend_name = "");

  // A table for people: each backend, and whether this system has it.
  static std::string DescribeBackends();

  SystemEnvironment(const SystemEnvironment&) = delete;
  SystemEnvironment& operator=(const SystemEnvironment&) = delete;

  // An environment for one more Loop, with a backend and a poller of its own
  // and a seed from the operating system. CHECKs that a poller can be opened:
  // a program that ran out of descriptors cannot start another loop.
  Environment MakeEnvironment();

  // The one that was chosen, by its name in --backend.
  absl::string_view backend_name() const { return NameOf(kind_); }
  SocketCalls& sockets() { return *calls_->kernel_calls().sockets; }
  SignalCalls& signals() { return calls_->signals(); }

 private:
  SystemEnvironment() = default;

  absl::Status Choose(absl::string_view backend_name);
  absl::StatusOr<std::unique_ptr<Backend>> OpenBackend();

  BackendKind kind_ = BackendKind::kEpoll;
  SystemClock clock_;
  const std::unique_ptr<SystemCalls> calls_ = NewSystemCalls();
  std::unique_ptr<Backend> first_backend_;  // Until the first loop takes it.
};

}  // namespace cloche

#endif  // CLOCHE_LOOP_SYSTEM_ENVIRONMENT_H_

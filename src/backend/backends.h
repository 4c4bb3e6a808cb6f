// Backends: which there are, what they are called, and how to make one.
//
//     KernelCalls of a kernel ──► NewPoller(kind) ──► NewBackend(kind)
//                            └───────────────────────────▲  io_uring
//
// A new backend gets a name in BackendKind, a row in kBackends and a case in
// backends.cc, and with that every test that runs on all backends runs on it.
//
// Why io_uring stands behind all others, although it makes the fewest calls: it
// is the only one that a kernel may have and yet refuse, by a container's rules
// or a sysctl, and a program that nobody configured should do the same inside a
// container and outside. It costs as much CPU time as epoll (docs/io_uring.md
// has the figures), serves one connection alone more slowly, and no loop over
// it can live in another one. So who wants it names it, with a fall-back:
// "io_uring,epoll".
//
// Main disadvantage: whoever links this links every backend, those included
// that its system does not have. They are small files.
//
// Next: backend/backends.cc; loop/system_environment.h, which chooses;
// docs/backends.md, what each is good for.

#ifndef CLOCHE_BACKEND_BACKENDS_H_
#define CLOCHE_BACKEND_BACKENDS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cloche/backend/backend.h"
#include "cloche/calls/kernel_calls.h"
#include "cloche/poller/poller.h"

namespace cloche {

// The best first: a program that does not choose gets the first that its
// system has and does not refuse.
enum class BackendKind : uint8_t {
  kEpoll,       // Edge-triggered.
  kEpollLevel,  // Level-triggered.
  kKqueue,
  kIocp,
  kPoll,
  kSelect,
  kIoUring,
};

// One backend, for people and for flags.
struct BackendRow {
  BackendKind kind;
  absl::string_view name;  // As in --backend, and as Backend::name() says.
  absl::string_view what;
  absl::string_view where;  // The systems that have it.
};

// In the order of BackendKind.
inline constexpr BackendRow kBackends[] = {
    {BackendKind::kEpoll, "epoll", "epoll(7), edge-triggered", "Linux"},
    {BackendKind::kEpollLevel, "epoll-level", "epoll(7), level-triggered",
     "Linux"},
    {BackendKind::kKqueue, "kqueue", "kqueue(2), edge-triggered",
     "macOS and the BSDs"},
    {BackendKind::kIocp, "iocp", "I/O completion port", "Windows"},
    {BackendKind::kPoll, "poll", "poll(2): asks every descriptor in every wait",
     "every UNIX"},
    {BackendKind::kSelect, "select",
     "select(2): likewise, and has a limit: descriptors below 1024, on Windows "
     "any 1024",
     "every UNIX, and Windows"},
    {BackendKind::kIoUring, "io_uring",
     "io_uring(7): the kernel carries out a turn's operations in one call",
     "Linux since 6.1, where it is not forbidden"},
};

inline const BackendRow& RowOf(BackendKind kind) {
  return kBackends[static_cast<size_t>(kind)];
}
inline absl::string_view NameOf(BackendKind kind) { return RowOf(kind).name; }
// Whether it is a poller behind the adapter (backend/readiness_backend.h). Else
// the kernel itself carries operations out.
constexpr bool HasPoller(BackendKind kind) {
  return kind != BackendKind::kIocp && kind != BackendKind::kIoUring;
}

// The one of that name, if there is one.
std::optional<BackendKind> FindBackend(absl::string_view name);

// OK if `calls` has what that backend needs; else UNIMPLEMENTED and who has it.
absl::Status CheckBackend(BackendKind kind, const KernelCalls& calls);

// As CheckBackend, and asks where a kernel may refuse: a ring is opened, and
// closed again. Errors: also those of RingBackend::Probe.
absl::Status ProbeBackend(BackendKind kind, const KernelCalls& calls);

// The one of that name; of several names, with commas between them, the first
// that ProbeBackend allows; for "" the best that it allows. The last name is
// taken without asking: there is nothing left to fall back on, and NewBackend
// will say why it cannot be made.
//
//   // epoll where rings are forbidden
//   ChooseBackend("io_uring,epoll", calls);
//
// INVALID_ARGUMENT for a name that no backend has, UNIMPLEMENTED if `calls`
// lacks something for the last one; both name those that there are, and who has
// the others.
absl::StatusOr<BackendKind> ChooseBackend(absl::string_view names,
                                          const KernelCalls& calls);

// For the help on a flag whose value ChooseBackend is given: what it may be.
std::string HelpOnBackends();

// A table for people: each backend, whether one can be made of `calls` now, and
// if not, why.
std::string DescribeBackends(const KernelCalls& calls);

// Errors: as CheckBackend; those of opening what it needs (RESOURCE_EXHAUSTED
// when descriptors run out). Lifetime: the calls must outlive what is made.
// NewPoller CHECKs that it has one: HasPoller(kind).
absl::StatusOr<std::unique_ptr<Poller>> NewPoller(BackendKind kind,
                                                  const KernelCalls& calls);
absl::StatusOr<std::unique_ptr<Backend>> NewBackend(BackendKind kind,
                                                    const KernelCalls& calls);

// For the names of tests' parameters and their failures.
inline void PrintTo(BackendKind kind, std::ostream* out) {
  *out << NameOf(kind);
}

}  // namespace cloche

#endif  // CLOCHE_BACKEND_BACKENDS_H_

// Backends: which there are, what they are called, and how to make one.
//
//     KernelCalls of a kernel ──► NewPoller(kind) ──► NewBackend(kind)
//
// A new backend gets a name in BackendKind, a row in kBackends and a case in
// backends.cc, and with that every test that runs on all backends runs on it.
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
// system has.
enum class BackendKind : uint8_t {
  kEpoll,       // Edge-triggered.
  kEpollLevel,  // Level-triggered.
  kKqueue,
  kPoll,
  kSelect,
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
    {BackendKind::kPoll, "poll", "poll(2): asks every descriptor in every wait",
     "every UNIX"},
    {BackendKind::kSelect, "select",
     "select(2): likewise, and only descriptors below 1024",
     "every UNIX, and Windows"},
};

inline const BackendRow& RowOf(BackendKind kind) {
  return kBackends[static_cast<size_t>(kind)];
}
inline absl::string_view NameOf(BackendKind kind) { return RowOf(kind).name; }

// The one of that name, if there is one.
std::optional<BackendKind> FindBackend(absl::string_view name);

// OK if `calls` has what that backend needs; else UNIMPLEMENTED and who has it.
absl::Status CheckBackend(BackendKind kind, const KernelCalls& calls);

// The one of that name, or for "" the best there is. INVALID_ARGUMENT for a
// name that no backend has, UNIMPLEMENTED for one that `calls` lacks something
// for; both name those that there are, and who has the others.
absl::StatusOr<BackendKind> ChooseBackend(absl::string_view name,
                                          const KernelCalls& calls);

// A table for people: each backend, whether one can be made of `calls` now, and
// if not, why.
std::string DescribeBackends(const KernelCalls& calls);

// Errors: as CheckBackend; those of opening what it needs (RESOURCE_EXHAUSTED
// when descriptors run out). Lifetime: the calls must outlive what is made.
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

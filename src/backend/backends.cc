#include "cloche/backend/backends.h"

#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "cloche/backend/iocp_backend.h"
#include "cloche/backend/readiness_backend.h"
#include "cloche/backend/ring_backend.h"
#include "cloche/base/check.h"
#include "cloche/poller/epoll_poller.h"
#include "cloche/poller/kqueue_poller.h"
#include "cloche/poller/poll_poller.h"
#include "cloche/poller/select_poller.h"

namespace cloche {
namespace {

constexpr bool RowsAreInOrder() {
  for (size_t i = 0; i < std::size(kBackends); ++i) {
    if (static_cast<size_t>(kBackends[i].kind) != i) return false;
  }
  return true;
}
static_assert(RowsAreInOrder(), "RowOf takes the kind for an index");

bool Has(BackendKind kind, const KernelCalls& calls) {
  switch (kind) {
    case BackendKind::kEpoll:
    case BackendKind::kEpollLevel:
      return calls.epoll != nullptr;
    case BackendKind::kKqueue:
      return calls.kqueue != nullptr;
    case BackendKind::kIocp:
      return calls.completion_port != nullptr;
    case BackendKind::kPoll:
      return calls.poll != nullptr;
    case BackendKind::kSelect:
      return calls.select != nullptr;
    case BackendKind::kIoUring:
      return calls.ring != nullptr;
  }
  return false;
}

std::string NamesOfAll() {
  return absl::StrJoin(kBackends, ", ",
                       [](std::string* out, const BackendRow& row) {
                         absl::StrAppend(out, row.name);
                       });
}

// "there are: epoll, poll; not here: kqueue (macOS and the BSDs)"
std::string WhichThereAre(const KernelCalls& calls) {
  std::vector<std::string> here;
  std::vector<std::string> elsewhere;
  for (const BackendRow& row : kBackends) {
    if (ProbeBackend(row.kind, calls).ok()) {
      here.emplace_back(row.name);
    } else {
      elsewhere.push_back(absl::StrCat(row.name, " (", row.where, ")"));
    }
  }
  std::string text = absl::StrCat("there are: ", absl::StrJoin(here, ", "));
  if (elsewhere.empty()) return text;
  return absl::StrCat(text, "; not here: ", absl::StrJoin(elsewhere, ", "));
}

absl::StatusOr<std::unique_ptr<Backend>> NewRingBackend(
    const KernelCalls& calls) {
  absl::Status there = CheckBackend(BackendKind::kIoUring, calls);
  if (!there.ok()) return there;
  return RingBackend::Create(*calls.ring, *calls.sockets, *calls.wake);
}

absl::StatusOr<BackendKind> BestBackend(const KernelCalls& calls) {
  for (const BackendRow& row : kBackends) {
    if (ProbeBackend(row.kind, calls).ok()) return row.kind;
  }
  return absl::UnimplementedError("this system has no backend at all");
}

// Of "io_uring,epoll": all of them are names, or none of them counts.
absl::StatusOr<std::vector<BackendKind>> KindsOf(absl::string_view names,
                                                 const KernelCalls& calls) {
  std::vector<BackendKind> kinds;
  for (const absl::string_view name : absl::StrSplit(names, ',')) {
    const std::optional<BackendKind> kind = FindBackend(name);
    if (!kind.has_value()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "no backend is called \"", name, "\"; ", WhichThereAre(calls)));
    }
    kinds.push_back(*kind);
  }
  return kinds;
}

}  // namespace

std::optional<BackendKind> FindBackend(absl::string_view name) {
  for (const BackendRow& row : kBackends) {
    if (row.name == name) return row.kind;
  }
  return std::nullopt;
}

absl::Status CheckBackend(BackendKind kind, const KernelCalls& calls) {
  if (Has(kind, calls)) return absl::OkStatus();
  return absl::UnimplementedError(absl::StrCat("this system has no ",
                                               NameOf(kind), ", which is of ",
                                               RowOf(kind).where));
}

absl::Status ProbeBackend(BackendKind kind, const KernelCalls& calls) {
  absl::Status there = CheckBackend(kind, calls);
  if (!there.ok() || kind != BackendKind::kIoUring) return there;
  return RingBackend::Probe(*calls.ring);
}

absl::StatusOr<BackendKind> ChooseBackend(absl::string_view names,
                                          const KernelCalls& calls) {
  if (names.empty()) return BestBackend(calls);
  absl::StatusOr<std::vector<BackendKind>> kinds = KindsOf(names, calls);
  if (!kinds.ok()) return kinds.status();
  const BackendKind last = kinds->back();
  kinds->pop_back();
  for (const BackendKind kind : *kinds) {
    if (ProbeBackend(kind, calls).ok()) return kind;
  }
  const absl::Status there = CheckBackend(last, calls);
  if (there.ok()) return last;
  return absl::UnimplementedError(
      absl::StrCat(there.message(), "; ", WhichThereAre(calls)));
}

std::string HelpOnBackends() {
  return absl::StrCat(
      "how to wait for the system: ", NamesOfAll(),
      "; of several, as in io_uring,epoll, the first that the system allows; "
      "without it $CLOCHE_BACKEND, or the best; `cloche backends` says which "
      "there are");
}

std::string DescribeBackends(const KernelCalls& calls) {
  std::string table;
  for (const BackendRow& row : kBackends) {
    const absl::Status made = NewBackend(row.kind, calls).status();
    absl::StrAppendFormat(&table, "%-12s %-4s %s\n", row.name,
                          made.ok() ? "yes" : "no",
                          made.ok() ? row.what : made.message());
  }
  return table;
}

absl::StatusOr<std::unique_ptr<Poller>> NewPoller(BackendKind kind,
                                                  const KernelCalls& calls) {
  absl::Status there = CheckBackend(kind, calls);
  if (!there.ok()) return there;
  switch (kind) {
    case BackendKind::kEpoll:
      return EpollPoller::Create(*calls.epoll, *calls.wake,
                                 EpollTrigger::kEdge);
    case BackendKind::kEpollLevel:
      return EpollPoller::Create(*calls.epoll, *calls.wake,
                                 EpollTrigger::kLevel);
    case BackendKind::kKqueue:
      return KqueuePoller::Create(*calls.kqueue, *calls.wake);
    case BackendKind::kIocp:
      break;
    case BackendKind::kPoll:
      return PollPoller::Create(*calls.poll, *calls.wake);
    case BackendKind::kSelect:
      return SelectPoller::Create(*calls.select, *calls.wake);
    case BackendKind::kIoUring:
      break;
  }
  CLOCHE_CHECK(false, absl::StrCat(NameOf(kind), " has no poller"));
}

absl::StatusOr<std::unique_ptr<Backend>> NewBackend(BackendKind kind,
                                                    const KernelCalls& calls) {
  absl::Status there = CheckBackend(kind, calls);
  if (!there.ok()) return there;
  if (kind == BackendKind::kIoUring) return NewRingBackend(calls);
  if (kind == BackendKind::kIocp) {
    return IocpBackend::Create(*calls.sockets, *calls.completion_port);
  }
  absl::StatusOr<std::unique_ptr<Poller>> poller = NewPoller(kind, calls);
  if (!poller.ok()) return poller.status();
  return std::make_unique<ReadinessBackend>(*calls.sockets, *std::move(poller));
}

}  // namespace cloche

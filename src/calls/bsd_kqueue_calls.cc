#include "cloche/calls/bsd_kqueue_calls.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "cloche/base/check.h"
#include "cloche/calls/kqueue_abi.h"

namespace cloche {
namespace {

constexpr size_t kMostChanges = 16;
constexpr size_t kMostEvents = 256;
// Of a longer timeout macOS says EINVAL. Waking early is allowed.
constexpr absl::Duration kLongestWait = absl::Hours(24);

static_assert(kEvAdd == EV_ADD && kEvDelete == EV_DELETE);
static_assert(kEvEnable == EV_ENABLE && kEvDisable == EV_DISABLE);
static_assert(kEvOneShot == EV_ONESHOT && kEvClear == EV_CLEAR);
static_assert(kEvReceipt == EV_RECEIPT);
static_assert(kEvError == EV_ERROR && kEvEof == EV_EOF);

// Its type and its numbers are each system's own.
using SystemFilter = decltype(kevent::filter);

// Where there is no EVFILT_USER this is a number that no filter has. So it is
// the kernel that answers, as it answers any filter that it does not know:
// EINVAL (kqueue(2), "ERRORS"), in the event list if there is room.
#ifdef EVFILT_USER
static_assert(kNoteTrigger == NOTE_TRIGGER);
constexpr SystemFilter kUserOrUnknown = EVFILT_USER;
#else
constexpr SystemFilter kUserOrUnknown = std::numeric_limits<int16_t>::max();
#endif

SystemFilter ToSystem(KernelFilter filter) {
  switch (filter) {
    case KernelFilter::kRead:
      return EVFILT_READ;
    case KernelFilter::kWrite:
      return EVFILT_WRITE;
    case KernelFilter::kUser:
      break;
  }
  return kUserOrUnknown;
}

KernelFilter FromSystem(SystemFilter filter) {
  if (filter == EVFILT_READ) return KernelFilter::kRead;
  return filter == EVFILT_WRITE ? KernelFilter::kWrite : KernelFilter::kUser;
}

struct kevent ToSystem(const KernelEvent& event) {
  struct kevent system = {};
  system.ident = static_cast<uintptr_t>(event.ident);
  system.filter = ToSystem(event.filter);
  system.flags = event.flags;
  system.fflags = event.filter_flags;
  system.data = event.data;
  system.udata = std::bit_cast<decltype(system.udata)>(event.user_data);
  return system;
}

KernelEvent FromSystem(const struct kevent& system) {
  return {.ident = static_cast<int>(system.ident),
          .filter = FromSystem(system.filter),
          .flags = static_cast<uint16_t>(system.flags),
          .filter_flags = static_cast<uint32_t>(system.fflags),
          .data = static_cast<int64_t>(system.data),
          .user_data = std::bit_cast<uint64_t>(system.udata)};
}

}  // namespace

int BsdKqueueCalls::Kqueue() {
  const int fd = kqueue();
  if (fd == -1) return -errno;
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  return fd;
}

int BsdKqueueCalls::Kevent(int kqueue_fd, absl::Span<const KernelEvent> changes,
                           absl::Span<KernelEvent> events,
                           absl::Duration timeout) {
  CLOCHE_CHECK(changes.size() <= kMostChanges, "too many changes at once");
  std::array<struct kevent, kMostChanges> system_changes;
  std::transform(changes.begin(), changes.end(), system_changes.begin(),
                 [](const KernelEvent& event) { return ToSystem(event); });
  std::array<struct kevent, kMostEvents> system_events;
  const size_t room = std::min(events.size(), kMostEvents);
  const timespec system_timeout = absl::ToTimespec(
      absl::Ceil(std::min(timeout, kLongestWait), absl::Nanoseconds(1)));
  const bool for_ever = timeout == absl::InfiniteDuration();
  const int saved = errno;
  const int count =
      kevent(kqueue_fd, system_changes.data(), static_cast<int>(changes.size()),
             system_events.data(), static_cast<int>(room),
             for_ever ? nullptr : &system_timeout);
  const int result = count == -1 ? -errno : count;
  errno = saved;
  std::transform(system_events.begin(),
                 system_events.begin() + std::max(result, 0), events.begin(),
                 [](const struct kevent& event) { return FromSystem(event); });
  return result;
}

int BsdKqueueCalls::KqueueClose(int kqueue_fd) {
  return close(kqueue_fd) == -1 ? -errno : 0;
}

}  // namespace cloche

#include "cloche/calls/linux_epoll_calls.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace cloche {
namespace {

// EpollEvent goes to the kernel as it is, so it must be the kernel's struct in
// all but name.
static_assert(sizeof(EpollEvent) == sizeof(epoll_event));
static_assert(alignof(EpollEvent) == alignof(epoll_event));
static_assert(offsetof(EpollEvent, events) == offsetof(epoll_event, events));
static_assert(offsetof(EpollEvent, data) == offsetof(epoll_event, data));

static_assert(kEpollIn == EPOLLIN);
static_assert(kEpollPri == EPOLLPRI);
static_assert(kEpollOut == EPOLLOUT);
static_assert(kEpollErr == EPOLLERR);
static_assert(kEpollHup == EPOLLHUP);
static_assert(kEpollRdHup == EPOLLRDHUP);
static_assert(kEpollExclusive == EPOLLEXCLUSIVE);
static_assert(kEpollWakeup == EPOLLWAKEUP);
static_assert(kEpollOneShot == EPOLLONESHOT);
static_assert(kEpollEdgeTriggered == static_cast<uint32_t>(EPOLLET));

static_assert(static_cast<int>(EpollCtlOp::kAdd) == EPOLL_CTL_ADD);
static_assert(static_cast<int>(EpollCtlOp::kDelete) == EPOLL_CTL_DEL);
static_assert(static_cast<int>(EpollCtlOp::kModify) == EPOLL_CTL_MOD);

int OrNegativeErrno(int result) { return result == -1 ? -errno : result; }

}  // namespace

int LinuxEpollCalls::EpollCreate1() {
  return OrNegativeErrno(epoll_create1(EPOLL_CLOEXEC));
}

int LinuxEpollCalls::EpollCtl(int epoll_fd, EpollCtlOp op, int fd,
                              const EpollEvent* event) {
  epoll_event linux_event = {};
  if (event != nullptr) {
    linux_event.events = event->events;
    linux_event.data.u64 = event->data;
  }
  return OrNegativeErrno(epoll_ctl(epoll_fd, static_cast<int>(op), fd,
                                   event != nullptr ? &linux_event : nullptr));
}

int LinuxEpollCalls::EpollWait(int epoll_fd, absl::Span<EpollEvent> events,
                               int timeout_ms) {
  return OrNegativeErrno(
      epoll_wait(epoll_fd, reinterpret_cast<epoll_event*>(events.data()),
                 static_cast<int>(events.size()), timeout_ms));
}

int LinuxEpollCalls::EpollClose(int epoll_fd) {
  return OrNegativeErrno(close(epoll_fd));
}

}  // namespace cloche

// LinuxEpollCalls: EpollCalls on the real kernel.
//
// Main disadvantage: none beyond EpollCalls' own; it adds nothing to epoll(7).
//
// Next: poller/epoll_poller.h.

#ifndef CLOCHE_CALLS_LINUX_EPOLL_CALLS_H_
#define CLOCHE_CALLS_LINUX_EPOLL_CALLS_H_

#include "cloche/calls/epoll_calls.h"

namespace cloche {

// Thread safety: any thread; it has no state of its own.
class LinuxEpollCalls final : public EpollCalls {
 public:
  int EpollCreate1() override;
  int EpollCtl(int epoll_fd, EpollCtlOp op, int fd,
               const EpollEvent* event) override;
  int EpollWait(int epoll_fd, absl::Span<EpollEvent> events,
                int timeout_ms) override;
  int EpollClose(int epoll_fd) override;
};

}  // namespace cloche

#endif  // CLOCHE_CALLS_LINUX_EPOLL_CALLS_H_

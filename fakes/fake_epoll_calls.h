// FakeEpollCalls: the epoll system calls of one fake host.
//
// It looks up the descriptors and answers for those that are wrong; the rules
// of epoll are in fakes/fake_epoll.h. A wait is where virtual time passes.

#ifndef CLOCHE_FAKES_FAKE_EPOLL_CALLS_H_
#define CLOCHE_FAKES_FAKE_EPOLL_CALLS_H_

#include "absl/time/time.h"
#include "cloche/calls/epoll_calls.h"

namespace cloche {

class FakeHost;

class FakeEpollCalls final : public EpollCalls {
 public:
  explicit FakeEpollCalls(FakeHost& host) : host_(host) {}

  int EpollCreate1() override;
  int EpollCtl(int epoll_fd, EpollCtlOp op, int fd,
               const EpollEvent* event) override;
  // Delivers what the network has in flight and jumps the clock until an event
  // is there, or the timeout. -EDEADLK: see EpollCalls.
  int EpollWait(int epoll_fd, absl::Span<EpollEvent> events,
                int timeout_ms) override;
  int EpollClose(int epoll_fd) override;

 private:
  int Control(int epoll_fd, EpollCtlOp op, int fd, const EpollEvent* event);
  int Wait(int epoll_fd, absl::Span<EpollEvent> events, absl::Duration timeout);

  FakeHost& host_;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_EPOLL_CALLS_H_

#include "cloche/fakes/fake_epoll_calls.h"

#include <cerrno>
#include <memory>

#include "absl/time/time.h"
#include "cloche/fakes/fake_epoll.h"
#include "cloche/fakes/fake_host.h"

namespace cloche {

int FakeEpollCalls::EpollCreate1() {
  return host_.Call(CallKind::kEpollCreate1, [&] {
    return host_.descriptors().Open(std::make_shared<FakeEpoll>());
  });
}

int FakeEpollCalls::EpollCtl(int epoll_fd, EpollCtlOp op, int fd,
                             const EpollEvent* event) {
  const auto work = [&] { return Control(epoll_fd, op, fd, event); };
  // Only ADD asks for memory and for a watch.
  return op == EpollCtlOp::kAdd
             ? host_.Call(CallKind::kEpollCtl, work)
             : host_.CallThatCannotFail(CallKind::kEpollCtl, work);
}

// The order of these questions is Linux's (measured on Linux 6.18).
int FakeEpollCalls::Control(int epoll_fd, EpollCtlOp op, int fd,
                            const EpollEvent* event) {
  const std::shared_ptr<FakeFile> file = host_.descriptors().Find(epoll_fd);
  const std::shared_ptr<FakeFile> target = host_.descriptors().Find(fd);
  if (file == nullptr || target == nullptr) return -EBADF;
  FakeEpoll* epoll = file->AsEpoll();
  if (epoll == nullptr || file == target) return -EINVAL;
  if (op == EpollCtlOp::kDelete) return epoll->Remove(fd);
  if (event == nullptr) return -EFAULT;
  if (op == EpollCtlOp::kModify) return epoll->Modify(fd, *event);
  return op == EpollCtlOp::kAdd ? epoll->Add(fd, *target, *event) : -EINVAL;
}

int FakeEpollCalls::EpollWait(int epoll_fd, absl::Span<EpollEvent> events,
                              int timeout_ms) {
  const absl::Duration timeout = timeout_ms < 0
                                     ? absl::InfiniteDuration()
                                     : absl::Milliseconds(timeout_ms);
  return host_.CallThatWaits(CallKind::kEpollWait, timeout,
                             [&] { return Wait(epoll_fd, events, timeout); });
}

int FakeEpollCalls::Wait(int epoll_fd, absl::Span<EpollEvent> events,
                         absl::Duration timeout) {
  if (events.empty()) return -EINVAL;
  const std::shared_ptr<FakeFile> file = host_.descriptors().Find(epoll_fd);
  if (file == nullptr) return -EBADF;
  FakeEpoll* epoll = file->AsEpoll();
  if (epoll == nullptr) return -EINVAL;
  return host_.WaitForMany(
      timeout, [&] { return epoll->Collect(events); },
      [&] { return epoll->MayHaveEvents(); });
}

int FakeEpollCalls::EpollClose(int epoll_fd) {
  return host_.CallClose(CallKind::kEpollClose, epoll_fd);
}

}  // namespace cloche

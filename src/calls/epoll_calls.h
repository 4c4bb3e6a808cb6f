// EpollCalls: epoll(7) as an interface.
//
// Constants and the event struct are Cloche's own with Linux's values, so that
// the epoll poller compiles and runs (over the fake kernel) on every system;
// calls/linux_epoll_calls.cc static_asserts that they are the same.
//
// Next: poller/epoll_poller.cc, its one user; fakes/fake_epoll.h, the same
// rules as a model.

#ifndef CLOCHE_CALLS_EPOLL_CALLS_H_
#define CLOCHE_CALLS_EPOLL_CALLS_H_

#include <cstdint>

#include "absl/types/span.h"

namespace cloche {

// Event bits, from epoll_ctl(2).
inline constexpr uint32_t kEpollIn = 0x001;
inline constexpr uint32_t kEpollPri = 0x002;
inline constexpr uint32_t kEpollOut = 0x004;
inline constexpr uint32_t kEpollErr = 0x008;  // always reported
inline constexpr uint32_t kEpollHup = 0x010;  // always reported
inline constexpr uint32_t kEpollRdHup = 0x2000;
// How to report. Exclusive: of several sets that watch one file, wake one or
// more, not all. Wakeup: keep the machine awake; ignored without the right to.
inline constexpr uint32_t kEpollExclusive = 1u << 28;
inline constexpr uint32_t kEpollWakeup = 1u << 29;
inline constexpr uint32_t kEpollOneShot = 1u << 30;
inline constexpr uint32_t kEpollEdgeTriggered = 1u << 31;

enum class EpollCtlOp : int { kAdd = 1, kDelete = 2, kModify = 3 };

// struct epoll_event. Linux packs it on x86-64 only, "so that 32-bit programs
// see the same layout"; everywhere else the compiler's own padding is right.
#if defined(__x86_64__) && defined(__GNUC__)
struct __attribute__((packed)) EpollEvent {
#else
struct EpollEvent {
#endif
  uint32_t events = 0;
  uint64_t data = 0;
};

class EpollCalls {
 public:
  virtual ~EpollCalls() = default;

  // A new epoll instance (close-on-exec), or a negative errno. It is closed
  // with EpollClose.
  virtual int EpollCreate1() = 0;
  // `event` is ignored, and may be null, for kDelete.
  virtual int EpollCtl(int epoll_fd, EpollCtlOp op, int fd,
                       const EpollEvent* event) = 0;
  // How many events were stored. `timeout_ms` -1 waits for ever, 0 not at
  // all. The fake kernel returns -EDEADLK when waiting for ever would be just
  // that: nothing in its world can happen any more.
  virtual int EpollWait(int epoll_fd, absl::Span<EpollEvent> events,
                        int timeout_ms) = 0;
  virtual int EpollClose(int epoll_fd) = 0;
};

}  // namespace cloche

#endif  // CLOCHE_CALLS_EPOLL_CALLS_H_

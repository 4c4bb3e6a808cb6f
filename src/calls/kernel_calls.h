// KernelCalls: all that one kernel offers to whoever makes a backend.
//
// No kernel has everything: what it lacks is null. Linux has no kqueue, a BSD
// no epoll; the fake kernel has both.
//
// Next: backend/backends.h, which takes from here what a backend needs.

#ifndef CLOCHE_CALLS_KERNEL_CALLS_H_
#define CLOCHE_CALLS_KERNEL_CALLS_H_

#include "cloche/calls/epoll_calls.h"
#include "cloche/calls/kqueue_calls.h"
#include "cloche/calls/poll_calls.h"
#include "cloche/calls/select_calls.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/calls/wake_calls.h"

namespace cloche {

// Lifetime: whatever the pointers name outlives all backends made of them.
struct KernelCalls {
  // Every kernel has these.
  SocketCalls* sockets = nullptr;
  WakeCalls* wake = nullptr;
  // Null: this one does not have it.
  EpollCalls* epoll = nullptr;
  PollCalls* poll = nullptr;
  SelectCalls* select = nullptr;
  KqueueCalls* kqueue = nullptr;
};

}  // namespace cloche

#endif  // CLOCHE_CALLS_KERNEL_CALLS_H_

// PipeWakeCalls: WakeCalls by pipe(2), for systems that have nothing better.
//
//     SignalWake(fd) --> a byte --> [write end ==== pipe ==== fd] --> readable
//                                       ^                     |
//                   a table says which -+                     v
//                                            DrainWake(fd): reads all
//
// Who waits needs to know one descriptor, the read end. The write end is found
// by it in a table.
//
// Facts (pipe(7), pipe(2))
//   * A pipe holds 64 KiB on Linux, at least 512 bytes anywhere. A write to a
//     full one fails with EAGAIN when non-blocking.
//   * Two descriptors each, and macOS has no pipe2: whether they block, and
//     what becomes of them in a program that is started, is said afterwards.
//
// What this means for us
//   * A full pipe is no error: it has been signalled, and is readable.
//   * DrainWake reads until there is nothing more. A thousand wakes are a
//     thousand bytes, where an eventfd has one number.
//   * A signal handler may wake, so SignalWake takes no lock: the code that it
//     interrupted could be holding it. The table is an array of atomics, which
//     stays where it is; a mutex is for those that open and close.
//
// Main disadvantage: between pipe and fcntl another thread may start a program,
// which then has the descriptors, too. And there are at most kMost.
//
// Next: calls/linux_wake_calls.h, to compare; poller/kqueue_poller.h, where
// there is no EVFILT_USER.

#ifndef CLOCHE_CALLS_PIPE_WAKE_CALLS_H_
#define CLOCHE_CALLS_PIPE_WAKE_CALLS_H_

#include <array>
#include <atomic>
#include <mutex>

#include "cloche/calls/wake_calls.h"

namespace cloche {

// Thread safety: any thread. SignalWake is async-signal-safe, the others are
// not.
//
// Invariants:
//   1. In each row both ends are open, or read_end is -1 and the row is free.
//   2. No two rows have the same read_end, unless that is -1.
class PipeWakeCalls final : public WakeCalls {
 public:
  // Open at once; a loop needs one.
  static constexpr int kMost = 1024;

  PipeWakeCalls() = default;
  PipeWakeCalls(const PipeWakeCalls&) = delete;
  PipeWakeCalls& operator=(const PipeWakeCalls&) = delete;

  // -EMFILE: also if there are kMost.
  int OpenWake() override;
  // -EBADF: no OpenWake has given `fd` out.
  int SignalWake(int fd) override;
  int DrainWake(int fd) override;
  int CloseWake(int fd) override;

 private:
  struct Row {
    std::atomic<int> read_end = -1;
    std::atomic<int> write_end = -1;
  };

  // The row of that read end, -1 for a free one; null if there is none.
  Row* Find(int read_end);
  bool Enter(const std::array<int, 2>& ends);

  // Two that look for a free row at once would find the same.
  std::mutex mutex_;
  std::array<Row, kMost> rows_;
};

}  // namespace cloche

#endif  // CLOCHE_CALLS_PIPE_WAKE_CALLS_H_

#include "cloche/calls/linux_wake_calls.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "cloche/calls/errno_keeper.h"

namespace cloche {
namespace {

// EAGAIN says that the counter is as it should be already.
int ResultOf(ssize_t transferred) {
  if (transferred == -1 && errno != EAGAIN) return -errno;
  return 0;
}

}  // namespace

int LinuxWakeCalls::OpenWake() {
  const int fd = eventfd(/*initval=*/0, EFD_NONBLOCK | EFD_CLOEXEC);
  return fd == -1 ? -errno : fd;
}

int LinuxWakeCalls::SignalWake(int fd) {
  const ErrnoKeeper keeper;  // A signal handler may call it.
  const uint64_t one = 1;
  return ResultOf(write(fd, &one, sizeof(one)));
}

int LinuxWakeCalls::DrainWake(int fd) {
  uint64_t count = 0;
  return ResultOf(read(fd, &count, sizeof(count)));
}

int LinuxWakeCalls::CloseWake(int fd) { return close(fd) == -1 ? -errno : 0; }

}  // namespace cloche

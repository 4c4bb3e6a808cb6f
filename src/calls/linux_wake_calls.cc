#include "cloche/calls/linux_wake_calls.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace cloche {
namespace {

// A signal handler may call SignalWake, and must leave errno as it found it,
// or the code that it interrupted reads a stranger's error.
class ErrnoKeeper {
 public:
  ~ErrnoKeeper() { errno = saved_; }

 private:
  const int saved_ = errno;
};

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
  const ErrnoKeeper keeper;
  const uint64_t one = 1;
  return ResultOf(write(fd, &one, sizeof(one)));
}

int LinuxWakeCalls::DrainWake(int fd) {
  uint64_t count = 0;
  return ResultOf(read(fd, &count, sizeof(count)));
}

int LinuxWakeCalls::CloseWake(int fd) { return close(fd) == -1 ? -errno : 0; }

}  // namespace cloche

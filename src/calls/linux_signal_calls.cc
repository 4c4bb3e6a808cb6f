#include "cloche/calls/linux_signal_calls.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>

namespace cloche {
namespace {

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

}  // namespace

int LinuxSignalCalls::OpenSignals() {
  const sigset_t signals = StopSignals();
  const int fd = signalfd(/*fd=*/-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
  if (fd == -1) return -errno;
  // pthread_sigmask returns its error; EINVAL is the only one, for a wrong how.
  pthread_sigmask(SIG_BLOCK, &signals, &blocked_before_);
  return fd;
}

int LinuxSignalCalls::TakeSignal(int fd, Signal* signal) {
  signalfd_siginfo info;
  if (read(fd, &info, sizeof(info)) == -1) return -errno;
  *signal = info.ssi_signo == SIGINT ? Signal::kInterrupt : Signal::kTerminate;
  return 0;
}

int LinuxSignalCalls::CloseSignals(int fd) {
  const int result = close(fd) == -1 ? -errno : 0;
  pthread_sigmask(SIG_SETMASK, &blocked_before_, nullptr);
  return result;
}

}  // namespace cloche

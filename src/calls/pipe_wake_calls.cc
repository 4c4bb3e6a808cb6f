#include "cloche/calls/pipe_wake_calls.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "cloche/calls/errno_keeper.h"

namespace cloche {
namespace {

// EAGAIN says that the pipe is as it should be already.
int ResultOf(ssize_t transferred) {
  if (transferred == -1 && errno != EAGAIN) return -errno;
  return 0;
}

bool Prepare(int fd) {
  return fcntl(fd, F_SETFL, O_NONBLOCK) != -1 &&
         fcntl(fd, F_SETFD, FD_CLOEXEC) != -1;
}

// Gives the error back, for whoever gives up.
int CloseBoth(const std::array<int, 2>& ends, int error) {
  for (const int fd : ends) close(fd);
  return error;
}

}  // namespace

int PipeWakeCalls::OpenWake() {
  std::array<int, 2> ends;
  if (pipe(ends.data()) == -1) return -errno;
  if (!Prepare(ends[0]) || !Prepare(ends[1])) return CloseBoth(ends, -errno);
  if (!Enter(ends)) return CloseBoth(ends, -EMFILE);
  return ends[0];
}

bool PipeWakeCalls::Enter(const std::array<int, 2>& ends) {
  const std::lock_guard lock(mutex_);
  Row* const row = Find(-1);
  if (row == nullptr) return false;
  row->write_end = ends[1];
  row->read_end = ends[0];  // From now on it is found.
  return true;
}

PipeWakeCalls::Row* PipeWakeCalls::Find(int read_end) {
  for (Row& row : rows_) {
    if (row.read_end == read_end) return &row;
  }
  return nullptr;
}

int PipeWakeCalls::SignalWake(int fd) {
  const ErrnoKeeper keeper;
  Row* const row = fd < 0 ? nullptr : Find(fd);
  if (row == nullptr) return -EBADF;
  return ResultOf(write(row->write_end, "!", 1));
}

int PipeWakeCalls::DrainWake(int fd) {
  std::array<char, 512> room;
  ssize_t count;
  do {
    count = read(fd, room.data(), room.size());
  } while (count > 0);
  return ResultOf(count);
}

// The row is free before the numbers are: a number that was closed comes back
// soon, and must not be in two rows then.
int PipeWakeCalls::CloseWake(int fd) {
  const std::lock_guard lock(mutex_);
  Row* const row = fd < 0 ? nullptr : Find(fd);
  if (row == nullptr) return -EBADF;
  const int write_end = row->write_end;
  row->read_end = -1;
  close(write_end);
  return close(fd) == -1 ? -errno : 0;
}

}  // namespace cloche

#include "cloche/calls/linux_select_calls.h"

#include <sys/select.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace cloche {
namespace {

static_assert(kSelectSetSize == FD_SETSIZE);

// One of the three sets, as the bits that the kernel takes.
class BitSet {
 public:
  BitSet() { FD_ZERO(&bits_); }

  // False if one of `fds` has no bit.
  bool Add(const std::vector<int>& fds) {
    for (const int fd : fds) {
      if (fd < 0 || fd >= kSelectSetSize) return false;
      FD_SET(fd, &bits_);
      end_ = std::max(end_, fd + 1);
    }
    return true;
  }

  std::vector<int> List(int end) const {
    std::vector<int> fds;
    for (int fd = 0; fd < end; ++fd) {
      if (FD_ISSET(fd, &bits_)) fds.push_back(fd);
    }
    return fds;
  }

  fd_set* bits() { return &bits_; }
  int end() const { return end_; }

 private:
  fd_set bits_;
  int end_ = 0;  // One more than the highest.
};

}  // namespace

int LinuxSelectCalls::Select(SelectSets& sets, absl::Duration timeout) {
  BitSet read;
  BitSet write;
  BitSet except;
  if (!read.Add(sets.read) || !write.Add(sets.write) ||
      !except.Add(sets.except)) {
    return -EINVAL;
  }
  const int end = std::max({read.end(), write.end(), except.end()});
  const timespec linux_timeout =
      absl::ToTimespec(absl::Ceil(timeout, absl::Nanoseconds(1)));
  const bool for_ever = timeout == absl::InfiniteDuration();
  const int count =
      pselect(end, read.bits(), write.bits(), except.bits(),
              for_ever ? nullptr : &linux_timeout, /*sigmask=*/nullptr);
  if (count == -1) return -errno;
  sets = {read.List(end), write.List(end), except.List(end)};
  return count;
}

}  // namespace cloche

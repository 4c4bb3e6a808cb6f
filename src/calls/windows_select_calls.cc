// Before any header of Winsock: fd_set is of that size.
#define FD_SETSIZE 1024

#include "cloche/calls/windows_select_calls.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

namespace cloche {
namespace {

static_assert(kSelectSetSize == FD_SETSIZE);
static_assert(sizeof(fd_set::fd_array) == kSelectSetSize * sizeof(SOCKET));

std::vector<int> Sorted(std::vector<int> fds) {
  std::sort(fds.begin(), fds.end());
  fds.erase(std::unique(fds.begin(), fds.end()), fds.end());
  return fds;
}

std::vector<int> Union(std::vector<int> fds, const std::vector<int>& others) {
  fds.insert(fds.end(), others.begin(), others.end());
  return Sorted(std::move(fds));
}

// What is in both of two sorted ones.
std::vector<int> Intersection(const std::vector<int>& fds,
                              const std::vector<int>& others) {
  std::vector<int> both;
  std::set_intersection(fds.begin(), fds.end(), others.begin(), others.end(),
                        std::back_inserter(both));
  return both;
}

// One of the three sets, as the array that Winsock takes.
class HandleSet {
 public:
  HandleSet() { FD_ZERO(&set_); }

  // False if `fds`, sorted, cannot be in a set.
  bool Fill(const std::vector<int>& fds) {
    if (fds.size() > kSelectSetSize) return false;
    if (!fds.empty() && fds.front() < 0) return false;
    for (const int fd : fds) set_.fd_array[set_.fd_count++] = ToSocket(fd);
    return true;
  }

  std::vector<int> List() const {
    std::vector<int> fds;
    for (u_int i = 0; i < set_.fd_count; ++i) {
      fds.push_back(static_cast<int>(set_.fd_array[i]));
    }
    return Sorted(std::move(fds));
  }

  fd_set* set() { return &set_; }

 private:
  fd_set set_;
};

int SleepFor(absl::Duration timeout) {
  constexpr int64_t kMost = INFINITE - 1;
  const int64_t milliseconds =
      absl::ToInt64Milliseconds(absl::Ceil(timeout, absl::Milliseconds(1)));
  Sleep(timeout == absl::InfiniteDuration()
            ? INFINITE
            : static_cast<DWORD>(std::min(milliseconds, kMost)));
  return 0;
}

int ErrorOfSelect() {
  const int error = LastWindowsError();
  return error == -ENOTSOCK ? -EBADF : error;
}

// Winsock's select: leaves those in `sets`, which are sorted, that are ready.
// 0, or a negative errno.
int Ask(SelectSets& sets, absl::Duration timeout) {
  HandleSet read;
  HandleSet write;
  HandleSet except;
  if (!read.Fill(sets.read) || !write.Fill(sets.write) ||
      !except.Fill(sets.except)) {
    return -EINVAL;
  }
  if (sets.read.empty() && sets.write.empty() && sets.except.empty()) {
    return SleepFor(timeout);
  }
  timeval until = absl::ToTimeval(absl::Ceil(timeout, absl::Microseconds(1)));
  const bool for_ever = timeout == absl::InfiniteDuration();
  const int count = select(/*nfds=*/0, read.set(), write.set(), except.set(),
                           for_ever ? nullptr : &until);
  if (count == SOCKET_ERROR) return ErrorOfSelect();
  sets = {read.List(), write.List(), except.List()};
  return 0;
}

bool HasPeer(int fd) {
  SOCKADDR_STORAGE name;
  int length = sizeof(name);
  return getpeername(ToSocket(fd), reinterpret_cast<sockaddr*>(&name),
                     &length) == 0;
}

// Takes those out of `connecting` that turn out to have connected long ago:
// they are in the third set for an out-of-band byte. Whether there were some.
bool DropConnected(const std::vector<int>& except,
                   std::vector<int>& connecting) {
  const size_t dropped = std::erase_if(connecting, [&](int fd) {
    return std::binary_search(except.begin(), except.end(), fd) && HasPeer(fd);
  });
  return dropped > 0;
}

using SteadyClock = std::chrono::steady_clock;

absl::Duration LeftOf(absl::Duration timeout, SteadyClock::time_point begin) {
  return std::max(timeout - absl::FromChrono(SteadyClock::now() - begin),
                  absl::ZeroDuration());
}

}  // namespace

bool WindowsSelectCalls::HasRoom(int /*fd*/, size_t others) const {
  return others < kSelectSetSize;
}

int WindowsSelectCalls::Select(SelectSets& sets, absl::Duration timeout) {
  if (timeout < absl::ZeroDuration()) return -EINVAL;
  const SelectSets wanted = {Sorted(sets.read), Sorted(sets.write),
                             Sorted(sets.except)};
  std::vector<int> connecting = wanted.write;  // For all that is known.
  const SteadyClock::time_point begin = SteadyClock::now();
  for (;;) {
    SelectSets ready = {wanted.read, wanted.write,
                        Union(wanted.except, connecting)};
    const int error = Ask(ready, LeftOf(timeout, begin));
    if (error != 0) return error;
    const bool false_alarm = DropConnected(ready.except, connecting);
    ready.write = Union(ready.write, Intersection(ready.except, connecting));
    ready.except = Intersection(ready.except, wanted.except);
    const size_t count =
        ready.read.size() + ready.write.size() + ready.except.size();
    if (count == 0 && false_alarm) continue;
    sets = std::move(ready);
    return static_cast<int>(count);
  }
}

}  // namespace cloche

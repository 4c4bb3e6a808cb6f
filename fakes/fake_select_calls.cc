#include "cloche/fakes/fake_select_calls.h"

#include <cerrno>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "cloche/calls/epoll_calls.h"
#include "cloche/fakes/fake_host.h"
#include "cloche/fakes/fake_poll_table.h"

namespace cloche {
namespace {

// Linux's POLLIN_SET, POLLOUT_SET and POLLEX_SET.
constexpr uint32_t kReadSet = kEpollIn | kEpollHup | kEpollErr;
constexpr uint32_t kWriteSet = kEpollOut | kEpollErr;
constexpr uint32_t kExceptSet = kEpollPri;

// One descriptor of the call, whatever sets it is in.
struct Asked {
  std::shared_ptr<FakeFile> file;
  bool read = false;
  bool write = false;
  bool except = false;
};
// By number, as the kernel goes through its bits.
using AskedByFd = absl::btree_map<int, Asked>;

bool Note(const std::vector<int>& fds, bool Asked::* set, AskedByFd& asked) {
  for (const int fd : fds) {
    if (fd < 0 || fd >= kSelectSetSize) return false;
    asked[fd].*set = true;
  }
  return true;
}

uint32_t Wanted(const Asked& asked) {
  return (asked.read ? kReadSet : 0) | (asked.write ? kWriteSet : 0) |
         (asked.except ? kExceptSet : 0);
}

// Those of whom something is true, in their sets.
SelectSets AskAll(const AskedByFd& all) {
  SelectSets ready;
  for (const auto& [fd, asked] : all) {
    const uint32_t mask = asked.file->PollOrPretend();
    if (asked.read && (mask & kReadSet) != 0) ready.read.push_back(fd);
    if (asked.write && (mask & kWriteSet) != 0) ready.write.push_back(fd);
    if (asked.except && (mask & kExceptSet) != 0) ready.except.push_back(fd);
  }
  return ready;
}

size_t Count(const SelectSets& sets) {
  return sets.read.size() + sets.write.size() + sets.except.size();
}

}  // namespace

int FakeSelectCalls::Select(SelectSets& sets, absl::Duration timeout) {
  return host_.CallThatWaits(CallKind::kSelect, timeout,
                             [&] { return Wait(sets, timeout); });
}

int FakeSelectCalls::Wait(SelectSets& sets, absl::Duration timeout) {
  AskedByFd all;
  const bool fits = Note(sets.read, &Asked::read, all) &&
                    Note(sets.write, &Asked::write, all) &&
                    Note(sets.except, &Asked::except, all);
  if (timeout < absl::ZeroDuration() || !fits) return -EINVAL;
  FakePollTable table;
  for (auto& [fd, asked] : all) {
    asked.file = host_.descriptors().Find(fd);
    if (asked.file == nullptr) return -EBADF;
    table.Watch(asked.file, Wanted(asked));
  }
  SelectSets ready;
  const int result = table.WaitFor(host_, timeout, [&] {
    ready = AskAll(all);
    return static_cast<int>(Count(ready));
  });
  if (result >= 0) sets = std::move(ready);
  return result;
}

}  // namespace cloche

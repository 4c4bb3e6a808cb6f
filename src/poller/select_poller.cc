#include "cloche/poller/select_poller.h"

#include <algorithm>
#include <cerrno>

#include "absl/memory/memory.h"
#include "cloche/base/check.h"
#include "cloche/base/errors.h"

namespace cloche {
namespace {

void ToSets(int fd, uint8_t interest, SelectSets& sets) {
  if ((interest & kPollReadable) != 0) sets.read.push_back(fd);
  if ((interest & kPollWritable) != 0) sets.write.push_back(fd);
  if ((interest & kPollPriority) != 0) sets.except.push_back(fd);
}

}  // namespace

absl::StatusOr<std::unique_ptr<SelectPoller>> SelectPoller::Create(
    SelectCalls& select, WakeCalls& wake) {
  auto poller = absl::WrapUnique(new SelectPoller(select, wake));
  absl::Status status = poller->Open();
  if (!status.ok()) return status;
  return poller;
}

absl::Status SelectPoller::Open() {
  wake_fd_ = wake_.OpenWake();
  if (wake_fd_ < 0) return ErrnoStatus(wake_fd_, "eventfd");
  const int error = Add(wake_fd_, kPollReadable, kWakeToken);
  if (error != 0) return ErrnoStatus(error, "select(the wake fd)");
  return absl::OkStatus();
}

SelectPoller::~SelectPoller() {
  if (wake_fd_ >= 0) wake_.CloseWake(wake_fd_);
}

int SelectPoller::Add(int fd, uint8_t interest, uint64_t token) {
  if (!select_.HasRoom(fd, table_.entries().size())) return -ERANGE;
  return table_.Add(fd, interest, token);
}

int SelectPoller::Modify(int fd, uint8_t interest, uint64_t token) {
  return table_.Modify(fd, interest, token);
}

int SelectPoller::Remove(int fd) { return table_.Remove(fd); }

int SelectPoller::Wait(absl::Span<PollEvent> events, absl::Duration timeout) {
  CLOCHE_CHECK(!events.empty(), "a wait needs room for at least one event");
  FillSets();
  const int count =
      select_.Select(sets_, std::max(timeout, absl::ZeroDuration()));
  if (count == -EINTR) return 0;
  const int found = count > 0         ? ReadSets()
                    : count == -EBADF ? AskEach()
                                      : count;
  return found < 0 ? found : Translate(static_cast<size_t>(found), events);
}

void SelectPoller::ClearSets() {
  sets_.read.clear();
  sets_.write.clear();
  sets_.except.clear();
}

void SelectPoller::FillSets() {
  ClearSets();
  for (const InterestTable::Entry& entry : table_.entries()) {
    ToSets(entry.fd, entry.interest, sets_);
  }
  flags_.assign(table_.entries().size(), 0);
}

int SelectPoller::ReadSets() {
  return Note(sets_.read, kPollReadable) + Note(sets_.write, kPollWritable) +
         Note(sets_.except, kPollPriority);
}

// Each by itself, and without waiting. One that is closed may be another one by
// now, of another thread; then perhaps nothing is found. Without the one for
// Wake it would be in vain to go on.
int SelectPoller::AskEach() {
  int found = 0;
  for (const InterestTable::Entry& entry : table_.entries()) {
    ClearSets();
    ToSets(entry.fd, entry.interest, sets_);
    const int count = select_.Select(sets_, absl::ZeroDuration());
    if (count > 0) found += ReadSets();
    if (count != -EBADF) continue;
    if (entry.token == kWakeToken) return count;
    found += Note({entry.fd}, kPollError);
  }
  return found;
}

// How many of `fds` had nothing to report before.
int SelectPoller::Note(const std::vector<int>& fds, uint8_t flag) {
  int first = 0;
  for (const int fd : fds) {
    uint8_t& flags = flags_[table_.Find(fd)];
    if (flags == 0) ++first;
    flags |= flag;
  }
  return first;
}

// `count` entries report something.
int SelectPoller::Translate(size_t count, absl::Span<PollEvent> events) {
  return table_.Report(
      count, [&](size_t place) { return flags_[place]; },
      [&] { wake_.DrainWake(wake_fd_); }, events);
}

void SelectPoller::Wake() { SignalWakeForSure(wake_, wake_fd_); }

}  // namespace cloche

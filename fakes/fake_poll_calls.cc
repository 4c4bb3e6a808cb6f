#include "cloche/fakes/fake_poll_calls.h"

#include <cerrno>
#include <memory>
#include <vector>

#include "cloche/calls/epoll_calls.h"
#include "cloche/fakes/fake_host.h"
#include "cloche/fakes/fake_poll_table.h"

namespace cloche {
namespace {

// Files speak epoll, whose bits are poll's.
static_assert(kPollIn == kEpollIn && kPollPri == kEpollPri);
static_assert(kPollOut == kEpollOut && kPollRdHup == kEpollRdHup);
static_assert(kPollErr == kEpollErr && kPollHup == kEpollHup);

uint32_t Wanted(const PollEntry& entry) {
  return static_cast<uint16_t>(entry.interest) | kEpollErr | kEpollHup;
}

// Asks every file, and counts the entries that report something.
int AskAll(absl::Span<PollEntry> entries,
           absl::Span<const std::shared_ptr<FakeFile>> files) {
  int count = 0;
  for (size_t i = 0; i < entries.size(); ++i) {
    PollEntry& entry = entries[i];
    const uint32_t closed = entry.fd < 0 ? 0 : kPollNval;
    const uint32_t mask = files[i] == nullptr
                              ? closed
                              : files[i]->PollOrPretend() & Wanted(entry);
    entry.reported = static_cast<int16_t>(mask);
    if (mask != 0) ++count;
  }
  return count;
}

}  // namespace

int FakePollCalls::Poll(absl::Span<PollEntry> entries, absl::Duration timeout) {
  return host_.CallThatWaits(CallKind::kPoll, timeout,
                             [&] { return Wait(entries, timeout); });
}

int FakePollCalls::Wait(absl::Span<PollEntry> entries, absl::Duration timeout) {
  const size_t limit = host_.descriptors().limit();
  if (timeout < absl::ZeroDuration() || entries.size() > limit) return -EINVAL;
  std::vector<std::shared_ptr<FakeFile>> files;
  FakePollTable table;
  for (const PollEntry& entry : entries) {
    files.push_back(host_.descriptors().Find(entry.fd));
    if (files.back() != nullptr) table.Watch(files.back(), Wanted(entry));
  }
  return table.WaitFor(host_, timeout, [&] { return AskAll(entries, files); });
}

}  // namespace cloche

#include "cloche/calls/linux_poll_calls.h"

#include <poll.h>

#include <cerrno>
#include <cstddef>

namespace cloche {
namespace {

// PollEntry goes to the kernel as it is, so it must be the kernel's struct in
// all but name.
static_assert(sizeof(PollEntry) == sizeof(pollfd));
static_assert(offsetof(PollEntry, fd) == offsetof(pollfd, fd));
static_assert(offsetof(PollEntry, interest) == offsetof(pollfd, events));
static_assert(offsetof(PollEntry, reported) == offsetof(pollfd, revents));

static_assert(kPollIn == POLLIN);
static_assert(kPollPri == POLLPRI);
static_assert(kPollOut == POLLOUT);
static_assert(kPollErr == POLLERR);
static_assert(kPollHup == POLLHUP);
static_assert(kPollNval == POLLNVAL);
static_assert(kPollRdHup == POLLRDHUP);

}  // namespace

int LinuxPollCalls::Poll(absl::Span<PollEntry> entries,
                         absl::Duration timeout) {
  const timespec linux_timeout =
      absl::ToTimespec(absl::Ceil(timeout, absl::Nanoseconds(1)));
  const bool for_ever = timeout == absl::InfiniteDuration();
  const int count =
      ppoll(reinterpret_cast<pollfd*>(entries.data()), entries.size(),
            for_ever ? nullptr : &linux_timeout, /*sigmask=*/nullptr);
  return count == -1 ? -errno : count;
}

}  // namespace cloche

#include "cloche/poller/poll_poller.h"

#include <algorithm>
#include <cerrno>

#include "absl/memory/memory.h"
#include "cloche/base/check.h"
#include "cloche/base/errors.h"

namespace cloche {
namespace {

int16_t ToPoll(uint8_t interest) {
  int16_t bits = 0;
  if ((interest & kPollReadable) != 0) bits |= kPollIn | kPollRdHup;
  if ((interest & kPollWritable) != 0) bits |= kPollOut;
  if ((interest & kPollPriority) != 0) bits |= kPollPri;
  return bits;
}

uint8_t FromPoll(int16_t bits) {
  uint8_t flags = 0;
  if ((bits & kPollIn) != 0) flags |= kPollReadable;
  if ((bits & kPollOut) != 0) flags |= kPollWritable;
  if ((bits & kPollPri) != 0) flags |= kPollPriority;
  if ((bits & kPollRdHup) != 0) flags |= kPollPeerClosedWrite;
  if ((bits & kPollHup) != 0) flags |= kPollHangUp;
  if ((bits & (kPollErr | kPollNval)) != 0) flags |= kPollError;
  return flags;
}

}  // namespace

absl::StatusOr<std::unique_ptr<PollPoller>> PollPoller::Create(
    PollCalls& poll, WakeCalls& wake) {
  auto poller = absl::WrapUnique(new PollPoller(poll, wake));
  absl::Status status = poller->Open();
  if (!status.ok()) return status;
  return poller;
}

absl::Status PollPoller::Open() {
  wake_fd_ = wake_.OpenWake();
  if (wake_fd_ < 0) return ErrnoStatus(wake_fd_, "eventfd");
  Add(wake_fd_, kPollReadable, kWakeToken);
  return absl::OkStatus();
}

PollPoller::~PollPoller() {
  if (wake_fd_ >= 0) wake_.CloseWake(wake_fd_);
}

int PollPoller::Add(int fd, uint8_t interest, uint64_t token) {
  return table_.Add(fd, interest, token);
}

int PollPoller::Modify(int fd, uint8_t interest, uint64_t token) {
  return table_.Modify(fd, interest, token);
}

int PollPoller::Remove(int fd) { return table_.Remove(fd); }

int PollPoller::Wait(absl::Span<PollEvent> events, absl::Duration timeout) {
  CLOCHE_CHECK(!events.empty(), "a wait needs room for at least one event");
  FillList();
  const int count = poll_.Poll(absl::MakeSpan(list_),
                               std::max(timeout, absl::ZeroDuration()));
  if (count == -EINTR) return 0;
  if (count < 0) return count;
  return Translate(static_cast<size_t>(count), events);
}

void PollPoller::FillList() {
  list_.clear();
  for (const InterestTable::Entry& entry : table_.entries()) {
    list_.push_back({entry.fd, ToPoll(entry.interest), 0});
  }
}

// `count` entries report something; it stops at the last of them.
int PollPoller::Translate(size_t count, absl::Span<PollEvent> events) {
  size_t stored = 0;
  for (size_t i = 0; count > 0; ++i) {
    const size_t place = (first_ + i) % list_.size();
    if (list_[place].reported == 0) continue;
    --count;
    const uint64_t token = table_.entries()[place].token;
    if (token == kWakeToken) {
      wake_.DrainWake(wake_fd_);
    } else if (stored < events.size()) {
      events[stored++] = {token, FromPoll(list_[place].reported)};
    } else {
      first_ = place;
      return static_cast<int>(stored);
    }
  }
  first_ = 0;
  return static_cast<int>(stored);
}

// Again after EINTR, or the wake would be lost. Of no use is any other result:
// the one failure there is would be a closed wake_fd_ (invariant 1), and a
// signal handler could not report it anyway.
void PollPoller::Wake() {
  while (wake_.SignalWake(wake_fd_) == -EINTR) {
  }
}

}  // namespace cloche

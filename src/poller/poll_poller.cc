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

// `count` entries report something.
int PollPoller::Translate(size_t count, absl::Span<PollEvent> events) {
  return table_.Report(
      count, [&](size_t place) { return FromPoll(list_[place].reported); },
      [&] { wake_.DrainWake(wake_fd_); }, events);
}

void PollPoller::Wake() { SignalWakeForSure(wake_, wake_fd_); }

}  // namespace cloche

#include "cloche/poller/epoll_poller.h"

#include <algorithm>
#include <cerrno>
#include <limits>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "cloche/base/check.h"
#include "cloche/base/errors.h"

namespace cloche {
namespace {

uint32_t ToEpoll(uint8_t interest) {
  uint32_t events = 0;
  if ((interest & kPollReadable) != 0) events |= kEpollIn | kEpollRdHup;
  if ((interest & kPollWritable) != 0) events |= kEpollOut;
  if ((interest & kPollPriority) != 0) events |= kEpollPri;
  return events;
}

uint8_t FromEpoll(uint32_t events) {
  uint8_t flags = 0;
  if ((events & kEpollIn) != 0) flags |= kPollReadable;
  if ((events & kEpollOut) != 0) flags |= kPollWritable;
  if ((events & kEpollPri) != 0) flags |= kPollPriority;
  if ((events & kEpollRdHup) != 0) flags |= kPollPeerClosedWrite;
  if ((events & kEpollHup) != 0) flags |= kPollHangUp;
  if ((events & kEpollErr) != 0) flags |= kPollError;
  return flags;
}

int ToTimeoutMilliseconds(absl::Duration timeout) {
  if (timeout == absl::InfiniteDuration()) return -1;
  const int64_t whole =
      absl::ToInt64Milliseconds(absl::Ceil(timeout, absl::Milliseconds(1)));
  // Longer than 24 days: waking early once is allowed.
  return static_cast<int>(
      std::clamp<int64_t>(whole, 0, std::numeric_limits<int>::max()));
}

}  // namespace

absl::StatusOr<std::unique_ptr<EpollPoller>> EpollPoller::Create(
    EpollCalls& epoll, WakeCalls& wake, EpollTrigger trigger) {
  auto poller = absl::WrapUnique(new EpollPoller(epoll, wake, trigger));
  absl::Status status = poller->Open();
  if (!status.ok()) return status;
  return poller;
}

absl::Status EpollPoller::Open() {
  epoll_fd_ = epoll_.EpollCreate1();
  if (epoll_fd_ < 0) return ErrnoStatus(epoll_fd_, "epoll_create1");
  wake_fd_ = wake_.OpenWake();
  if (wake_fd_ < 0) return ErrnoStatus(wake_fd_, "eventfd");
  const int error = Add(wake_fd_, kPollReadable, kWakeToken);
  if (error != 0) return ErrnoStatus(error, "epoll_ctl(ADD, the wake fd)");
  return absl::OkStatus();
}

EpollPoller::~EpollPoller() {
  if (wake_fd_ >= 0) wake_.CloseWake(wake_fd_);
  if (epoll_fd_ >= 0) epoll_.EpollClose(epoll_fd_);
}

absl::string_view EpollPoller::name() const {
  return edge_triggered() ? "epoll" : "epoll-level";
}

bool EpollPoller::edge_triggered() const {
  return trigger_ == EpollTrigger::kEdge;
}

int EpollPoller::Add(int fd, uint8_t interest, uint64_t token) {
  return Control(EpollCtlOp::kAdd, fd, interest, token);
}

int EpollPoller::Modify(int fd, uint8_t interest, uint64_t token) {
  return Control(EpollCtlOp::kModify, fd, interest, token);
}

int EpollPoller::Remove(int fd) {
  return epoll_.EpollCtl(epoll_fd_, EpollCtlOp::kDelete, fd, nullptr);
}

int EpollPoller::Control(EpollCtlOp op, int fd, uint8_t interest,
                         uint64_t token) {
  EpollEvent event;
  event.events = ToEpoll(interest);
  if (edge_triggered()) event.events |= kEpollEdgeTriggered;
  event.data = token;
  return epoll_.EpollCtl(epoll_fd_, op, fd, &event);
}

int EpollPoller::Wait(absl::Span<PollEvent> events, absl::Duration timeout) {
  CLOCHE_CHECK(!events.empty(), "a wait needs room for at least one event");
  const size_t room = std::min(events.size(), buffer_.size());
  const int count =
      epoll_.EpollWait(epoll_fd_, absl::MakeSpan(buffer_.data(), room),
                       ToTimeoutMilliseconds(timeout));
  if (count == -EINTR) return 0;
  if (count < 0) return count;
  return Translate(static_cast<size_t>(count), events);
}

int EpollPoller::Translate(size_t count, absl::Span<PollEvent> events) {
  int stored = 0;
  for (size_t i = 0; i < count; ++i) {
    const EpollEvent& event = buffer_[i];
    if (event.data == kWakeToken) {
      wake_.DrainWake(wake_fd_);
      continue;
    }
    events[stored].token = event.data;
    events[stored].flags = FromEpoll(event.events);
    ++stored;
  }
  return stored;
}

void EpollPoller::Wake() { SignalWakeForSure(wake_, wake_fd_); }

}  // namespace cloche

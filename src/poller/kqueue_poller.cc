#include "cloche/poller/kqueue_poller.h"

#include <algorithm>
#include <cerrno>

#include "absl/memory/memory.h"
#include "cloche/base/check.h"
#include "cloche/base/errors.h"

namespace cloche {
namespace {

KernelEvent ToKqueue(int fd, KernelFilter filter, bool wanted, uint64_t token) {
  const uint16_t action = wanted ? kEvAdd | kEvClear : kEvDelete;
  return {.ident = fd,
          .filter = filter,
          .flags = static_cast<uint16_t>(action | kEvReceipt),
          .user_data = token};
}

// READ first: who is told of both ends reads what is there before he hears from
// a write that nobody listens any more.
std::array<KernelEvent, 2> ToKqueue(int fd, uint8_t interest, uint64_t token) {
  return {
      ToKqueue(fd, KernelFilter::kRead, (interest & kPollReadable) != 0, token),
      ToKqueue(fd, KernelFilter::kWrite, (interest & kPollWritable) != 0,
               token)};
}

// What sets Wake off, or with kEvAdd makes it.
KernelEvent WakeChange(uint16_t flags, uint32_t filter_flags) {
  return {.ident = 0,
          .filter = KernelFilter::kUser,
          .flags = flags,
          .filter_flags = filter_flags,
          .user_data = Poller::kWakeToken};
}

uint8_t FromKqueue(const KernelEvent& event) {
  const bool read = event.filter == KernelFilter::kRead;
  const bool end = (event.flags & kEvEof) != 0;
  uint8_t flags = read ? kPollReadable : kPollWritable;
  if (read && end) flags |= kPollPeerClosedWrite;
  if (end && event.filter_flags != 0) flags |= kPollError;
  return flags;
}

// The one of `changes` whose receipt this is; null for none. Knotes go by
// descriptor and filter, and so do receipts, whatever their order.
const KernelEvent* ChangeOf(const KernelEvent& receipt,
                            absl::Span<const KernelEvent> changes) {
  for (const KernelEvent& change : changes) {
    const bool same_knote =
        change.ident == receipt.ident && change.filter == receipt.filter;
    if (same_knote) return &change;
  }
  return nullptr;
}

// Whether a change failed only since what it was to delete is not there. What
// it was to do stands in the change alone: a receipt of the BSDs has lost it.
bool IsAbsence(const KernelEvent& receipt,
               absl::Span<const KernelEvent> changes) {
  if (receipt.data != ENOENT) return false;
  const KernelEvent* change = ChangeOf(receipt, changes);
  return change != nullptr && (change->flags & kEvDelete) != 0;
}

// 0, or the negative errno of a change. Without kEvError it is no receipt, and
// `data` no errno: in an event that is a number of bytes.
int ErrorOf(const KernelEvent& receipt, absl::Span<const KernelEvent> changes) {
  if ((receipt.flags & kEvError) == 0) return 0;
  if (IsAbsence(receipt, changes)) return 0;
  return -static_cast<int>(receipt.data);
}

}  // namespace

absl::StatusOr<std::unique_ptr<KqueuePoller>> KqueuePoller::Create(
    KqueueCalls& kqueue, WakeCalls& wake) {
  auto poller = absl::WrapUnique(new KqueuePoller(kqueue, wake));
  absl::Status status = poller->Open();
  if (!status.ok()) return status;
  return poller;
}

absl::Status KqueuePoller::Open() {
  kqueue_fd_ = kqueue_.Kqueue();
  if (kqueue_fd_ < 0) return ErrnoStatus(kqueue_fd_, "kqueue");
  const KernelEvent user = WakeChange(kEvAdd | kEvClear | kEvReceipt, 0);
  if (Control(absl::MakeConstSpan(&user, 1)) == 0) return absl::OkStatus();
  return OpenWakeDescriptor();
}

absl::Status KqueuePoller::OpenWakeDescriptor() {
  wake_fd_ = wake_.OpenWake();
  if (wake_fd_ < 0) return ErrnoStatus(wake_fd_, "wake descriptor");
  const int error = Add(wake_fd_, kPollReadable, kWakeToken);
  if (error != 0) return ErrnoStatus(error, "kevent(ADD, the wake fd)");
  return absl::OkStatus();
}

KqueuePoller::~KqueuePoller() {
  if (wake_fd_ >= 0) wake_.CloseWake(wake_fd_);
  if (kqueue_fd_ >= 0) kqueue_.KqueueClose(kqueue_fd_);
}

int KqueuePoller::Add(int fd, uint8_t interest, uint64_t token) {
  return Control(ToKqueue(fd, interest, token));
}

int KqueuePoller::Modify(int fd, uint8_t interest, uint64_t token) {
  return Control(ToKqueue(fd, interest, token));
}

int KqueuePoller::Remove(int fd) {
  return Control(ToKqueue(fd, /*interest=*/0, /*token=*/0));
}

int KqueuePoller::Control(absl::Span<const KernelEvent> changes) {
  std::array<KernelEvent, kMaxChanges> receipts;
  int count;
  do {
    count = kqueue_.Kevent(kqueue_fd_, changes, absl::MakeSpan(receipts),
                           absl::ZeroDuration());
  } while (count == -EINTR);
  for (int i = 0; i < count; ++i) {
    const int error = ErrorOf(receipts[static_cast<size_t>(i)], changes);
    if (error != 0) return error;
  }
  return std::min(count, 0);
}

int KqueuePoller::Wait(absl::Span<PollEvent> events, absl::Duration timeout) {
  CLOCHE_CHECK(!events.empty(), "a wait needs room for at least one event");
  const size_t room = std::min(events.size(), buffer_.size());
  const int count = kqueue_.Kevent(kqueue_fd_, /*changes=*/{},
                                   absl::MakeSpan(buffer_.data(), room),
                                   std::max(timeout, absl::ZeroDuration()));
  if (count == -EINTR) return 0;
  if (count < 0) return count;
  return Translate(static_cast<size_t>(count), events);
}

int KqueuePoller::Translate(size_t count, absl::Span<PollEvent> events) {
  int stored = 0;
  for (size_t i = 0; i < count; ++i) {
    const KernelEvent& event = buffer_[i];
    if (event.user_data == kWakeToken) {
      if (wake_fd_ >= 0) wake_.DrainWake(wake_fd_);
      continue;
    }
    events[stored].token = event.user_data;
    events[stored].flags = FromKqueue(event);
    ++stored;
  }
  return stored;
}

// As SignalWakeForSure: again after EINTR, and no other result is of use.
void KqueuePoller::Wake() {
  if (wake_fd_ >= 0) return SignalWakeForSure(wake_, wake_fd_);
  const KernelEvent trigger = WakeChange(0, kNoteTrigger);
  while (kqueue_.Kevent(kqueue_fd_, absl::MakeConstSpan(&trigger, 1),
                        /*events=*/{}, absl::ZeroDuration()) == -EINTR) {
  }
}

}  // namespace cloche

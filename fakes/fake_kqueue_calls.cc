#include "cloche/fakes/fake_kqueue_calls.h"

#include <cerrno>
#include <memory>

#include "cloche/fakes/fake_host.h"
#include "cloche/fakes/fake_kqueue.h"

namespace cloche {

int FakeKqueueCalls::Kqueue() {
  return host_.Call(CallKind::kKqueue, [&] {
    return host_.descriptors().Open(std::make_shared<FakeKqueue>());
  });
}

// The changes come before the fault: what fails with EINTR is the wait.
int FakeKqueueCalls::Kevent(int kqueue_fd,
                            absl::Span<const KernelEvent> changes,
                            absl::Span<KernelEvent> events,
                            absl::Duration timeout) {
  const std::shared_ptr<FakeFile> file = host_.descriptors().Find(kqueue_fd);
  FakeKqueue* kqueue = file == nullptr ? nullptr : file->AsKqueue();
  const std::optional<int> at_once =
      kqueue == nullptr ? -EBADF : Apply(*kqueue, changes, events);
  const auto work = [&] {
    return at_once.has_value() ? *at_once : Wait(*kqueue, events, timeout);
  };
  // Who has no room for events does not wait.
  return events.empty() ? host_.Call(CallKind::kKevent, work)
                        : host_.CallThatWaits(CallKind::kKevent, timeout, work);
}

// What the call returns without waiting; nothing if it goes on to wait.
std::optional<int> FakeKqueueCalls::Apply(FakeKqueue& kqueue,
                                          absl::Span<const KernelEvent> changes,
                                          absl::Span<KernelEvent> events) {
  size_t stored = 0;
  for (const KernelEvent& change : changes) {
    const int result = Change(kqueue, change);
    if (result == 0 && (change.flags & kEvReceipt) == 0) continue;
    if (stored == events.size()) return result;
    events[stored] = KqueueReceipt(change, -result, receipts_);
    ++stored;
  }
  if (stored > 0) return static_cast<int>(stored);
  return std::nullopt;
}

// A new knote needs memory, so it is a call of its own for a fault plan.
int FakeKqueueCalls::Change(FakeKqueue& kqueue, const KernelEvent& change) {
  const auto work = [&] {
    return kqueue.Change(change, host_.descriptors().Find(change.ident).get());
  };
  if ((change.flags & kEvAdd) == 0 || kqueue.Has(change)) return work();
  return host_.Call(CallKind::kKeventAdd, work, change.ident);
}

int FakeKqueueCalls::Wait(FakeKqueue& kqueue, absl::Span<KernelEvent> events,
                          absl::Duration timeout) {
  if (events.empty()) return 0;
  if (timeout < absl::ZeroDuration()) return -EINVAL;
  return host_.WaitForMany(
      timeout, [&] { return kqueue.Collect(events); },
      [&] { return kqueue.MayHaveEvents(); });
}

int FakeKqueueCalls::KqueueClose(int kqueue_fd) {
  return host_.CallClose(CallKind::kKqueueClose, kqueue_fd);
}

}  // namespace cloche

// KqueuePoller where there is no EVFILT_USER, woken by a real pipe.
//
// The kqueue is none: it remembers which descriptor it is to read, and waits
// for that with poll(2).
//
// Next: poller/kqueue_poller_test.cc, where the kernel is a fake one.

#include <poll.h>

#include <array>
#include <cerrno>
#include <memory>
#include <thread>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/calls/kqueue_calls.h"
#include "cloche/calls/pipe_wake_calls.h"
#include "cloche/fakes/kqueue_receipt.h"
#include "cloche/poller/kqueue_poller.h"
#include "cloche/testing/kqueue_receipts.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

class KqueueByPoll final : public KqueueCalls {
 public:
  explicit KqueueByPoll(ReceiptFlags way) : receipts_(way) {}
  int Kqueue() override { return 50; }
  int Kevent(int, absl::Span<const KernelEvent> changes,
             absl::Span<KernelEvent> events, absl::Duration timeout) override {
    if (changes.empty()) return WaitForOne(events[0], timeout);
    for (size_t i = 0; i < changes.size(); ++i) {
      events[i] = KqueueReceipt(changes[i], ErrorOf(changes[i]), receipts_);
    }
    return static_cast<int>(changes.size());
  }
  int KqueueClose(int) override { return 0; }

 private:
  int ErrorOf(const KernelEvent& change) {
    if (change.filter == KernelFilter::kUser) return EINVAL;
    if ((change.flags & kEvAdd) == 0) return ENOENT;
    watched_ = change;
    return 0;
  }
  int WaitForOne(KernelEvent& event, absl::Duration timeout) const {
    event = watched_;
    pollfd asked = {watched_.ident, POLLIN, /*revents=*/0};
    return poll(&asked, 1, timeout == absl::ZeroDuration() ? 0 : -1);
  }

  const ReceiptFlags receipts_;
  KernelEvent watched_ = {};
};

class KqueuePollerWithAPipe : public ::testing::TestWithParam<ReceiptFlags> {
 protected:
  int Wait(absl::Duration timeout) {
    return poller_->Wait(absl::MakeSpan(events_), timeout);
  }
  // Whether the pipe, which nobody else looks at, has a byte.
  bool IsAwake() {
    KernelEvent event;
    return kqueue_.Kevent(50, {}, absl::MakeSpan(&event, 1),
                          absl::ZeroDuration()) == 1;
  }

  KqueueByPoll kqueue_{GetParam()};
  PipeWakeCalls wake_;
  std::unique_ptr<KqueuePoller> poller_ =
      KqueuePoller::Create(kqueue_, wake_).value();
  std::array<PollEvent, 4> events_;
};

TEST_P(KqueuePollerWithAPipe, SleepsAgainAfterManyWakes) {
  EXPECT_FALSE(IsAwake());
  for (int i = 0; i < 1000; ++i) poller_->Wake();
  EXPECT_TRUE(IsAwake());
  EXPECT_EQ(Wait(absl::InfiniteDuration()), 0);
  EXPECT_FALSE(IsAwake());
}

TEST_P(KqueuePollerWithAPipe, IsWokenByAnotherThread) {
  std::thread waker([this] { poller_->Wake(); });
  EXPECT_EQ(Wait(absl::InfiniteDuration()), 0);
  waker.join();
}

INSTANTIATE_WITH_ALL_RECEIPTS(KqueuePollerWithAPipe);

}  // namespace
}  // namespace cloche

// KqueuePoller: over a recorder, the very changes and timeouts that it asks
// for; over the fake kernel, what happens where there is no EVFILT_USER. All of
// it with the receipts of the BSDs, and with those of macOS. What it has in
// common with all pollers: poller/poller_test.cc, and
// testing/contract/poller_contract_test.cc.

#include "cloche/poller/kqueue_poller.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/fakes/fake_kernel_test.h"
#include "cloche/fakes/kqueue_receipt.h"
#include "cloche/testing/kqueue_receipts.h"
#include "cloche/testing/poller_text.h"
#include "cloche/testing/status_matchers.h"
#include "gmock/gmock.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr absl::StatusCode kExhausted = absl::StatusCode::kResourceExhausted;

std::string FilterText(KernelFilter filter) {
  if (filter == KernelFilter::kUser) return "USER";
  return filter == KernelFilter::kRead ? "READ" : "WRITE";
}

// "add 7 READ clear receipt", "trigger USER".
std::string ChangeText(const KernelEvent& change) {
  std::string text;
  if ((change.flags & kEvAdd) != 0) text = "add ";
  if ((change.flags & kEvDelete) != 0) text = "delete ";
  if ((change.filter_flags & kNoteTrigger) != 0) text = "trigger ";
  absl::StrAppend(&text, change.ident, " ", FilterText(change.filter));
  if ((change.flags & kEvClear) != 0) text += " clear";
  if ((change.flags & kEvReceipt) != 0) text += " receipt";
  return text;
}

// --- Over a recorder --------------------------------------------------------

// Writes down what kqueue is asked for, and answers as it is told to.
class RecordingKqueue final : public KqueueCalls {
 public:
  explicit RecordingKqueue(ReceiptFlags way) : receipts_(way) {}
  int Kqueue() override { return 50; }
  int Kevent(int, absl::Span<const KernelEvent> changes,
             absl::Span<KernelEvent> events, absl::Duration timeout) override {
    last_room = events.size();
    last_timeout = timeout;
    last_changes.clear();
    for (const KernelEvent& change : changes) {
      last_changes.push_back(ChangeText(change));
    }
    if (!changes.empty() && !ignores_receipts) {
      return events.empty() ? 0 : Answer(changes, events);
    }
    std::copy(next_events.begin(), next_events.end(), events.begin());
    return next_error != 0 ? next_error : static_cast<int>(next_events.size());
  }
  int KqueueClose(int) override { return 0; }

  size_t last_room = 0;
  absl::Duration last_timeout;
  std::vector<std::string> last_changes;
  std::vector<int64_t> next_errors;  // Of each change, positive.
  bool backwards = false;         // The receipt of the last change comes first.
  bool ignores_receipts = false;  // It reports next_events instead.
  std::vector<KernelEvent> next_events;
  int next_error = 0;  // Of a wait.

 private:
  int Answer(absl::Span<const KernelEvent> changes,
             absl::Span<KernelEvent> events) const {
    const size_t count = changes.size();
    for (size_t i = 0; i < count; ++i) {
      const int64_t error = i < next_errors.size() ? next_errors[i] : 0;
      events[backwards ? count - 1 - i : i] =
          KqueueReceipt(changes[i], error, receipts_);
    }
    return static_cast<int>(count);
  }

  const ReceiptFlags receipts_;
};

class NoWake final : public WakeCalls {
 public:
  int OpenWake() override { return -ENOSYS; }
  int SignalWake(int) override { return -ENOSYS; }
  int DrainWake(int) override { return -ENOSYS; }
  int CloseWake(int) override { return -ENOSYS; }
};

class KqueuePollerAsks : public ::testing::TestWithParam<ReceiptFlags> {
 protected:
  int Wait(absl::Duration timeout = absl::ZeroDuration()) {
    return poller_->Wait(absl::MakeSpan(events_), timeout);
  }
  // What a wait makes of such an event.
  std::string FlagsFrom(KernelFilter filter, int flags,
                        uint32_t filter_flags = 0) {
    calls_.next_events = {{.ident = 7,
                           .filter = filter,
                           .flags = static_cast<uint16_t>(flags),
                           .filter_flags = filter_flags,
                           .user_data = 70}};
    EXPECT_EQ(Wait(), 1);
    EXPECT_EQ(events_[0].token, 70u);
    return PollerText(events_[0].flags);
  }

  static constexpr KernelFilter kRead = KernelFilter::kRead;
  static constexpr KernelFilter kWrite = KernelFilter::kWrite;
  RecordingKqueue calls_{GetParam()};
  NoWake wake_;
  std::unique_ptr<KqueuePoller> poller_ =
      KqueuePoller::Create(calls_, wake_).value();
  std::array<PollEvent, 4> events_;
};

TEST_P(KqueuePollerAsks, ForEdgesAndForAReceiptOfEachChange) {
  poller_->Add(7, kPollReadable | kPollWritable, 70);
  EXPECT_THAT(calls_.last_changes, ElementsAre("add 7 READ clear receipt",
                                               "add 7 WRITE clear receipt"));
}

TEST_P(KqueuePollerAsks, ToForgetTheDirectionThatIsOfNoInterest) {
  poller_->Modify(7, kPollWritable, 70);
  EXPECT_THAT(calls_.last_changes, ElementsAre("delete 7 READ receipt",
                                               "add 7 WRITE clear receipt"));
}

TEST_P(KqueuePollerAsks, ToForgetBothDirectionsOfWhoIsRemoved) {
  poller_->Remove(7);
  EXPECT_THAT(calls_.last_changes,
              ElementsAre("delete 7 READ receipt", "delete 7 WRITE receipt"));
}

TEST_P(KqueuePollerAsks, AndMindsNotThatWhatItDeletesIsNotThere) {
  calls_.next_errors = {ENOENT, 0};
  EXPECT_EQ(poller_->Modify(7, kPollWritable, 70), 0);
}

TEST_P(KqueuePollerAsks, AndPassesOnTheErrorOfEitherChange) {
  calls_.next_errors = {ENOENT, ENOMEM};
  EXPECT_EQ(poller_->Modify(7, kPollWritable, 70), -ENOMEM);
  calls_.next_errors = {EBADF, EBADF};
  EXPECT_EQ(poller_->Remove(7), -EBADF);
  calls_.next_errors = {ENOENT, 0};
  EXPECT_EQ(poller_->Add(7, kPollReadable, 70), -ENOENT);
}

TEST_P(KqueuePollerAsks, WhoseReceiptItIsByDescriptorAndFilterNotByPlace) {
  calls_.backwards = true;
  calls_.next_errors = {0, ENOENT};
  EXPECT_EQ(poller_->Modify(7, kPollReadable, 70), 0);
  calls_.next_errors = {ENOENT, 0};
  EXPECT_EQ(poller_->Modify(7, kPollReadable, 70), -ENOENT);
}

TEST_P(KqueuePollerAsks, AndTakesNoCountOfBytesForAnError) {
  calls_.ignores_receipts = true;
  calls_.next_events = {
      {.ident = 7, .filter = kRead, .flags = kEvClear, .data = 42}};
  EXPECT_EQ(poller_->Add(7, kPollReadable, 70), 0);
}

TEST_P(KqueuePollerAsks, ForTheTimeThatThereIsAndNeverForLessThanNone) {
  Wait(absl::Nanoseconds(1500));
  EXPECT_EQ(calls_.last_timeout, absl::Nanoseconds(1500));
  Wait(-absl::Seconds(1));
  EXPECT_EQ(calls_.last_timeout, absl::ZeroDuration());
}

TEST_P(KqueuePollerAsks, ForNoMoreEventsThanTheCallerHasRoomFor) {
  Wait();
  EXPECT_EQ(calls_.last_room, 4u);
  std::vector<PollEvent> plenty(10'000);
  poller_->Wait(absl::MakeSpan(plenty), absl::ZeroDuration());
  EXPECT_EQ(calls_.last_room, 256u);
}

// EV_EOF of READ is the peer's FIN, and of WRITE the own one. Neither is an
// error, and both are worth a try.
TEST_P(KqueuePollerAsks, AndTranslatesEachFilterAndItsEnd) {
  EXPECT_EQ(FlagsFrom(kRead, kEvClear), "readable");
  EXPECT_EQ(FlagsFrom(kWrite, kEvClear), "writable");
  EXPECT_EQ(FlagsFrom(kRead, kEvEof), "readable|peer-closed-write");
  EXPECT_EQ(FlagsFrom(kWrite, kEvEof), "writable");
  EXPECT_EQ(FlagsFrom(kRead, kEvEof, ECONNRESET),
            "readable|peer-closed-write|error");
  EXPECT_EQ(FlagsFrom(kWrite, kEvEof, ECONNRESET), "writable|error");
}

TEST_P(KqueuePollerAsks, AndPassesOnAnErrorThatIsNoInterruption) {
  calls_.next_error = -EBADF;
  EXPECT_EQ(Wait(), -EBADF);
  calls_.next_error = -EINTR;
  EXPECT_EQ(Wait(), 0);
}

TEST_P(KqueuePollerAsks, ForAWakeByATriggerWithoutADescriptor) {
  poller_->Wake();
  EXPECT_THAT(calls_.last_changes, ElementsAre("trigger 0 USER"));
  EXPECT_EQ(calls_.last_room, 0u);
}

TEST_P(KqueuePollerAsks, AndDiesOfAWaitWithoutRoom) {
  EXPECT_DEATH(poller_->Wait({}, absl::ZeroDuration()),
               "room for at least one event");
}

INSTANTIATE_WITH_ALL_RECEIPTS(KqueuePollerAsks);

// --- Over the fake kernel, without EVFILT_USER ------------------------------

// As old NetBSD and OpenBSD are (polling#265).
class KqueueWithoutUser final : public KqueueCalls {
 public:
  KqueueWithoutUser(FakeKqueueCalls& calls, ReceiptFlags way)
      : calls_(calls), receipts_(way) {
    calls.set_receipts(way);
  }
  int Kqueue() override { return calls_.Kqueue(); }
  int Kevent(int fd, absl::Span<const KernelEvent> changes,
             absl::Span<KernelEvent> events, absl::Duration timeout) override {
    if (changes.empty() || changes[0].filter != KernelFilter::kUser) {
      return calls_.Kevent(fd, changes, events, timeout);
    }
    if (events.empty()) return -EINVAL;
    events[0] = KqueueReceipt(changes[0], EINVAL, receipts_);
    return 1;
  }
  int KqueueClose(int fd) override { return calls_.KqueueClose(fd); }

 private:
  KqueueCalls& calls_;
  const ReceiptFlags receipts_;
};

class KqueuePollerWithoutUser
    : public FakeKernelTest,
      public ::testing::WithParamInterface<ReceiptFlags> {
 protected:
  int WaitForEver() {
    return poller_->Wait(absl::MakeSpan(events_), absl::InfiniteDuration());
  }
  KqueueWithoutUser kqueue_{host_.kqueue(), GetParam()};
  std::unique_ptr<KqueuePoller> poller_ =
      KqueuePoller::Create(kqueue_, host_.wake()).value();
  std::array<PollEvent, 4> events_;
};

TEST_P(KqueuePollerWithoutUser, WakesByADescriptorInstead) {
  EXPECT_THAT(host_.OpenDescriptors(),
              ElementsAre("fd 3: kqueue of 1 knotes", "fd 4: wake"));
  for (int i = 0; i < 3; ++i) {
    poller_->Wake();
    poller_->Wake();
    EXPECT_EQ(WaitForEver(), 0);
    EXPECT_EQ(WaitForEver(), -EDEADLK);
  }
}

TEST_P(KqueuePollerWithoutUser, ClosesWhatItOpened) {
  poller_ = nullptr;
  EXPECT_THAT(host_.OpenDescriptors(), IsEmpty());
}

TEST_P(KqueuePollerWithoutUser, CannotBeMadeWithoutTheDescriptor) {
  poller_ = nullptr;
  host_.FailCall(CallKind::kOpenWake, EMFILE);
  EXPECT_THAT(KqueuePoller::Create(kqueue_, host_.wake()),
              StatusIs(kExhausted, "wake descriptor: EMFILE"));
  EXPECT_THAT(host_.OpenDescriptors(), IsEmpty());
}

INSTANTIATE_WITH_ALL_RECEIPTS(KqueuePollerWithoutUser);

// --- Over the fake kernel, one failing change -------------------------------

class KqueuePollerTest : public FakeKernelTest,
                         public ::testing::WithParamInterface<ReceiptFlags> {
 protected:
  KqueuePollerTest() { host_.kqueue().set_receipts(GetParam()); }
};

TEST_P(KqueuePollerTest, LosesNoChangeBehindOneThatFails) {
  auto poller = KqueuePoller::Create(host_.kqueue(), host_.wake()).value();
  const Ends ends = Connect();
  // READ was never there: to delete it fails, and WRITE comes behind it.
  ASSERT_EQ(poller->Modify(ends.client, kPollWritable, 11), 0);
  std::array<PollEvent, 4> events;
  EXPECT_EQ(poller->Wait(absl::MakeSpan(events), absl::InfiniteDuration()), 1);
  EXPECT_EQ(events[0].token, 11u);
}

INSTANTIATE_WITH_ALL_RECEIPTS(KqueuePollerTest);

}  // namespace
}  // namespace cloche

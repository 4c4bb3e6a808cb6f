// BsdKqueueCalls over a stand-in for kqueue(2): what is passed on, and how it
// is translated. Only where the system has no kqueue: there the names are free.
// Built twice, the second time as on a system without EVFILT_USER.

#include "cloche/calls/bsd_kqueue_calls.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "cloche/calls/kqueue_abi.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

// What the stand-in was asked, and what it answers.
struct StandIn {
  std::vector<struct kevent> changes;
  std::optional<absl::Duration> timeout;
  int room = 0;
  std::vector<struct kevent> events;
  int error = 0;
};
StandIn* stand_in = nullptr;

class BsdKqueueCallsTest : public ::testing::Test {
 protected:
  BsdKqueueCallsTest() { stand_in = &system_; }
  ~BsdKqueueCallsTest() override { stand_in = nullptr; }

  int Kevent(absl::Span<const KernelEvent> changes,
             absl::Duration timeout = absl::ZeroDuration()) {
    return calls_.Kevent(5, changes, absl::MakeSpan(events_), timeout);
  }

  StandIn system_;
  BsdKqueueCalls calls_;
  std::array<KernelEvent, 4> events_;
};

TEST_F(BsdKqueueCallsTest, MarksAKqueueToBeClosedByExec) {
  const int fd = calls_.Kqueue();
  ASSERT_GE(fd, 0);
  EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
  EXPECT_EQ(calls_.KqueueClose(fd), 0);
  EXPECT_EQ(calls_.KqueueClose(fd), -EBADF);
}

TEST_F(BsdKqueueCallsTest, PassesOnEachFieldOfAChange) {
  const KernelEvent change = {.ident = 7,
                              .filter = KernelFilter::kWrite,
                              .flags = kEvAdd | kEvClear,
                              .filter_flags = 3,
                              .data = 4,
                              .user_data = 0x123456789abcdef0};
  EXPECT_EQ(Kevent({&change, 1}), 0);
  ASSERT_EQ(system_.changes.size(), 1u);
  const struct kevent& passed = system_.changes[0];
  EXPECT_EQ(passed.ident, 7u);
  EXPECT_EQ(passed.filter, EVFILT_WRITE);
  EXPECT_EQ(passed.flags, EV_ADD | EV_CLEAR);
  EXPECT_EQ(passed.fflags, 3u);
  EXPECT_EQ(passed.data, 4);
  EXPECT_EQ(reinterpret_cast<uint64_t>(passed.udata), 0x123456789abcdef0u);
}

TEST_F(BsdKqueueCallsTest, GivesBackEachFieldOfAnEvent) {
  system_.events = {{.ident = 7,
                     .filter = EVFILT_READ,
                     .flags = EV_EOF,
                     .fflags = ECONNRESET,
                     .data = 42,
                     .udata = reinterpret_cast<void*>(70)}};
  EXPECT_EQ(Kevent({}), 1);
  EXPECT_EQ(events_[0].ident, 7);
  EXPECT_EQ(events_[0].filter, KernelFilter::kRead);
  EXPECT_EQ(events_[0].flags, kEvEof);
  EXPECT_EQ(events_[0].filter_flags, uint32_t{ECONNRESET});
  EXPECT_EQ(events_[0].data, 42);
  EXPECT_EQ(events_[0].user_data, 70u);
}

TEST_F(BsdKqueueCallsTest, TranslatesEachFilterBothWays) {
  for (const KernelFilter filter :
       {KernelFilter::kRead, KernelFilter::kWrite, KernelFilter::kUser}) {
    const KernelEvent change = {.ident = 7, .filter = filter};
    Kevent({&change, 1});
    system_.events = system_.changes;
    EXPECT_EQ(Kevent({}), 1);
    EXPECT_EQ(events_[0].filter, filter);
    system_.events.clear();
  }
}

#ifdef EVFILT_USER

TEST_F(BsdKqueueCallsTest, PassesOnAWake) {
  const KernelEvent wake = {
      .ident = 0, .filter = KernelFilter::kUser, .filter_flags = kNoteTrigger};
  EXPECT_EQ(Kevent({&wake, 1}), 0);
  EXPECT_EQ(system_.changes[0].filter, EVFILT_USER);
  EXPECT_EQ(system_.changes[0].fflags, NOTE_TRIGGER);
}

#else

// Filters are small numbers, below zero or on NetBSD above.
TEST_F(BsdKqueueCallsTest, AsksForAFilterThatNoKernelHas) {
  const KernelEvent user = {.ident = 0, .filter = KernelFilter::kUser};
  EXPECT_EQ(Kevent({&user, 1}), 0);
  EXPECT_GT(system_.changes[0].filter, 1000);
}

#endif

TEST_F(BsdKqueueCallsTest, WaitsForSoLongAndForEverWithoutALimit) {
  Kevent({}, absl::Nanoseconds(1500));
  EXPECT_EQ(system_.timeout, absl::Nanoseconds(1500));
  Kevent({}, absl::InfiniteDuration());
  EXPECT_EQ(system_.timeout, std::nullopt);
}

// macOS refuses three years.
TEST_F(BsdKqueueCallsTest, WaitsForNoMoreThanADayAtOnceUnlessForEver) {
  Kevent({}, absl::Hours(24) - absl::Nanoseconds(1));
  EXPECT_EQ(system_.timeout, absl::Hours(24) - absl::Nanoseconds(1));
  Kevent({}, absl::Seconds(100'000'001));
  EXPECT_EQ(system_.timeout, absl::Hours(24));
  Kevent({}, absl::Seconds(std::numeric_limits<int64_t>::max()));
  EXPECT_EQ(system_.timeout, absl::Hours(24));
}

TEST_F(BsdKqueueCallsTest, HasRoomForWhatTheCallerHasRoomForAndNoMoreThan256) {
  Kevent({});
  EXPECT_EQ(system_.room, 4);
  std::vector<KernelEvent> plenty(1000);
  calls_.Kevent(5, {}, absl::MakeSpan(plenty), absl::ZeroDuration());
  EXPECT_EQ(system_.room, 256);
}

TEST_F(BsdKqueueCallsTest, GivesBackAnErrorAndLeavesErrnoAsItWas) {
  system_.error = EINTR;
  errno = EDOM;
  EXPECT_EQ(Kevent({}), -EINTR);
  EXPECT_EQ(errno, EDOM);
}

}  // namespace
}  // namespace cloche

extern "C" {

int kqueue() { return dup(STDIN_FILENO); }

int kevent(int, const struct kevent* changes, int change_count,
           struct kevent* events, int event_count, const timespec* timeout) {
  cloche::StandIn& system = *cloche::stand_in;
  system.changes.assign(changes, changes + change_count);
  system.room = event_count;
  system.timeout.reset();
  if (timeout != nullptr) {
    system.timeout = absl::DurationFromTimespec(*timeout);
  }
  if (system.error != 0) {
    errno = system.error;
    return -1;
  }
  std::copy(system.events.begin(), system.events.end(), events);
  return static_cast<int>(system.events.size());
}

}  // extern "C"

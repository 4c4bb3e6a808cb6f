// Contract: pollers, each on each kernel that has it. What the flags of one say
// that those of another do not is in docs/backends.md; here is what a caller of
// any may rely on.

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/calls/select_calls.h"
#include "cloche/poller/poller.h"
#include "cloche/testing/backend_kinds.h"
#include "cloche/testing/contract/contract_kernel.h"
#include "cloche/testing/contract/system_call_driver.h"
#include "cloche/testing/poller_text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

class PollerContract : public ::testing::TestWithParam<ContractWorld>,
                       protected SystemCallDriver {
 protected:
  // What was reported, by token; a descriptor that came in two events has the
  // flags of both.
  using Report = absl::btree_map<uint64_t, std::string>;

  PollerContract() : SystemCallDriver(GetParam().kernel) {}

  bool edge() const { return IsEdgeTriggered(GetParam().backend); }
  bool is(BackendKind kind) const { return GetParam().backend == kind; }

  // One wait; `status_` is what it returned if that is no count.
  Report Wait(absl::Duration timeout = absl::ZeroDuration(), size_t room = 8) {
    std::vector<PollEvent> events(room);
    const int count = poller_->Wait(absl::MakeSpan(events), timeout);
    status_ = std::min(count, 0);
    absl::btree_map<uint64_t, uint8_t> flags;
    for (int i = 0; i < count; ++i) flags[events[i].token] |= events[i].flags;
    Report report;
    for (const auto& [token, bits] : flags) report[token] = PollerText(bits);
    return report;
  }
  // Waits for what must come.
  Report Await() {
    const absl::Time patience = kernel_->clock().Now() + kContractPatience;
    while (kernel_->clock().Now() < patience) {
      const Report report = Wait(kContractPatience);
      if (!report.empty() || status_ != 0) return report;
    }
    return {};
  }
  // Nothing is ready now, and what this test did is over.
  void ExpectNothing() { EXPECT_THAT(Wait(), IsEmpty()); }

  const std::unique_ptr<Poller> poller_ =
      kernel_->NewPoller(GetParam().backend);
  int status_ = 0;
};

TEST_P(PollerContract, ItsNameIsThatOfItsBackend) {
  EXPECT_EQ(poller_->name(), NameOf(GetParam().backend));
  EXPECT_EQ(poller_->edge_triggered(), edge());
}

// --- Who is reported --------------------------------------------------------

TEST_P(PollerContract, WhoIsReadyIsReportedByHisToken) {
  const Ends ends = Connect();
  ASSERT_EQ(poller_->Add(ends.client, kPollReadable, 11), 0);
  ASSERT_EQ(poller_->Add(ends.server, kPollWritable, 22), 0);
  EXPECT_THAT(Await(), ElementsAre(Pair(22, "writable")));
  ASSERT_EQ(poller_->Remove(ends.server), 0);
  calls_.Send(ends.server, "x", 0);
  EXPECT_THAT(Await(), ElementsAre(Pair(11, "readable")));
}

TEST_P(PollerContract, WhatWasTrueBeforeIsReported) {
  const Ends ends = Connect();
  calls_.Send(ends.server, "x", 0);
  ASSERT_TRUE(Becomes(ends.client, "IN|OUT"));
  ASSERT_EQ(poller_->Add(ends.client, kPollReadable | kPollWritable, 11), 0);
  EXPECT_THAT(Await(), ElementsAre(Pair(11, "readable|writable")));
}

TEST_P(PollerContract, ItIsReportedOnceOrForAsLongAsItLasts) {
  const Ends ends = Connect();
  ASSERT_EQ(poller_->Add(ends.client, kPollWritable, 11), 0);
  EXPECT_THAT(Await(), ElementsAre(Pair(11, "writable")));
  if (edge()) {
    ExpectNothing();
  } else {
    EXPECT_THAT(Wait(), ElementsAre(Pair(11, "writable")));
  }
}

TEST_P(PollerContract, MoreOfItIsReportedAgain) {
  const Ends ends = Connect();
  ASSERT_EQ(poller_->Add(ends.client, kPollReadable, 11), 0);
  for (int i = 0; i < 3; ++i) {
    calls_.Send(ends.server, "x", 0);
    EXPECT_THAT(Await(), ElementsAre(Pair(11, "readable")));
    EXPECT_EQ(Receive(ends.client), "x");
    ExpectNothing();
  }
}

TEST_P(PollerContract, ModifyReportsAnewWhatIsTrueAtThatMoment) {
  const Ends ends = Connect();
  ASSERT_EQ(poller_->Add(ends.client, kPollWritable, 11), 0);
  EXPECT_THAT(Await(), ElementsAre(Pair(11, "writable")));
  ASSERT_EQ(poller_->Modify(ends.client, kPollWritable, 12), 0);
  EXPECT_THAT(Await(), ElementsAre(Pair(12, "writable")));
}

TEST_P(PollerContract, ModifyReplacesTheInterest) {
  const Ends ends = Connect();
  ASSERT_EQ(poller_->Add(ends.client, kPollWritable, 11), 0);
  ASSERT_EQ(poller_->Modify(ends.client, kPollReadable, 11), 0);
  ExpectNothing();
  calls_.Send(ends.server, "x", 0);
  EXPECT_THAT(Await(), ElementsAre(Pair(11, "readable")));
}

TEST_P(PollerContract, RemoveSilencesAHangUpToo) {
  const Ends ends = Connect();
  ASSERT_EQ(poller_->Add(ends.client, kPollReadable | kPollWritable, 11), 0);
  calls_.Shutdown(ends.client, ShutdownHow::kBoth);
  EXPECT_EQ(Await().count(11), 1u);
  ASSERT_EQ(poller_->Remove(ends.client), 0);
  ExpectNothing();
}

// --- Ends, for a reader and for a writer ------------------------------------

TEST_P(PollerContract, APeersFinMakesReadable) {
  const Ends ends = Connect();
  ASSERT_EQ(poller_->Add(ends.client, kPollReadable, 11), 0);
  calls_.Shutdown(ends.server, ShutdownHow::kWrite);
  const bool knows = !is(BackendKind::kSelect);
  EXPECT_THAT(Await(), ElementsAre(Pair(11, knows ? "readable|peer-closed-write"
                                                  : "readable")));
}

TEST_P(PollerContract, AResetIsReportedToAReader) {
  const Ends ends = Connect();
  ASSERT_EQ(poller_->Add(ends.client, kPollReadable, 11), 0);
  Reset(ends.server);
  EXPECT_EQ(Await().count(11), 1u);
  EXPECT_EQ(Receive(ends.client), Errno(ECONNRESET));
}

TEST_P(PollerContract, AResetIsReportedToAWriter) {
  const Ends ends = ConnectSmall();
  FillUp(ends.client);
  ASSERT_EQ(poller_->Add(ends.client, kPollWritable, 11), 0);
  Reset(ends.server);
  EXPECT_EQ(Await().count(11), 1u);
  EXPECT_EQ(Receive(ends.client), Errno(ECONNRESET));
}

TEST_P(PollerContract, ARefusedConnectIsReportedToAWriter) {
  const int fd = NewConnecting(AddressOf(NewBound()));
  ASSERT_EQ(poller_->Add(fd, kPollWritable, 11), 0);
  EXPECT_EQ(Await().count(11), 1u);
  EXPECT_EQ(TakeError(fd), ECONNREFUSED);
}

// --- Room -------------------------------------------------------------------

TEST_P(PollerContract, WhatThereIsNoRoomForComesWithTheNextWaits) {
  constexpr size_t kMany = 100;
  std::vector<int> fds;
  for (uint64_t i = 0; i < kMany; ++i) {
    fds.push_back(kernel_->wake().OpenWake());
    ASSERT_EQ(poller_->Add(fds.back(), kPollReadable, i), 0);
    kernel_->wake().SignalWake(fds.back());
  }
  std::set<uint64_t> reported;
  // None is ever drained: level-triggered, the first are ready for ever.
  for (size_t waits = 0; waits < 2 * kMany && reported.size() < kMany;
       ++waits) {
    for (const auto& [token, flags] : Wait(absl::ZeroDuration(), /*room=*/7)) {
      reported.insert(token);
    }
  }
  EXPECT_EQ(reported.size(), kMany);
  for (const int fd : fds) kernel_->wake().CloseWake(fd);
}

TEST_P(PollerContract, ItTakesTenThousandDescriptorsOrRefusesClearly) {
  constexpr int kMany = 10000;
  if (!kernel_->Allows(kMany + 100)) GTEST_SKIP() << "`ulimit -Hn` is too low";
  kernel_->SetDescriptorLimit(kMany + 100);
  std::vector<int> fds;
  int refused = 0;
  for (int i = 0; i < kMany; ++i) {
    fds.push_back(kernel_->wake().OpenWake());
    const int error = poller_->Add(fds.back(), kPollReadable, i);
    if (error == 0) continue;
    EXPECT_EQ(error, -ERANGE);
    EXPECT_GE(fds.back(), kSelectSetSize);
    ++refused;
  }
  EXPECT_EQ(refused > 0, is(BackendKind::kSelect));
  kernel_->wake().SignalWake(fds[0]);
  EXPECT_THAT(Await(), ElementsAre(Pair(0, "readable")));
  for (const int fd : fds) kernel_->wake().CloseWake(fd);
}

// --- Descriptors that come and go -------------------------------------------

TEST_P(PollerContract, ANumberThatComesBackIsReportedByItsNewToken) {
  const int old = kernel_->wake().OpenWake();
  kernel_->wake().SignalWake(old);
  ASSERT_EQ(poller_->Add(old, kPollReadable, 11), 0);
  ASSERT_EQ(poller_->Remove(old), 0);
  kernel_->wake().CloseWake(old);
  const int fd = kernel_->wake().OpenWake();
  ASSERT_EQ(fd, old);
  ASSERT_EQ(poller_->Add(fd, kPollReadable, 22), 0);
  ExpectNothing();
  kernel_->wake().SignalWake(fd);
  EXPECT_THAT(Await(), ElementsAre(Pair(22, "readable")));
  kernel_->wake().CloseWake(fd);
}

// It is refused, or reported as an error until it is removed.
TEST_P(PollerContract, AClosedDescriptorIsToldOf) {
  const int fd = kernel_->wake().OpenWake();
  kernel_->wake().CloseWake(fd);
  const int error = poller_->Add(fd, kPollReadable, 11);
  if (error != 0) {
    EXPECT_EQ(error, -EBADF);
  } else {
    EXPECT_THAT(Await(), ElementsAre(Pair(11, "error")));
    EXPECT_EQ(poller_->Remove(fd), 0);
  }
  ExpectNothing();
}

TEST_P(PollerContract, ADescriptorThatIsClosedMakesNoOtherDeaf) {
  const int closed = kernel_->wake().OpenWake();
  const int other = kernel_->wake().OpenWake();
  ASSERT_EQ(poller_->Add(closed, kPollReadable, 11), 0);
  ASSERT_EQ(poller_->Add(other, kPollReadable, 22), 0);
  kernel_->wake().CloseWake(closed);
  kernel_->wake().SignalWake(other);
  Report report = Await();
  if (report.count(11) != 0) {
    EXPECT_EQ(report[11], "error");
    poller_->Remove(closed);
    report = Await();
  }
  EXPECT_EQ(report[22], "readable");
  kernel_->wake().CloseWake(other);
}

// --- Wake -------------------------------------------------------------------

TEST_P(PollerContract, AWakeEndsTheNextWaitAndReportsNothing) {
  poller_->Wake();
  EXPECT_THAT(Wait(absl::InfiniteDuration()), IsEmpty());
  EXPECT_EQ(status_, 0);
}

TEST_P(PollerContract, WakesMergeAndTheNextEndsAnotherWait) {
  for (int i = 0; i < 3; ++i) {
    for (int n = 0; n < 1000; ++n) poller_->Wake();
    EXPECT_THAT(Wait(absl::InfiniteDuration()), IsEmpty());
    EXPECT_EQ(status_, 0);
  }
}

TEST_P(PollerContract, AWakeHidesNoEventAndIsNone) {
  const Ends ends = Connect();
  ASSERT_EQ(poller_->Add(ends.client, kPollWritable, 11), 0);
  ASSERT_EQ(poller_->Add(ends.server, kPollWritable, 22), 0);
  poller_->Wake();
  EXPECT_THAT(Wait(), ElementsAre(Pair(11, "writable"), Pair(22, "writable")));
}

// --- Time -------------------------------------------------------------------

TEST_P(PollerContract, AWaitWithoutTimeLeftDoesNotWait) {
  EXPECT_THAT(Wait(absl::ZeroDuration()), IsEmpty());
  EXPECT_THAT(Wait(-absl::Seconds(1)), IsEmpty());
  EXPECT_THAT(Wait(-absl::InfiniteDuration()), IsEmpty());
  EXPECT_EQ(status_, 0);
}

TEST_P(PollerContract, AWaitIsNoShorterThanItWasTold) {
  const absl::Time deadline = kernel_->clock().Now() + absl::Microseconds(2400);
  EXPECT_THAT(Wait(deadline - kernel_->clock().Now()), IsEmpty());
  EXPECT_GE(kernel_->clock().Now(), deadline);
}

INSTANTIATE_IN_EVERY_WORLD_OF_POLLERS(PollerContract);

}  // namespace
}  // namespace cloche

// select on the fake kernel: what only it can be asked, which is time, faults
// and deadlock. The rest is in testing/contract/select_contract_test.cc.

#include <cerrno>
#include <vector>

#include "absl/time/time.h"
#include "cloche/calls/select_calls.h"
#include "cloche/fakes/errno_table.h"
#include "cloche/fakes/fake_kernel_test.h"

namespace cloche {
namespace {

using Fds = std::vector<int>;

class FakeSelect : public FakeKernelTest {
 protected:
  absl::Duration Passed() { return clock_.Now() - FakeClock::Start(); }

  SelectCalls& select_ = host_.select();
  SelectSets sets_;
};

TEST_F(FakeSelect, ThreeEmptySetsAreASleep) {
  EXPECT_EQ(select_.Select(sets_, absl::Hours(1)), 0);
  EXPECT_EQ(Passed(), absl::Hours(1));
}

TEST_F(FakeSelect, AWaitEndsWhenTheNetworkDeliversWhatItWaitsFor) {
  sets_.read = {NewListener(server_)};
  NewConnecting(client_, server_.Address(AddressFamily::kIpv4, 80));
  EXPECT_EQ(server_.select().Select(sets_, absl::InfiniteDuration()), 1);
  EXPECT_EQ(sets_.read.size(), 1u);
  EXPECT_EQ(Passed(), absl::Milliseconds(3));  // A whole handshake.
}

TEST_F(FakeSelect, WaitingForEverForNothingIsADeadlockAndLeavesTheSets) {
  sets_.read = {NewListener(host_)};
  const Fds before = sets_.read;
  EXPECT_EQ(select_.Select(sets_, absl::InfiniteDuration()), -EDEADLK);
  EXPECT_EQ(sets_.read, before);
}

TEST_F(FakeSelect, AFalseAlarmIsReportedOnce) {
  const Ends ends = Connect();
  host_.faults().Add({.kind = CallKind::kRecv, .spurious = true});
  EXPECT_EQ(Receive(ends.server), Errno(EAGAIN));
  sets_ = {{ends.server}, {}, {}};
  EXPECT_EQ(select_.Select(sets_, absl::Seconds(1)), 1);
  EXPECT_EQ(sets_.read, Fds{ends.server});
  EXPECT_EQ(select_.Select(sets_, absl::Seconds(1)), 0);
}

TEST_F(FakeSelect, AnInterruptedWaitLeavesTheSets) {
  const Ends ends = Connect();
  host_.FailCall(CallKind::kSelect, EINTR);
  sets_ = {{ends.client}, {}, {}};
  EXPECT_EQ(select_.Select(sets_, absl::InfiniteDuration()), -EINTR);
  EXPECT_EQ(sets_.read, Fds{ends.client});
  sets_.write = {ends.server};
  EXPECT_EQ(select_.Select(sets_, absl::InfiniteDuration()), 1);
  EXPECT_EQ(sets_.write, Fds{ends.server});
}

}  // namespace
}  // namespace cloche

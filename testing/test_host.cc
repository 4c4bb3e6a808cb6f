#include "cloche/testing/test_host.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "cloche/backend/backends.h"
#include "cloche/base/check.h"
#include "cloche/tasks/run.h"
#include "gtest/gtest.h"

namespace cloche {

TestHost::TestHost(FakeHost& kernel, FakeClock& clock, BackendKind backend,
                   TaskOrder* order)
    : kernel_(kernel), clock_(clock), backend_(backend), order_(order) {
  kernel.LeaveStallsToDriver();
  kernel.set_signals_by_socket(backend == BackendKind::kIocp);
  StartProgram();
}

void TestHost::StartProgram() {
  auto backend = NewBackend(backend_, kernel_.kernel_calls());
  CLOCHE_CHECK(backend.ok(), backend.status().ToString());
  loop_.emplace(Environment{.clock = &clock_,
                            .sockets = &kernel_.sockets(),
                            .backend = *std::move(backend),
                            .order = order_,
                            .observer = &observer_});
  descriptors_at_first_ = kernel_.OpenDescriptors();
  ++programs_;
}

Loop& TestHost::loop() {
  CLOCHE_CHECK(alive(), absl::StrCat("the program on ", kernel_.name(),
                                     " is dead and has no loop; see alive() "
                                     "and Restart()"));
  return *loop_;
}

// Destructors close what they own, and the kernel the rest; nobody waits for
// any of it.
void TestHost::Kill() {
  if (!alive()) return;
  loop_.reset();
  for (std::string& descriptor : kernel_.OpenDescriptors()) {
    left_by_programs_.push_back(std::move(descriptor));
  }
  kernel_.CloseAll();
  kernel_.network().DeliverArrivals();
  kernel_.ForgetLingeringCloses();
}

void TestHost::PowerOff() {
  kernel_.PowerOff();
  Kill();
}

void TestHost::Restart() {
  CLOCHE_CHECK(!alive(), absl::StrCat("the program on ", kernel_.name(),
                                      " still runs; Kill() it first"));
  kernel_.PowerOn();
  StartProgram();
}

Endpoint TestHost::EndpointAt(uint16_t port) const {
  return Endpoint(kernel_.Address(AddressFamily::kIpv4, port));
}

void TestHost::ExpectNothingIsOpen() {
  const std::vector<std::string> none;
  EXPECT_TRUE(NothingIsOpen())
      << "descriptors are left on " << kernel_.name() << ":\n"
      << absl::StrJoin(kernel_.OpenDescriptors(), "\n") << "\nat first:\n"
      << absl::StrJoin(alive() ? descriptors_at_first_ : none, "\n")
      << "\nby programs that are dead:\n"
      << absl::StrJoin(left_by_programs_, "\n");
}

bool TestHost::NothingIsOpen() const {
  const bool dead_left_none = left_by_programs_.empty();
  if (!alive()) return dead_left_none;
  return dead_left_none && kernel_.OpenDescriptors() == descriptors_at_first_;
}

bool TestHost::CanRun() const {
  return alive() && kernel_.StalledUntil() <= clock_.Now();
}

absl::Time TestHost::NextDeadline() const {
  if (!alive()) return absl::InfiniteFuture();
  return CanRun() ? loop_->NextDeadline() : kernel_.StalledUntil();
}

void TestHost::ExpectNothingGoesOn() {
  if (!alive()) return;
  const std::string& name = kernel_.name();
  EXPECT_TRUE(loop_->residents().empty())
      << "tasks are left on " << name << ":\n"
      << DumpTasks(*loop_);
  EXPECT_TRUE(loop_->timers().empty()) << "a timer is left on " << name;
  EXPECT_EQ(loop_->operations(), 0u) << "an operation is left on " << name;
}

}  // namespace cloche

#include "cloche/testing/test_world.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "cloche/backend/backends.h"
#include "cloche/testing/run_again.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

// So many events at one instant come of a script that begins again and again;
// a burst has fewer.
constexpr int kMostEvents = 300'000;

}  // namespace

TestWorld::TestWorld(uint64_t seed, BackendKind backend)
    : seed_(seed),
      failed_before_(::testing::Test::HasFailure()),
      last_events_(kLastEvents),
      network_(clock_, seed),
      backend_(backend) {}

TestWorld::~TestWorld() {
  KillAll();
  for (const std::unique_ptr<TestHost>& host : hosts_) {
    EXPECT_TRUE(host->left_by_programs().empty())
        << "left open on host " << host->kernel().name() << ":\n"
        << absl::StrJoin(host->left_by_programs(), "\n");
  }
  if (::testing::Test::HasFailure() && !failed_before_) PrintHowItFailed();
}

void TestWorld::KillAll() {
  for (const std::unique_ptr<TestHost>& host : hosts_) host->Kill();
}

void TestWorld::ExpectNothingIsLeft() {
  LetStallsEnd();
  for (const auto& host : hosts_) host->ExpectNothingGoesOn();
  if (backend_ == BackendKind::kIocp) LetSendsEnd();
  for (const auto& host : hosts_) host->ExpectNothingIsOpen();
}

// A turn at least, in which all is handed back.
void TestWorld::LetStallsEnd() {
  absl::Time end = clock_.Now();
  for (const auto& host : hosts_) {
    if (host->CanRun() || !host->alive()) continue;
    end = std::max(end, host->NextDeadline());
  }
  Pass(end - clock_.Now());
}

// Over a completion port a send that is pending keeps its descriptor after
// Close. If its peer never takes it, that is a descriptor left: the status says
// no more than the descriptors will.
void TestWorld::LetSendsEnd() {
  (void)DriveUntil([&] {
    return std::all_of(hosts_.begin(), hosts_.end(),
                       [](const auto& host) { return host->NothingIsOpen(); });
  });
}

void TestWorld::PrintHowItFailed() const {
  const std::string text =
      absl::StrCat("the world's seed: --cloche_seed=", seed_,
                   "\nto run this test again:\n  ", HowToRunAgain(seed_),
                   "\nthe last that happened:\n", last_events_.Text());
  std::fputs(text.c_str(), stdout);
}

TestHost& TestWorld::AddHost(absl::string_view name) {
  FakeHost& kernel = network_.AddHost(name);
  last_events_.Watch(kernel);
  if (order_ != nullptr) {
    // What a ring or a port brings comes at one instant, and all of it has
    // arrived.
    const FakeOrder order = [order = order_](size_t count) {
      return order->ChooseEvent(count, /*may_wait=*/false);
    };
    kernel.ring().set_order(order);
    kernel.completion_port().set_order(order);
  }
  hosts_.push_back(
      std::make_unique<TestHost>(kernel, clock_, backend_, order_));
  return *hosts_.back();
}

absl::Status TestWorld::DriveUntil(absl::FunctionRef<bool()> done) {
  const absl::Time latest = clock_.Now() + patience_;
  Standstill standstill(clock_, most_rounds_);
  while (!done()) {
    if (clock_.Now() > latest) {
      return Stuck(absl::StrCat("still not over after ",
                                absl::FormatDuration(elapsed())));
    }
    const absl::StatusOr<bool> went_on =
        GoOn(standstill, absl::InfiniteFuture());
    if (!went_on.ok()) return went_on.status();
    if (!*went_on) {
      return Stuck("deadlock: every task waits, and nothing can wake them");
    }
  }
  return absl::OkStatus();
}

void TestWorld::Pass(absl::Duration time) {
  const absl::Status passed = PassUntil(clock_.Now() + time);
  if (!passed.ok()) ADD_FAILURE() << passed;
}

absl::Status TestWorld::PassUntil(absl::Time until) {
  Standstill standstill(clock_, most_rounds_);
  absl::StatusOr<bool> went_on = true;
  while (went_on.ok() && *went_on) went_on = GoOn(standstill, until);
  return went_on.status();
}

// A round of all loops, or else what comes before time passes, or else the next
// moment at which something happens, but none after `latest`. False if there is
// none.
absl::StatusOr<bool> TestWorld::GoOn(Standstill& standstill,
                                     absl::Time latest) {
  if (standstill.IsTooLong()) return Spins();
  absl::Status error;
  if (RunAllOnce(error)) return true;
  if (!error.ok()) return error;
  if (GoOnWithoutTime()) return true;
  const absl::Time next = std::min(NextEvent(), latest);
  if (clock_.Now() >= latest || next == absl::InfiniteFuture()) return false;
  if (!JumpTo(next)) return Spins();
  return true;
}

absl::Status TestWorld::Stuck(absl::string_view how) {
  return absl::FailedPreconditionError(absl::StrCat(how, "\n", DescribeAll()));
}

absl::Status TestWorld::Spins() {
  return Stuck(absl::StrCat("it spins: at ", absl::FormatDuration(elapsed())));
}

// What comes before time passes, now that no task of any loop is ready.
bool TestWorld::GoOnWithoutTime() {
  if (NextEvent() <= clock_.Now()) return false;  // Nor does it pass yet.
  return GoOnOutside() || blocked_.Wake();
}

// A piece of each work; what is over is forgotten.
bool TestWorld::GoOnOutside() {
  std::vector<std::function<bool()>> pieces = std::move(outside_work_);
  outside_work_.clear();
  for (std::function<bool()>& go_on : pieces) {  // Which may add another one.
    if (go_on()) outside_work_.push_back(std::move(go_on));
  }
  return !pieces.empty();
}

// One turn of every loop that may run, without sleeping. True if any had
// something to do.
bool TestWorld::RunAllOnce(absl::Status& error) {
  bool any = false;
  for (const std::unique_ptr<TestHost>& host : hosts_) {
    if (!host->CanRun() || !error.ok()) continue;
    const uint64_t before = host->loop().progress();
    host->kernel().set_driver_waits(host->loop().NextDeadline() > clock_.Now());
    error.Update(host->loop().RunOnce(absl::InfinitePast()));
    any |= host->loop().progress() != before;
    // A task that ignores its cancellation would go on for ever.
    if (!host->observer().empty()) {
      error.Update(absl::InternalError("stopped at a misuse of the library"));
    }
  }
  return any && error.ok();
}

absl::Time TestWorld::NextEvent() const {
  return std::min(network_.NextEvent(), NextDeadline());
}

// The loops'.
absl::Time TestWorld::NextDeadline() const {
  absl::Time next = absl::InfiniteFuture();
  for (const std::unique_ptr<TestHost>& host : hosts_) {
    next = std::min(next, host->NextDeadline());
  }
  return next;
}

// False if what happens there never ends.
bool TestWorld::JumpTo(absl::Time time) {
  if (time > clock_.Now()) clock_.AdvanceTo(time);
  if (order_ != nullptr && order_->OrdersEvents()) return DeliverInOrder();
  return network_.DeliverDue(kMostEvents) < kMostEvents;
}

// The loops may be quicker than the network, where they have something to do:
// at a deadline, and when something has come.
bool TestWorld::DeliverInOrder() {
  bool may_wait = NextDeadline() <= clock_.Now();
  for (int events = 0; events < kMostEvents; ++events) {
    const size_t count = network_.CountDue();
    if (count == 0) return true;
    const size_t index = order_->ChooseEvent(count, may_wait);
    if (index == count) {
      network_.DelayArrivals();
      return true;
    }
    network_.DeliverOne(index);
    may_wait = true;
  }
  return false;
}

std::string TestWorld::DescribeAll() {
  std::string text;
  for (const std::unique_ptr<TestHost>& host : hosts_) {
    absl::StrAppend(&text, "host ", host->kernel().name(), "\n");
    if (host->alive()) absl::StrAppend(&text, DumpTasks(host->loop()));
  }
  return text;
}

}  // namespace cloche

// Two tasks and one number, in every order.

#include <functional>

#include "absl/time/time.h"
#include "cloche/sync/semaphore.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/explore.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

using namespace cloche;

struct Account {
  Semaphore lock{1};
  int balance = 100;
};

// Whoever is asked, others run meanwhile.
Task<> AskTheBank() { co_return co_await Sleep(absl::ZeroDuration()); }

Task<> Double(Account& account) {
  const Permit permit = co_await Try(account.lock.Acquire());
  const int before = account.balance;
  co_await Try(AskTheBank());
  account.balance = 2 * before;
  co_return absl::OkStatus();
}

Task<> Deposit(Account& account) {
  co_await Try(AskTheBank());
  const Permit permit = co_await Try(account.lock.Acquire());
  account.balance += 50;
  co_return absl::OkStatus();
}

void DoubleAndDeposit(SweepRun& run) {
  TestHost& host = run.AddHost("host");
  auto& account = run.Keep<Account>();
  run.Main(host, Double, std::ref(account));
  run.Main(host, Deposit, std::ref(account));
  run.AtEnd([&] { EXPECT_THAT(account.balance, testing::AnyOf(250, 300)); });
}

TEST(Account, LosesNothingInAnyOrder) {
  const ExploreReport report = Explore(DoubleAndDeposit);
  EXPECT_TRUE(report.complete);
  EXPECT_GT(report.choices, 0u);  // Or there was nothing to explore.
}

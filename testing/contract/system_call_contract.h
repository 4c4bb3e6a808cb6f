// SystemCallContract: the fixture for tests of sockets, epoll and wakes.
//
//     TEST_P(CloseContract, BothHalvesClosedHangsUpOnBothSides) {
//       const Ends ends = Connect();
//       calls_.Shutdown(ends.client, ShutdownHow::kWrite);
//       calls_.Shutdown(ends.server, ShutdownHow::kWrite);
//       EXPECT_TRUE(Becomes(ends.client, "IN|OUT|RDHUP|HUP"));
//     }
//     INSTANTIATE_ON_EVERY_KERNEL(CloseContract);
//
// Main disadvantage: one kernel per test; where the two are compared call by
// call (walk_contract_test.cc), there are two drivers and no fixture.
//
// Next: testing/contract/system_call_driver.h, all that it has.

#ifndef CLOCHE_TESTING_CONTRACT_SYSTEM_CALL_CONTRACT_H_
#define CLOCHE_TESTING_CONTRACT_SYSTEM_CALL_CONTRACT_H_

#include "cloche/testing/contract/contract_kernel.h"
#include "cloche/testing/contract/system_call_driver.h"
#include "gtest/gtest.h"

namespace cloche {

class SystemCallContract : public ::testing::TestWithParam<KernelKind>,
                           protected SystemCallDriver {
 protected:
  SystemCallContract() : SystemCallDriver(GetParam()) {}
};

}  // namespace cloche

#endif  // CLOCHE_TESTING_CONTRACT_SYSTEM_CALL_CONTRACT_H_

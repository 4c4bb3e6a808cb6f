// The real kernel of this machine, held to the contract.
//
// One file per system: system_kernel_linux.cc, system_kernel_windows.cc; and
// system_kernel_none.cc where Cloche makes no real calls yet, so that there the
// suite runs on the fake kernel alone.
//
// Next: testing/contract/contract_kernel.h.

#ifndef CLOCHE_TESTING_CONTRACT_SYSTEM_KERNEL_H_
#define CLOCHE_TESTING_CONTRACT_SYSTEM_KERNEL_H_

#include <memory>

#include "absl/strings/string_view.h"
#include "cloche/testing/contract/contract_kernel.h"

namespace cloche {

// For the names of tests.
absl::string_view NameOfSystemKernel();

// Null if there is none.
std::unique_ptr<ContractKernel> NewSystemKernel();

}  // namespace cloche

#endif  // CLOCHE_TESTING_CONTRACT_SYSTEM_KERNEL_H_

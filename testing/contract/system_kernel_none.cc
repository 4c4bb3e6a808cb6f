// Next: testing/contract/system_kernel.h.

#include "cloche/testing/contract/system_kernel.h"

namespace cloche {

absl::string_view NameOfSystemKernel() { return "None"; }

std::unique_ptr<ContractKernel> NewSystemKernel() { return nullptr; }

}  // namespace cloche

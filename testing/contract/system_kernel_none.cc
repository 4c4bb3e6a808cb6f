// Next: testing/contract/system_kernel.h.

#include "cloche/testing/contract/system_kernel.h"

namespace cloche {

std::unique_ptr<ContractKernel> NewSystemKernel() { return nullptr; }

}  // namespace cloche

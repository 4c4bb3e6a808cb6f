// AllowDescriptors: as many descriptors as this process may have, for tests of
// thousands of connections on the real kernel.
//
// Next: http/load_system_test.cc.

#ifndef CLOCHE_TESTING_ALLOW_DESCRIPTORS_H_
#define CLOCHE_TESTING_ALLOW_DESCRIPTORS_H_

#include <cstdint>

namespace cloche {

// Raises this process's limit of descriptors as far as it may.
void AllowDescriptors(uint64_t needed);

}  // namespace cloche

#endif  // CLOCHE_TESTING_ALLOW_DESCRIPTORS_H_

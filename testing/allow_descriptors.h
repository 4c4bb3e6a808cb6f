// AllowDescriptors: as many descriptors as this process may have, for tests of
// thousands of connections on the real kernel.
//
// Next: http/load_system_test.cc.

#ifndef CLOCHE_TESTING_ALLOW_DESCRIPTORS_H_
#define CLOCHE_TESTING_ALLOW_DESCRIPTORS_H_

#include <sys/resource.h>

#include "gtest/gtest.h"

namespace cloche {

// Raises this process's limit of descriptors as far as it may.
inline void AllowDescriptors(rlim_t needed) {
  rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = limit.rlim_max;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  ASSERT_GE(limit.rlim_max, needed) << "raise `ulimit -Hn`";
}

}  // namespace cloche

#endif  // CLOCHE_TESTING_ALLOW_DESCRIPTORS_H_
